/** Cuts the power of a real file system again and again, during downloads of small victims onto it. */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopDisk } from './loop-disk.js';
import { Targets, type VictimBench } from './small-victims.js';

export interface PowerCutsInput {
  readonly disk: LoopDisk;
  readonly product: string;
  readonly cuts: number;
  readonly random: () => number;
  /** Value of performance.now() after which the power stays on. */
  readonly until?: number;
  readonly onCut?: (cuts: number) => void;
}

export interface PowerCuts {
  readonly cuts: number;
  /** Rounds that came to their end, all files complete. */
  readonly finished: number;
  readonly wrong: readonly string[];
}

/** Longer than most runs take, so that their ends are cut, too. */
const LONGEST_MS = 300;

export async function cutPowerOf(bench: VictimBench, input: PowerCutsInput): Promise<PowerCuts> {
  const { disk, product, cuts, random, until = Number.POSITIVE_INFINITY } = input;
  const wrong: string[] = [];
  let done = 0;
  let finished = 0;
  const mayCut = (): boolean => done < cuts && performance.now() < until;
  for (let round = 0; mayCut() && wrong.length === 0; round += 1) {
    const directory = durableDirectory(disk, round);
    const targets = new Targets(directory);
    makeDurable(directory);
    for (let complete = false; !complete && wrong.length === 0; ) {
      const victim = bench.start({ product, wanted: targets.wanted, chunk: 1500, paceMs: 1 });
      await victim.begun;
      const isCut = mayCut();
      if (isCut) {
        await Promise.race([victim.end, sleep(random() * LONGEST_MS)]);
        disk.shutdown();
        victim.child.kill('SIGKILL');
        done += 1;
        input.onCut?.(done);
      }
      const { code } = await victim.end;
      if (isCut) disk.remount();
      else if (code !== 0 && !victim.stderr.startsWith('fs.exists')) wrong.push(`exit ${code}: ${victim.stderr}`);
      const verdict = await targets.examine(!isCut && code === 0);
      wrong.push(...verdict.wrong);
      complete = verdict.complete;
    }
    finished += 1;
    rmSync(directory, { recursive: true, force: true });
  }
  return { cuts: done, finished, wrong };
}

/** The bench's own directories must outlive the first cut. */
function durableDirectory(disk: LoopDisk, round: number): string {
  const directory = join(disk.mountpoint, `round-${round}`);
  mkdirSync(directory);
  makeDurable(disk.mountpoint);
  return directory;
}

function makeDurable(directory: string): void {
  const fd = openSync(directory, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
