/**
 * Is another attempt worth it, and when? Pure; waiting is the engine's.
 */
import { AppError } from './errors.js';

/** Durable bytes that give a transfer its attempts back: a flapping link is ridden for hours, a dead one ends soon. */
export const PROGRESS_BYTES = 16 * 1024 * 1024;

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 60_000;
/** A server that asks for more patience than this is down for our purposes. */
export const RETRY_AFTER_MAX_MS = 300_000;

export interface RetryFacts {
  readonly error: AppError;
  /** Attempts since the last progress, this failure not counted. */
  readonly tries: number;
  /** `--retries`: attempts without progress that are made after a failure. */
  readonly retries: number;
  /** Milliseconds until `--deadline`; undefined without one. */
  readonly remainingMs: number | undefined;
  /** [0, 1). */
  readonly random: number;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'give-up'; readonly error: AppError };

/** Full jitter between 0.5 s and twice the previous bound, never above 60 s; Retry-After is never shortened. */
export function decide(facts: RetryFacts): RetryDecision {
  const { error, tries, retries, remainingMs, random } = facts;
  if (!error.transient || error.exhausted || error.code === 'net.deadline' || error.code === 'net.no-range')
    return { kind: 'give-up', error };
  if (tries >= retries) return { kind: 'give-up', error: exhausted(error, tries + 1) };
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (tries + 1));
  const backoffMs = BACKOFF_MIN_MS + random * (bound - BACKOFF_MIN_MS);
  const asked = error.retryAfterMs;
  if (asked !== undefined && asked > RETRY_AFTER_MAX_MS) {
    return { kind: 'give-up', error: tooLate(error, `asks to wait ${Math.ceil(asked / 1000)} s`) };
  }
  const waitMs = asked === undefined ? backoffMs : asked + random * BACKOFF_MIN_MS;
  if (remainingMs !== undefined && waitMs >= remainingMs) {
    return { kind: 'give-up', error: tooLate(error, 'the next attempt would be after the deadline') };
  }
  return { kind: 'retry', waitMs };
}

function exhausted(error: AppError, attempts: number): AppError {
  if (attempts === 1) return error;
  return new AppError(error.kind, `${error.message} (${attempts} attempts without progress)`, {
    hint: error.hint,
    details: { ...error.details, attempts },
    cause: error,
  });
}

function tooLate(error: AppError, why: string): AppError {
  return new AppError(error.kind, `${error.message}; ${why}`, {
    hint: 'run the same command again later to resume',
    details: error.details,
    cause: error,
  });
}
