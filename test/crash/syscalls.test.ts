import { afterAll, describe, expect, it } from 'vitest';
import { buildShim } from '../support/shim.js';
import { SCALE } from './scale.js';
import { failAtEvery, killAtEvery, OPS } from './syscalls.js';
import { WAYS } from './victim.js';

const shim = buildShim();
afterAll(() => shim?.remove());
// The image has a digest, so that a run that finds it complete can say so.
const glance = WAYS.find(({ name }) => name === 'Glance');

describe.runIf(shim !== undefined)('at every call to the disk', () => {
  it.concurrent.each(OPS)(
    '%s: a kill before it and an error from it harm nothing; the next run ends well',
    {
      timeout: 400_000 * SCALE,
    },
    async (op) => {
      if (shim === undefined || glance === undefined) throw new Error('nothing to try');
      const killed = await killAtEvery(op, glance, shim);
      expect(killed.wrong).toEqual([]);
      expect(killed.hit.length, 'calls hit').toBeGreaterThanOrEqual(1);
      expect(await failAtEvery(op, killed.hit, SCALE > 1, glance, shim)).toEqual([]);
    },
  );
});
