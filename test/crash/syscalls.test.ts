import { afterAll, describe, expect, it } from 'vitest';
import { buildShim } from '../support/shim.js';
import { LONG } from './scale.js';
import { VictimBench } from './small-victims.js';
import { failAtEvery, killAtEvery, OPS, UNUSED } from './syscalls.js';

const shim = buildShim();
const bench = new VictimBench();
afterAll(() => {
  shim?.remove();
  bench.remove();
});

describe.runIf(shim !== undefined)('every call to the disk', () => {
  const product = bench.product();

  it.concurrent.each(OPS)(
    '%s: an error from it, once or from then on, harms nothing; the next run ends well',
    {
      timeout: 3_600_000,
    },
    async (op) => {
      if (shim === undefined) throw new Error('nothing to try');
      const report = await failAtEvery(op, { bench, product, shim }, LONG);
      expect(report.wrong).toEqual([]);
      expect(report.tried, 'calls that failed').toBeGreaterThanOrEqual(UNUSED.has(op) ? 0 : 1);
    },
  );

  it.concurrent.each(OPS)(
    '%s: a kill before it harms nothing; the next run ends well',
    {
      timeout: 3_600_000,
    },
    async (op) => {
      if (shim === undefined) throw new Error('nothing to try');
      const report = await killAtEvery(op, { bench, product, shim });
      expect(report.wrong).toEqual([]);
      expect(report.tried, 'calls that were the last').toBeGreaterThanOrEqual(UNUSED.has(op) ? 0 : 1);
    },
  );
});
