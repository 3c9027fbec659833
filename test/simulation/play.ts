/** Plays a schedule and says what was wrong. */
import type { Product } from './product.js';
import type { Run, Schedule, Step } from './schedule.js';
import { BESIDE, type Ran, TARGET, World } from './world.js';

export type Products = readonly [Product, Product];

/** @returns sentences about what must never be; none when all was well */
export async function play(schedule: Schedule, products: Products): Promise<readonly string[]> {
  const game = new Game(schedule, products);
  for (const [index, step] of schedule.steps.entries()) {
    await game.step(step);
    if (game.world.wrong.length > 0) return game.world.wrong.map((it) => `step ${index + 1}: ${it}`);
  }
  await game.step({ do: 'free the disk' });
  await game.step({ do: 'rerun', with: schedule.seed % 3 === 0 ? 'update' : 'force' });
  return game.world.wrong.map((it) => `the last run: ${it}`);
}

class Game {
  readonly world: World;
  readonly #products: Products;

  constructor(schedule: Schedule, products: Products) {
    this.world = new World(schedule);
    this.#products = products;
  }

  async step(step: Step): Promise<void> {
    const { world } = this;
    switch (step.do) {
      case 'run':
        return this.#judge(step, await this.#run(step));
      case 'two runs':
        return await this.#twoRuns(step);
      case 'rerun':
        return await this.#rerun(step.with);
      case 'change the object':
        return world.changeObject();
      case 'fill the disk':
        world.disk.capacity = Number.POSITIVE_INFINITY;
        world.disk.capacity = used(world) + step.free;
        return world.disturb();
      case 'free the disk':
        world.disk.capacity = Number.POSITIVE_INFINITY;
        return;
      case 'cut the power':
        return world.cutPower(step.seed);
      default:
        return tamper(world, step);
    }
  }

  async #run(run: Run): Promise<Ran & { readonly before: Before }> {
    const before = beforeOf(this.world);
    const ran = await this.world.run(this.#products[0], run);
    if (ran.ended.kind === 'killed' && run.death?.by === 'power') this.world.cutPower(run.death.seed);
    return { ...ran, before };
  }

  #judge(run: Run, ran: Ran & { readonly before: Before }): void {
    const { world } = this;
    const { ended, before } = ran;
    if (ended.kind === 'done') {
      this.#judgeDone(ran, run);
      return;
    }
    // What was visible stays, or a new one took its place, which was looked at when it did. After a power cut only what
    // a run that ended 0 has left: see World.cutPower().
    const isCut = ended.kind === 'killed' && run.death?.by === 'power';
    if (!isCut && before.target !== undefined && world.target === undefined)
      world.wrong.push('the previous target is gone');
    if (ended.kind === 'killed') return;
    if (!isDeclared(ended.code)) world.wrong.push(`it failed with ${ended.code}: ${ended.message}`);
    const isReceipt = run.options?.receipt === true || run.options?.update === true;
    const mayBeNew = isReceipt && /^(?:fs|disk|lock)\./.test(ended.code);
    if (world.target !== before.target && !mayBeNew && run.fail === undefined)
      world.wrong.push(`it failed with ${ended.code}, and the target is another one`);
  }

  #judgeDone({ ended, before, served }: Ran & { readonly before: Before }, run: Run): void {
    const { world } = this;
    if (ended.kind !== 'done') return;
    const { status } = ended.outcome;
    const revision = world.revisionOfTarget;
    if (revision === undefined) {
      world.wrong.push(`it ended 0 (${status}) without the target`);
      return;
    }
    const now = world.origin.revision;
    const isKnown = (status === 'complete' || status === 'unchanged') && world.schedule.proof === 'digest';
    if (isKnown && revision < before.revision)
      world.wrong.push(`it ended 0 (${status}) with revision ${revision} of ${now}`);
    if ((status === 'downloaded' || status === 'resumed') && revision < before.revision)
      world.wrong.push(`it ended 0 (${status}) with revision ${revision}, and ${[...served].join(', ')} were sent`);
    // A target that was right before says nothing of what an interrupted --force has left.
    const left = status === 'downloaded' || status === 'resumed' ? world.leftBeside : [];
    if (left.length > 0 && run.fail === undefined) world.wrong.push(`it ended 0 and left ${left.join(', ')}`);
  }

  /** Without any fault: it ends 0, with what the server has now, and fetches no more than it must. */
  async #rerun(how: 'force' | 'update'): Promise<void> {
    const { world } = this;
    const run: Run = { options: how === 'force' ? { force: true } : { update: true, receipt: true } };
    const held = world.disk.capacity;
    world.disk.capacity = Number.POSITIVE_INFINITY;
    const ran = await this.#run(run);
    world.disk.capacity = held;
    this.#judge(run, ran);
    const { ended } = ran;
    if (ended.kind !== 'done') {
      const why = ended.kind === 'failed' ? `${ended.code}: ${ended.message}` : 'killed';
      world.wrong.push(`without any fault it did not end 0 but with ${why}`);
    } else if (world.revisionOfTarget !== world.origin.revision) {
      world.wrong.push(`without any fault it has revision ${world.revisionOfTarget} of ${world.origin.revision}`);
    }
  }

  async #twoRuns({ first, second, turns }: Extract<Step, { do: 'two runs' }>): Promise<void> {
    const { world } = this;
    // A power cut would end both at once: here only one of them dies.
    const alone = (run: Run): Run =>
      run.death === undefined ? run : { ...run, death: { ...run.death, by: 'kill' as const } };
    const before = beforeOf(world);
    const one = world.run(this.#products[0], alone(first), second);
    for (let turn = 0; turn < turns; turn += 1) await undefined;
    const other = world.run(this.#products[1], alone(second), first);
    const [a, b] = await Promise.all([one, other]);
    world.disturb();
    for (const { ended } of [a, b]) {
      if (ended.kind === 'failed' && !isDeclared(ended.code))
        world.wrong.push(`it failed with ${ended.code}: ${ended.message}`);
    }
    if (before.target !== undefined && world.target === undefined) world.wrong.push('the previous target is gone');
    const done = [a, b].some(({ ended }) => ended.kind === 'done');
    if (done && world.revisionOfTarget === undefined) world.wrong.push('one ended 0 without the target');
  }
}

interface Before {
  readonly target: object | undefined;
  /** Of the object. */
  readonly revision: number;
}

function beforeOf(world: World): Before {
  return { target: world.target, revision: world.origin.revision };
}

/** An error of ours that says what to do; anything else is a mistake of the program. */
function isDeclared(code: string): boolean {
  return code.includes('.') && !code.startsWith('ERR_');
}

function used(world: World): number {
  return world.disk.names.reduce((sum, name) => sum + (world.disk.find(name)?.blocks ?? 0), 0);
}

function tamper(world: World, step: Extract<Step, { do: 'flip a byte' | 'truncate' | 'remove' }>): void {
  world.tampered();
  if (step.do === 'remove') {
    const name = `${BESIDE}${step.what}`;
    if (world.disk.find(name) !== undefined) world.disk.put([name, undefined]);
    return;
  }
  const inode = world.beside(step.of);
  // Two names of one file: whoever changes the part then changes the target.
  if (inode === undefined || inode === world.disk.find(TARGET) || inode.size === 0) return;
  const at = Math.floor(step.at * inode.size);
  if (step.do === 'truncate') inode.truncate(at);
  else inode.write(Buffer.from([255 - (inode.content[at] ?? 0)]), at);
  inode.sync();
}
