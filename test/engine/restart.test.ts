/**
 * What is told while bytes of an earlier run are given up, some or all. A failure's document, the progress and the
 * last words of a signal are made of the events alone: they must count as the outcome does.
 */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { claimsOf, claimsUpTo } from '#imgdl/core/claims.js';
import type { Digest } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Transport } from '#imgdl/core/http.js';
import type { Outcome } from '#imgdl/core/outcome.js';
import type { Remote } from '#imgdl/core/source.js';
import type { JournalHave } from '#imgdl/core/storage.js';
import { download } from '#imgdl/engine/download.js';
import { follow, newState, type TransferState } from '#imgdl/ui/progress/state.js';
import { CALM, World } from '../property/world.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { eventsOf } from './fakes.js';
import { claimOf, digestOf, type GiantServer, giantPlace, giantServer, startHasher } from './giant.js';

const KIB = 1024;
/** The first revision of a World. */
const WORLD_SIZE = 600_000;
/** Where two runs were cut. */
const FIRST = 192 * KIB;
const SECOND = 384 * KIB;
const STEP = 32 * KIB;

const worlds: World[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

/** A world in which two runs were cut. */
async function twiceCut(): Promise<World> {
  const world = new World('digest');
  worlds.push(world);
  for (const bytes of [FIRST, SECOND - FIRST]) {
    expect(await world.run({ cuts: [bytes] })).toMatchObject({ kind: 'failed', code: 'net.reset' });
  }
  return world;
}

/** End of the last checkpoint up to `good`. */
function lastCheckpoint(world: World, good: number): number {
  const journal = readFileSync(world.beside('journal') ?? '', 'utf8');
  const lines = [...journal.matchAll(/"start":(\d+),"end":(\d+)/g)];
  const have = lines.map(([, start, end]) => ({ ...claimOf(Number(end)), start: Number(start) }));
  return claimsUpTo(claimsOf(have), good).end;
}

/** Bytes up to `good` are as they were. */
const DAMAGES: readonly (readonly [name: string, good: number, damage: (world: World) => void])[] = [
  ['nothing is bad', SECOND, () => {}],
  ['a byte of the second run is', FIRST + 5, (world) => world.flipPart((FIRST + 5.5) / SECOND)],
  ['the first byte of the second run is', FIRST, (world) => world.flipPart((FIRST + 0.5) / SECOND)],
  ['the last byte of the first run is', FIRST - 1, (world) => world.flipPart((FIRST - 0.5) / SECOND)],
  ['the first byte is', 0, (world) => world.flipPart(0)],
  ['the last byte is missing', SECOND - 1, (world) => world.truncate('part', (SECOND - 0.5) / SECOND)],
];

describe('of what two runs left', () => {
  test.each(DAMAGES)('%s: what was told is the outcome', async (_, good, damage) => {
    const world = await twiceCut();
    const kept = lastCheckpoint(world, good);
    damage(world);
    const resumedFrom = kept > 0 ? kept : null;
    expect(await world.run(CALM)).toMatchObject({
      kind: 'done',
      outcome: { status: kept > 0 ? 'resumed' : 'downloaded', resumedFrom },
      told: { resumedFrom },
    });
  });

  test.each(DAMAGES)('%s: a run that fails later says what it kept of it', async (_, good, damage) => {
    const world = await twiceCut();
    const kept = lastCheckpoint(world, good);
    damage(world);
    // All that was missing comes, so that the damage is seen in any case; what must come again is cut.
    const cuts = (from: number) => (from === SECOND && good < SECOND ? WORLD_SIZE : STEP);
    expect(await world.run({ cuts })).toMatchObject({
      kind: 'failed',
      code: 'net.reset',
      told: { resumedFrom: kept > 0 ? kept : null, durable: kept + STEP },
    });
  });
});

// ---- what happened in between ------------------------------------------------------------------

const SIZE = 640 * KIB;
const KEPT = 320 * KIB;
/** Of another algorithm than that of the metadata: nobody can tell before the end. */
const WRONG: Digest = { algorithm: 'md5', hex: digestOf('md5', 1, 2), from: 'user' };
const DOWN = new AppError('net.refused', 'connecting: refused');

interface Scene {
  readonly have?: readonly JournalHave[];
  readonly checksums?: readonly Digest[];
  /** Stands between the server and us. */
  readonly front?: (server: GiantServer) => Transport;
  /** Metadata can be read once. */
  readonly thenDown?: boolean;
  /** What the metadata say when they are read again. */
  readonly then?: Partial<Remote>;
}

interface Played {
  readonly status: string;
  readonly resumedFrom: number | null | undefined;
  readonly error: AppError | undefined;
  readonly outcome: Outcome | undefined;
  readonly told: TransferState;
  readonly events: readonly TransferEvent[];
  /** Claims of the journal when a restart was told. */
  readonly claimed: readonly number[];
}

async function play({
  have = [claimOf(KEPT)],
  checksums = [],
  front,
  thenDown = false,
  then = {},
}: Scene): Promise<Played> {
  const server = giantServer(SIZE);
  const left = have.at(-1)?.end ?? 0;
  const place = giantPlace(server.source, SIZE, left, [...have]);
  const events: TransferEvent[] = [];
  const claimed: number[] = [];
  let described = 0;
  const describeOnce = async (signal: AbortSignal): Promise<Remote> => {
    described += 1;
    if (thenDown && described > 1) throw DOWN;
    const remote = await server.source.describe(signal);
    return described > 1 ? { ...remote, ...then } : remote;
  };
  const ended = await download(
    {
      source: { ...server.source, describe: describeOnce },
      options: transferOptions({ checksums }),
      tool: 'imgdl test',
    },
    {
      transport: front?.(server) ?? server.transport,
      clock: fakeClock(),
      report: (event) => {
        events.push(event);
        if (event.type === 'restart') claimed.push(...place.claims.map((line) => line.end));
      },
      place: async () => ({ ...place.workspace, open: () => place.workspace.open('continue') }),
      startHasher,
      ...runResources(),
    },
    new AbortController().signal,
  ).catch((error: AppError) => error);
  const told = events.reduce((state, event) => follow(state, event, 0), newState(0));
  return ended instanceof AppError
    ? { status: 'failed', resumedFrom: undefined, error: ended, outcome: undefined, told, events, claimed }
    : { status: ended.status, resumedFrom: ended.resumedFrom, error: undefined, outcome: ended, told, events, claimed };
}

/** Knows no Range: `status` for a request that has one, and everything for one that has none, or in spite of it. */
const withoutRanges =
  (status: 200 | 400, cutAfter = Number.POSITIVE_INFINITY, cutFrom = 0) =>
  (server: GiantServer): Transport => {
    let wholes = 0;
    return {
      ...server.transport,
      async open(request, signal) {
        const inner = { ...request, headers: { ...request.headers, range: 'bytes=0-' } };
        const exchange = await server.transport.open(inner, signal);
        if (status === 400 && 'range' in request.headers) return { ...exchange, status, headers: new Map() };
        const cut = wholes >= cutFrom;
        wholes += 1;
        async function* body(): AsyncGenerator<Uint8Array> {
          let sent = 0;
          for await (const chunk of exchange.body) {
            yield chunk;
            sent += chunk.byteLength;
            if (cut && sent >= cutAfter) throw new AppError('net.reset', 'downloading: the connection was cut');
          }
        }
        return { ...exchange, status: 200, headers: new Map([['content-length', String(SIZE)]]), body: body() };
      },
    };
  };

/** Says that the object has another size now. */
const larger = (server: GiantServer): Transport => ({
  ...server.transport,
  async open(request, signal) {
    const exchange = await server.transport.open(request, signal);
    const headers = new Map([['content-range', `bytes ${KEPT}-${SIZE}/${SIZE + 1}`]]);
    return { ...exchange, headers };
  },
});

/** Says so in its first answer only. */
const largerOnce = (server: GiantServer): Transport => {
  const open = [larger(server).open];
  return { ...server.transport, open: (...asked) => (open.pop() ?? server.transport.open)(...asked) };
};

describe('a restart is told once it is so, and says what is kept', () => {
  test('in part: the last checkpoint is not what it was', async () => {
    const bad = { ...claimOf(KEPT + STEP), digests: { sha256: digestOf('sha256', 1, 2) } };
    const played = await play({ have: [claimOf(KEPT), bad] });
    expect(played).toMatchObject({ status: 'resumed', resumedFrom: KEPT, claimed: [KEPT] });
    expect(eventsOf(played.events, 'restart')).toMatchObject([{ kept: KEPT, discarded: STEP }]);
    expect(played.told.resumedFrom).toBe(KEPT);
  });

  test.each([200, 400] as const)(
    'not after a %s to the request for the rest: all of it comes, and is compared',
    async (status) => {
      const played = await play({ front: withoutRanges(status) });
      expect(played).toMatchObject({ status: 'resumed', resumedFrom: KEPT });
      expect(eventsOf(played.events, 'restart')).toEqual([]);
      expect(played.outcome?.warnings).toMatchObject([{ code: 'resume.from-zero' }]);
      expect(played.told.resumedFrom).toBe(KEPT);
    },
  );

  test('as a whole: a digest does not match, and then the metadata cannot be read', async () => {
    const played = await play({ checksums: [WRONG], thenDown: true });
    expect(played.error?.code).toBe('net.refused');
    expect(eventsOf(played.events, 'restart')).toMatchObject([{ kept: 0, discarded: SIZE }]);
    expect(played.told).toMatchObject({ resumedFrom: null, durable: 0 });
  });

  test('not at all: the object seems to have changed, and then the metadata cannot be read', async () => {
    const played = await play({ front: larger, thenDown: true });
    expect(played.error?.code).toBe('net.refused');
    expect(eventsOf(played.events, 'restart')).toEqual([]);
    expect(played.told).toMatchObject({ resumedFrom: KEPT, durable: KEPT });
  });
});

test('what is told of the object after a restart is what its metadata say then', async () => {
  const warning = { code: 'x.new', message: 'it is deprecated' };
  const then: Partial<Remote> = { validator: 'http', label: 'its new name', warnings: [warning] };
  const played = await play({ front: largerOnce, then });
  expect(played).toMatchObject({ status: 'downloaded', outcome: { name: 'its new name', warnings: [warning] } });
  expect(eventsOf(played.events, 'warning')).toEqual([{ type: 'warning', warning }]);
});

test('a server that cannot continue is not said to, also in the attempt after a restart', async () => {
  const played = await play({ checksums: [WRONG], front: withoutRanges(400, 100 * KIB, 1) });
  expect(played.error).toMatchObject({
    code: 'net.reset',
    hint: 'run again later; this server cannot resume, so the download starts from zero',
  });
});
