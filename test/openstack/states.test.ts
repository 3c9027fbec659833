import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import type { Cloud } from './cloud.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

describe.skipIf(noOpenStack)(`images in every state, from a real Glance${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let bench: Workbench;
  beforeAll(async () => {
    cloud = await realOpenStack();
  }, 180_000);
  beforeEach(() => {
    bench = makeWorkbench();
  });
  afterEach(() => bench.clear());

  const get = (image: string, args: readonly string[] = [], more: Record<string, string> = {}) =>
    bench.get(['glance', 'image', image, ...args], { env: password(cloud, more) });

  test.each([
    ['all digests', 'odd-raw', 'sha512'],
    ['no digest at all', 'no-hashes', 'md5-less'],
    ['MD5 only', 'md5-only', 'md5'],
    ['SHA-512 only', 'sha-only', 'sha512'],
    ['SHA-256 by os_hash_algo', 'sha256-algo', 'sha256'],
    ['no bytes', 'empty', 'sha512'],
    ['the project as its owner', 'private-demo', 'sha512'],
    ['another project that shares it', 'shared-other', 'sha512'],
    ['community visibility', 'community-other', 'sha512'],
    ['the hidden flag', 'hidden-public', 'sha512'],
  ])('an image with %s is downloaded by id and proven by what there is', async (_, key, verified) => {
    const image = cloud.images[key]!;
    const { code, result } = await get(image.id, ['-o', 'image']);
    expect({ code, verified: result.verified, bytes: result.bytes, error: result.error }).toEqual({
      code: 0,
      verified: verified === 'md5-less' ? 'size-only' : verified,
      bytes: image.size,
      error: undefined,
    });
    expect(bench.sha256('image')).toBe(image.sha256);
    expect(bench.all()).toEqual(['image']);
  });

  test.each(['private-demo', 'hidden-public', 'spaces and/slash é✓', '../../evil'])(
    'the image named "%s" is found by its name',
    async (key) => {
      const { code, result } = await get(cloud.images[key]!.name, ['-o', 'image']);
      expect({ code, error: result.error }).toEqual({ code: 0, error: undefined });
      expect(bench.sha256('image')).toBe(cloud.images[key]!.sha256);
    },
  );

  test.each([
    ['shared-other', 'shared'],
    ['community-other', 'community'],
  ])("%s is somebody else's: its name alone does not get it", async (key, visibility) => {
    const refused = await get(key, ['-o', 'image']);
    expect([refused.code, refused.result.error?.code]).toEqual([4, 'not-found.image']);
    expect(refused.result.error?.details['ids']).toEqual([cloud.images[key]!.id]);
    const { code } = await get(key, ['-o', 'image', '--visibility', visibility]);
    expect(code).toBe(0);
    expect(bench.sha256('image')).toBe(cloud.images[key]!.sha256);
  });

  test.each(['../../evil', 'spaces and/slash é✓'])('the name "%s" makes a file in this directory', async (key) => {
    const { code, result } = await get(cloud.images[key]!.id);
    expect(code).toBe(0);
    expect(bench.all()).toHaveLength(1);
    expect(bench.all()[0]).not.toContain('/');
    expect(result.path).toBe(bench.all()[0]);
    expect(bench.sha256(bench.all()[0]!)).toBe(cloud.images[key]!.sha256);
  });

  test.each([
    ['queued', 'queued', 5, 'not-ready.queued'],
    ['deactivated', 'deactivated', 5, 'not-ready.deactivated'],
    ["another project's", 'private-other', 4, 'not-found.image'],
    ['lost by its store', 'lost-data', 5, 'not-ready.no-data'],
    ['corrupt in its store', 'corrupt', 9, 'integrity.digest'],
    ['hashed by an algorithm that nobody knows', 'weird-algo', 9, 'integrity.algorithm'],
  ])('an image that is %s is explained, and nothing is left', async (_, key, exit, errorCode) => {
    for (const region of ['RegionOne', 'RegionUwsgi']) {
      const { code, result } = await get(cloud.images[key]!.id, ['-o', 'image'], { OS_REGION_NAME: region });
      expect({ code, error: result.error?.code }).toEqual({ code: exit, error: errorCode });
      expect(result.error?.hint).toMatch(/\w/);
      expect(bench.visible()).toEqual([]);
    }
    expect(bench.all()).toEqual([]);
  });

  test.each([
    ['an unknown id', '00000000-0000-4000-8000-000000000000', 4, 'not-found.image'],
    ['an unknown name', 'nobody-has-this', 4, 'not-found.image'],
    ['a name that fits two', 'duplicate', 4, 'not-found.ambiguous'],
  ])('%s is exit 4', async (_, image, exit, errorCode) => {
    const { code, result } = await get(image);
    expect({ code, error: result.error?.code }).toEqual({ code: exit, error: errorCode });
    expect(bench.all()).toEqual([]);
    if (image === 'duplicate') {
      const text = JSON.stringify(result.error);
      expect(text).toContain(cloud.images['duplicate']!.id);
      expect(text).toContain(cloud.images['duplicate-2']!.id);
    }
  });

  // A server that stops early: uWSGI ends the connection; eventlet, here with the cache, lets it stand.
  test.each([
    ['truncated', 'RegionUwsgi'],
    ['truncated', 'RegionCache'],
    ['truncated-no-hashes', 'RegionUwsgi'],
    ['truncated-no-hashes', 'RegionCache'],
    ['truncated-no-hashes', 'RegionNoRange'],
  ])('%s in %s never becomes a file', async (key, region) => {
    const { code, result } = await get(cloud.images[key]!.id, ['-o', 'image', '--retries', '1', '--timeout', '2s'], {
      OS_REGION_NAME: region,
    });
    expect({ code, status: result.status }).toEqual({ code: 6, status: 'failed' });
    expect(bench.visible()).toEqual([]);
  });

  test('a stalled server is given up within --timeout', async () => {
    // Eventlet's Glance keeps the connection open when its file is too short.
    const { code, result } = await get(cloud.images['truncated']!.id, [
      '-o',
      'image',
      '--retries',
      '0',
      '--timeout',
      '5s',
    ]);
    expect({ code, error: result.error?.code }).toEqual({ code: 6, error: 'net.stall' });
    expect(result.durationMs).toBeLessThan(25_000);
    expect(bench.visible()).toEqual([]);
  });

  test('--require digest refuses an image that has none', async () => {
    const { code, result } = await get(cloud.images['no-hashes']!.id, ['-o', 'image', '--require', 'digest']);
    expect({ code, error: result.error?.code }).toEqual({ code: 9, error: 'integrity.unproven' });
    expect(bench.visible()).toEqual([]);
  });

  test('--checksum proves an image whose own digest nobody knows', async () => {
    const image = cloud.images['weird-algo']!;
    const { code, result } = await get(image.id, ['-o', 'image', '--checksum', `sha256:${image.sha256}`]);
    expect({ code, verified: result.verified }).toEqual({ code: 0, verified: 'user' });
    expect(bench.sha256('image')).toBe(image.sha256);
  });

  test('a dry run touches nothing and says what it would do', async () => {
    const { code, result } = await get(cloud.images['odd-raw']!.id, ['-o', 'image', '--dry-run']);
    expect({ code, status: result.status }).toEqual({ code: 0, status: 'dry-run' });
    expect(bench.all()).toEqual([]);
  });

  test('the URL of an image is downloaded with the credentials of its cloud', async () => {
    const image = cloud.images['private-demo']!;
    const url = `${cloud.glance.eventlet}/v2/images/${image.id}/file`;
    const { code, result } = await bench.get(['url', url, '-o', 'image'], { env: password(cloud) });
    expect({ code, verified: result.verified, error: result.error }).toEqual({
      code: 0,
      verified: 'sha512',
      error: undefined,
    });
    expect(bench.sha256('image')).toBe(image.sha256);
  });
});
