import { AppError, isAppError } from '../core/errors.js';

/** What hints promise where a download can be continued. */
const RESUME = / to resume\b|[;:,] the [a-z ]+ is kept\b/;

/**
 * The same error where nothing is kept: no hint promises that the next run continues.
 * @param instead what the user hears in place of the promise
 */
export function withoutResume(error: unknown, instead?: string): unknown {
  if (!isAppError(error) || error.hint === undefined || !RESUME.test(error.hint)) return error;
  const hint = error.hint.replace(RESUME, '') + (instead === undefined ? '' : `; ${instead}`);
  const { kind, message, details, cause, retryAfterMs, pending, transient } = error;
  return new AppError(kind, message, {
    hint,
    details,
    cause,
    transient,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(pending === undefined ? {} : { pending }),
  });
}
