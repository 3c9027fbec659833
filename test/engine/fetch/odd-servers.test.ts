/**
 * Servers, caches and firewalls that answer a Range otherwise than they should, and have the bytes all the same: one run
 * ends well, whatever is cut, and what is held is never given up.
 */
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Identity } from '#imgdl/core/source.js';
import { eventsOf, pattern, sha256 } from '../fakes.js';
import {
  CUT,
  type FetchOptions,
  fetching,
  memorySink,
  play,
  promise,
  remoteOf,
  type Scripted,
  type Seen,
  wholeOf,
} from '../script.js';

const KIB = 1024;
const SIZE = 640 * KIB;
const HELD = 300 * KIB + 7;
const content = pattern(SIZE);
const ETAG = { etag: '"1"' };
const known: Identity = { size: SIZE, ...ETAG };
const held = () => memorySink(content.subarray(0, HELD));
const CHUNK = 64 * KIB;

type Server = (seen: Seen, count: number) => Scripted;

/** The first byte that is asked for; undefined without a Range. */
function startOf({ headers }: Seen): number | undefined {
  const found = /^bytes=(\d+)-$/.exec(headers['range'] ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

function chunked(bytes: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.byteLength / CHUNK) }, (_, i) =>
    bytes.subarray(i * CHUNK, (i + 1) * CHUNK),
  );
}

/** 206 of [start, end), whatever was asked. */
function part(start: number, end: number, headers: Readonly<Record<string, string>> = ETAG, bytes = content): Scripted {
  return {
    status: 206,
    headers: { 'content-range': `bytes ${start}-${end - 1}/${SIZE}`, ...headers },
    body: chunked(bytes.subarray(start, end)),
  };
}

const rest = (seen: Seen, headers?: Readonly<Record<string, string>>): Scripted =>
  part(startOf(seen) ?? 0, SIZE, headers);
const whole = (headers: Readonly<Record<string, string>> = ETAG): Scripted => ({
  ...wholeOf(content, headers),
  body: chunked(content),
});

/** Every body is cut after so many bytes. */
const cutting =
  (server: Server, bytes: number): Server =>
  (seen, count) => {
    const answer = server(seen, count);
    const body = Buffer.concat([...((answer.body as readonly Buffer[] | undefined) ?? [])]);
    return body.byteLength <= bytes ? answer : { ...answer, body: chunked(body.subarray(0, bytes)), cut: CUT };
  };

async function run(server: Server, options: FetchOptions = {}) {
  let count = 0;
  const server_ = play((seen) => {
    count += 1;
    return server(seen, count);
  });
  const done = await fetching(server_, options);
  return { ...done, server: server_, ranges: server_.seen.map(({ headers }) => headers['range']) };
}

const page = (status: number): Scripted => ({
  status,
  headers: { 'content-type': 'text/html', 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` },
  body: [Buffer.from('<html>no download managers</html>')],
});

const tooLong = (answer: Scripted): Scripted => ({
  ...answer,
  body: [...((answer.body as readonly Buffer[] | undefined) ?? []), Buffer.from('surplus')],
});

/** How a server may be odd. All have the bytes of `content`. */
const ODD: readonly (readonly [name: string, server: Server])[] = [
  ['refuses If-Range with 412', (seen) => ('if-range' in seen.headers ? { status: 412 } : rest(seen))],
  ['refuses If-Range with 400', (seen) => ('if-range' in seen.headers ? { status: 400 } : rest(seen))],
  ['answers If-Range with 304', (seen) => ('if-range' in seen.headers ? { status: 304 } : rest(seen))],
  ['answers If-Range with 200', (seen) => ('if-range' in seen.headers ? whole() : rest(seen))],
  ['answers If-Range with 200 and no ETag', (seen) => ('if-range' in seen.headers ? whole({}) : rest(seen))],
  ['answers every other request with 200 (a cache)', (seen, count) => (count % 2 === 0 ? whole() : rest(seen))],
  ['ignores Range', () => whole()],
  ...[400, 403, 405, 412, 416, 501].flatMap((status): readonly (readonly [string, Server])[] => [
    [`refuses every Range with ${status}`, (seen) => (startOf(seen) === undefined ? whole() : { status })],
    [
      `refuses a Range from 0 with ${status}`,
      (seen) => (startOf(seen) === 0 ? { status } : startOf(seen) ? rest(seen) : whole()),
    ],
  ]),
  ...[100 * KIB, 512 * KIB].map((block): readonly [string, Server] => [
    `begins at the edges of blocks of ${block / KIB} KiB`,
    (seen) => part(Math.floor((startOf(seen) ?? 0) / block) * block, SIZE),
  ]),
  ...[64 * KIB, 300 * KIB].map((block): readonly [string, Server] => [
    `sends single blocks of ${block / KIB} KiB`,
    (seen) => {
      const start = Math.floor((startOf(seen) ?? 0) / block) * block;
      return part(start, Math.min(SIZE, start + block));
    },
  ]),
  ['sends 206 with everything, whatever is asked', () => part(0, SIZE)],
  ['sends more than its Content-Range says', (seen) => (startOf(seen) === undefined ? whole() : tooLong(rest(seen)))],
  ['begins a KiB later than asked', (seen) => (startOf(seen) ? part((startOf(seen) ?? 0) + KIB, SIZE) : whole())],
  [
    'sends several ranges, of which the first is the one',
    (seen) => ({ ...multipart(rest(seen)), ...(startOf(seen) === undefined ? whole() : {}) }),
  ],
  [
    'sends a multipart body of nothing',
    (seen) => (startOf(seen) === undefined ? whole() : { ...multipart(rest(seen)), body: chunked(Buffer.from('--')) }),
  ],
  [
    'sends 206 without a Content-Range',
    (seen) => (startOf(seen) === undefined ? whole() : { status: 206, body: chunked(content) }),
  ],
  ...[4 * KIB, 192 * KIB, 256 * KIB].map((length): readonly [string, Server] => [
    `sends parts of ${length / KIB} KiB`,
    (seen) => part(startOf(seen) ?? 0, Math.min(SIZE, (startOf(seen) ?? 0) + length)),
  ]),
];

/** The same as the only part of a multipart/byteranges body. */
function multipart({ headers = {}, body }: Scripted): Scripted {
  const { 'content-range': range = '', ...others } = headers;
  const head = `\r\n--b0\r\nContent-Type: application/octet-stream\r\nContent-Range: ${range}\r\n\r\n`;
  return {
    status: 206,
    headers: { ...others, 'content-type': 'multipart/byteranges; boundary=b0' },
    body: [
      Buffer.from(head.slice(0, 9)),
      Buffer.from(head.slice(9)),
      ...((body as readonly Buffer[] | undefined) ?? []),
      Buffer.from('\r\n--b0--\r\n'),
    ],
  };
}

/** What is known of the object. */
const PROOFS: readonly (readonly [name: string, options: FetchOptions])[] = [
  ['a strong ETag', { identity: known }],
  ['the size alone', { identity: { size: SIZE } }],
  ["the user's digest", { identity: known, digests: [promise(content, 'user')] }],
  ['metadata', { remote: remoteOf({ validator: 'provider', identity: { size: SIZE } }), identity: { size: SIZE } }],
  [
    'metadata with a digest',
    {
      remote: remoteOf({ validator: 'provider', identity: { size: SIZE }, digests: [promise(content)] }),
      identity: { size: SIZE },
      digests: [promise(content)],
    },
  ],
];

/** These send no bytes for a Range. A provider's answer is believed: its key is spent. With a digest of the user's, the bytes decide. */
const NO_PARTS: typeof ODD = [
  ['answers Range with a web page', (seen) => (startOf(seen) ? page(200) : whole())],
  ['calls the bytes of a Range a web page', (seen) => (startOf(seen) === undefined ? whole() : page(206))],
  ['answers Range with 204', (seen) => (startOf(seen) ? { status: 204 } : whole())],
  [
    'compresses what a Range asks for',
    (seen) => (startOf(seen) ? rest(seen, { ...ETAG, 'content-encoding': 'gzip' }) : whole()),
  ],
];

describe.each(PROOFS.slice(0, 2))('a plain server, proven by %s, that', (_, options) => {
  it.each(NO_PARTS)('%s: a resume ends well, and nothing held is given up', async (_name, server) => {
    const done = await run(server, { ...options, sink: held() });
    expect(done.error).toBeUndefined();
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect([eventsOf(done.events, 'restart'), eventsOf(done.events, 'retry'), done.server.leaked()]).toEqual([
      [],
      [],
      0,
    ]);
  });
});

describe.each(PROOFS)('with %s, a server that', (_, options) => {
  it.each(ODD)('%s: a resume ends well, and nothing held is given up', async (_name, server) => {
    const done = await run(server, { ...options, sink: held() });
    expect(done.error).toBeUndefined();
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect([eventsOf(done.events, 'restart'), eventsOf(done.events, 'retry'), done.server.leaked()]).toEqual([
      [],
      [],
      0,
    ]);
  });
});

describe('a server that', () => {
  it.each(ODD)('%s: a first run ends well', async (_name, server) => {
    const done = await run(server);
    expect(done.error).toBeUndefined();
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(done.server.leaked()).toBe(0);
  });
});

describe('an answer that a first run would refuse is no new object', () => {
  const other = { etag: '"2"' };
  const empty: Scripted = { status: 200, headers: { ...other, 'content-length': '0' }, body: [] };
  const endless: Scripted = { status: 200, headers: other, body: chunked(content) };

  it.each<[string, Scripted, FetchOptions, object]>([
    ['an empty one', empty, {}, { code: 'not-ready.no-data' }],
    ['an empty one, of which a digest says more', empty, { digests: [promise(content, 'user')] }, { exit: 5 }],
    ['one without a length', endless, {}, { code: 'integrity.unproven' }],
    ['one without a digest', whole(other), { require: 'digest' }, { code: 'integrity.unproven' }],
    ['but an empty one is, where that is accepted', empty, { require: 'none' }, { name: 'RemoteChanged' }],
    ['so is one without a length, where a digest tells', endless, { digests: [promise(content, 'user')] }, {}],
    ['and one that is as good as what is held', whole(other), {}, { name: 'RemoteChanged' }],
  ])('%s', async (_, answer, options, error) => {
    const done = await run(() => answer, { identity: known, ...options, sink: held() });
    if (Object.keys(error).length === 0) expect(sha256(done.sink.data())).toBe(sha256(content));
    else expect(done.error).toMatchObject(error);
    expect([done.sink.sink.held >= HELD, done.server.leaked()]).toEqual([true, 0]);
  });
});

describe('a Range that fails without a word that it is the Range', () => {
  const FAILS: readonly (readonly [name: string, answer: Scripted])[] = [
    ['a crash', { status: 500 }],
    ['a crash behind a proxy', { status: 502 }],
    ['a reset', { refuse: new AppError('net.reset', 'reading the answer: the connection was reset') }],
    ['a part of which nothing comes', { ...part(0, SIZE), body: [], cut: CUT }],
  ];

  it.each(FAILS)('%s: the whole is asked for before the run ends', async (_, answer) => {
    for (const sink of [memorySink(), held()]) {
      const shifted = (seen: Seen): Scripted =>
        answer.status === 206 ? { ...rest(seen), body: [], cut: CUT } : answer;
      const done = await run((seen) => (startOf(seen) === undefined ? whole() : shifted(seen)), {
        sink,
        identity: sink.sink.held === 0 ? {} : known,
        retries: 2,
      });
      expect(done.error).toBeUndefined();
      expect(sha256(done.sink.data())).toBe(sha256(content));
      expect(done.ranges.map((range) => range === undefined)).toEqual([false, false, false, true]);
    }
  });

  it('a part whose end never comes, and that brings nothing new: so it is', async () => {
    const almost = SIZE - 5;
    const server: Server = (seen) =>
      startOf(seen) === undefined
        ? whole()
        : { ...part(startOf(seen) ?? 0, SIZE), body: [content.subarray(startOf(seen), almost)] };
    const done = await run(server, { sink: memorySink(content.subarray(0, almost)), identity: known, retries: 2 });
    expect(done.error).toBeUndefined();
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(done.ranges.map((range) => range === undefined)).toEqual([false, false, false, true]);
  });

  it.each([
    ['a word about load', { status: 503 }, 3],
    ['a crash that says when to come again', { status: 500, headers: { 'retry-after': '1' } }, 3],
    ['a Range that has brought bytes', part(0, SIZE), 3],
    ['a failure of the plain request, too', { status: 500 }, 4],
  ])('%s is the end', async (_, answer, requests) => {
    const early = cutting((seen) => rest(seen), CHUNK);
    const done = await run((seen, count) => (answer.status === 206 ? early(seen, count) : answer), { retries: 2 });
    expect(done.error).toMatchObject({ exit: 6 });
    expect(done.ranges).toHaveLength(requests);
  });
});

describe('every connection is cut after a third of the object, and a server that', () => {
  const THIRD = Math.ceil(SIZE / 3);
  /** It gives what is missing to some request at least. */
  const able = ODD.filter(
    ([name]) =>
      !/ignores Range|every Range|with everything|more than its|later than asked|without|nothing|(?:300|512) KiB/.test(
        name,
      ),
  );

  it.each(able)('%s: one run ends well', async (_, server) => {
    const done = await run(cutting(server, THIRD), { retries: 8 });
    expect(done.error).toBeUndefined();
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect([eventsOf(done.events, 'restart'), done.server.leaked()]).toEqual([[], 0]);
  });

  it('ignores Range now and then: it is asked with Range again after each cut', async () => {
    const done = await run(
      cutting((seen, count) => (count === 2 ? whole({}) : rest(seen, {})), THIRD),
      { retries: 8 },
    );
    expect(sha256(done.sink.data())).toBe(sha256(content));
    expect(done.ranges.every((range) => range !== undefined)).toBe(true);
  });

  describe('is really two mirrors with an ETag and a date each', () => {
    const mirrors = (bytes: readonly Buffer[]): Server =>
      cutting((seen, count) => {
        const date = new Date(Date.UTC(2026, 9, 1 + (count % 2))).toUTCString();
        const validators = { etag: `"m${count % 2}"`, 'last-modified': date, date: 'Fri, 20 Nov 2026 08:00:00 GMT' };
        const which = bytes[count % bytes.length] ?? content;
        return 'if-range' in seen.headers && seen.headers['if-range'] !== validators.etag
          ? { ...wholeOf(which, validators), body: chunked(which) }
          : part(startOf(seen) ?? 0, SIZE, validators, which);
      }, THIRD);

    it('with a digest of the user, the overlap is compared and the digest decides', async () => {
      const done = await run(mirrors([content]), { retries: 8, digests: [promise(content, 'user')] });
      expect(done.error).toBeUndefined();
      expect(sha256(done.sink.data())).toBe(sha256(content));
      expect(done.server.seen.every(({ headers }) => 'range' in headers && !('if-range' in headers))).toBe(true);
    });

    it('with one, and other bytes: that is a change', async () => {
      const done = await run(mirrors([content, pattern(SIZE, 99)]), {
        retries: 8,
        digests: [promise(content, 'user')],
      });
      expect(done.error).toMatchObject({ name: 'RemoteChanged', field: 'content' });
    });

    it('without one, nothing tells them from a new object', async () => {
      const done = await run(mirrors([content]), { retries: 8 });
      expect(done.error).toMatchObject({ name: 'RemoteChanged', field: 'etag' });
    });
  });
});
