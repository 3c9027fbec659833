import { describe, expect, it } from 'vitest';
import { type LoopDisk, mountLoopDisk } from './loop-disk.js';
import { copyProduct, type Mutation, NEVER_SYNC } from './mutant.js';
import { cutPowerOf } from './power-cut.js';
import { randomOf, SCALE, SEED } from './scale.js';
import { WAYS } from './victim.js';

const glance = WAYS.find(({ name }) => name === 'Glance');

/** Containers often have no loop devices, also where they are root: then this is left to machines that have. */
function whyNot(): string | undefined {
  try {
    mountLoopDisk().remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const missing = whyNot();
if (missing !== undefined) console.warn(`power cuts are not tried: ${missing}`);

async function onDisk<T>(work: (disk: LoopDisk) => Promise<T>): Promise<T> {
  const disk = mountLoopDisk();
  try {
    return await work(disk);
  } finally {
    disk.remove();
  }
}

describe.runIf(missing === undefined)('when the power of an ext4 disk is cut', () => {
  it('nothing claimed is lost, nothing wrong is visible, and the download goes on', {
    timeout: 120_000 * SCALE,
  }, async () => {
    if (glance === undefined) throw new Error('nothing to try');
    const report = await onDisk((disk) =>
      cutPowerOf(disk, undefined, glance, 20 * SCALE, randomOf(SEED), performance.now() + 60_000 * SCALE),
    );
    expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
    // Twenty take 17 s; on a machine that is busy with other things fewer fit into the time.
    expect(report.cuts).toBeGreaterThanOrEqual(5 * SCALE);
    expect(report.furthest).toBeGreaterThanOrEqual(32 * 1024 * 1024);
  });

  const mistakes: readonly (readonly [string, Mutation])[] = [['never syncs at a checkpoint', NEVER_SYNC]];
  it.each(mistakes)('a copy that %s is found out', { timeout: 120_000 }, async (_, mutation) => {
    if (glance === undefined) throw new Error('nothing to try');
    const product = copyProduct([mutation]);
    try {
      const report = await onDisk((disk) =>
        cutPowerOf(disk, product.program, glance, 8, randomOf(SEED), performance.now() + 60_000),
      );
      expect(report.wrong.join('\n'), `${report.cuts} cuts, IMGDL_SEED=${SEED}`).toMatch(/the journal claims/);
    } finally {
      product.remove();
    }
  });
});
