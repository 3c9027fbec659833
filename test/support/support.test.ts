import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import { crashesIn } from '../openstack/cloud.js';
import { hasNginx, type Nginx, type NginxOptions, startNginx } from './nginx.js';
import { scratch } from './scratch.js';
import { runInTerminal } from './terminal.js';

// What the other tests use: a fault here would look like a fault of imgdl there.

const file = Buffer.from('0123456789'.repeat(1000));
let nginx: Nginx | undefined;
const serve = async (options: Partial<NginxOptions> = {}): Promise<Nginx> => {
  nginx = await startNginx({ files: { 'images/a.img': file }, ...options });
  return nginx;
};

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
});

describe.skipIf(!hasNginx)('nginx', () => {
  test.each([
    ['answers a range with 206 and an ETag', {}, 206, true],
    ['gives the whole with ranges off', { ranges: false }, 200, true],
    ['sends no ETag with etags off', { etag: false }, 206, false],
  ])('%s', async (_, options, status, etag) => {
    const { url, requests } = await serve(options);
    const answer = await fetch(`${url}/images/a.img`, { headers: { range: 'bytes=9990-' } });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(status === 206 ? file.subarray(9990) : file);
    expect(answer.headers.has('etag')).toBe(etag);
    // nginx writes its log after the answer.
    await expect
      .poll(() => requests().join('\n'), { timeout: 50_000 })
      .toContain(`GET /images/a.img ${status} "bytes=9990-"`);
  });

  test('speaks HTTPS to those who trust its CA, and only to them', async () => {
    const { url, ca } = await serve({ tls: true });
    const get = (trust: string | undefined) =>
      new Promise((resolve) => {
        const options = trust === undefined ? {} : { ca: readFileSync(trust) };
        request(`${url}/images/a.img`, options, (answer) => resolve(answer.resume().statusCode))
          .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
          .end();
      });
    expect(await get(ca)).toBe(200);
    expect(await get(undefined)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('is slow when told', async () => {
    const { url } = await serve({ limitRate: '8k' });
    const start = performance.now();
    await (await fetch(`${url}/images/a.img`)).arrayBuffer();
    expect(performance.now() - start).toBeGreaterThan(200);
  });
});

describe('the terminal', () => {
  test('is one for the command, of the size asked for', async () => {
    const script =
      'process.stdout.write([process.stdout.isTTY, process.stderr.columns, process.env.OS_PASSWORD].join())';
    const terminal = runInTerminal([process.execPath, '-e', script], { columns: 61 });
    expect(await terminal.done).toBe(0);
    expect(terminal.output()).toBe('true,61,');
  });

  test.each(['SIGKILL', 'SIGINT'] as const)('reports %s, and keeps what was written before', async (signal) => {
    const directory = scratch();
    const terminal = runInTerminal(['sh', '-c', 'echo before; exec sleep 30'], { cwd: directory });
    while (!terminal.output().includes('before')) await new Promise((resolve) => setTimeout(resolve, 10));
    await terminal.signal(signal);
    expect(await terminal.done).toBe(signal === 'SIGKILL' ? 137 : 130);
    expect(terminal.output()).toBe('before\r\n');
  });
});

describe('the real cloud', () => {
  test.each<[string, string, readonly string[]]>([
    ['is fine', 'GET /v3 => generated 250 bytes\n', []],
    [
      'has lost a process',
      'spawned\nDAMN ! worker 1 (pid: 7) died, killed by signal 11 :( trying respawn ...\nspawned\n',
      ['keystone: DAMN ! worker 1 (pid: 7) died, killed by signal 11 :( trying respawn ...'],
    ],
    [
      'has an error that it does not catch',
      'Traceback (most recent call last):\n',
      ['keystone: Traceback (most recent call last):'],
    ],
  ])('%s, as its log says', (_, log, told) => {
    const directory = scratch();
    mkdirSync(`${directory}/log`);
    writeFileSync(`${directory}/log/keystone.out`, log);
    expect(crashesIn(directory)).toEqual(told);
  });

  test('was not needed: it has no log', () => {
    expect(crashesIn(scratch())).toEqual([]);
  });
});
