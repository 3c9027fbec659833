/**
 * Is the bench blind? The same oracles look at the product and at copies of it with one deliberate mistake: they must
 * find nothing in the one and something in each of the others.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { CLAIM_FIRST, NEVER_SYNC, NO_CHECKPOINTS, PUBLISH_FIRST } from '../simulation/mistakes.js';
import { type BuiltCopy, copyBuilt } from '../support/built-copy.js';
import { mountLoopDisk, whyNoLoopDisk } from './loop-disk.js';
import { examine } from './oracle.js';
import { cutPowerOf } from './power-cut.js';
import { randomOf, SEED } from './scale.js';
import { killSmallVictims } from './small-kills.js';
import { VictimBench } from './small-victims.js';
import { openScene, WAYS } from './victim.js';

const bench = new VictimBench();
const made: BuiltCopy[] = [];
afterAll(() => {
  bench.remove();
  for (const copy of made) copy.remove();
});

it('killed at random, a copy that claims nothing before the end is found out', { timeout: 600_000 }, async () => {
  const input = { product: bench.product(NO_CHECKPOINTS), kills: 60, chains: 4, random: randomOf(SEED) };
  const { wrong } = await killSmallVictims(bench, input);
  expect(wrong.join('\n'), `IMGDL_SEED=${SEED}`).toMatch(/not claimed/);
});

describe.runIf(whyNoLoopDisk('ext4') === undefined)('when the power of an ext4 disk is cut', () => {
  it.each([
    ['never syncs its data', [NEVER_SYNC]],
    ['claims before it syncs', [CLAIM_FIRST]],
  ] as const)('a copy that %s is found out', { timeout: 600_000 }, async (_, mutations) => {
    const disk = mountLoopDisk('ext4');
    try {
      const input = { disk, product: bench.product(mutations), cuts: 40, random: randomOf(SEED) };
      const { wrong, cuts } = await cutPowerOf(bench, input);
      expect(wrong.join('\n'), `${cuts} cuts, IMGDL_SEED=${SEED}`).toMatch(/the journal claims/);
    } finally {
      disk.remove();
    }
  });
});

describe('with a server that sends one wrong byte once', () => {
  const uforge = WAYS[0];

  /** A part that goes away between two looks is the ordinary end of a publication: the next look tells. */
  function tidiedMeanwhile(error: NodeJS.ErrnoException): readonly string[] {
    if (error.code === 'ENOENT') return [];
    throw error;
  }

  /** Everything wrong that is seen under the target's name at any time of a run, and how the run ended. */
  async function observe(program: string | undefined) {
    if (uforge === undefined) throw new Error('nothing to try');
    const scene = await openScene(uforge, 6 * 1024 * 1024, { corrupt: 1 });
    try {
      const truth = scene.sandbox.control.object(uforge.object);
      const victim = scene.start(program === undefined ? {} : { program });
      const seen = new Set<string>();
      let over = false;
      const ended = victim.end.finally(() => {
        over = true;
      });
      while (!over) {
        if (existsSync(scene.target)) {
          for (const fault of await examine(scene.target, truth).then(({ wrong }) => wrong, tidiedMeanwhile))
            seen.add(fault);
        }
        await sleep(2);
      }
      const last = await examine(scene.target, truth);
      return { code: (await ended).code, target: last.target, seen: [...new Set([...seen, ...last.wrong])] };
    } finally {
      await scene.close();
    }
  }

  it('the product starts again and shows the right file only', { timeout: 60_000 }, async () => {
    expect(await observe(undefined)).toEqual({ code: 0, target: 'right', seen: [] });
  });

  it('a copy that publishes before it verifies is found out', { timeout: 60_000 }, async () => {
    const copy = copyBuilt([PUBLISH_FIRST]);
    made.push(copy);
    expect((await observe(copy.program)).seen.join('\n')).toMatch(/the target is visible although/);
  });
});
