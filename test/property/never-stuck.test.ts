/**
 * No answer of a server leaves a later run stuck until a human types an option. A run is cut; the next meets a server,
 * a cache or a firewall that answers as it likes; the one after that meets a sound one, or the same where it has the bytes
 * for who asks plainly. It ends well, with the right bytes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Exchange } from '#imgdl/core/http.js';
import { LONG, SEED } from '../crash/scale.js';
import { CALM, type Ended, type FrontRequest, type Proof, type Weather, World } from './world.js';

const KIB = 1024;
const SCALE = LONG ? 10 : 1;
const ETAG = '"r1"';

/** What a request is, by what is more than a plain GET. */
type Manner = 'plain' | 'opening' | 'range' | 'if-range';

function mannerOf({ headers }: FrontRequest): Manner {
  if ('if-range' in headers) return 'if-range';
  const range = headers['range'];
  return range === undefined ? 'plain' : range === 'bytes=0-' ? 'opening' : 'range';
}

/** An answer in the server's place. Its bytes are the object's: nobody could tell a server that lies about them. */
interface Odd {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a 200 or a 206: where the body begins, from what was asked for, and how long it is at most. */
  readonly start: (from: number) => number;
  readonly length: number;
  /** Is what a 206 sends told in its head, or in that of a part of a multipart body? */
  readonly tells: 'range' | 'nothing' | 'multipart' | 'unknown total';
  /** Body bytes after which it is cut. */
  readonly cutAfter: number;
}

function answerOf(odd: Odd, { headers, bytes }: FrontRequest): Exchange {
  const from = Number(/\d+/.exec(String(headers['range'] ?? ''))?.[0] ?? 0);
  const hasBytes = odd.status === 200 || odd.status === 206;
  const start = odd.status === 206 ? Math.min(bytes.length - 1, odd.start(from)) : 0;
  const end = odd.status === 206 ? Math.min(bytes.length, start + odd.length) : bytes.length;
  const total = odd.tells === 'unknown total' ? '*' : bytes.length;
  const range = `bytes ${start}-${end - 1}/${total}`;
  const isMultipart = odd.tells === 'multipart' && odd.status === 206;
  const frame = isMultipart ? [`--b\r\nContent-Range: ${range}\r\n\r\n`, '\r\n--b--\r\n'] : ['', ''];
  const content = hasBytes ? bytes.subarray(start, end) : Buffer.from('no');
  const body = Buffer.concat([Buffer.from(frame[0] ?? ''), content, Buffer.from(frame[1] ?? '')]);
  const fields: [string, string][] = Object.entries(odd.headers);
  if (hasBytes) fields.push(['content-length', String(body.length)]);
  if (odd.status === 206 && odd.tells !== 'nothing')
    fields.push(isMultipart ? ['content-type', 'multipart/byteranges; boundary=b'] : ['content-range', range]);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.length; at += 64 * KIB) {
      if (at >= odd.cutAfter) throw new AppError('net.reset', 'downloading: the connection was cut');
      yield Buffer.from(body.subarray(at, at + 64 * KIB));
    }
  }
  return { status: odd.status, headers: new Map(fields), body: chunks(), cancel: () => {} };
}

/** The requests that meet it. */
const front =
  (odd: Odd, manners: readonly Manner[]): NonNullable<Weather['front']> =>
  async (asked, sound) =>
    manners.includes(mannerOf(asked)) ? answerOf(odd, asked) : await sound();

const status = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(200, 206) },
  fc.constantFrom(204, 304, 400, 403, 405, 406, 409, 412, 416, 417, 421, 451, 500, 501, 502, 505),
);
const headers = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { etag: ETAG },
  { etag: `W/${ETAG}` },
  { etag: 'unquoted' },
  { 'content-type': 'application/octet-stream', etag: ETAG },
  { 'accept-ranges': 'none' },
);
/** What no server with the bytes would say: a portal, another object, one that is busy. */
const strange = fc.constantFrom<Readonly<Record<string, string>>>(
  { 'content-type': 'text/html' },
  { etag: '"another"' },
  { 'content-encoding': 'gzip' },
  { 'content-range': 'bytes 5-9/10' },
  { 'retry-after': '1' },
);
const start = fc.oneof(
  fc.constantFrom(64, 100_000, 262_144, 1_048_576).map((block) => (from: number) => Math.floor(from / block) * block),
  fc.constantFrom(0, 1, 4096).map((later) => (from: number) => from + later),
  fc.constant(() => 0),
);
const odd = (
  extra: fc.Arbitrary<Readonly<Record<string, string>>>,
  cutAfter: fc.Arbitrary<number>,
): fc.Arbitrary<Odd> =>
  fc.record({
    status,
    headers: extra,
    start,
    length: fc.constantFrom(16 * KIB, 100_000, 256 * KIB, 320 * KIB, Number.POSITIVE_INFINITY),
    tells: fc.constantFrom<Odd['tells'][]>('range', 'range', 'nothing', 'multipart', 'unknown total'),
    cutAfter,
  });
const never = fc.constant(Number.POSITIVE_INFINITY);
const bytes = fc.integer({ min: 0, max: 590_000 });
const REFINED: readonly Manner[] = ['opening', 'range', 'if-range'];
const refined = fc.subarray([...REFINED], { minLength: 1 });

/** Of a server that has the bytes: 204 says that it has none, and an unasked 304 to a first request is unsafe. */
const able = odd(headers, never).filter((answer) => answer.status !== 204 && answer.status !== 304);

async function inWorld(proof: Proof, play: (world: World) => Promise<void>): Promise<void> {
  const world = new World(proof);
  try {
    await play(world);
  } finally {
    world.remove();
  }
}

/** It has ended well, with the right bytes, and nothing is left beside them. */
function expectRight(world: World, ended: Ended): void {
  expect(ended).toMatchObject({ kind: 'done' });
  expect(world.revisionOfTarget()).toBe(1);
  expect(world.names()).toEqual([]);
}

/** Whatever becomes of a run: what is visible is right. */
function expectWhole(world: World, ended: Ended): boolean {
  expect(world.revisionOfTarget()).toBe(ended.kind === 'done' ? 1 : undefined);
  return ended.kind === 'done';
}

const asserting = { seed: SEED, numRuns: 10 * SCALE, endOnFailure: false };

describe.each<Proof>(['digest', 'etag', 'nothing'])('an object known by %s', (proof) => {
  it('comes whole from a sound server after any answers of another', { timeout: 60_000 * SCALE }, async () => {
    const any = fc.oneof(odd(fc.oneof(headers, strange), fc.oneof(never, bytes)));
    const manners = fc.subarray<Manner>(['plain', ...REFINED], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(bytes, any, manners, fc.boolean(), async (cut, answer, met, first) =>
        inWorld(proof, async (world) => {
          const strangely = { cuts: [cut], front: front(answer, met) };
          const runs = first ? [strangely, { cuts: [cut] }] : [{ cuts: [cut] }, strangely];
          for (const weather of runs) if (expectWhole(world, await world.run(weather, { retries: 1 }))) return;
          expectRight(world, await world.run(CALM));
        }),
      ),
      asserting,
    );
  });

  it('comes whole from who has it for a plain request, whatever a Range meets', {
    timeout: 60_000 * SCALE,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(bytes, able, refined, async (cut, answer, met) =>
        inWorld(proof, async (world) => {
          if (expectWhole(world, await world.run({ cuts: [cut] }, { retries: 0 }))) return;
          expectRight(world, await world.run({ cuts: [], front: front(answer, met) }, { retries: 1 }));
        }),
      ),
      asserting,
    );
  });
});
