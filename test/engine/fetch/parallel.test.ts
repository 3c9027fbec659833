import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '#imgdl/core/clock.js';
import type { Digest } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { Remote, Source } from '#imgdl/core/source.js';
import type { HasherFactory } from '#imgdl/engine/digest/hasher.js';
import { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { createConnectionBudget } from '#imgdl/engine/fetch/connection-budget.js';
import type { ByteSink, Scatter } from '#imgdl/engine/sink/byte-sink.js';
import { openFileSink } from '#imgdl/engine/sink/file-sink.js';
import { StreamSink } from '#imgdl/engine/sink/stream-sink.js';
import { fakeClock } from '../../support/fake-clock.js';
import {
  eventsOf,
  type FakeDisk,
  fakeDisk,
  fakeHashers,
  HEAD_SOURCE,
  pattern,
  prematureClaims,
  turn,
} from '../fakes.js';
import { type Asked, type Fault, fetchSeveral, type SeveralOptions, severalServer, sha256Of } from './several.js';

const MIB = 1024 * 1024;
const content = pattern(12 * MIB + 12_345);
const digest = sha256Of(content);

function sinkTo(
  { part, journal, bytes }: FakeDisk,
  clock: Clock,
  digests: readonly Digest[],
  startHasher: HasherFactory = fakeHashers(bytes).start,
) {
  const start = {
    part,
    journal,
    source: HEAD_SOURCE,
    identity: {},
    kept: undefined,
    digests,
    startHasher,
    readAheadPool: createReadAheadPool(),
  };
  return openFileSink(start, { clock, report: () => {} });
}

async function toFile(
  server: ReturnType<typeof severalServer>,
  options: Partial<SeveralOptions> = {},
  disk: FakeDisk = fakeDisk(),
) {
  const clock = fakeClock();
  const sink = await sinkTo(disk, clock, [digest]);
  const fetched = await fetchSeveral(server, sink, { connections: 8, clock, digests: [digest], ...options });
  return { ...fetched, sink, disk };
}

async function toStream(server: ReturnType<typeof severalServer>, options: Partial<SeveralOptions> = {}) {
  const written: Buffer[] = [];
  const sink = new StreamSink(async (chunk) => void written.push(Buffer.from(chunk)));
  const fetched = await fetchSeveral(server, sink, {
    connections: 4,
    clock: fakeClock(),
    digests: [digest],
    ...options,
  });
  return { ...fetched, written: () => Buffer.concat(written), sink };
}

/** Not the answer that opened the transfer, nor one for all the rest. */
const further = ({ index }: Asked): boolean => index > 0;
const gone = new AppError('net.refused', 'connecting: refused');
const busy: Fault = { status: 503 };

/** What a server may do to further connections; the first one goes on in each case. */
const SERVERS: readonly (readonly [what: string, fault: (asked: Asked) => Fault | undefined])[] = [
  ['gives everything to everybody', () => undefined],
  ['ignores Range on further connections (200)', (asked) => (further(asked) ? { whole: true } : undefined)],
  [
    'refuses Range (400), as Glance with a store that cannot seek',
    (asked) => (further(asked) ? { status: 400 } : undefined),
  ],
  ['is busy (503) for further connections', (asked) => (further(asked) ? busy : undefined)],
  ['forbids them (403)', (asked) => (further(asked) ? { status: 403 } : undefined)],
  ['says 416 to them', (asked) => (further(asked) ? { status: 416 } : undefined)],
  ['does not accept their connections', (asked) => (further(asked) ? { refuse: gone } : undefined)],
  ['shows them another object (ETag)', (asked) => (further(asked) ? { headers: { etag: '"v2"' } } : undefined)],
  [
    'shows them another size',
    (asked) =>
      further(asked) ? { headers: { 'content-range': `bytes ${asked.start}-${asked.start + 9}/77` } } : undefined,
  ],
  ['sends them other bytes than they asked for', (asked) => (further(asked) ? { shift: 4096 } : undefined)],
  ['sends them a page', (asked) => (further(asked) ? { headers: { 'content-type': 'text/html' } } : undefined)],
  ['accepts only the second', (asked) => (asked.index > 1 && asked.index < 9 ? busy : undefined)],
];

/** A sink that has room up to `limit`, until fail() says that there will never be more. */
function withLimit(sink: Awaited<ReturnType<typeof sinkTo>>, limit: number) {
  let failure: Error | undefined;
  let onMoved: (() => void) | undefined;
  const scatter: Scatter = {
    windowBytes: sink.windowBytes,
    limit,
    unhashed: 0,
    accept: (chunk, at) => sink.accept(chunk, at),
    end: (at) => sink.end(at),
    throwFailure() {
      if (failure !== undefined) throw failure;
    },
    onMoved(listener) {
      onMoved = listener;
    },
  };
  const limited: ByteSink = {
    get held() {
      return sink.held;
    },
    durable: 0,
    comparesAll: true,
    learned: (...it) => sink.learned(...it),
    accept: (chunk) => sink.accept(chunk),
    matches: (...it) => sink.matches(...it),
    settle: () => sink.settle(),
    scatter,
  };
  const fail = (error: Error): void => {
    failure = error;
    onMoved?.();
  };
  return { limited, fail };
}

describe('several connections that all wait for room', () => {
  it.each([2, 3, 8])('hear that there will never be any: %i', async (connections) => {
    const clock = fakeClock();
    const sink = await sinkTo(fakeDisk(), clock, [digest]);
    const { limited, fail } = withLimit(sink, 6 * MIB);
    const full = new AppError('disk.full', 'claiming: the disk is full');
    const server = severalServer(content);
    const fetched = fetchSeveral(server, limited, { connections, clock, digests: [digest] });
    for (let still = 0, held = 0; held === 0 || still < 50; held = sink.held) {
      await turn();
      still = sink.held === held ? still + 1 : 0;
    }
    expect(sink.held).toBeLessThan(content.byteLength);
    fail(full);
    expect((await fetched).error).toBe(full);
    expect(server.open).toBe(0);
  });
});

describe('several connections deliver the right bytes, and nothing is asked for again, when a server', () => {
  it.each(SERVERS)('%s', async (_, fault) => {
    const server = severalServer(content, fault);
    const { result, error, disk, events } = await toFile(server);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ kind: 'fetched', size: content.byteLength });
    expect(disk.bytes().equals(content)).toBe(true);
    expect(prematureClaims(disk.events)).toEqual([]);
    expect(eventsOf(events, 'retry')).toEqual([]);
    expect(server.open).toBe(0);
  });

  it.each(SERVERS)('%s, and the bytes go to stdout', async (_, fault) => {
    const server = severalServer(content, fault);
    const { error, written, sink } = await toStream(server);
    expect(error).toBeUndefined();
    expect(written().equals(content)).toBe(true);
    expect(sink.computed().get('sha256')).toBe(digest.hex);
    expect(server.open).toBe(0);
  });
});

describe('several connections', () => {
  it.each([2, 4, 16])('%i are used, and no more', async (connections) => {
    const server = severalServer(content);
    const { written, connections: used } = await toStream(server, { connections });
    expect(written().equals(content)).toBe(true);
    expect(used).toBe(connections);
    expect(server.most).toBe(connections);
  });

  // What it would be otherwise: 0.46 to 0.48 with windows that begin at any time, 0.82 with the time that opening takes.
  it.each([
    ['a quarter of a window', 5, 0.44],
    ['more than a window', 24, 0.79],
  ])(
    'by themselves are judged by what they deliver from the first byte on, which is %s late',
    async (_, late, share) => {
      const large = pattern(24 * MIB);
      const turnMs = 25;
      const timeOf = async (connections: 'auto' | 1): Promise<number> => {
        let turns = 0;
        const now = (): number => turns * turnMs;
        const slowly = {
          ...fakeClock(),
          now,
          async sleep(ms: number, signal?: AbortSignal) {
            for (const until = now() + ms; now() < until; await turn()) signal?.throwIfAborted();
          },
        };
        const server = severalServer(large, (asked) => (further(asked) ? { late } : undefined));
        let over = false;
        const counting = (async () => {
          for (; !over; turns += 1) await turn();
        })();
        const { written } = await toStream(server, { connections, clock: slowly, digests: [sha256Of(large)] });
        over = true;
        await counting;
        expect(written().equals(large)).toBe(true);
        return turns;
      };
      const [alone, byThemselves] = [await timeOf(1), await timeOf('auto')];
      expect(byThemselves).toBeLessThan(share * alone);
    },
  );

  it.each([
    ['one connection is asked for', { connections: 1 }],
    ['each would spend a one-time download id', { source: { allowsExtra: () => false } satisfies Partial<Source> }],
    ['the size is not known', {}, { 'content-length': '', 'content-range': '' }],
  ] as const)('only one, when %s', async (_, options, headers?: Readonly<Record<string, string>>) => {
    const unknown = (): Fault => ({ status: 200, whole: true, headers: { 'transfer-encoding': 'chunked' } });
    const server = severalServer(content, headers === undefined ? undefined : unknown);
    const { disk, connections } = await toFile(server, options);
    expect(disk.bytes().equals(content)).toBe(true);
    expect([connections, server.most, server.asked.length]).toEqual([1, 1, 1]);
  });

  it.each([
    ['http', null, 1],
    ['http', '"v1"', 8],
    ['provider', '"v1"', 1],
  ] as const)('without a digest: where %s vouches and the ETag is %s, %i', async (validator, etag, most) => {
    const server = severalServer(content, undefined, etag);
    const { disk, connections } = await toFile(server, {
      digests: [],
      remote: { validator } satisfies Partial<Remote>,
    });
    expect(disk.bytes().equals(content)).toBe(true);
    expect(connections).toBe(most);
  });

  it('without a digest, an answer that lacks the ETag is not used', async () => {
    const server = severalServer(content, (asked) => (further(asked) ? { headers: { etag: '' } } : undefined));
    const { disk, connections, events } = await toFile(server, { digests: [] });
    expect(disk.bytes().equals(content)).toBe(true);
    // Each further connection finds that out once.
    expect(server.asked.length).toBeLessThanOrEqual(8);
    expect(connections).toBeGreaterThan(1);
    expect(eventsOf(events, 'note').length).toBeGreaterThan(0);
  });

  it('share a budget with other images, and give back what they took', async () => {
    const budget = createConnectionBudget(2);
    const server = severalServer(content);
    const { disk } = await toFile(server, { connections: 8, budget });
    expect(disk.bytes().equals(content)).toBe(true);
    expect(server.most).toBe(3);
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  });

  it('go on when any of them is cut, and only its segment is asked for again', async () => {
    const server = severalServer(content, ({ index }) =>
      [1, 4, 6].includes(index) ? { cutAfter: 300_000 } : undefined,
    );
    const { disk, events } = await toFile(server);
    expect(disk.bytes().equals(content)).toBe(true);
    expect(eventsOf(events, 'retry')).toEqual([]);
    expect(eventsOf(events, 'note').map(({ message }) => message.replace(/\d+/g, 'N'))).toContain(
      'one of N connections was lost (reading the body: the connection was cut): continuing with N',
    );
  });

  it('end with one more attempt when all are cut at once, and go on from the front', async () => {
    const server = severalServer(content, ({ index }) => (index < 8 ? { cutAfter: MIB } : undefined));
    const { disk, events, error } = await toFile(server, { connections: 8 });
    expect(error).toBeUndefined();
    expect(disk.bytes().equals(content)).toBe(true);
    expect(eventsOf(events, 'retry')).toHaveLength(1);
    // A little before the front: what is asked for twice is compared.
    expect(server.asked[8]?.start).toBeGreaterThan(MIB / 2);
  });

  it('stop at once when the disk is full, and every connection is closed', async () => {
    const full = new AppError('disk.full', 'writing: no space');
    const disk = fakeDisk({ beforeWrite: async (offset) => (offset > 5 * MIB ? Promise.reject(full) : undefined) });
    const server = severalServer(content);
    const { error } = await toFile(server, {}, disk);
    expect(error).toMatchObject({ code: 'disk.full' });
    expect(server.open).toBe(0);
    expect(prematureClaims(disk.events)).toEqual([]);
  });

  it('stop at once when the run is aborted, with its reason, and every connection is closed', async () => {
    const abort = new AbortController();
    const reason = new Error('stopped');
    const server = severalServer(content, ({ index }) => {
      if (index === 2) abort.abort(reason);
      return undefined;
    });
    const { error, disk } = await toFile(server, { signal: abort.signal });
    expect(error).toBe(reason);
    expect(server.open).toBe(0);
    const before = disk.events.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(disk.events.length).toBe(before);
  });

  it('never ask for what lies 64 MiB beyond what the journal claims, however slow the disk', async () => {
    const big = Buffer.alloc(200 * MIB, 7);
    const disk = fakeDisk({
      weightless: true,
      onSync: async () => {
        for (let i = 0; i < 300; i += 1) await new Promise((resolve) => setImmediate(resolve));
      },
    });
    let furthest = 0;
    let most = 0;
    const server = severalServer(big, ({ start, end }) => {
      const claimed = disk.lines().at(-1)?.end ?? 0;
      furthest = Math.max(furthest, (end ?? start) - claimed);
      most = Math.max(most, start - claimed);
      return undefined;
    });
    const clock = fakeClock();
    const sink = await sinkTo(disk, clock, [], fakeHashers(disk.bytes, { constant: true }).start);
    const { error, connections } = await fetchSeveral(server, sink, { connections: 16, clock });
    expect(error).toBeUndefined();
    expect(connections).toBe(16);
    expect(sink.held).toBe(big.byteLength);
    expect(furthest).toBeLessThanOrEqual(64 * MIB);
    // The window is used: else the bound above would be met by doing nothing in parallel.
    expect(most).toBeGreaterThan(8 * MIB);
  });

  it('to stdout: hold no more in memory than 8 MiB, although the front is slow', async () => {
    let written = 0;
    let most = 0;
    const server = severalServer(content, ({ start, end }) => {
      most = Math.max(most, (end ?? start) - written);
      return start === 0 ? { slow: 20 } : undefined;
    });
    const sink = new StreamSink(async (chunk) => {
      written += chunk.byteLength;
    });
    const { error } = await fetchSeveral(server, sink, { connections: 8, clock: fakeClock(), digests: [digest] });
    expect(error).toBeUndefined();
    expect(sink.computed().get('sha256')).toBe(digest.hex);
    expect(most).toBeLessThanOrEqual(8 * MIB);
    expect(most).toBeGreaterThan(1 * MIB);
  });
});

describe('whatever happens to the connections', () => {
  it('the bytes are right, nothing is claimed too early, and nothing is left open', async () => {
    const small = content.subarray(0, 9 * MIB + 77);
    const wanted = sha256Of(small);
    const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.record({ cutAfter: fc.nat(2 * MIB) }) },
      { weight: 1, arbitrary: fc.record({ endAfter: fc.nat(2 * MIB) }) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(busy, { refuse: gone }, { slow: 9 }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { minLength: 1, maxLength: 24 }),
        fc.integer({ min: 2, max: 16 }),
        async (faults, connections) => {
          const server = severalServer(small, ({ index }) => faults[index]);
          const disk = fakeDisk();
          const { error, sink } = await toFile(server, { connections, digests: [wanted] }, disk);
          expect(error).toBeUndefined();
          expect(sink.held).toBe(small.byteLength);
          await sink.settle();
          expect(disk.bytes().equals(small)).toBe(true);
          expect(prematureClaims(disk.events)).toEqual([]);
          expect(server.open).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
