import { afterAll, describe, expect, it } from 'vitest';
import { FILE_SYSTEMS, type FileSystem, type LoopDisk, mountLoopDisk, whyNoLoopDisk } from './loop-disk.js';
import { cutPowerOf } from './power-cut.js';
import { LONG, randomOf, SEED } from './scale.js';
import { VictimBench } from './small-victims.js';

/** Of each file system. */
const CUTS = LONG ? 500 : 12;

const bench = new VictimBench();
afterAll(() => bench.remove());

async function onDisk<T>(type: FileSystem, work: (disk: LoopDisk) => Promise<T>): Promise<T> {
  const disk = mountLoopDisk(type);
  try {
    return await work(disk);
  } finally {
    disk.remove();
  }
}

for (const type of Object.keys(FILE_SYSTEMS) as FileSystem[]) {
  const missing = whyNoLoopDisk(type);
  if (missing !== undefined) console.warn(`power cuts of ${type} are not tried: ${missing}`);
  describe.runIf(missing === undefined)(`when the power of an ${type} disk is cut`, () => {
    it(`${CUTS} times, nothing claimed is lost, nothing wrong is visible, and the downloads go on`, {
      timeout: 7_200_000,
    }, async () => {
      const input = { product: bench.product(), cuts: CUTS, random: randomOf(SEED) };
      const report = await onDisk(type, (disk) => cutPowerOf(bench, { ...input, disk }));
      expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
      expect(report.cuts).toBe(CUTS);
      expect(report.finished).toBeGreaterThan(0);
    });
  });
}
