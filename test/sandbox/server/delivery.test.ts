import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { reply } from '#imgdl/sandbox/server/exchange.js';
import { ALICE, type Got, get, tokenOf } from '../client.js';

const SIZE = 200_000;
let sandbox: Sandbox;
let image: string;

beforeEach(async () => {
  sandbox = await startSandbox({ size: SIZE, smallSize: 50_000 });
  image = `${sandbox.urls.uforge}/users/alice/appliances/747/images/1095/downloads`;
});
afterEach(async () => {
  expect(sandbox.control.failures).toEqual([]);
  await sandbox.close();
});

const bytes = (start: number, end: number): Buffer => sandbox.control.object('images/1095').bytes(start, end);
const ask = (range?: string, timeoutMs = 5000): Promise<Got> =>
  get(image, { headers: range === undefined ? ALICE : { ...ALICE, range }, timeoutMs });

describe('a connection', () => {
  test('is cut after exactly so many bytes, again and again, and a resume makes progress', async () => {
    sandbox.control.modes.cutAfter = 70_000;
    const parts: Buffer[] = [];
    let have = 0;
    for (let attempt = 0; have < SIZE && attempt < 10; attempt += 1) {
      const answer = await ask(`bytes=${have}-`);
      expect(answer.status).toBe(206);
      expect(answer.complete).toBe(have + 70_000 >= SIZE);
      parts.push(answer.body);
      have += answer.body.length;
    }
    expect(parts.map((part) => part.length)).toEqual([70_000, 70_000, 60_000]);
    expect(Buffer.concat(parts).equals(bytes(0, SIZE))).toBe(true);
    expect(sandbox.control.requests.map(({ sentStart, sentEnd, complete }) => [sentStart, sentEnd, complete])).toEqual([
      [0, 70_000, false],
      [70_000, 140_000, false],
      [140_000, 200_000, true],
    ]);
  });

  test('is cut as often as asked for, then no more', async () => {
    sandbox.control.modes.cutAfter = 1000;
    sandbox.control.modes.cuts = 2;
    const lengths = [];
    for (let attempt = 0; attempt < 3; attempt += 1) lengths.push((await ask()).body.length);
    expect(lengths).toEqual([1000, 1000, SIZE]);
  });

  test('that was to be cut where it ends anyway ends well and is not counted', async () => {
    sandbox.control.modes.cutAfter = SIZE;
    sandbox.control.modes.cuts = 1;
    expect((await ask()).complete).toBe(true);
    expect(sandbox.control.modes.cuts).toBe(1);
  });

  test('can be cut before the first byte, and by a reset', async () => {
    sandbox.control.modes.cutAfter = 0;
    const first = await ask();
    expect([first.status, first.body.length, first.complete]).toEqual([200, 0, false]);
    sandbox.control.modes.cutAfter = 5000;
    sandbox.control.modes.cutBy = 'reset';
    // A reset may overtake what was sent before it, the header block too.
    const reset = ask().then(
      ({ complete }) => complete,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect([false, 'ECONNRESET']).toContain(await reset);
  });

  test('can stall and stays open until the client has enough', async () => {
    sandbox.control.modes.stallAfter = 4000;
    sandbox.control.modes.stalls = 1;
    const begun = performance.now();
    const answer = await ask(undefined, 300);
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect([answer.body.length, answer.complete]).toEqual([4000, false]);
    expect((await ask()).complete).toBe(true);
  });

  test('keeps to its rate in small steps', async () => {
    sandbox.control.modes.rate = 400_000;
    const begun = performance.now();
    expect((await ask()).body.length).toBe(SIZE);
    const tookMs = performance.now() - begun;
    expect(tookMs).toBeGreaterThan(380);
    expect(tookMs).toBeLessThan(10_000);
    sandbox.control.modes.rate = 500;
    const dripBegun = performance.now();
    const drip = await ask(undefined, 1000);
    const drippedMs = performance.now() - dripBegun;
    expect(drip.body.length).toBeGreaterThan(50);
    // By the time that passed, and a tenth of a second that may be made up for.
    expect(drip.body.length).toBeLessThan((drippedMs + 200) * 0.5);
  });
});

describe('an answer', () => {
  test.each([
    ['given', String(SIZE), undefined],
    ['chunked', undefined, 'chunked'],
    ['close', undefined, undefined],
  ] as const)('of length %s', async (length, contentLength, encoding) => {
    sandbox.control.modes.length = length;
    const answer = await ask();
    expect(answer.headers['content-length']).toBe(contentLength);
    expect(answer.headers['transfer-encoding']).toBe(encoding);
    expect(answer.body.equals(bytes(0, SIZE))).toBe(true);
    expect(answer.complete).toBe(true);
  });

  test('without length can be cut so that only the size tells, and can be too long', async () => {
    sandbox.control.modes.length = 'close';
    sandbox.control.modes.cutAfter = 1234;
    const short = await ask();
    expect([short.body.length, short.complete]).toEqual([1234, true]);
    sandbox.control.modes.cutAfter = undefined;
    sandbox.control.modes.surplus = 9;
    expect((await ask()).body.length).toBe(SIZE + 9);
  });

  test.each([
    ['absent', (): undefined => undefined],
    ['hex', (): string => createHash('md5').update(bytes(0, SIZE)).digest('hex')],
    ['base64', (): string => createHash('md5').update(bytes(0, SIZE)).digest('base64')],
    ['wrong', (): string => 'd41d8cd98f00b204e9800998ecf8427f'],
  ] as const)('with Content-MD5 %s', async (form, expected) => {
    sandbox.control.modes.contentMd5 = form;
    expect((await ask('bytes=0-9')).headers['content-md5']).toBe(expected());
  });

  test('is compressed unasked', async () => {
    sandbox.control.modes.coding = 'gzip';
    const answer = await ask();
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.body).equals(bytes(0, SIZE))).toBe(true);
  });

  test('has one wrong byte, as often as asked for', async () => {
    sandbox.control.modes.corrupt = 1;
    const sound = bytes(0, SIZE);
    const differing = [...(await ask()).body].filter((byte, index) => byte !== sound[index]);
    expect(differing).toHaveLength(1);
    expect((await ask()).body.equals(bytes(0, SIZE))).toBe(true);
  });

  test.each([
    ['a login page', 'loginPage', 200, /type="password"/],
    ['an empty body', 'emptyBody', 200, /^$/],
    ['a 304 nobody asked for', 'unasked304', 304, /^$/],
    ['a 503', 'unavailable', 503, /^$/],
  ] as const)('is %s, once', async (_, mode, status, text) => {
    sandbox.control.modes[mode] = 1;
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect((await ask()).body.length).toBe(SIZE);
  });

  test.each([
    ['present', /^"[0-9a-f]{32}"$/, true],
    ['weak', /^W\/"[0-9a-f]{32}"$/, true],
    ['changing', /^"[0-9a-f]{16}"$/, false],
    ['absent', undefined, true],
  ] as const)('with validators %s', async (mode, pattern, same) => {
    sandbox.control.modes.validators = mode;
    const [first, second] = [await ask('bytes=0-0'), await ask('bytes=0-0')];
    if (pattern === undefined) expect(first.headers).not.toHaveProperty('etag');
    else expect(first.headers.etag).toMatch(pattern);
    expect(first.headers.etag === second.headers.etag).toBe(same);
  });

  test.each([
    ['ignores Range', { ranges: false }, 200, undefined, 0],
    ['honours it', {}, 206, 'bytes 10000-10099/200000', 10_000],
    ['sends other bytes than asked for', { rangeFault: 'shifted' }, 206, 'bytes 5904-6003/200000', 5904],
    ['refuses it', { rangeFault: 'refused' }, 416, 'bytes */200000', 0],
  ] as const)('%s', async (_, modes, status, contentRange, start) => {
    Object.assign(sandbox.control.modes, modes);
    const answer = await ask('bytes=10000-10099');
    expect(answer.status).toBe(status);
    expect(answer.headers['content-range']).toBe(contentRange);
    if (status !== 416) expect(answer.body.equals(bytes(start, start + answer.body.length))).toBe(true);
  });

  test('has a Content-Disposition when asked for', async () => {
    sandbox.control.modes.disposition = 'attachment; filename="../evil"';
    expect((await ask('bytes=0-0')).headers['content-disposition']).toBe('attachment; filename="../evil"');
  });
});

describe('the control', () => {
  test('overrides modes for a prefix, the longest wins, the rest stays as it is', async () => {
    sandbox.control.override('/api/', { ranges: false });
    sandbox.control.override('/api/users/alice/appliances/747/images/1095', { ranges: true, corrupt: 1 });
    expect((await ask('bytes=0-0')).status).toBe(206);
    const other = image.replace('1095', '1096');
    expect((await get(other, { headers: { ...ALICE, range: 'bytes=0-0' } })).status).toBe(200);
    expect((await get(`${sandbox.urls.files}/image.raw`, { headers: { range: 'bytes=0-0' } })).status).toBe(206);
    sandbox.control.clearOverrides();
    expect((await get(other, { headers: { ...ALICE, range: 'bytes=0-0' } })).status).toBe(206);
  });

  test('runs a script once per request, then the sandbox answers again', async () => {
    sandbox.control.script('/api/users', [
      (exchange) => reply(exchange, { status: 418, body: 'teapot' }),
      'pass',
      (exchange) => void exchange.request.socket.destroy(),
    ]);
    expect((await ask()).status).toBe(418);
    expect((await ask()).status).toBe(200);
    await expect(ask()).rejects.toThrow();
    expect((await ask()).status).toBe(200);
    expect(sandbox.control.requests.map(({ status }) => status)).toEqual([418, 200, 0, 200]);
  });

  test('keeps what every request carried', async () => {
    const token = await tokenOf(sandbox.urls.keystone);
    await get(`${sandbox.urls.glance}/v2/images?limit=1`, { headers: { 'X-Auth-Token': token } });
    const [login, list] = sandbox.control.requests;
    expect(login).toMatchObject({ method: 'POST', path: '/identity/v3/auth/tokens', status: 201, listener: 'main' });
    expect(login?.body).toContain('demo-pw');
    expect(list).toMatchObject({ target: '/image/v2/images?limit=1', headers: { 'x-auth-token': token } });
    expect(list?.rawHeaders).toContain('X-Auth-Token');
    expect(sandbox.control.tokens.map(({ id }) => id)).toEqual([token]);
  });

  test('a malformed path is a 400, not a crash', async () => {
    expect((await get(`${sandbox.urls.uforge}/users/%zz`, { headers: ALICE })).status).toBe(400);
  });
});
