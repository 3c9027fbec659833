import type { Clock } from '../core/clock.js';
import { isAppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import { decide, PROGRESS_BYTES } from '../core/retry.js';

/** The retry budget of one transfer: spent by failures, earned back by durable progress. */
export interface RetryBudget {
  /**
   * Waits until the next attempt may start.
   * @param durable bytes that survive a crash
   * @throws the error itself, or its final form, when no further attempt is worth it
   */
  afterFailure(error: unknown, durable: number, signal: AbortSignal): Promise<void>;
  /** An answer came, although there is nothing to show for it yet: the failures before it were not in a row. */
  answered(): void;
  /** The one restart of a transfer: progress is counted from 0 again. */
  startOver(): void;
}

/**
 * @param retries `--retries`
 * @param deadlineAt value of clock.now() at which the transfer must be over
 */
export function createRetryBudget(
  retries: number,
  deadlineAt: number | undefined,
  ports: { readonly clock: Clock; readonly report: Report },
): RetryBudget {
  const { clock, report } = ports;
  let tries = 0;
  // The mark is the furthest point ever reached: a server that always cuts at the same place makes no progress.
  let furthest = 0;
  return {
    answered() {
      tries = 0;
    },
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

/** Makes a request again while its failures are transient. @throws AppError */
export async function withRetries<T>(make: () => Promise<T>, retries: RetryBudget, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await make();
    } catch (error) {
      await retries.afterFailure(error, 0, signal);
    }
  }
}
