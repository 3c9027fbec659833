import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopDisk } from './loop-disk.js';
import { beside, examine } from './oracle.js';
import { openScene, type Way } from './victim.js';

const MIB = 1024 * 1024;
const SIZE = 72 * MIB + 11;
const RATE = 150 * MIB;

export interface CutsReport {
  readonly cuts: number;
  readonly finished: number;
  /** Largest claim that survived a cut: 0 would mean that nothing was tried. */
  readonly furthest: number;
  readonly wrong: readonly string[];
}

/**
 * Cuts the power of a real file system again and again during downloads onto it, each until it is complete.
 * @param until value of performance.now() after which the power stays on
 */
export async function cutPowerOf(
  disk: LoopDisk,
  program: string | undefined,
  way: Way,
  cuts: number,
  random: () => number,
  until: number,
): Promise<CutsReport> {
  const wrong: string[] = [];
  let done = 0;
  let finished = 0;
  let furthest = 0;
  for (let round = 0; wrong.length === 0 && done < cuts && performance.now() < until; round += 1) {
    const scene = await openScene(way, SIZE, { rate: RATE });
    const directory = join(disk.mountpoint, `round-${round}`);
    mkdirSync(directory);
    // The bench's own directory must outlive the first cut.
    const above = openSync(disk.mountpoint, 'r');
    fsyncSync(above);
    closeSync(above);
    const target = join(directory, 'disk.img');
    const journal = beside(target, 'journal');
    const length = () => statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    try {
      for (;;) {
        const victim = scene.start({
          args: ['-o', target],
          ...(program !== undefined && { program }),
        });
        let over = false;
        void victim.end.then(() => {
          over = true;
        });
        const before = Math.max(500, length());
        const anyTime = random() < 0.4;
        const wait = anyTime ? 150 + random() * 700 : random() * 25;
        if (!anyTime) while (!over && !(length() > before)) await sleep(1);
        await Promise.race([victim.end, sleep(wait)]);
        const cut = !over && done < cuts && performance.now() < until;
        if (cut) {
          disk.shutdown();
          victim.child.kill('SIGKILL');
          done += 1;
        }
        const { code, signal } = await victim.end;
        if (cut) disk.remount();
        else if (code !== 0) wrong.push(`exit ${code ?? signal}: ${victim.stderr()}`);
        const verdict = await examine(target, scene.sandbox.control.object(way.object));
        furthest = Math.max(furthest, verdict.claimed);
        wrong.push(...verdict.wrong);
        if (!cut && verdict.target !== 'right') wrong.push('exit 0 without a target');
        if (!cut) finished += 1;
        const complete = cut && verdict.target === 'right' && verdict.partSize === 0 && !way.digest;
        if (!cut || complete || wrong.length > 0) break;
      }
    } finally {
      await scene.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return { cuts: done, finished, furthest, wrong };
}
