import { setTimeout as delay } from 'node:timers/promises';

const LARGEST_STEP = 256 * 1024;
/** What was missed because the reader was slow is not made up for in one burst longer than this. */
const LARGEST_DEBT_MS = 100;

/** Spreads bytes evenly over time. */
export interface Throttle {
  /** Most bytes to write at once: a fiftieth of a second's worth. */
  readonly step: number;
  /** Resolves when `bytes` more may be considered sent. */
  after(bytes: number): Promise<void>;
}

/** @param rate bytes per second, undefined for no limit. */
export function createThrottle(rate: number | undefined): Throttle {
  if (rate === undefined) return { step: LARGEST_STEP, after: async () => {} };
  let dueMs = performance.now();
  return {
    step: Math.max(1, Math.min(LARGEST_STEP, Math.floor(rate / 50))),
    async after(bytes) {
      dueMs = Math.max(dueMs, performance.now() - LARGEST_DEBT_MS) + (bytes * 1000) / rate;
      const waitMs = dueMs - performance.now();
      if (waitMs >= 1) await delay(waitMs);
    },
  };
}
