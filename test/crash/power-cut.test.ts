import { afterAll, describe, expect, it } from 'vitest';
import { record, todayOnNode } from '../support/record.js';
import { FILE_SYSTEMS, type FileSystem, type LoopDisk, mountLoopDisk, whyNoLoopDisk } from './loop-disk.js';
import { cutPowerOf, type PowerCuts } from './power-cut.js';
import { endOfPart, IS_CUT_SHORT, LONG, randomOf, SEED } from './scale.js';
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
      const input = { product: bench.product(), cuts: CUTS, random: randomOf(SEED), until: endOfPart() };
      const report = await onDisk(type, (disk) => cutPowerOf(bench, { ...input, disk }));
      if (LONG) record(`power-cuts-${type}`, told(type, report));
      expect(report.wrong, `IMGDL_SEED=${SEED}`).toEqual([]);
      if (!IS_CUT_SHORT) expect(report.cuts).toBe(CUTS);
      expect(report.finished).toBeGreaterThan(0);
    });
  });
}

function told(type: FileSystem, { cuts, finished, wrong }: PowerCuts): string {
  return [
    `\`npm run crash\`: ${cuts.toLocaleString('en')} power cuts of ${type} on a loop device, by the shutdown call of the`,
    `kernel, during four downloads; ${finished} times all of them came to their end (${todayOnNode()}). Wrong files, and`,
    `claims that did not hold: ${wrong.length === 0 ? 'none' : wrong.join('; ')}.`,
  ].join('\n');
}
