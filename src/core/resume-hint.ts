import { AppError, isAppError } from './errors.js';
import { hintOf } from './hint.js';

/** What hints promise where a download can be continued. */
const RESUME =
  / to resume\b|[;:,] the [a-z ]+ is kept\b|\. imgdl has asked without a range as well, and keeps the partial download\b/;

/**
 * The same error where nothing is kept: no hint promises that the next run continues, nor does the cure of its kind.
 * @param instead what the user hears in place of the promise
 */
export function withoutResume(error: unknown, instead?: string): unknown {
  if (!isAppError(error)) return error;
  const { kind, message, details, cause, retryAfterMs, pending, transient, exhausted } = error;
  const promised = error.hint ?? hintOf(kind);
  if (!RESUME.test(promised)) return error;
  const hint = promised.replace(RESUME, '') + (instead === undefined ? '' : `; ${instead}`);
  return new AppError(kind, message, {
    hint,
    details,
    cause,
    transient,
    exhausted,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(pending === undefined ? {} : { pending }),
  });
}

/**
 * What ended an image or a run that was stopped: the reason, in the words of the image where it has some, for it knows
 * what is kept.
 */
export function stoppedBy(reason: unknown, error: unknown): unknown {
  return isAppError(reason) && isAppError(error) && reason.code === error.code ? error : reason;
}
