import { createHash } from 'node:crypto';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/imgdl.js';
import { hasNginx, type Nginx, type NginxOptions, startNginx } from '../support/nginx.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';

const MIB = 2 ** 20;

/** Incompressible, and different at every offset. */
function image(seed: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += MIB) {
    const block = Buffer.alloc(Math.min(MIB, size - at));
    for (let i = 0; i < block.length; i += 32) {
      block.set(
        createHash('sha256')
          .update(`${seed} ${at + i}`)
          .digest()
          .subarray(0, block.length - i),
        i,
      );
    }
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

const small = image('small', 3 * MIB + 12_345);
const other = image('other', 3 * MIB + 12_345);
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
    ] satisfies [string, Partial<NginxOptions>][])('brings the file: %s', async (_, options) => {
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

    test.each([
      ['continues with ETag', {}, 'resumed'],
      ['continues with Last-Modified alone', { etag: false }, 'resumed'],
      ['starts again with ranges off', { ranges: false }, 'downloaded'],
    ] satisfies [string, Partial<NginxOptions>, string][])(
      'kill -9 and the same command: %s',
      async (_, options, status) => {
        const { url, root } = await serve({ limitRate: '1m', ...options });
        utimesSync(join(root, 'images/small.img'), new Date(0), new Date(Date.now() - 3600_000)); // a strong Last-Modified
        const killed = await killAt(['url', `${url}/images/small.img`], 2 * MIB);
        expect(killed.signal).toBe('SIGKILL');
        expect(bench.visible()).toEqual([]);
        const { code, result, stderr } = await bench.get(['url', `${url}/images/small.img`]);
        expect({ code, error: result.error, stderr: stderr.includes('hint:') }).toEqual({
          code: 0,
          error: undefined,
          stderr: false,
        });
        expect(bench.sha256('small.img')).toBe(sha256(small));
        expect(bench.all()).toEqual(['small.img']);
        if (status === 'downloaded') expect(result.received).toBeGreaterThanOrEqual(small.length);
      },
    );

    test('a file replaced between two runs is never spliced', async () => {
      const { url, root } = await serve({ limitRate: '1m' });
      await killAt(['url', `${url}/images/small.img`], 2 * MIB);
      writeFileSync(join(root, 'images/small.img'), other);
      utimesSync(join(root, 'images/small.img'), new Date(0), new Date(Date.now() + 60_000));
      const fail = await bench.get(['url', `${url}/images/small.img`, '--on-change', 'fail']);
      expect([10, 0]).toContain(fail.code); // 0 only where nothing was durable yet: then it is the new file, whole
      if (fail.code === 10) {
        expect(bench.visible()).toEqual([]);
        const restarted = await bench.get(['url', `${url}/images/small.img`]);
        expect(restarted.code).toBe(0);
      }
      expect(bench.sha256('small.img')).toBe(sha256(other));
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
