import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { Source, Warning } from '#imgdl/core/source.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { withObjectMade } from '#imgdl/engine/made-object.js';
import { World } from '../property/world.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { OUTCOME } from '../ui/samples.js';
import { eventsOf } from './fakes.js';
import { play, tickets } from './script.js';

const DOWN = new AppError('http.unavailable', 'making it: the server is down', { hint: 'run again later to resume' });
const LEFT: Warning = { code: 'toy.left', message: 'it is still there' };
const DRY: Outcome = { ...OUTCOME, status: 'dry-run', would: 'download', warnings: [] };

interface Given {
  readonly options?: Partial<TransferOptions>;
  readonly source?: Partial<Source>;
  /** What the transfer comes to, the rehearsal first. */
  readonly transfers?: readonly (Outcome | Error)[];
  readonly opens?: readonly (Error | undefined)[];
  readonly left?: readonly Warning[];
  readonly signal?: AbortSignal;
}

/** One run, and what was done in which order. */
async function running({ options, source, transfers = [DRY, OUTCOME], opens = [], left = [], signal }: Given = {}) {
  const did: string[] = [];
  const events: TransferEvent[] = [];
  const [ends, tries] = [[...transfers], [...opens]];
  const made: Source = {
    ...tickets().source,
    async open(given) {
      did.push('open');
      given.throwIfAborted();
      const failure = tries.shift();
      if (failure !== undefined) throw failure;
    },
    async close() {
      did.push('close');
      return left;
    },
    ...source,
  };
  const request = { source: made, options: transferOptions(options), tool: 'imgdl 0' };
  const report = (event: TransferEvent): void => void events.push(event);
  const ports = { transport: play().transport, clock: fakeClock(), report, ...runResources() };
  const ended = await withObjectMade(request, ports, signal ?? new AbortController().signal, async (wanted, using) => {
    did.push(wanted.options.dryRun ? 'rehearse' : 'transfer');
    using.report({ type: 'described', remote: {} as never, target: 'x' });
    const end = ends.shift();
    if (end === undefined || end instanceof Error) throw end;
    return end;
  }).then(
    (outcome) => ({ outcome, error: undefined }),
    (error: unknown) => ({ outcome: undefined, error }),
  );
  return { ...ended, did, events };
}

describe('an object that is made for the run', () => {
  test('is made after a rehearsal that changes nothing, and removed in the end', async () => {
    const { did, outcome, events } = await running();
    expect(did).toEqual(['rehearse', 'open', 'transfer', 'close']);
    expect(outcome).toEqual(OUTCOME);
    // What a rehearsal finds is told when it is so.
    expect(eventsOf(events, 'described')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ type: 'phase', phase: 'cleaning-up' });
  });

  test('is not made by a dry run', async () => {
    const { did, outcome } = await running({ options: { dryRun: true }, transfers: [DRY] });
    expect([did, outcome]).toEqual([['rehearse'], DRY]);
  });

  test('is not made for a target that is refused', async () => {
    const exists = new AppError('fs.exists', 'checking x: it exists');
    const { did, error } = await running({ transfers: [exists] });
    expect([did, error]).toEqual([['rehearse'], exists]);
  });

  test('is not made for a target that is proven to be complete', async () => {
    const { did } = await running({ transfers: [{ ...DRY, would: 'nothing' }, OUTCOME] });
    expect(did).toEqual(['rehearse', 'transfer']);
  });

  test.each<[string, readonly (Error | undefined)[], number, readonly string[]]>([
    ['again after a failure that passes', [DOWN, DOWN], 2, ['open', 'open', 'open', 'transfer']],
    ['not for ever', [DOWN, DOWN], 1, ['open', 'open']],
    ['not again after a failure that does not pass', [new AppError('auth.forbidden', 'no')], 9, ['open']],
    // Perhaps it was made: nobody knows.
    [
      'not again after one that may not be repeated',
      [new AppError('net.reset', 'cut', { transient: false })],
      9,
      ['open'],
    ],
  ])('is made %s, and whatever came of it is removed', async (_, opens, retries, steps) => {
    const { did } = await running({ opens, options: { retries } });
    expect(did).toEqual(['rehearse', ...steps, 'close']);
  });

  test.each<[string, Error]>([
    ['a failure', new AppError('net.unreachable', 'cut')],
    ['a bug', new TypeError('x is not a function')],
    ['a signal', new Error('SIGINT')],
  ])('is removed after %s, which is what the run ends with', async (_, failure) => {
    const { did, error, events } = await running({ transfers: [DRY, failure], left: [LEFT] });
    expect(did).toEqual(['rehearse', 'open', 'transfer', 'close']);
    expect(error).toBe(failure);
    expect(eventsOf(events, 'warning')).toEqual([{ type: 'warning', warning: LEFT }]);
  });

  test('is removed when the signal came while it was made', async () => {
    const stopping = new AbortController();
    const reason = new Error('SIGTERM');
    stopping.abort(reason);
    const { did, error } = await running({ signal: stopping.signal });
    expect([did, error]).toEqual([['rehearse', 'open', 'close'], reason]);
  });

  test('that could not be removed is a warning, in the outcome too', async () => {
    const { outcome, events } = await running({ left: [LEFT] });
    expect(outcome?.warnings).toEqual([...OUTCOME.warnings, LEFT]);
    expect(eventsOf(events, 'warning')).toEqual([{ type: 'warning', warning: LEFT }]);
  });

  test.each([
    ['run again later to resume', 'run again later'],
    ['free some space, then run again to resume', 'free some space, then run again'],
    ['run the same command again later; the partial download is kept', 'run the same command again later'],
    ['run again with --force to replace it; the download is kept', 'run again with --force to replace it'],
    ['check the network', 'check the network'],
  ])('promises no continuation: "%s" is "%s"', async (hint, said) => {
    const failure = new AppError('net.reset', 'cut', { hint, details: { step: 'body' } });
    const { error } = await running({ transfers: [DRY, failure] });
    expect(error).toMatchObject({ code: 'net.reset', message: 'cut', hint: said, details: { step: 'body' } });
  });
});

test('an object that is there already is neither made, nor rehearsed, nor removed', async () => {
  const there = { open: undefined, close: undefined } as unknown as Partial<Source>;
  const { did, outcome } = await running({ source: there, transfers: [OUTCOME] });
  expect([did, outcome]).toEqual([['transfer'], OUTCOME]);
});

const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

describe('what a failed run leaves on the disk', () => {
  const made = { open: async () => {}, close: async () => [] };
  test.each([
    ['of an object that is made for the run: nothing, and nothing is promised', made, 0],
    ['of one that is there tomorrow: what it has', {}, 192 * 1024],
  ])('%s', async (_, source, durable) => {
    const world = new World('digest', source);
    worlds.push(world);
    const ended = await world.run({ cuts: [192 * 1024] });
    expect(ended).toMatchObject({ kind: 'failed', code: 'net.reset', told: { durable } });
    expect(world.names().length > 0).toBe(durable > 0);
  });

  test('of another one that was made for a run that was killed is no obstacle', async () => {
    const world = new World('digest', made);
    worlds.push(world);
    expect(await world.run({ cuts: [], killAfter: 192 * 1024 })).toEqual({ kind: 'killed' });
    expect(world.names().length).toBeGreaterThan(0);
    world.revision = 2;
    expect(await world.run({ cuts: [] })).toMatchObject({ kind: 'done', outcome: { status: 'downloaded' } });
    expect([world.revisionOfTarget(), world.names()]).toEqual([2, []]);
  });
});
