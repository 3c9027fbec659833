/** Every system call that touches the disk fails, once or from then on, or is the last one of its process. */
import { readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Shim } from '../support/shim.js';
import { examine } from './oracle.js';
import type { KeptVictim, VictimBench } from './small-victims.js';
import { Targets } from './small-victims.js';
import { contentOf } from './victim/content.js';
import type { Answer, Order } from './victim/victim.js';

/** The calls that could touch the disk of a download … */
export const OPS = [
  'open',
  'write',
  'pwrite',
  'pwritev',
  'ftruncate',
  'fdatasync',
  'fsync',
  'rename',
  'link',
  'unlink',
  'close',
  'statfs',
  'mkdir',
  'bind',
] as const;
export type Op = (typeof OPS)[number];
/** … and those that none makes today. */
export const UNUSED: ReadonlySet<Op> = new Set(['write', 'mkdir']);

/** What a run may end with for an error number; 0 where the program can do without what failed. */
export const ERRORS: readonly (readonly [action: string, name: string, exit: number])[] = [
  ['28', 'ENOSPC', 11],
  ['5', 'EIO', 12],
  ['122', 'EDQUOT', 11],
  ['13', 'EACCES', 12],
];
/** Half of it is done, which is no error. */
const SHORT = ['short', 'half of it', 0] as const;
const WRITES: ReadonlySet<Op> = new Set(['write', 'pwrite', 'pwritev']);

const MOST = 400;
/** Less than what is written at once, so that several chunks go together. */
const CHUNK = 250;

/** The n-th of many writes is like its neighbours: the first ones, then every power of two. */
function following(op: Op, nth: number): number {
  return (op === 'pwritev' || op === 'close' || op === 'open') && nth >= 8 ? nth * 2 : nth + 1;
}

export interface Tried {
  readonly tried: number;
  readonly wrong: readonly string[];
}

/** A scene for one fault: a directory, its one target, and a process that stays. */
interface Scene {
  readonly bench: VictimBench;
  readonly product: string;
  readonly shim: Shim;
}

/** Lets the calls of one kind fail one after the other, until a run makes fewer of them. `each`: with every error. */
export async function failAtEvery(op: Op, scene: Scene, each: boolean): Promise<Tried> {
  const scratch = scene.bench.scratch();
  const victim = scene.bench.keep(scene.shim.env('', scratch));
  const wrong: string[] = [];
  let tried = 0;
  try {
    for (let nth = 1; nth < MOST; nth = following(op, nth)) {
      let isHit = false;
      for (const [action, name, exit] of actionsFor(op, nth, each)) {
        for (const lasting of ['', '+']) {
          const found = await failOnce(victim, scene, scratch, `${op}:${nth}${lasting}:${action}`, exit);
          wrong.push(...found.wrong.map((it) => `${name} from ${op} ${nth}${lasting}: ${it}`));
          isHit ||= found.hit;
          tried += found.hit ? 1 : 0;
        }
      }
      if (!isHit) break;
    }
  } finally {
    await victim.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  return { tried, wrong };
}

/** In the tests each call gets one error, the next one another. */
function actionsFor(op: Op, nth: number, each: boolean): readonly (typeof ERRORS)[number][] {
  const all = WRITES.has(op) ? [...ERRORS, SHORT] : ERRORS;
  const turn = (nth + OPS.indexOf(op)) % all.length;
  return each ? all : all.slice(turn, turn + 1);
}

async function failOnce(victim: KeptVictim, { product, bench }: Scene, scratch: string, rules: string, exit: number) {
  const targets = new Targets(bench.scratch(scratch), ['digest']);
  const order = { product, wanted: targets.wanted, chunk: CHUNK, paceMs: 0 };
  const answer = await victim.carryOut({ ...order, rules });
  const wrong = [...(await judge(targets, answer, exit)), ...(await rerun(victim, targets, { ...order, rules: '' }))];
  return { hit: answer.hit, wrong };
}

async function judge(targets: Targets, answer: Answer, exit: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const [wanted] = targets.wanted;
  const [ended] = answer.ended;
  if (wanted === undefined || ended === undefined) throw new Error('nothing was tried');
  const verdict = await examine(wanted.target, contentOf(wanted.name, wanted.size));
  wrong.push(...verdict.wrong);
  const isFine = ended.exit === 0 && verdict.target === 'right';
  if (!isFine && ended.exit !== exit) wrong.push(`exit ${ended.exit} ${ended.code}: ${ended.message}`);
  if (answer.leftOpen > 0) wrong.push(`${answer.leftOpen} descriptors were left open`);
  return wrong;
}

/** The same again without a fault: it must end well, and leave the target alone in its directory. */
async function rerun(victim: KeptVictim, targets: Targets, order: Order): Promise<readonly string[]> {
  const [ended] = (await victim.carryOut(order)).ended;
  if (ended?.exit !== 0) return [`the next run ended ${ended?.exit} ${ended?.code}: ${ended?.message}`];
  return await leftBy(targets);
}

async function leftBy(targets: Targets): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { target, name, size } of targets.wanted) {
    const verdict = await examine(target, contentOf(name, size));
    wrong.push(...verdict.wrong);
    if (verdict.target !== 'right') wrong.push('the next run ended 0 without the target');
    const left = readdirSync(dirname(target)).filter((it) => it !== 'disk.img');
    if (left.length > 0) wrong.push(`left: ${left.join(' ')}`);
  }
  return wrong;
}

/** Kills the process before each call of one kind, in a fresh directory each time. */
export async function killAtEvery(op: Op, scene: Scene): Promise<Tried> {
  const scratch = scene.bench.scratch();
  const next = scene.bench.keep();
  const wrong: string[] = [];
  let tried = 0;
  try {
    for (let nth = 1; nth < MOST; nth = following(op, nth)) {
      const targets = new Targets(scene.bench.scratch(scratch), ['digest']);
      const order = { product: scene.product, wanted: targets.wanted, chunk: CHUNK, paceMs: 0 };
      const victim = scene.bench.start(order, scene.shim.env(`${op}:${nth}:kill`, scratch));
      const { code, signal } = await victim.end;
      if (signal === null) {
        if (code !== 0) wrong.push(`${op} ${nth}: exit ${code}: ${victim.stderr}`);
        break;
      }
      tried += 1;
      const found = [...(await targets.examine(false)).wrong, ...(await rerun(next, targets, order))];
      wrong.push(...found.map((it) => `killed before ${op} ${nth}: ${it}`));
    }
  } finally {
    await next.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  return { tried, wrong };
}
