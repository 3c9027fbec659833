import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../support/imgdl.js';
import { type Front, type FrontOptions, startFront } from '../support/tcp-front.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import type { Cloud } from './cloud.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

const MIB = 2 ** 20;

describe.skipIf(noOpenStack)(`interrupted downloads from a real Glance${whyNoOpenStack}`, { timeout: 90_000 }, () => {
  let cloud: Cloud;
  let bench: Workbench;
  let front: Front | undefined;
  beforeAll(async () => {
    cloud = await realOpenStack();
  }, 180_000);
  beforeEach(() => {
    bench = makeWorkbench();
  });
  afterEach(async () => {
    await front?.close();
    front = undefined;
    bench.clear();
  });

  /** The environment for a Glance behind a TCP proxy that is slow or breaks. */
  const behind = async (
    glance: keyof Cloud['glance'],
    options: Partial<FrontOptions>,
    more: Record<string, string> = {},
  ) => {
    const target = Number(new URL(cloud.glance[glance]).port);
    front = await startFront({ target, only: '/file', ...options });
    return password(cloud, { OS_IMAGE_ENDPOINT_OVERRIDE: front.url, ...more });
  };
  const command = () => ['glance', 'image', cloud.images['big-raw']!.id, '-o', 'big.raw'];

  test.each(['eventlet', 'uwsgi', 'cache'] as const)('kill -9 and the same command: %s', async (glance) => {
    const image = cloud.images['big-raw']!;
    const env = await behind(glance, { bytesPerS: 60 * MIB });
    const killed = await run(command(), {
      cwd: bench.directory,
      env,
      killWhen: () => bench.partBytes() > 100 * MIB,
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(bench.visible()).toEqual([]);
    const written = bench.partBytes();

    const { code, result } = await bench.program(command(), { env });
    expect({ code, status: result.status, verified: result.verified, error: result.error }).toEqual({
      code: 0,
      status: 'resumed',
      verified: 'sha512',
      error: undefined,
    });
    expect(bench.sha256('big.raw')).toBe(image.sha256);
    expect(bench.all()).toEqual(['big.raw']);
    // What an interruption may cost.
    expect(result.resumedFrom).toBeGreaterThanOrEqual(written - 64 * MIB);
    expect(result.received).toBe(image.size! - result.resumedFrom!);
    expect(front?.requests.map((request) => request.range)).toEqual(['', `bytes=${result.resumedFrom}-`]);
  });

  test('kill -9 where the store cannot seek: all of it comes again, is compared with what is there, and that is said', async () => {
    const image = cloud.images['big-raw']!;
    const env = await behind('norange', { bytesPerS: 60 * MIB });
    await run(command(), { cwd: bench.directory, env, killWhen: () => bench.partBytes() > 60 * MIB });
    const { code, result, stderr } = await bench.program(command(), { env });
    expect({ code, status: result.status, received: result.received }).toEqual({
      code: 0,
      status: 'resumed',
      received: image.size,
    });
    expect(stderr).toContain('sends the image again from the start');
    expect(bench.sha256('big.raw')).toBe(image.sha256);
    expect(bench.all()).toEqual(['big.raw']);
  });

  test('a connection that breaks three times is continued by Range', async () => {
    const image = cloud.images['big-raw']!;
    const env = await behind('uwsgi', { cutAfter: [40 * MIB, 3 * MIB, 50 * MIB] });
    const { code, result } = await bench.program(command(), { env });
    expect({ code, status: result.status, attempts: result.attempts }).toEqual({
      code: 0,
      status: 'downloaded',
      attempts: 4,
    });
    expect(bench.sha256('big.raw')).toBe(image.sha256);
    expect(front?.requests.map((request) => request.range === '')).toEqual([true, false, false, false]);
  });

  test('a token that expires in mid-download: one new log-in, then it goes on', async () => {
    const image = cloud.images['big-raw']!;
    const env = await behind(
      'uwsgi',
      { cutAfter: [40 * MIB], holdMs: cloud.shortTtlMs + 1500 },
      { OS_AUTH_URL: cloud.keystoneShort },
    );
    const { code, result } = await bench.program(command(), { env });
    expect({ code, status: result.status, error: result.error }).toEqual({
      code: 0,
      status: 'downloaded',
      error: undefined,
    });
    expect(bench.sha256('big.raw')).toBe(image.sha256);
  });

  test('two at once: one owns the target, the other is told', async () => {
    const env = await behind('uwsgi', { bytesPerS: 60 * MIB });
    let second: Promise<number | null> | undefined;
    const first = await bench.program(command(), {
      env,
      killWhen: () => {
        if (second === undefined && bench.partBytes() > 10 * MIB) {
          second = run(command(), { cwd: bench.directory, env }).then((result) => result.code);
        }
        return false;
      },
    });
    expect(await second).toBe(13);
    expect(first.code).toBe(0);
    expect(bench.sha256('big.raw')).toBe(cloud.images['big-raw']!.sha256);
  });
});
