import { createCipheriv, createHash } from 'node:crypto';
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/imgdl.js';
import { hasNginx, type Nginx, type NginxOptions, startNginx } from '../support/nginx.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';

const MIB = 2 ** 20;

/** Pseudo-random bytes, the same for the same seed. */
function image(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

const small = image('small', 3 * MIB + 12_345);
const other = image('other', 3 * MIB + 12_345);
/** Two checkpoints and more: they are 32 MiB apart. */
const big = image('big', 90 * MIB + 54_321);
const otherBig = image('other big', big.length);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!hasNginx)(
  `a real nginx${hasNginx ? '' : ' [skipped: nginx is not installed]'}`,
  { timeout: 60_000 },
  () => {
    let bench: Workbench;
    let nginx: Nginx | undefined;
    beforeEach(() => {
      bench = makeWorkbench();
    });
    afterEach(async () => {
      await nginx?.stop();
      nginx = undefined;
      bench.clear();
    });
    const serve = async (options: Partial<NginxOptions> = {}): Promise<Nginx> => {
      nginx = await startNginx({ files: { 'images/small.img': small }, ...options });
      return nginx;
    };
    /** Kills a download with SIGKILL when it has `bytes` on disk. */
    const killAt = (args: readonly string[], bytes: number) =>
      run(args, { cwd: bench.directory, killWhen: () => bench.partBytes() >= bytes });

    test.each([
      ['plain', {}],
      ['with ranges off', { ranges: false }],
      ['without ETags', { etag: false }],
      ['slow', { limitRate: '2m' }],
    ] satisfies [string, Partial<NginxOptions>][])('gets the file: %s', async (_, options) => {
      const { url } = await serve(options);
      const { code, result } = await bench.get(['url', `${url}/images/small.img`]);
      expect({ code, status: result.status, path: result.path, verified: result.verified }).toEqual({
        code: 0,
        status: 'downloaded',
        path: 'small.img',
        verified: 'size-only',
      });
      expect(bench.sha256('small.img')).toBe(sha256(small));
      expect(bench.all()).toEqual(['small.img']);
    });

    test('proves the file by --checksum', async () => {
      const { url } = await serve();
      const args = ['url', `${url}/images/small.img`, '--checksum'];
      const wrong = await bench.get([...args, `sha256:${sha256(other)}`]);
      expect({ code: wrong.code, error: wrong.result.error?.code }).toEqual({ code: 9, error: 'integrity.digest' });
      expect(bench.visible()).toEqual([]);
      const right = await bench.get([...args, `sha256:${sha256(small)}`]);
      expect({ code: right.code, verified: right.result.verified }).toEqual({ code: 0, verified: 'user' });
      const again = await bench.get([...args, `sha256:${sha256(small)}`]);
      expect({ code: again.code, status: again.result.status, received: again.result.received }).toEqual({
        code: 0,
        status: 'complete',
        received: 0,
      });
    });

    test.each([
      ['more where each is limited and there is time to win', '16m', big, true],
      ['one for what it receives in a second', '10m', big.subarray(0, 14 * MIB), false],
    ] as const)('uses by itself as many connections as pay: %s', async (_, limitRate, content, more) => {
      const { url, requests } = await serve({ limitRate, files: { 'images/slow.img': content } });
      const { code, result } = await bench.program([
        'url',
        `${url}/images/slow.img`,
        '--checksum',
        `sha256:${sha256(content)}`,
      ]);
      expect({ code, verified: result.verified, more: (result.connections ?? 0) > 1 }).toEqual({
        code: 0,
        verified: 'user',
        more,
      });
      expect(requests().length > 1).toBe(more);
    });

    test('over HTTPS, for those who trust its CA', async () => {
      const { url, ca } = await serve({ tls: true });
      const trusted = await bench.get(['url', `${url}/images/small.img`, '--cacert', ca!]);
      expect(trusted.code).toBe(0);
      expect(bench.sha256('small.img')).toBe(sha256(small));
      const untrusted = await bench.get(['url', `${url}/images/small.img`, '-o', 'b.img', '--retries', '0']);
      expect({ code: untrusted.code, error: untrusted.result.error?.code }).toEqual({
        code: 7,
        error: 'tls.certificate',
      });
      expect(bench.all()).toEqual(['small.img']);
    });

    const serveBig = async (options: Partial<NginxOptions> = {}): Promise<string> => {
      const { url, root } = await serve({ limitRate: '40m', files: { 'big.img': big }, ...options });
      // Old enough for Last-Modified to be a strong validator (RFC 9110 section 8.8.2.2).
      utimesSync(join(root, 'big.img'), new Date(), new Date(Date.now() - 3_600_000));
      return `${url}/big.img`;
    };

    test.each([
      ['continues by ETag', {}, 'resumed'],
      ['continues by Last-Modified alone', { etag: false }, 'resumed'],
      ['compares what it has with ranges off', { ranges: false }, 'resumed'],
    ] satisfies [string, Partial<NginxOptions>, string][])(
      'kill -9 and the same command: %s',
      async (_, options, status) => {
        const url = await serveBig(options);
        const killed = await killAt(['url', url], 60 * MIB);
        expect(killed.signal).toBe('SIGKILL');
        expect(bench.visible()).toEqual([]);
        const written = bench.partBytes();
        const { code, result } = await bench.get(['url', url]);
        expect({ code, status: result.status, error: result.error }).toEqual({ code: 0, status, error: undefined });
        expect(bench.sha256('big.img')).toBe(sha256(big));
        expect(bench.all()).toEqual(['big.img']);
        if (status === 'resumed') expect(result.resumedFrom).toBeGreaterThanOrEqual(Math.max(1, written - 64 * MIB));
        else expect(result.received).toBeGreaterThanOrEqual(big.length);
      },
    );

    /** Other bytes of the same length under the same URL. */
    const replaceBig = (laterMs: number) => {
      const path = join(nginx!.root, 'big.img');
      const { mtime } = statSync(path);
      writeFileSync(path, otherBig);
      utimesSync(path, mtime, new Date(mtime.getTime() + laterMs));
    };

    test('a file replaced between two runs is never spliced', async () => {
      const url = await serveBig();
      await killAt(['url', url], 60 * MIB);
      replaceBig(60_000);
      const { code } = await bench.get(['url', url, '--on-change', 'fail']);
      expect(code).toBe(10);
      expect(bench.visible()).toEqual([]);
      const restarted = await bench.get(['url', url]);
      expect({ code: restarted.code, status: restarted.result.status }).toEqual({ code: 0, status: 'downloaded' });
      expect(bench.sha256('big.img')).toBe(sha256(otherBig));
    });

    test('a file replaced under the same size and date is caught by --checksum', async () => {
      // nginx makes its ETag of size and date: only a digest can tell. Then the one automatic restart gets all of it.
      const url = await serveBig();
      await killAt(['url', url], 60 * MIB);
      replaceBig(0);
      const { code, result } = await bench.get(['url', url, '--checksum', `sha256:${sha256(otherBig)}`]);
      expect({ code, verified: result.verified }).toEqual({ code: 0, verified: 'user' });
      expect(bench.sha256('big.img')).toBe(sha256(otherBig));
    });

    test.each([
      ['a missing file', '/images/none.img', 4, 'not-found.url'],
      ['a directory', '/images/', 3, 'auth.forbidden'],
      ['a login page instead of the image', '/login/small.img', 8, 'proto.not-image'],
      ['an endless redirect', '/loop/small.img', 8, 'proto.redirect'],
      ['an empty 204', '/empty/small.img', 5, 'not-ready.no-data'],
    ])('%s is explained, and nothing is written', async (_, path, exit, errorCode) => {
      const { url } = await serve({
        server: `
        location /login/ { default_type text/html; return 200 "<html><body>Please log in</body></html>"; }
        location /loop/ { return 302 /loop/small.img; }
        location /empty/ { return 204; }`,
      });
      const { code, result } = await bench.get(['url', `${url}${path}`, '-o', 'out', '--retries', '0']);
      expect({ code, error: result.error?.code }).toEqual({ code: exit, error: errorCode });
      expect(bench.all()).toEqual([]);
    });

    test('to stdout: the bytes alone, the result on stderr', async () => {
      const { url } = await serve();
      const ran = await run(['url', `${url}/images/small.img`, '-o', '-', '--json'], { cwd: bench.directory });
      expect(ran.code).toBe(0);
      expect(ran.stdout.equals(small)).toBe(true);
      expect(JSON.parse(ran.stderr.trimEnd().split('\n').at(-1)!)).toMatchObject({
        status: 'downloaded',
        bytes: small.length,
      });
      expect(bench.all()).toEqual([]);
    });
  },
);
