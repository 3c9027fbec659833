/**
 * Is the bench blind? The same oracles look at the product and at copies of it with one deliberate mistake: they must
 * find nothing in the one and something in each of the others.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CLAIM_FIRST,
  copyProduct,
  type Mutation,
  NEVER_SYNC,
  NO_CHECKPOINTS,
  type Product,
  PUBLISH_FIRST,
} from './mutant.js';
import { examine } from './oracle.js';
import { killAtRandom } from './random-kills.js';
import { randomOf, SCALE, SEED } from './scale.js';
import { openScene, WAYS } from './victim.js';
import { cutPower } from './volatile-disk.js';

const made: Product[] = [];
afterAll(() => {
  for (const product of made) product.remove();
});

function product(mutations: readonly Mutation[], volatileDisk = false): string {
  const copy = copyProduct(mutations, volatileDisk);
  made.push(copy);
  return copy.program;
}

function way(name: string) {
  const found = WAYS.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe('on a disk that loses at a power cut what was not synced', () => {
  const url = way('a URL with an ETag');

  it.concurrent('the product never claims what is lost, and resumes from what it claims', {
    timeout: 120_000 * SCALE,
  }, async () => {
    const report = await cutPower(product([], true), url, 6 * SCALE, randomOf(SEED));
    expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
    expect(report.cuts).toBeGreaterThanOrEqual(6);
    expect(report.finished).toBeGreaterThan(0);
  });

  it.concurrent.each([
    ['claims before it syncs', CLAIM_FIRST],
    ['never syncs at a checkpoint', NEVER_SYNC],
  ] as const)('a copy that %s is found out', { timeout: 120_000 }, async (_, mutation) => {
    const report = await cutPower(product([mutation], true), url, 6, randomOf(SEED));
    expect(report.wrong.join('\n'), `${report.cuts} cuts, IMGDL_SEED=${SEED}`).toMatch(/the journal claims/);
  });
});

describe('killed at random', () => {
  it('a copy that claims nothing before the end is found out', { timeout: 120_000 }, async () => {
    const report = await killAtRandom({
      way: way('UForge with one-time download ids'),
      size: 96 * 1024 * 1024,
      rate: 100 * 1024 * 1024,
      kills: 30,
      random: randomOf(SEED),
      program: product(NO_CHECKPOINTS),
      until: performance.now() + 90_000,
    });
    expect(report.wrong.join('\n'), JSON.stringify(report)).toMatch(/not claimed|are kept/);
  });
});

describe('with a server that sends one wrong byte once', () => {
  const uforge = way('UForge with one-time download ids');

  /** A part that goes away between two looks is the ordinary end of a publication: the next look tells. */
  function tidiedMeanwhile(error: NodeJS.ErrnoException): readonly string[] {
    if (error.code === 'ENOENT') return [];
    throw error;
  }

  /** Everything wrong that is seen under the target's name at any time of a run, and how the run ended. */
  async function observe(program: string) {
    const scene = await openScene(uforge, 6 * 1024 * 1024, { corrupt: 1 });
    try {
      const truth = scene.sandbox.control.object(uforge.object);
      const victim = scene.start({ program });
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
    expect(await observe(product([]))).toEqual({ code: 0, target: 'right', seen: [] });
  });

  it('a copy that publishes before it verifies is found out', { timeout: 60_000 }, async () => {
    expect((await observe(product([PUBLISH_FIRST]))).seen.join('\n')).toMatch(/the target is visible although/);
  });
});
