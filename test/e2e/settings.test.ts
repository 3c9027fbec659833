import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { spawnImgdl } from '../support/imgdl.js';
import { ended } from '../support/processes.js';
import { afterwards, names, plant, type Stage, stage } from './stage.js';

const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x', '--json'] as const;

describe('the way to the server', () => {
  test('https is exit 7 without --cacert, good with it, and warned of with --insecure', async () => {
    const { key, cert, ca } = makeCertificate();
    const place = await stage({ tls: { key, cert } });
    writeFileSync(place.path('ca.pem'), ca);
    const refused = await place.imgdl(IMAGE);
    expect([refused.code, refused.json().error?.code]).toEqual([7, 'tls.certificate']);
    expect(refused.json().error?.hint).toContain('--cacert');
    expect(names(place.directory)).toEqual(['ca.pem']);
    expect((await place.imgdl([...IMAGE, '--cacert', 'ca.pem'])).json().status).toBe('downloaded');
    const insecure = await place.imgdl([...IMAGE, '--force', '-o', 'y', '--insecure']);
    expect([insecure.code, insecure.json().warnings.map(({ code }) => code)]).toEqual([0, ['tls.insecure']]);
    expect(insecure.stderr).toMatch(/^imgdl: warning: certificates are not verified/m);
    for (const args of [
      ['glance', 'image', 'small-raw'],
      ['url', `${place.sandbox.urls.files}/small.raw`],
    ]) {
      expect((await place.imgdl([...args, '--cacert', 'ca.pem'])).code).toBe(0);
      expect((await place.imgdl([...args, '-o', 'z'])).code).toBe(7);
    }
    expect(
      (
        await place.imgdl([
          'url',
          `${place.sandbox.urls.origin}/redirect/http/files/small.raw`,
          '--cacert',
          'ca.pem',
          '-o',
          'z',
        ])
      ).code,
    ).toBe(7);
  });

  test('a proxy carries everything, or nothing goes', async () => {
    const place = await stage();
    const seen: string[] = [];
    const proxy = createServer(async (request, response) => {
      seen.push(request.url ?? '');
      const answer = await fetch(request.url ?? '', {
        headers: { authorization: request.headers.authorization ?? '' },
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    afterwards(() => void proxy.close());
    const at = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect((await place.imgdl([...IMAGE, '--proxy', at])).code).toBe(0);
    expect(seen.length).toBe(2);
    const dead = await place.imgdl([...IMAGE, '-o', 'y', '--retries', '0', '--proxy', 'http://127.0.0.1:1']);
    expect([dead.code, dead.json().error?.code]).toEqual([6, 'net.proxy']);
  });
});

test.each<[string, Readonly<Record<string, string>>, number, RegExp]>([
  ['ALL_PROXY that is down', { ALL_PROXY: 'http://127.0.0.1:1' }, 6, /never bypasses a proxy/],
  ['ALL_PROXY that is SOCKS', { ALL_PROXY: 'socks5h://127.0.0.1:1' }, 2, / ALL_PROXY: SOCKS proxies are not supported/],
  ['all_proxy that is SOCKS', { all_proxy: 'socks://u:canary@h:1' }, 2, / all_proxy: SOCKS proxies are not supported/],
  ['http_proxy that is SOCKS', { http_proxy: 'socks4a://127.0.0.1:1' }, 2, / http_proxy: SOCKS/],
  ['IMGDL_PROXY that is SOCKS', { IMGDL_PROXY: 'socks5://127.0.0.1:1' }, 2, / IMGDL_PROXY: SOCKS/],
  ['NO_PROXY beside ALL_PROXY that is SOCKS', { ALL_PROXY: 'socks5://h:1', NO_PROXY: '127.0.0.1' }, 0, /(?:)/],
])('%s is never bypassed', async (_, env, code, said) => {
  const place = await stage();
  const result = await place.imgdl([...IMAGE, '--retries', '0'], { env });
  expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(said)]);
  expect(place.sandbox.control.requests.length > 0).toBe(code === 0);
});

describe('a setting', () => {
  const config = (place: Stage, text: string) => plant(`${place.home}/.config/imgdl/config.yaml`, text);

  test('flag beats variable beats --config beats the user’s file', async () => {
    const place = await stage();
    config(place, 'output: user.img\nreceipt: true\n');
    plant(place.path('other.yaml'), 'output: other.img\n');
    const args = ['appliance', 'image', '747', '1112', '-q'];
    const out = async (more: readonly string[], env: Record<string, string> = {}) =>
      (await place.imgdl([...args, ...more], { env })).stdout.toString();
    // Paths in a file are relative to that file.
    expect(await out([])).toBe(`${place.home}/.config/imgdl/user.img\n`);
    expect(await out(['--config', 'other.yaml'])).toMatch(/work\/other\.img\n$/);
    expect(await out(['--config', 'other.yaml'], { IMGDL_OUTPUT: 'variable.img' })).toBe('variable.img\n');
    expect(await out(['-o', 'flag.img', '--no-receipt'], { IMGDL_OUTPUT: 'no.img', IMGDL_CONFIG: 'other.yaml' })).toBe(
      'flag.img\n',
    );
    expect(names(place.directory)).toEqual([
      'flag.img',
      'other.img',
      'other.img.imgdl.json',
      'other.yaml',
      'variable.img',
      'variable.img.imgdl.json',
    ]);
  });

  test('every variable of the options is understood', async () => {
    const place = await stage();
    const env = {
      IMGDL_OUTPUT: 'x',
      IMGDL_RECEIPT: 'yes',
      IMGDL_CHECKSUM: `sha256:${place.expected('images/1095')} md5:${place.sandbox.control.object('images/1095').digest('md5')}`,
      IMGDL_REQUIRE: 'digest',
      IMGDL_RETRIES: '0',
      IMGDL_DEADLINE: '1m',
      IMGDL_TIMEOUT: '20s',
      IMGDL_ON_CHANGE: 'fail',
      IMGDL_ON_BUSY: 'wait',
      IMGDL_VIA: 'key',
      IMGDL_JSON: '1',
      IMGDL_PROGRESS: 'none',
      IMGDL_COLOR: 'always',
    };
    const result = await place.imgdl(['appliance', 'image', '747', '1095'], { env });
    expect(result.json()).toMatchObject({ status: 'downloaded', verified: 'user', path: 'x' });
    expect(result.stderr).toBe('');
    expect(names(place.directory)).toEqual(['x', 'x.imgdl.json']);
  });

  test('a variable that no option has is warned of once, whatever the images, in each document, and not with -q', async () => {
    const place = await stage();
    const env = { IMGDL_RETRYS: 'canary' };
    const line = 'imgdl: warning: unknown variable IMGDL_RETRYS: did you mean IMGDL_RETRIES?\n';
    const told = await place.imgdl(['appliance', 'image', '747', '1095', '1096', '--json'], { env });
    expect(told.stderr.split(line)).toHaveLength(2);
    const { items } = JSON.parse(told.stdout.toString()) as { items: { warnings: { code: string }[] }[] };
    expect(items.map(({ warnings }) => warnings[0]?.code)).toEqual(['config.variable', 'config.variable']);
    expect(await place.imgdl([...IMAGE, '-q'], { env })).toMatchObject({ code: 0, stderr: '' });
  });

  test('a password comes from a file, or from stdin that nobody closes', async () => {
    const place = await stage();
    plant(`${place.home}/pw`, 'wonderland\n');
    config(place, 'password-file: ../../pw\n');
    const env = { IMGDL_PASSWORD: '' };
    expect((await place.imgdl(IMAGE, { env })).code).toBe(0);
    const child = spawnImgdl([...IMAGE, '-o', 'y', '--password-file', '-'], {
      cwd: place.directory,
      env: { ...place.env, ...env },
    });
    afterwards(() => void child.kill('SIGKILL'));
    child.stdout.resume();
    child.stdin.write('wonderland\n');
    expect(await ended(child)).toEqual({ code: 0, signal: null });
  });

  test.each([
    ['a password', 'a signal', ['--password-file', '-'], { code: null, signal: 'SIGTERM' }],
    ['a password', 'the deadline', ['--password-file', '-', '--deadline', '1s'], { code: 6, signal: null }],
    ['a list', 'a signal', ['-i', '-'], { code: null, signal: 'SIGTERM' }],
    ['a list', 'the deadline', ['-i', '-', '--deadline', '1s'], { code: 6, signal: null }],
  ])('who waits for %s on stdin in vain is ended by %s', async (_, __, more, end) => {
    const place = await stage();
    const args = [...IMAGE, ...more];
    const child = spawnImgdl(args, { cwd: place.directory, env: { ...place.env, IMGDL_PASSWORD: '' } });
    afterwards(() => void child.kill('SIGKILL'));
    child.stdout.resume();
    if (end.signal !== null) {
      await sleep(1000);
      child.kill('SIGTERM');
    }
    expect(await ended(child)).toEqual(end);
  });
});
