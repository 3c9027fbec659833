import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageId } from '#imgdl/sandbox/openstack/glance-image.js';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type Asked, type Got, get, tokenOf } from '../client.js';

const SIZE = 1_048_576;
/** What curl sent when the answers were recorded. */
const CURL = { accept: '*/*' };
let sandbox: Sandbox;
let token: string;
let admin: string;

beforeAll(async () => {
  // The size of the recorded image, so that texts and lengths can be compared to the byte.
  sandbox = await startSandbox({ size: SIZE, smallSize: SIZE });
  token = await tokenOf(sandbox.urls.keystone);
  admin = await tokenOf(sandbox.urls.keystone, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'admin', domain: { id: 'default' }, password: 'admin-pw' } },
      },
      scope: { project: { name: 'admin', domain: { id: 'default' } } },
    },
  });
});
afterAll(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

function ask(path: string, headers: Readonly<Record<string, string>> = {}, asked: Asked = {}): Promise<Got> {
  return get(`${sandbox.urls.glance}${path}`, { ...asked, headers: { ...CURL, 'x-auth-token': token, ...headers } });
}
const file = (name: string, headers?: Readonly<Record<string, string>>, asked?: Asked): Promise<Got> =>
  ask(`/v2/images/${imageId(name)}/file`, headers, asked);
const small = (start: number, end: number): Buffer => sandbox.control.object('glance/small-raw').bytes(start, end);

describe('the bytes, as recorded', () => {
  test('whole: header names in the recorded spelling, Content-Md5 in hex', async () => {
    const answer = await file('small-raw');
    expect(answer.names.filter((name) => name !== 'Connection').sort()).toEqual(
      ['Content-Length', 'Content-Md5', 'Content-Type', 'Date', 'X-Openstack-Request-Id'].sort(),
    );
    expect(answer.headers['content-md5']).toBe(createHash('md5').update(small(0, SIZE)).digest('hex'));
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(answer.body.equals(small(0, SIZE))).toBe(true);
  });

  test.each([
    ['bytes=0-99', 0, 100],
    ['bytes=0-0', 0, 1],
    ['bytes=1048000-', 1_048_000, SIZE],
    ['bytes=-100', SIZE - 100, SIZE],
    ['bytes=0-', 0, SIZE],
    ['bytes=0-1048576', 0, SIZE],
    ['bytes=1048575-1048575', SIZE - 1, SIZE],
    ['bytes=-0', 0, SIZE],
    ['bytes=-2000000', 0, SIZE],
    ['bytes = 0-99', 0, 100],
  ])('Range: %s is a 206 with the MD5 of the whole image', async (range, start, end) => {
    const answer = await file('small-raw', { range });
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${SIZE}`);
    expect(answer.headers['content-md5']).toBe(sandbox.control.object('glance/small-raw').digest('md5'));
    expect(answer.body.equals(small(start, end))).toBe(true);
  });

  test.each([
    ['bytes=0-99,200-299', 400, 237],
    ['bytes=1048576-', 416, 298],
    ['bytes=2000000-2000100', 416, 298],
    ['bytes=100-50', 416, 220],
    ['bytes=abc', 416, 220],
    ['items=0-5', 416, 220],
  ])('Range: %s is a %i of %i bytes without Content-Range', async (range, status, length) => {
    const answer = await file('small-raw', { range });
    expect([answer.status, answer.body.length]).toEqual([status, length]);
    expect(answer.headers).not.toHaveProperty('content-range');
    if (status === 416) expect(answer.reason).toBe('Request Range Not Satisfiable');
  });

  test.each([
    ['If-Range with an ETag', { range: 'bytes=0-99', 'if-range': '"abc"' }, 206],
    ['If-Range with a date', { range: 'bytes=0-99', 'if-range': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 206],
    ['If-Modified-Since', { 'if-modified-since': 'Fri, 21 Oct 2039 07:28:00 GMT' }, 200],
    ['Content-Range in the request', { 'content-range': 'bytes 0-99/1048576' }, 206],
  ])('%s is not honoured as HTTP says: %s', async (_, headers, status) => {
    expect((await file('small-raw', headers)).status).toBe(status);
  });

  test('of an empty image: 200, and 416 to any Range', async () => {
    const whole = await file('empty');
    expect([whole.status, whole.headers['content-length'], whole.headers['content-md5']]).toEqual([
      200,
      '0',
      'd41d8cd98f00b204e9800998ecf8427e',
    ]);
    const ranged = await file('empty', { range: 'bytes=0-' });
    expect([ranged.status, ranged.body.length]).toEqual([416, 293]);
  });

  test.each<[string, string, Readonly<Record<string, string>>, number, number]>([
    ['queued', 'queued-nodata', {}, 204, 0],
    ['queued, with a Range: a bug of Glance', 'queued-nodata', { range: 'bytes=0-9' }, 500, 0],
    ['being imported', 'importing', {}, 204, 0],
    ['lost by the store', 'lost-data', {}, 204, 0],
    ['deactivated', 'deactivated', {}, 403, 197],
    ['private to another project', 'private-other', {}, 404, 181],
    ['unknown', 'no such image', {}, 404, 181],
    ['shared, not accepted', 'shared-other', {}, 200, SIZE],
    ['community', 'community-other', {}, 200, SIZE],
    ['hidden', 'hidden-public', {}, 200, SIZE],
  ])('of an image that is %s', async (_, name, headers, status, length) => {
    const answer = await file(name, headers);
    expect([answer.status, answer.body.length]).toEqual([status, length]);
  });

  test('of a deactivated image are given to the admin', async () => {
    expect((await file('deactivated', { 'x-auth-token': admin })).status).toBe(200);
  });

  test('on a store that cannot seek: every Range is a 400', async () => {
    sandbox.control.override('/image', { ranges: false });
    const answer = await file('small-raw', { range: 'bytes=0-99', accept: 'application/octet-stream' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Getting images randomly from this store is not supported. Offset: 0, length: 100');
    expect((await file('small-raw')).status).toBe(200);
    sandbox.control.clearOverrides();
  });

  test('truncated: a clean end without any length', async () => {
    const answer = await file('truncated');
    expect([answer.status, answer.complete, answer.body.length]).toEqual([200, true, Math.floor((SIZE * 2) / 3)]);
    expect(answer.headers).not.toHaveProperty('content-length');
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
  });

  test('stalled: a length, then silence; with Connection: close an end', async () => {
    const silent = await file('stalled', {}, { timeoutMs: 300 });
    expect([silent.headers['content-length'], silent.body.length]).toEqual([String(SIZE), Math.floor((SIZE * 2) / 3)]);
    const begun = performance.now();
    const closed = await file('stalled', { connection: 'close' }, { timeoutMs: 50_000 });
    expect(performance.now() - begun).toBeLessThan(40_000);
    expect([closed.complete, closed.body.length]).toEqual([false, Math.floor((SIZE * 2) / 3)]);
  });

  test('corrupt: one byte, every time', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { body } = await file('corrupt');
      const sound = sandbox.control.object('glance/corrupt').bytes(0, SIZE);
      expect([...body].filter((byte, index) => byte !== sound[index])).toHaveLength(1);
    }
  });
});

describe('errors, as recorded', () => {
  test.each([
    ['a malformed id', '/v2/images/not-a-uuid/file', 404, 155],
    ['a name', '/v2/images/small-raw/file', 404, 154],
    ['a trailing slash', `/v2/images/${imageId('small-raw')}/file/`, 404, 154],
    ['upper case', `/v2/images/${imageId('small-raw').toUpperCase()}/file`, 404, 181],
    ['no dashes', `/v2/images/${imageId('small-raw').replaceAll('-', '')}/file`, 404, 177],
    ['locations', `/v2/images/${imageId('small-raw')}/locations`, 404, 154],
    ['/v2/', '/v2/', 404, 154],
    ['a negative limit', '/v2/images?limit=-1', 400, 154],
    ['a bad sort key', '/v2/images?sort_key=bogus', 400, 262],
    ['a bad marker', '/v2/images?marker=00000000-0000-4000-8000-000000000000', 400, 185],
  ])('%s: %s', async (_, path, status, length) => {
    const answer = await ask(path);
    expect([answer.status, answer.body.length]).toEqual([status, length]);
  });

  test.each([
    ['without a token', {}],
    ['with nonsense', { 'x-auth-token': 'nonsense' }],
    ['with a bearer', { authorization: 'Bearer x' }],
  ])('%s: 401 with the way to Keystone, without a request id', async (_, headers) => {
    const answer = await get(`${sandbox.urls.glance}/v2/images`, { headers: { ...CURL, ...headers } });
    expect([answer.status, answer.body.length]).toEqual([401, 358]);
    expect(answer.headers['www-authenticate']).toBe(`Keystone uri="${sandbox.urls.keystone}"`);
    expect(answer.headers).not.toHaveProperty('x-openstack-request-id');
  });

  test.each([
    ['HEAD', '/file', 'GET, PUT'],
    ['POST', '/file', 'GET, PUT'],
    ['HEAD', '', 'GET, PATCH, DELETE'],
  ])('%s …%s: 405', async (method, tail, allow) => {
    const answer = await ask(`/v2/images/${imageId('small-raw')}${tail}`, {}, { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    if (method === 'POST') expect(answer.body.length).toBe(188);
  });

  test.each([
    [
      'application/json',
      /^\{"message": "The requested .*<br \/><br \/>\\n\\n\\n", "code": "403 Forbidden", "title": "Forbidden"\}$/,
    ],
    ['application/octet-stream', /^403 Forbidden\n\nThe requested image has been deactivated\./],
    ['*/*', /^<html>/],
    ['text/html', /^<html>/],
    ['text/plain', /^403 Forbidden\n/],
  ])('Accept: %s decides the form', async (accept, text) => {
    expect((await file('deactivated', { accept })).text).toMatch(text);
  });

  test.each([
    ['/', 300],
    ['/versions', 200],
    ['/v1/images', 300],
    ['/healthcheck', 300],
    ['/v2.99/images', 300],
    ['/v2.9/images', 200],
    ['//v2/images', 200],
  ])('GET %s gives %i', async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  test('a request id of the client comes back', async () => {
    const answer = await ask('/v2/images?limit=0', { 'x-openstack-request-id': 'req-mine' });
    expect(answer.headers['x-openstack-request-id']).toBe('req-mine');
  });
});

describe('records', () => {
  test('have the recorded members in the recorded order', async () => {
    const record = JSON.parse((await ask(`/v2/images/${imageId('small-raw')}`)).text);
    expect(Object.keys(record)).toEqual(
      (
        'name disk_format container_format visibility size virtual_size status checksum protected min_ram min_disk ' +
        'owner os_hidden os_hash_algo os_hash_value id created_at updated_at tags self file schema stores'
      ).split(' '),
    );
    expect(record.os_hash_value).toBe(sandbox.control.object('glance/small-raw').digest('sha512'));
    expect(record.file).toBe(`/v2/images/${imageId('small-raw')}/file`);
  });

  test('are as long as the recorded one', async () => {
    expect((await ask(`/v2/images/${imageId('small-raw')}`)).body.length).toBe(798);
  });

  test.each([
    ['no-hashes', { checksum: null, os_hash_algo: null, os_hash_value: null }],
    ['md5-only', { os_hash_algo: null, os_hash_value: null, checksum: expect.stringMatching(/^[0-9a-f]{32}$/) }],
    ['sha-only', { checksum: null, os_hash_algo: 'sha512', os_hash_value: expect.stringMatching(/^[0-9a-f]{128}$/) }],
    ['sha256-algo', { os_hash_algo: 'sha256', os_hash_value: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    ['weird-algo', { os_hash_algo: 'shake_999' }],
    ['hash-pending', { os_hash_algo: 'sha512', os_hash_value: null, checksum: null }],
    ['queued-nodata', { status: 'queued', size: null }],
    ['deactivated', { status: 'deactivated', size: SIZE }],
  ])('of %s', async (name, expected) => {
    expect(JSON.parse((await ask(`/v2/images/${imageId(name)}`)).text)).toMatchObject(expected);
  });
});
