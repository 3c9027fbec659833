import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { get } from '../client.js';

const SIZE = 100_000;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ size: SIZE });
});
afterAll(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const url = (path: string): string => `${sandbox.urls.origin}${path}`;

describe('plain files', () => {
  test('have a strong ETag, a date, a length, and take Range', async () => {
    const answer = await get(url('/files/image.raw'));
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(SIZE) });
    expect(answer.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(Date.parse(String(answer.headers['last-modified']))).toBeLessThan(Date.now());
    expect(answer.body.equals(sandbox.control.object('files/image.raw').bytes(0, SIZE))).toBe(true);
  });

  test('answer HEAD with the same header fields and no body', async () => {
    const answer = await get(url('/files/image.raw'), { method: 'HEAD' });
    expect([answer.headers['content-length'], answer.body.length]).toEqual([String(SIZE), 0]);
  });

  test('honour If-Range and If-None-Match until they are replaced', async () => {
    const etag = String((await get(url('/files/small.raw'))).headers.etag);
    const ranged = (): Promise<number> =>
      get(url('/files/small.raw'), { headers: { range: 'bytes=5-9', 'if-range': etag } }).then(({ status }) => status);
    const conditional = (): Promise<number> =>
      get(url('/files/small.raw'), { headers: { 'if-none-match': etag } }).then(({ status }) => status);
    expect([await ranged(), await conditional()]).toEqual([206, 304]);
    sandbox.control.replace('files/small.raw');
    expect([await ranged(), await conditional()]).toEqual([200, 200]);
  });

  test.each([
    ['a start behind the end', '/files/image.raw', { range: 'bytes=100000-' }, 416, 'bytes */100000'],
    ['an empty file', '/files/empty.raw', { range: 'bytes=0-' }, 416, 'bytes */0'],
    ['a weak If-Range', '/files/image.raw', { range: 'bytes=0-1', 'if-range': 'W/"x"' }, 200, undefined],
    ['an unknown name', '/files/nothing', {}, 404, undefined],
    ['an unknown path', '/elsewhere', {}, 404, undefined],
  ])('%s', async (_, path, headers, status, contentRange) => {
    const answer = await get(url(path), { headers });
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
  });

  test('have a login page among them', async () => {
    const answer = await get(url('/files/login'));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8']);
  });
});

describe('redirects', () => {
  test.each([
    ['same', '/redirect/same/files/image.raw?a=1', () => '/files/image.raw?a=1'],
    ['cross', '/redirect/cross/files/image.raw', () => `${sandbox.urls.otherOrigin}/files/image.raw`],
    ['loop', '/redirect/loop', () => '/redirect/loop'],
    ['file', '/redirect/file', () => 'file:///etc/passwd'],
    ['chain', '/redirect/chain/3/files/image.raw', () => '/redirect/chain/2/files/image.raw'],
    ['the end of a chain', '/redirect/chain/1/files/image.raw', () => '/files/image.raw'],
    ['nowhere', '/redirect/nowhere', () => undefined],
  ])('%s', async (_, path, location) => {
    const answer = await get(url(path));
    expect([answer.status, answer.headers.location]).toEqual([302, location()]);
  });

  test('to another origin arrive there, which the log shows', async () => {
    const answer = await get(`${sandbox.urls.otherOrigin}/files/image.raw`);
    expect(answer.body.length).toBe(SIZE);
    expect(sandbox.control.requests.at(-1)?.listener).toBe('other');
  });
});
