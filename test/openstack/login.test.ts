import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import type { Cloud } from './cloud.js';
import { applicationCredential, password, token, writeClouds, writeSecure } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

type Environment = (cloud: Cloud, directory: string) => Record<string, string>;

describe.skipIf(noOpenStack)(`logging in to a real Keystone${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let bench: Workbench;
  beforeAll(async () => {
    cloud = await realOpenStack();
  }, 180_000);
  beforeEach(() => {
    bench = makeWorkbench();
  });
  afterEach(() => bench.clear());

  const ways: readonly (readonly [string, Environment])[] = [
    ['a password', (c) => password(c)],
    [
      'a password and ids instead of names',
      (c) => ({
        OS_AUTH_URL: c.keystone,
        OS_USER_ID: c.users.demo,
        OS_PASSWORD: 'demo-pw',
        OS_PROJECT_ID: c.projects.demo,
        OS_REGION_NAME: 'RegionOne',
      }),
    ],
    ['an auth URL without /v3', (c) => password(c, { OS_AUTH_URL: c.keystone.replace('/v3', '') })],
    ['an application credential by id', (c) => applicationCredential(c, 'id')],
    ['an application credential by name', (c) => applicationCredential(c, 'name')],
    ['a token', (c) => token(c, c.tokens.demo)],
    ['the internal interface', (c) => password(c, { OS_INTERFACE: 'internal' })],
    ['a region whose endpoint ends in /v2', (c) => password(c, { OS_REGION_NAME: 'RegionTwo' })],
    ['Glance under uWSGI', (c) => password(c, { OS_REGION_NAME: 'RegionUwsgi' })],
    ['Glance with an image cache: no Content-Length', (c) => password(c, { OS_REGION_NAME: 'RegionCache' })],
    ['a store that cannot seek', (c) => password(c, { OS_REGION_NAME: 'RegionNoRange' })],
    ['an endpoint override', (c) => password(c, { OS_REGION_NAME: '', OS_IMAGE_ENDPOINT_OVERRIDE: c.glance.eventlet })],
    [
      'an endpoint override that ends in /v2, beside a dead region',
      (c) => password(c, { OS_REGION_NAME: 'RegionDead', OS_IMAGE_ENDPOINT_OVERRIDE: `${c.glance.eventlet}/v2` }),
    ],
    [
      'clouds.yaml',
      (c, directory) => {
        writeClouds(join(directory, 'clouds.yaml'), c, true);
        return { OS_CLOUD: 'lab', OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml') };
      },
    ],
    [
      'clouds.yaml, in another region than it says',
      (c, directory) => {
        writeClouds(join(directory, 'clouds.yaml'), c, true);
        return {
          OS_CLOUD: 'lab',
          OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml'),
          OS_REGION_NAME: 'RegionUwsgi',
        };
      },
    ],
    [
      'clouds.yaml with the password in secure.yaml',
      (c, directory) => {
        writeClouds(join(directory, 'clouds.yaml'), c, false);
        writeSecure(join(directory, 'secure.yaml'));
        return {
          OS_CLOUD: 'lab',
          OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml'),
          OS_CLIENT_SECURE_FILE: join(directory, 'secure.yaml'),
        };
      },
    ],
  ];
  test.each(ways)('%s gets the image, byte by byte', async (_, environment) => {
    const image = cloud.images['odd-raw']!;
    const elsewhere = makeWorkbench(); // the configuration must not lie where the download goes
    const env = environment(cloud, elsewhere.directory);
    const { code, result, stderr } = await bench.get(['glance', 'image', image.id, '-o', 'odd.raw'], { env });
    elsewhere.clear();
    expect(stderr).not.toMatch(/hint:/);
    expect({ code, status: result.status, verified: result.verified, bytes: result.bytes }).toEqual({
      code: 0,
      status: 'downloaded',
      verified: 'sha512',
      bytes: image.size,
    });
    expect(readFileSync(bench.path('odd.raw')).equals(readFileSync(image.file!))).toBe(true);
    expect(bench.all()).toEqual(['odd.raw']);
  });

  const refusals: readonly (readonly [string, Environment, number, string])[] = [
    ['a wrong password', (c) => password(c, { OS_PASSWORD: 'wrong-canary' }), 3, 'auth.refused'],
    [
      'a user without a role in the project',
      (c) => password(c, { OS_USERNAME: 'norole', OS_PASSWORD: 'norole-pw' }),
      3,
      'auth.refused',
    ],
    ['a revoked token', (c) => token(c, c.tokens.revoked), 3, 'auth.token'],
    ['a token that is none', (c) => token(c, 'wrong-canary'), 3, 'auth.token'],
    ['an unknown region', (c) => password(c, { OS_REGION_NAME: 'Nowhere' }), 4, 'not-found.region'],
    ['a region without image service', (c) => password(c, { OS_REGION_NAME: 'RegionNoImage' }), 4, 'not-found.region'],
    ['no region where there are several', (c) => password(c, { OS_REGION_NAME: '' }), 2, 'usage.missing'],
    ['no project: a token without a catalog', (c) => password(c, { OS_PROJECT_NAME: '' }), 2, 'config.cloud'],
    ['no cloud at all', () => ({}), 2, 'usage.missing'],
    ['a cloud nobody described', () => ({ OS_CLOUD: 'nowhere' }), 2, 'config.cloud'],
    ['a Keystone that is down', (c) => password(c, { OS_AUTH_URL: 'http://127.0.0.1:9/v3' }), 6, 'net.refused'],
    ['a Glance that is down', (c) => password(c, { OS_REGION_NAME: 'RegionDead' }), 6, 'net.refused'],
  ];
  test.each(refusals)('%s is explained, and nothing is written', async (_, environment, exit, errorCode) => {
    const env = environment(cloud, bench.directory);
    const { code, result, stderr } = await bench.get(
      ['glance', 'image', cloud.images['odd-raw']!.id, '-o', 'odd.raw', '--retries', '0'],
      { env },
    );
    expect({ code, error: result.error?.code, status: result.status }, stderr).toEqual({
      code: exit,
      error: errorCode,
      status: 'failed',
    });
    expect(result.error?.hint).toMatch(/\w/);
    expect(bench.all()).toEqual([]);
    for (const secret of ['wrong-canary', 'demo-pw', 'norole-pw', cloud.tokens.revoked]) {
      expect(stderr + JSON.stringify(result)).not.toContain(secret);
    }
  });
});
