/** Is the file that is there still the server's? What counts as an answer, and how a run ends that gets none. */
import { spawn } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../support/imgdl.js';
import { programPath, stop } from '../support/processes.js';
import { scratch } from '../support/scratch.js';
import { afterwards, names, type Stage, stage } from './stage.js';

const OLD = Buffer.alloc(50_000, 'the old one ');
const NEW = Buffer.alloc(50_000, 'the new one ');
const DATE = 'Fri, 20 Nov 2026 08:00:00 GMT';
const EARLIER = 'Tue, 10 Nov 2026 08:00:00 GMT';
const EPOCH = 'Thu, 01 Jan 1970 00:00:01 GMT';

/** What a server has, and how it answers. */
interface Shelf {
  body: Buffer;
  headers: Record<string, string>;
  /** Instead of the file. */
  status?: number;
  answer?: (request: IncomingMessage, response: ServerResponse) => void;
}

async function serve(shelf: Shelf) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (shelf.answer !== undefined) return shelf.answer(request, response);
    if (shelf.status !== undefined) return void response.writeHead(shelf.status).end('no');
    // As python's http.server, nginx and Apache: not modified is what is not newer, and tags are compared weakly.
    const tag = request.headers['if-none-match']?.replace('W/', '');
    const since = Date.parse(request.headers['if-modified-since'] ?? '');
    const same =
      tag === undefined
        ? Date.parse(shelf.headers['Last-Modified'] ?? '') <= since
        : tag === shelf.headers['ETag']?.replace('W/', '');
    if (same) return void response.writeHead(304, shelf.headers).end();
    response.writeHead(200, { 'Content-Length': shelf.body.length, ...shelf.headers }).end(shelf.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  afterwards(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest.img`, seen, close };
}

const update = (place: Stage, url: string, ...more: readonly string[]): Promise<RunResult> =>
  place.imgdl(['url', url, '-o', 'x', '--update', '--retries', '0', ...more]);
/** The same without --update: is it complete? */
const again = (place: Stage, url: string, ...more: readonly string[]): Promise<RunResult> =>
  place.imgdl(['url', url, '-o', 'x', '--retries', '0', ...more]);

async function downloaded(shelf: Shelf) {
  const server = await serve(shelf);
  const place = await stage();
  expect((await update(place, server.url, '--json')).json().status).toBe('downloaded');
  server.seen.length = 0;
  return { ...server, place };
}

describe('a file that the server has replaced is downloaded, and the reason is told', () => {
  test.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
    ['by an older one', { 'Last-Modified': DATE }, { 'Last-Modified': EARLIER }, /again: .*changed \(lastModified\)/],
    [
      'both of 1970',
      { 'Last-Modified': EPOCH },
      { 'Last-Modified': EPOCH },
      /warning: .*again: .* 1970 .*not a real date/,
    ],
    [
      "both of 1970, with nginx's ETag",
      { 'Last-Modified': EPOCH, ETag: '"1-c350"' },
      { 'Last-Modified': EPOCH, ETag: '"1-c350"' },
      /warning: .*again: .* 1970 /,
    ],
    ['with another ETag', { ETag: '"1"' }, { ETag: '"2"' }, /again: .*changed \(etag\)/],
    ['with another weak ETag', { ETag: 'W/"1"' }, { ETag: 'W/"2"' }, /again: .*changed \(etag\)/],
    ['without a validator', {}, {}, /warning: .*again: .*no ETag/],
  ])('%s', async (_, before, after, says) => {
    const shelf: Shelf = { body: OLD, headers: before };
    const { place, url } = await downloaded(shelf);
    Object.assign(shelf, { body: NEW, headers: after });
    const plain = await again(place, url);
    expect([plain.code, place.sha256('x')]).toEqual([12, place.sha256(OLD)]);
    const result = await update(place, url);
    expect([result.code, place.sha256('x')]).toEqual([0, place.sha256(NEW)]);
    expect(result.stderr).toMatch(says);
  });
});

describe('a file that the server still has is unchanged, and no byte of it is taken', () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ['an ETag', { ETag: '"1"', 'Last-Modified': DATE }, '"1"'],
    ['a weak ETag', { ETag: 'W/"w1"' }, 'W/"w1"'],
    ['a date', { 'Last-Modified': DATE }, undefined],
  ])('by %s', async (_, headers, tag) => {
    const { place, url, seen } = await downloaded({ body: OLD, headers });
    const results = [await update(place, url, '--json'), await again(place, url, '--json')];
    expect(results.map(({ code, json }) => [code, json().status, json().received])).toEqual([
      [0, 'unchanged', 0],
      [0, 'complete', 0],
    ]);
    expect(seen.map((request) => request.headers['if-none-match'])).toEqual([tag, tag]);
    expect(seen.map((request) => request.headers['if-modified-since'] ?? request.headers.range)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('but a 304 that names no ETag is not believed', async () => {
    const shelf: Shelf = { body: OLD, headers: { ETag: '"1"' } };
    const { place, url, seen } = await downloaded(shelf);
    shelf.answer = (request, response) => {
      if (request.headers['if-none-match'] !== undefined) response.writeHead(304).end();
      else response.writeHead(200, { 'Content-Length': NEW.length, ETag: '"2"' }).end(NEW);
    };
    expect((await again(place, url)).code).toBe(12);
    expect((await update(place, url)).code).toBe(0);
    expect(place.sha256('x')).toBe(place.sha256(NEW));
    expect(seen.map((request) => request.headers['if-none-match'])).toEqual(['"1"', undefined, '"1"', undefined]);
  });
});

describe.each([
  ['with --update', update],
  ['without', again],
])('a question that is not answered ends with that answer, %s', (_, ask) => {
  test.each<[string, Partial<Shelf>, exit: number, code: string]>([
    ['503', { status: 503 }, 6, 'http.unavailable'],
    ['500', { status: 500 }, 6, 'http.unavailable'],
    ['429', { status: 429 }, 6, 'http.unavailable'],
    ['401', { status: 401 }, 3, 'auth.refused'],
    ['403', { status: 403 }, 3, 'auth.forbidden'],
    ['404', { status: 404 }, 4, 'not-found.url'],
    ['410', { status: 410 }, 4, 'not-found.url'],
    ['204', { status: 204 }, 5, 'not-ready.no-data'],
    ['418', { status: 418 }, 8, 'proto.status'],
    ['a page', { body: NEW, headers: { 'Content-Type': 'text/html' } }, 8, 'proto.not-image'],
    ['a cut', { answer: (request) => request.socket.destroy() }, 6, 'net.reset'],
  ])('%s', async (_what, change, exit, code) => {
    const shelf: Shelf = { body: OLD, headers: { ETag: '"1"' } };
    const { place, url } = await downloaded(shelf);
    Object.assign(shelf, change);
    const result = await ask(place, url, '--json');
    expect([result.code, result.json().error?.code]).toEqual([exit, code]);
    expect(place.sha256('x')).toBe(place.sha256(OLD));
    expect(names(place.directory)).toEqual(['x', 'x.imgdl.json']);
  });

  test('no connection', async () => {
    const { place, url, close } = await downloaded({ body: OLD, headers: { ETag: '"1"' } });
    await close();
    const result = await ask(place, url, '--json');
    expect([result.code, result.json().error?.code]).toEqual([6, 'net.refused']);
  });

  test('503 once: asked again', async () => {
    const shelf: Shelf = { body: OLD, headers: { ETag: '"1"' }, status: 503 };
    delete shelf.status;
    const { place, url, seen } = await downloaded(shelf);
    shelf.answer = (_request, response) => {
      delete shelf.answer;
      response.writeHead(503).end();
    };
    const result = await ask(place, url, '--json', '--retries', '2');
    expect([result.code, result.json().status]).toEqual([0, ask === update ? 'unchanged' : 'complete']);
    expect(seen).toHaveLength(2);
  });
});

const python = programPath('python3');
describe.skipIf(python === undefined)("python's http.server", () => {
  test('with a file that is rolled back to an older one: it is downloaded', async () => {
    const directory = scratch();
    const www = join(directory, 'www');
    mkdirSync(www);
    const put = (bytes: Buffer, date: string): void => {
      writeFileSync(join(www, 'latest.img'), bytes);
      utimesSync(join(www, 'latest.img'), new Date(date), new Date(date));
    };
    // Long ago, so that the server's own clock finds them old.
    put(NEW, 'Mon, 20 Nov 2023 08:00:00 GMT');
    const child = spawn(python ?? '', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', www], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    afterwards(() => stop(child));
    let port: string | undefined;
    for await (const line of createInterface(child.stdout)) {
      port = / port (\d+) /.exec(line)?.[1];
      break;
    }
    const url = `http://127.0.0.1:${port}/latest.img`;
    const place = await stage();
    const statuses = async () => (await update(place, url, '--json')).json().status;
    expect([await statuses(), await statuses()]).toEqual(['downloaded', 'unchanged']);
    put(OLD, 'Fri, 10 Nov 2023 08:00:00 GMT');
    expect((await again(place, url)).code).toBe(12);
    expect([await statuses(), await statuses()]).toEqual(['downloaded', 'unchanged']);
    expect(place.sha256('x')).toBe(place.sha256(OLD));
  });
});
