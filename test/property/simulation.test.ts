/**
 * Any sequence of runs, cuts, kills, changes of the object and damage to the files beside the target, on the real
 * engine and a real directory: the target is always of exactly one revision, a failure leaves it alone, and a run
 * without faults ends well.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCALE, SEED } from '../crash/scale.js';
import { CALM, type Ended, type Proof, type Weather, World } from './world.js';

/** What the user can rely on, whatever happened: the revision visible so far. */
interface Model {
  visible: number | undefined;
}

abstract class Step implements fc.AsyncCommand<Model, World> {
  check(): boolean {
    return true;
  }
  abstract run(model: Model, world: World): Promise<void>;
  abstract toString(): string;
}

function hold(model: Model, world: World, ended: Ended): void {
  const visible = world.revisionOfTarget();
  if (ended.kind === 'done') {
    expect(visible, 'a success shows a file').toBeDefined();
    expect(world.names(), 'and nothing beside it').toEqual([]);
    model.visible = visible;
    return;
  }
  expect(visible, `what was visible before a run that ${JSON.stringify(ended)}`).toBe(model.visible);
  if (ended.kind === 'failed') expect(ended.code).toMatch(/^(net|http|changed)\./);
}

class Run extends Step {
  constructor(
    readonly weather: Weather,
    readonly onChange: 'restart' | 'fail',
  ) {
    super();
  }
  async run(model: Model, world: World): Promise<void> {
    hold(model, world, await world.run(this.weather, { onChange: this.onChange }));
  }
  toString(): string {
    return `Run(${JSON.stringify(this.weather)}, ${this.onChange})`;
  }
}

/** Without faults a run ends well, and with what the server has now. */
class Rerun extends Step {
  async run(model: Model, world: World): Promise<void> {
    const ended = await world.run(CALM);
    expect(ended).toMatchObject({ kind: 'done' });
    hold(model, world, ended);
    expect(world.revisionOfTarget()).toBe(world.revision);
  }
  toString(): string {
    return 'Rerun';
  }
}

/** Another process at the same time: one brings the file, the other is told, or finds it done. */
class SecondProcess extends Step {
  async run(model: Model, world: World): Promise<void> {
    const both = await Promise.all([world.run(CALM), world.run(CALM)]);
    const done = both.filter((ended) => ended.kind === 'done');
    expect(done.length, JSON.stringify(both)).toBeGreaterThanOrEqual(1);
    for (const ended of both) if (ended.kind === 'failed') expect(ended.code).toBe('lock.held');
    model.visible = world.revisionOfTarget();
    expect(model.visible).toBe(world.revision);
  }
  toString(): string {
    return 'SecondProcess';
  }
}

class Do extends Step {
  constructor(
    readonly name: string,
    readonly work: (world: World) => void,
  ) {
    super();
  }
  async run(_: Model, world: World): Promise<void> {
    this.work(world);
  }
  toString(): string {
    return this.name;
  }
}

const bytes = fc.integer({ min: 0, max: 800_000 });
const where = fc.double({ min: 0, max: 0.999, noNaN: true });
const at = (name: string, work: (world: World, fraction: number) => void) =>
  where.map((fraction) => new Do(`${name}(${fraction})`, (world) => work(world, fraction)));

const steps = [
  fc
    .record({ cuts: fc.array(bytes, { maxLength: 5 }), onChange: fc.constantFrom('restart' as const, 'fail' as const) })
    .map(({ cuts, onChange }) => new Run({ cuts }, onChange)),
  fc.record({ killAfter: bytes }).map((weather) => new Run({ cuts: [], ...weather }, 'restart')),
  fc
    .record({ cuts: fc.array(bytes, { maxLength: 3 }), killAfter: bytes, changeAfter: bytes })
    .map((weather) => new Run(weather, 'restart')),
  fc.record({ changeAfter: bytes }).map((weather) => new Run({ cuts: [400_000], ...weather }, 'fail')),
  fc.constant(
    new Do('ChangeRemote', (world) => {
      world.revision += 1;
    }),
  ),
  at('TamperPart', (world, fraction) => world.flipPart(fraction)),
  at('TamperJournal', (world, fraction) => world.flipJournal(fraction)),
  at('TruncateJournal', (world, fraction) => world.truncate('journal', fraction)),
  at('TruncatePart', (world, fraction) => world.truncate('part', fraction)),
  fc.constant(new SecondProcess()),
  fc.constant(new Rerun()),
];

describe('any sequence of events', () => {
  it.each<Proof>(['digest', 'etag', 'nothing'])(
    'on an object known by %s shows one whole revision or nothing',
    {
      timeout: 60_000 * SCALE,
    },
    async (proof) => {
      await fc.assert(
        fc.asyncProperty(fc.commands(steps, { maxCommands: 8, size: '+1' }), async (commands) => {
          const world = new World(proof);
          try {
            const model: Model = { visible: undefined };
            await fc.asyncModelRun(() => ({ model, real: world }), commands);
            await new Rerun().run(model, world);
          } finally {
            world.remove();
          }
        }),
        { seed: SEED, numRuns: 25 * SCALE, interruptAfterTimeLimit: 15_000 * SCALE, endOnFailure: false },
      );
    },
  );
});
