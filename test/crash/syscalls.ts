import { readdirSync } from 'node:fs';
import type { Shim } from '../support/shim.js';
import { examine } from './oracle.js';
import { openScene, type Scene, type Way } from './victim.js';

/** Every call that changes something on a disk. */
export const OPS = [
  'open',
  'pwrite',
  'pwritev',
  'ftruncate',
  'fdatasync',
  'fsync',
  'rename',
  'link',
  'unlink',
] as const;
export type Op = (typeof OPS)[number];

/** What a run may end with for an error number; 0 only when what failed was no more than tidying up. */
export const ERRORS: readonly (readonly [errno: number, name: string, exit: number])[] = [
  [28, 'ENOSPC', 11],
  [5, 'EIO', 12],
  [122, 'EDQUOT', 11],
  [30, 'EROFS', 12],
];

/** Large enough for a checkpoint on the way. */
const SIZE = 34 * 1024 * 1024 + 5;
const MOST = 400;

/** The n-th write of several hundred is like its neighbours: the first ones, then every power of two. */
function following(op: Op, nth: number): number {
  return op === 'pwritev' && nth >= 4 ? nth * 2 : nth + 1;
}

async function runWith(scene: Scene, shim: Shim, rules: string) {
  const victim = scene.start({ env: shim.env(rules, scene.directory) });
  return { ...(await victim.end), stderr: victim.stderr() };
}

/** The same command without a fault: must end well and leave the target alone in its directory. */
async function finish(scene: Scene, way: Way, what: string): Promise<string[]> {
  const again = scene.start();
  const { code, signal } = await again.end;
  if (code !== 0) return [`${what}: the next run ended ${code ?? signal}: ${again.stderr()}`];
  const { target, wrong } = await examine(scene.target, scene.sandbox.control.object(way.object));
  const names = readdirSync(scene.directory);
  if (target !== 'right') return [`${what}: the next run ended 0 without a target`];
  const litter = names.filter((name) => name !== 'disk.img');
  return [...wrong, ...(litter.length === 0 ? [] : [`left: ${litter.join(' ')}`])].map((it) => `${what}: ${it}`);
}

export interface Tried {
  /** Numbers of the calls that were hit. */
  readonly hit: readonly number[];
  readonly wrong: readonly string[];
}

/** Kills the program before each call of one kind, in a fresh directory each time, until a run makes fewer calls. */
export async function killAtEvery(op: Op, way: Way, shim: Shim): Promise<Tried> {
  const hit: number[] = [];
  const wrong: string[] = [];
  for (let nth = 1; nth < MOST && wrong.length === 0; nth = following(op, nth)) {
    const what = `killed before ${op} ${nth}`;
    const scene = await openScene(way, SIZE);
    try {
      const first = await runWith(scene, shim, `${op}:${nth}:kill`);
      if (first.signal === null) {
        if (first.code !== 0) wrong.push(`${what}: not killed, exit ${first.code}: ${first.stderr}`);
        break;
      }
      hit.push(nth);
      const verdict = await examine(scene.target, scene.sandbox.control.object(way.object));
      wrong.push(...verdict.wrong.map((it) => `${what}: ${it}`), ...(await finish(scene, way, what)));
    } finally {
      await scene.close();
    }
  }
  return { hit, wrong };
}

/**
 * Lets the given calls of one kind fail, each in a run of its own. `each`: every call with every error
 * number; else every second call, the numbers in turns.
 */
export async function failAtEvery(
  op: Op,
  calls: readonly number[],
  each: boolean,
  way: Way,
  shim: Shim,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [index, nth] of calls.entries()) {
    if (!each && (index + OPS.indexOf(op)) % 2 === 1) continue;
    const turn = Math.floor((index + OPS.indexOf(op)) / 2) % ERRORS.length;
    for (const [errno, name, exit] of each ? ERRORS : ERRORS.slice(turn, turn + 1)) {
      const what = `${name} from ${op} ${nth}`;
      const scene = await openScene(way, SIZE);
      try {
        const first = await runWith(scene, shim, `${op}:${nth}:${errno}`);
        const verdict = await examine(scene.target, scene.sandbox.control.object(way.object));
        wrong.push(...verdict.wrong.map((it) => `${what}: ${it}`));
        const tidied = first.code === 0 && verdict.target === 'right';
        if (first.code !== exit && !tidied) wrong.push(`${what}: exit ${first.code ?? first.signal}: ${first.stderr}`);
        wrong.push(...(await finish(scene, way, what)));
      } finally {
        await scene.close();
      }
    }
  }
  return wrong;
}
