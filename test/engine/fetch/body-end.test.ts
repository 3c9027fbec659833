import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Remote } from '#imgdl/core/source.js';
import { StreamSink } from '#imgdl/engine/sink/stream-sink.js';
import { fakeClock } from '../../support/fake-clock.js';
import { eventsOf, pattern, sha256 } from '../fakes.js';
import { CUT, fetching, memorySink, partOf, play, promise, remoteOf, type Scripted, wholeOf } from '../script.js';
import { fetchSeveral, severalServer } from './several.js';

const SIZE = 4_096;
const promised = pattern(SIZE);
const surplus = pattern(SIZE, 7);
const provider = remoteOf({ validator: 'provider', identity: { size: SIZE } });
const vouched = remoteOf({ ...provider, digests: [promise(promised)] });
const RANGE = { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` };

/** The same bytes as reads of these lengths, again and again. */
function inReads(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const reads: Buffer[] = [];
  for (let at = 0; at < bytes.byteLength; at += reads.at(-1)?.byteLength ?? 0) {
    reads.push(bytes.subarray(at, at + (lengths[reads.length % lengths.length] ?? 1)));
  }
  return reads;
}

/** Answers that know where they should end, without a Content-Length. */
const ANSWERS: readonly [string, Remote, Partial<Scripted>, code: string, requests: number][] = [
  ['a 200 whose size metadata tell', provider, {}, 'integrity.size', 1],
  ['a 200 with a Content-Range beside', provider, { headers: RANGE }, 'integrity.size', 1],
  ['a 206, also to the plain request that follows', remoteOf(), { status: 206, headers: RANGE }, 'proto.range', 2],
];

describe('more bytes than promised are an error, however they fall into reads', () => {
  it.each(ANSWERS)('%s', async (_, remote, answer, code, requests) => {
    const lengths = fc.array(fc.oneof(fc.constantFrom(1_024, SIZE, 2 * SIZE), fc.integer({ min: 1, max: 3_000 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: SIZE }), async (reads, more) => {
        const body = inReads(Buffer.concat([promised, surplus.subarray(0, more)]), reads);
        const server = play({ ...answer, body });
        const done = await fetching(server, { remote });
        expect(done.error).toMatchObject({ code });
        expect(done.sink.data().byteLength).toBeLessThanOrEqual(SIZE);
        expect([server.seen.length, server.leaked()]).toEqual([requests, 0]);
      }),
      { numRuns: 200 },
    );
  });

  it('an empty object that is followed by bytes', async () => {
    const empty = remoteOf({ validator: 'provider', identity: { size: 0 } });
    const done = await fetching(play({ body: surplus }), { remote: empty });
    expect(done.error).toMatchObject({ code: 'integrity.size' });
  });

  it('to stdout', async () => {
    const written: Uint8Array[] = [];
    const sink = { ...memorySink(), sink: new StreamSink(async (chunk) => void written.push(Uint8Array.from(chunk))) };
    const done = await fetching(play({ body: [promised, surplus] }), { remote: provider, sink });
    expect(done.error).toMatchObject({ code: 'integrity.size' });
    expect(sha256(Buffer.concat(written))).toBe(sha256(promised));
  });

  it('the rest that a resume asked for', async () => {
    const held = memorySink(promised.subarray(0, 2_000));
    const longer = partOf(promised, { headers: {} });
    const server = play((seen) => {
      const { body = [], ...rest } = longer(seen);
      return { ...rest, body: [body as Uint8Array, surplus] };
    });
    const done = await fetching(server, { remote: provider, sink: held });
    expect(done.error).toMatchObject({ code: 'proto.range' });
  });

  it('exactly what is promised is no error, however it falls into reads', async () => {
    for (const [, remote, answer] of ANSWERS) {
      for (const reads of [[1], [SIZE], [1_024], [512], [511, 513], [3_000]]) {
        const done = await fetching(play({ ...answer, body: inReads(promised, reads) }), { remote });
        expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE });
        expect(done.sink.data().equals(promised)).toBe(true);
      }
    }
  });
});

describe('a body that does not end after what is promised', () => {
  const unended = { body: promised, cut: CUT };

  it('is a cut: it is asked for again, and its end compared', async () => {
    const server = play(unended, partOf(promised));
    const done = await fetching(server, { remote: provider });
    expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE });
    expect(eventsOf(done.events, 'retry').map(({ error }) => error.code)).toEqual(['net.truncated']);
    expect(server.seen.map(({ headers }) => headers['range'])).toEqual(['bytes=0-', 'bytes=0-']);
    expect(done.sink.data().equals(promised)).toBe(true);
  });

  it('ends with that failure when no attempt is left', async () => {
    const done = await fetching(play(unended), { remote: provider, retries: 1 });
    expect(done.error).toMatchObject({ code: 'net.truncated', exit: 6 });
  });

  it('is of no interest where a digest tells whether the bytes are right', async () => {
    const server = play(unended);
    const done = await fetching(server, { remote: vouched });
    expect(done.result).toMatchObject({ kind: 'fetched', size: SIZE });
    expect([server.seen.length, done.clock.sleeps, server.leaked()]).toEqual([1, [], 0]);
  });

  it('is not made good by a digest of its own headers', async () => {
    const headers = { 'content-md5': 'a'.repeat(32) };
    const done = await fetching(play({ ...unended, headers }), { remote: provider, retries: 0 });
    expect(done.error).toMatchObject({ code: 'net.truncated' });
  });

  it('with less than promised a digest makes nothing good', async () => {
    const short = { ...wholeOf(promised), body: promised.subarray(0, 4_000), cut: CUT };
    const done = await fetching(play(short), { remote: vouched, retries: 0 });
    expect(done.error).toMatchObject({ code: 'net.truncated' });
  });
});

describe('with several connections', () => {
  const large = pattern(12 * 1024 * 1024 + 12_345);

  it.each([0, 1, 3])('connection %i that delivers more than its Content-Range says ends it', async (index) => {
    const server = severalServer(large, (asked) => (asked.index === index ? { surplus: 100 } : undefined));
    const written: Uint8Array[] = [];
    const sink = new StreamSink(async (chunk) => void written.push(Uint8Array.from(chunk)));
    // Only the validators of the answers vouch for the bytes. The first answer is left before its end otherwise.
    const connections = index === 0 ? 1 : 4;
    const done = await fetchSeveral(server, sink, { connections, clock: fakeClock() });
    expect(done.error).toMatchObject({ code: 'proto.range' });
    expect(server.open).toBe(0);
    expect(large.subarray(0, sink.held).equals(Buffer.concat(written))).toBe(true);
  });
});
