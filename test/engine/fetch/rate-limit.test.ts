import { describe, expect, it } from 'vitest';
import { createRateLimit } from '#imgdl/engine/fetch/rate-limit.js';
import { fakeClock } from '../../support/fake-clock.js';

const open = new AbortController().signal;

describe('a limit', () => {
  it.each([
    ['one taker, small chunks', 1, 16 * 1024],
    ['one taker, chunks of 50 ms', 1, 100 * 1024],
    ['four takers', 4, 64 * 1024],
    ['sixteen takers', 16, 64 * 1024],
  ])('lets through what it says, within 5 %% over every 5 s: %s', async (_, takers, chunk) => {
    const bytesPerS = 2 * 1024 * 1024;
    const clock = fakeClock();
    const limit = createRateLimit(bytesPerS, clock);
    const taken: { at: number; bytes: number }[] = [];
    const run = async (): Promise<void> => {
      while (clock.now() < 20_000) {
        await limit.take(chunk, open);
        taken.push({ at: clock.now(), bytes: chunk });
      }
    };
    await Promise.all(Array.from({ length: takers }, run));
    for (let from = 0; from <= 15_000; from += 500) {
      const bytes = taken.filter(({ at }) => at >= from && at < from + 5_000).reduce((sum, one) => sum + one.bytes, 0);
      expect(Math.abs(bytes / (5 * bytesPerS) - 1)).toBeLessThan(0.05);
    }
  });

  it('makes up for no more than 3 % of 5 s after a silence', async () => {
    const clock = fakeClock();
    const limit = createRateLimit(1000, clock);
    await limit.take(100, open);
    clock.pass(60_000);
    const from = clock.now();
    for (let bytes = 0; bytes < 5_000; bytes += 50) await limit.take(50, open);
    expect(clock.now() - from).toBeGreaterThanOrEqual(4_750);
    expect(clock.now() - from).toBeLessThanOrEqual(5_000);
  });

  it('ends a wait when the run is aborted', async () => {
    const clock = fakeClock();
    const limit = createRateLimit(10, clock);
    await limit.take(1000, open);
    const reason = new Error('stopped');
    await expect(limit.take(10, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
