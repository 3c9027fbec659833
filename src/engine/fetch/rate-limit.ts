import type { Clock } from '../../core/clock.js';
import type { RateLimit } from '../../core/limits.js';

/** Idle time that may be made up for: 3 % of the 5 s over which the limit is promised. */
const CREDIT_MS = 150;

/**
 * A limit of bytes per second for whoever shares it: each waits for its turn in one schedule. Evenly spread,
 * because a server may cut a reader that pauses for long (uWSGI in front of Glance: 10 s).
 */
export function createRateLimit(bytesPerS: number, clock: Clock): RateLimit {
  /** When what was taken so far has been paid for. */
  let paidAt = Number.NEGATIVE_INFINITY;
  return {
    bytesPerS,
    async take(bytes, signal) {
      const now = clock.now();
      const start = Math.max(paidAt, now - CREDIT_MS);
      paidAt = start + (bytes / bytesPerS) * 1000;
      if (start > now) await clock.sleep(start - now, signal);
    },
  };
}
