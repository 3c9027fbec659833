import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beside, examine } from './oracle.js';
import { openScene, type Way } from './victim.js';

const MIB = 1024 * 1024;
const SIZE = 80 * MIB + 11;
const RATE = 120 * MIB;

/**
 * Cuts the power again and again right after the journal grew, until a run gets to its end or `cuts` are done: the
 * process is killed, and what was not synced is gone from the part.
 * @returns the cuts made and what must never be
 */
export async function cutPower(
  program: string,
  way: Way,
  cuts: number,
  random: () => number,
): Promise<{ readonly cuts: number; readonly finished: number; readonly wrong: readonly string[] }> {
  const elsewhere = mkdtempSync(join(tmpdir(), 'imgdl-shadow-'));
  const shadow = join(elsewhere, 'shadow');
  const wrong: string[] = [];
  let done = 0;
  let finished = 0;
  try {
    while (wrong.length === 0 && (done < cuts || finished === 0)) {
      const scene = await openScene(way, SIZE, { rate: RATE });
      const truth = scene.sandbox.control.object(way.object);
      const journal = beside(scene.target, 'journal');
      const part = beside(scene.target, 'part');
      const length = () => statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
      writeFileSync(shadow, '');
      try {
        for (;;) {
          const victim = scene.start({ program, env: { IMGDL_SHADOW: shadow } });
          let over = false;
          void victim.end.then(() => {
            over = true;
          });
          const heads = Math.max(500, length());
          while (!over && !(done < cuts && length() > heads)) await sleep(1);
          await sleep(random() * 10);
          victim.child.kill('SIGKILL');
          const { code, signal } = await victim.end;
          if (signal === 'SIGKILL') {
            done += 1;
            for (const path of [part, scene.target]) if (existsSync(path)) writeFileSync(path, readFileSync(shadow));
          } else if (code !== 0) wrong.push(`exit ${code}: ${victim.stderr()}`);
          const verdict = await examine(scene.target, truth);
          wrong.push(...verdict.wrong);
          if (code === 0 && verdict.target !== 'right') wrong.push('exit 0 without a target');
          if (code === 0) finished += 1;
          if (code === 0 || wrong.length > 0) break;
        }
      } finally {
        await scene.close();
      }
    }
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
  return { cuts: done, finished, wrong };
}
