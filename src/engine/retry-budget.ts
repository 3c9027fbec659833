import type { Clock } from '../core/clock.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import { decide, PROGRESS_BYTES } from '../core/retry.js';

/** The retry budget of one run: spent by failures, earned back by durable progress. */
export interface Attempts {
  /**
   * Waits until the next attempt may start.
   * @throws the error itself, or its final form, when no further attempt is worth it
   */
  afterFailure(error: unknown, durable: number, signal: AbortSignal): Promise<void>;
  /** The one restart of a run: progress is counted from 0 again. */
  startOver(): void;
}

/**
 * @param retries `--retries`
 * @param deadlineAt value of clock.now() at which the run must be over
 */
export function createAttempts(
  retries: number,
  deadlineAt: number | undefined,
  ports: { readonly clock: Clock; readonly report: Report },
): Attempts {
  const { clock, report } = ports;
  let tries = 0;
  // The mark is the furthest point ever reached: a server that always cuts at the same place makes no progress.
  let furthest = 0;
  return {
    startOver() {
      furthest = 0;
    },
    async afterFailure(error, durable, signal) {
      if (signal.aborted) throw signal.reason;
      if (!isAppError(error)) throw error;
      if (durable - furthest >= PROGRESS_BYTES) {
        furthest = durable;
        tries = 0;
      }
      const remainingMs = deadlineAt === undefined ? undefined : deadlineAt - clock.now();
      const decision = decide({ error, tries, retries, remainingMs, random: clock.random() });
      if (decision.kind === 'give-up') throw decision.error;
      tries += 1;
      report({ type: 'retry', error, attempt: tries, inMs: decision.waitMs });
      report({ type: 'phase', phase: 'waiting' });
      await clock.sleep(decision.waitMs, signal);
    },
  };
}

/** Runs a request again while its failures are transient. @throws AppError */
export async function withAttempts<T>(run: () => Promise<T>, attempts: Attempts, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      await attempts.afterFailure(error, 0, signal);
    }
  }
}

/** The object is not what the bytes in hand belong to; the caller decides by `--on-change`. */
export class RemoteChanged extends Error {
  override readonly name = 'RemoteChanged';
  constructor(readonly field: string) {
    super(`the remote object changed (${field})`);
  }
}

/** The error for a change that may not, or not again, be answered by a restart. */
export function changedError(field: string, kept: boolean): AppError {
  return new AppError(
    'changed.remote',
    `downloading: the remote object is not the one the partial download came from (${field} differs)`,
    {
      hint: kept ? 'run again with --on-change restart, or with --restart' : 'run again when the object is stable',
      details: { field },
    },
  );
}
