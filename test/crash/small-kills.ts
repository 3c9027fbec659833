/** Kills small victims at any time, many chains of runs at once. */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Targets, type VictimBench } from './small-victims.js';

export interface SmallKills {
  readonly kills: number;
  /** Chains that came to their end, all files complete. */
  readonly finished: number;
  readonly wrong: readonly string[];
}

const CHUNK = 1500;
const PACE_MS = 1;
/** A run takes a little longer than this. */
const LONGEST_MS = 220;

export interface SmallKillsInput {
  readonly product: string;
  readonly kills: number;
  readonly chains: number;
  readonly random: () => number;
  /** Value of performance.now() after which nobody is killed any more. */
  readonly until?: number;
  readonly onKill?: (kills: number) => void;
}

export async function killSmallVictims(bench: VictimBench, input: SmallKillsInput): Promise<SmallKills> {
  const { product, kills, random, until = Number.POSITIVE_INFINITY } = input;
  const wrong: string[] = [];
  let done = 0;
  let finished = 0;
  const mayKill = (): boolean => done < kills && performance.now() < until;
  const chain = async (): Promise<void> => {
    while (mayKill() && wrong.length === 0) {
      const directory = bench.scratch();
      const targets = new Targets(directory);
      for (let complete = false; !complete && wrong.length === 0; ) {
        const victim = bench.start({ product, wanted: targets.wanted, chunk: CHUNK, paceMs: PACE_MS });
        await victim.begun;
        if (mayKill()) {
          await Promise.race([victim.end, sleep(random() * LONGEST_MS)]);
          if (victim.child.kill('SIGKILL')) done += 1;
          input.onKill?.(done);
        }
        const { code, signal } = await victim.end;
        // A file without a digest that is complete cannot be told from another one: exit 12 says so.
        if (signal === null && code !== 0 && !victim.stderr.startsWith('fs.exists'))
          wrong.push(`exit ${code}: ${victim.stderr}`);
        const verdict = await targets.examine(signal === null && code === 0);
        wrong.push(...verdict.wrong);
        complete = verdict.complete;
      }
      finished += 1;
      rmSync(directory, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: input.chains }, chain));
  return { kills: done, finished, wrong };
}
