/**
 * Any sequence of runs, cuts, kills, changes of the object and damage to the files beside the target, on the real
 * engine and a real directory: the target is always of exactly one revision, a failure leaves it alone, and a run
 * without faults ends well.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
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
    const { status, resumedFrom } = ended.outcome;
    if (status === 'downloaded' || status === 'resumed') {
      // A failure a moment before would have been told of by what the events say.
      expect(ended.told.resumedFrom, 'the events tell what was kept as the outcome does').toBe(resumedFrom);
      expect(status).toBe(resumedFrom === null ? 'downloaded' : 'resumed');
    }
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
    readonly retries: number,
  ) {
    super();
  }
  async run(model: Model, world: World): Promise<void> {
    hold(model, world, await world.run(this.weather, { onChange: this.onChange, retries: this.retries }));
  }
  toString(): string {
    return `Run(${JSON.stringify(this.weather)}, ${this.onChange}, ${this.retries})`;
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

/** Another process at the same time: one downloads the file, the other is told, or finds it done. */
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

const onChange = fc.constantFrom('restart' as const, 'fail' as const);
const run = (weather: fc.Arbitrary<Weather>) =>
  fc.tuple(weather, onChange, fc.integer({ min: 0, max: 2 })).map((all) => new Run(...all));

/** Runs that leave something half-done come more often than those that end it all. */
const step = fc.oneof(
  { weight: 6, arbitrary: run(fc.record({ cuts: fc.array(bytes, { minLength: 1, maxLength: 3 }) })) },
  { weight: 6, arbitrary: run(fc.record({ cuts: fc.array(bytes, { maxLength: 2 }), killAfter: bytes })) },
  { weight: 3, arbitrary: run(fc.record({ cuts: fc.array(bytes, { maxLength: 2 }), changeAfter: bytes })) },
  {
    weight: 4,
    arbitrary: fc.constant(
      new Do('ChangeRemote', (world) => {
        world.revision += 1;
      }),
    ),
  },
  { weight: 4, arbitrary: at('TamperPart', (world, fraction) => world.flipPart(fraction)) },
  { weight: 2, arbitrary: at('TamperJournal', (world, fraction) => world.flipJournal(fraction)) },
  { weight: 2, arbitrary: at('TruncateJournal', (world, fraction) => world.truncate('journal', fraction)) },
  { weight: 2, arbitrary: at('TruncatePart', (world, fraction) => world.truncate('part', fraction)) },
  { weight: 1, arbitrary: fc.constant(new SecondProcess()) },
  { weight: 2, arbitrary: fc.constant(new Rerun()) },
);

// The time limit leaves the run that is under way behind: it is waited for, and its directory goes too.
const underWay = new Set<Promise<void>>();
afterAll(async () => {
  await Promise.allSettled(underWay);
});

async function play(proof: Proof, commands: Iterable<fc.AsyncCommand<Model, World>>): Promise<void> {
  const world = new World(proof);
  try {
    const model: Model = { visible: undefined };
    await fc.asyncModelRun(() => ({ model, real: world }), commands);
    await new Rerun().run(model, world);
  } finally {
    world.remove();
  }
}

describe('any sequence of events', () => {
  it.each<Proof>(['digest', 'etag', 'nothing'])(
    'on an object known by %s shows one whole revision or nothing',
    {
      timeout: 60_000 * SCALE,
    },
    async (proof) => {
      await fc.assert(
        fc.asyncProperty(fc.commands([step], { maxCommands: 7, size: 'max' }), async (commands) => {
          const played = play(proof, commands);
          underWay.add(played);
          await played;
          underWay.delete(played);
        }),
        { seed: SEED, numRuns: 60 * SCALE, interruptAfterTimeLimit: 6_000 * SCALE, endOnFailure: false },
      );
    },
  );
});
