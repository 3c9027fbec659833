/** The same command again, for a plain URL: complete by size and time, or by a digest in the answer, in one request. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FileOptions, isAppError, type Outcome, type TransferEvent, urlImage } from '#imgdl/index.js';
import { scratch } from '../support/scratch.js';
import { sendText, startWebServer } from '../support/web-server.js';
import { afterwards, names, sha256, stage } from './stage.js';

const FILE = Buffer.from('the image '.repeat(50_000));
const OTHER = Buffer.from('the other '.repeat(50_000));
const DATE = 'Fri, 20 Nov 2026 08:00:00 GMT';
const LATER = 'Fri, 20 Nov 2026 08:00:01 GMT';
const EPOCH = 'Thu, 01 Jan 1970 00:00:00 GMT';
const ZIP = 'Tue, 01 Jan 1980 00:00:00 GMT';
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('base64');

/** What a server has, and may change. */
interface Shelf {
  body: Buffer;
  fields: OutgoingHttpHeaders;
}

/** A server whose answers say how much of them was read. */
async function serve(fields: OutgoingHttpHeaders) {
  const shelf: Shelf = { body: FILE, fields: { 'Content-Length': FILE.byteLength, ...fields } };
  const server = await startWebServer((_request, response) => {
    response.writeHead(200, shelf.fields);
    response.end(shelf.body);
  });
  afterwards(() => server.close());
  return { shelf, url: `${server.url}/a.img`, server };
}

interface Scene {
  /** Of the first answer. */
  readonly fields?: OutgoingHttpHeaders;
  between?(target: string, shelf: Shelf): void;
  readonly options?: FileOptions;
}

interface Ended {
  readonly outcome?: Outcome;
  readonly error?: { readonly exit: number; readonly code: string; readonly message: string };
}

async function get(url: string, options: FileOptions): Promise<Ended> {
  try {
    return { outcome: await urlImage({ url, retries: 0, ...options }) };
  } catch (error) {
    if (isAppError(error)) return { error };
    throw error;
  }
}

/** Downloads, and asks for the same again. */
async function twice({ fields = { 'Last-Modified': DATE }, between = () => {}, options = {} }: Scene) {
  const target = join(scratch(), 'a.img');
  const { shelf, url, server } = await serve(fields);
  expect(await get(url, { target })).toMatchObject({ outcome: { status: 'downloaded' } });
  const time = statSync(target).mtimeMs;
  between(target, shelf);
  const before = statSync(target);
  const asked = server.requests.length;
  const second = await get(url, { target, ...options });
  return { target, time, second, requests: server.requests.slice(asked), before };
}

const COMPLETE: readonly (readonly [string, Scene, verified: string])[] = [
  ['the same size and time', {}, 'size-only'],
  [
    'a file that was changed a moment before it was sent',
    { fields: { 'Last-Modified': DATE, Date: DATE } },
    'size-only',
  ],
  [
    'a receipt of another source',
    {
      between: (target) =>
        writeFileSync(`${target}.imgdl.json`, JSON.stringify({ schema: 1, source: { provider: 'url' } })),
    },
    'size-only',
  ],
  ['a digest in the answer', { fields: { 'Content-MD5': md5(FILE) } }, 'md5'],
  [
    'a digest in the answer, although the time is another one',
    {
      fields: { 'Content-MD5': md5(FILE), 'Last-Modified': DATE },
      between: (_target, shelf) => {
        shelf.fields = { ...shelf.fields, 'Last-Modified': LATER };
      },
    },
    'md5',
  ],
  ['a dry run', { options: { dryRun: true } }, 'size-only'],
];

const EXISTS: readonly (readonly [string, Scene, exit: number, code: string, says: RegExp])[] = [
  [
    'another time',
    {
      between: (_target, shelf) => {
        shelf.fields = { ...shelf.fields, 'Last-Modified': LATER };
      },
    },
    12,
    'fs.exists',
    /another time/,
  ],
  ['a time of its own', { between: (target) => utimesSync(target, 5e8, 5e8) }, 12, 'fs.exists', /another time/],
  [
    'another size',
    {
      between: (_target, shelf) => {
        shelf.body = FILE.subarray(1);
        shelf.fields = { ...shelf.fields, 'Content-Length': FILE.byteLength - 1 };
      },
    },
    12,
    'fs.exists',
    /500000 bytes, but the remote image has 499999/,
  ],
  ['no time', { fields: {} }, 12, 'fs.exists', /does not say when it was changed/],
  ['a time of 1970', { fields: { 'Last-Modified': EPOCH } }, 12, 'fs.exists', /as all files of a build/],
  ['a time of 1980', { fields: { 'Last-Modified': ZIP } }, 12, 'fs.exists', /as all files of a build/],
  [
    'another digest in the answer, although size and time are the same',
    {
      fields: { 'Content-MD5': md5(FILE), 'Last-Modified': DATE },
      between: (_target, shelf) => {
        shelf.body = OTHER;
        shelf.fields = { ...shelf.fields, 'Content-MD5': md5(OTHER) };
      },
    },
    12,
    'fs.exists',
    /its md5 does not match/,
  ],
  ['--require digest', { options: { require: 'digest' } }, 9, 'integrity.unproven', /no digest/],
  [
    'another time, in a dry run',
    { between: (target) => utimesSync(target, 5e8, 5e8), options: { dryRun: true } },
    12,
    'fs.exists',
    /another time/,
  ],
];

describe('the same command again', () => {
  test.each(COMPLETE)('%s: complete, and not a byte is fetched', async (_, scene, verified) => {
    const { target, second, requests, before } = await twice(scene);
    const status = scene.options?.dryRun === true ? 'dry-run' : 'complete';
    expect(second).toMatchObject({ outcome: { status, verified, bytes: FILE.byteLength, received: 0 } });
    // One plain GET: a part of it would say nothing about the whole that nobody wants.
    expect(requests.map(({ method, headers }) => [method, headers.range, headers['if-none-match']])).toEqual([
      ['GET', undefined, undefined],
    ]);
    expect(statSync(target).ino).toBe(before.ino);
    expect(names(dirname(target)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.each(EXISTS)('%s: refused, and nothing is touched', async (_, scene, exit, code, says) => {
    const { target, second, requests, before } = await twice(scene);
    expect(second).toMatchObject({ error: { exit, code, message: expect.stringMatching(says) } });
    expect(requests).toHaveLength(1);
    expect(statSync(target)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    expect(readFileSync(target).equals(FILE)).toBe(true);
  });

  test('with --receipt it leaves one, with a digest', async () => {
    const { target, second } = await twice({ options: { receipt: true } });
    expect(second).toMatchObject({ outcome: { status: 'complete', verified: 'size-only' } });
    expect(JSON.parse(readFileSync(`${target}.imgdl.json`, 'utf8'))).toMatchObject({
      verified: 'size-only',
      bytes: FILE.byteLength,
      digests: [{ algorithm: 'sha256', hex: sha256(FILE), from: 'computed', matched: null }],
    });
  });

  test('with --force it is fetched', async () => {
    const { second, requests } = await twice({ options: { force: true } });
    expect([second.outcome?.status, requests.length]).toEqual(['downloaded', 1]);
  });

  test('a page that does not exist any more is that, and not a file that is in the way', async () => {
    const target = join(scratch(), 'a.img');
    const server = await startWebServer((_request, response) => sendText(response, 404, 'gone'));
    afterwards(() => server.close());
    writeFileSync(target, FILE);
    expect(await get(`${server.url}/a.img`, { target })).toMatchObject({ error: { exit: 4, code: 'not-found.url' } });
  });
});

describe('a receipt, and a digest in the answer', () => {
  const SAME = { 'Last-Modified': DATE, ETag: '"1"' };
  const replaced = { exit: 12, code: 'fs.exists', message: expect.stringMatching(/changed \(digests\)/) };
  test.each<[string, OutgoingHttpHeaders, Buffer, FileOptions, object]>([
    [
      'other bytes under the same ETag and time',
      SAME,
      OTHER,
      { update: true },
      { outcome: { status: 'downloaded', verified: 'md5' } },
    ],
    ['the same without --update', SAME, OTHER, {}, { error: replaced }],
    [
      'the same bytes, and neither an ETag nor a time',
      {},
      FILE,
      { update: true },
      { outcome: { status: 'unchanged', verified: 'md5', received: 0 } },
    ],
    [
      'other bytes, and neither an ETag nor a time',
      {},
      OTHER,
      { update: true },
      { outcome: { status: 'downloaded', verified: 'md5' } },
    ],
  ])('%s', async (_, fields, body, options, ended) => {
    const target = join(scratch(), 'a.img');
    const { shelf, url } = await serve({ ...fields, 'Content-MD5': md5(FILE) });
    await get(url, { target, receipt: true });
    shelf.body = body;
    shelf.fields = { ...shelf.fields, 'Content-MD5': md5(body) };
    expect(await get(url, { target, ...options })).toMatchObject(ended);
  });
});

describe('the time of a file', () => {
  test.each([
    ['that of the server', { 'Last-Modified': DATE }, Date.parse(DATE)],
    ['also one that proves nothing', { 'Last-Modified': EPOCH }, 0],
  ])('%s', async (_, fields, at) => {
    expect((await twice({ fields })).time).toBe(at);
  });

  test.each([
    ['no time', {}],
    ['one that is none', { 'Last-Modified': 'yesterday' }],
    ['one in another form', { 'Last-Modified': '2026-11-20T08:00:00Z' }],
  ])('%s: it is that of the last byte', async (_, fields) => {
    expect((await twice({ fields })).time).toBeGreaterThan(Date.now() - 60_000);
  });

  test('that of a service with metadata is that of the last byte: what its front end says of a date is about nothing', async () => {
    const place = await stage();
    expect((await place.imgdl(['appliance', 'image', '747', '1095', '-o', 'x.img'])).code).toBe(0);
    expect(statSync(place.path('x.img')).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  test('is given although the download was cut', async () => {
    const target = join(scratch(), 'a.img');
    let end: number | undefined = 200_000;
    const server = await startWebServer((request, response) => {
      const [, from = '0'] = /bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
      const size = FILE.byteLength;
      response.writeHead(206, {
        'Content-Length': size - Number(from),
        'Content-Range': `bytes ${from}-${size - 1}/${size}`,
        'Last-Modified': DATE,
        ETag: '"1"',
      });
      if (end === undefined) response.end(FILE.subarray(Number(from)));
      else response.write(FILE.subarray(Number(from), end), () => response.destroy());
    });
    afterwards(() => server.close());
    expect(await get(`${server.url}/a.img`, { target })).toMatchObject({ error: { exit: 6 } });
    end = undefined;
    expect(await get(`${server.url}/a.img`, { target })).toMatchObject({ outcome: { status: 'resumed' } });
    expect(statSync(target).mtimeMs).toBe(Date.parse(DATE));
  });
});

test('who waited for another imgdl finds the file complete', async () => {
  const place = await stage();
  let goOn = (): void => {};
  const server = await startWebServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': FILE.byteLength, 'Last-Modified': DATE });
    if (server.requests.length > 1) return void response.end(FILE);
    response.write(FILE.subarray(0, 1000));
    goOn = () => void response.end(FILE.subarray(1000));
  });
  afterwards(() => server.close());
  const url = `${server.url}/a.img`;
  const options = { target: place.path('a.img') };
  const first = get(url, { ...options, onEvent: (event) => void (event.type === 'bytes' && start()) });
  let start = (): void => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  await started;
  const onEvent = (event: TransferEvent): void => {
    if (event.type === 'phase' && event.phase === 'waiting-for-lock') goOn();
  };
  const second = get(url, { ...options, onBusy: 'wait', onEvent });
  expect(await first).toMatchObject({ outcome: { status: 'downloaded' } });
  expect(await second).toMatchObject({ outcome: { status: 'complete', verified: 'size-only' } });
  expect(server.requests).toHaveLength(2);
});
