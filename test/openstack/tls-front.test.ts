import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import type { Cloud } from './cloud.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

type Environment = Record<string, string>;

const skipped = noOpenStack || !hasNginx;
const why = noOpenStack ? whyNoOpenStack : hasNginx ? '' : ' [skipped: nginx is not installed]';

/** As sites have it: TLS ends at nginx, every service has a path, and the catalog still speaks of plain http. */
describe.skipIf(skipped)(`a real Keystone and Glance behind nginx with TLS${why}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let nginx: Nginx;
  let bench: Workbench;
  beforeAll(async () => {
    cloud = await realOpenStack();
    const to = (path: string, origin: string) => `location ${path}/ { proxy_pass ${origin}/; proxy_buffering off; }`;
    nginx = await startNginx({
      tls: true,
      files: {},
      server: `
        error_page 497 =301 https://$host:$server_port$request_uri;
        ${to('/identity', new URL(cloud.keystone).origin)}
        ${to('/image', cloud.glance.uwsgi)}
        location /sso { return 200 'log in here'; }
        location /old { return 302 https://$host:$server_port/sso; }
      `,
    });
  }, 180_000);
  afterAll(() => nginx?.stop());
  beforeEach(() => {
    bench = makeWorkbench();
  });
  afterEach(() => bench.clear());

  const plain = () => nginx.url.replace('https:', 'http:');
  const site = (more: Environment): Environment => password(cloud, { OS_CACERT: nginx.ca ?? '', ...more });
  const get = (env: Environment, ...options: readonly string[]) => {
    const args = ['glance', 'image', cloud.images['odd-raw']!.id, '-o', 'odd.raw', '--retries', '0', ...options];
    return bench.get(args, { env });
  };

  const ways: readonly (readonly [string, () => Environment, readonly string[], readonly string[]])[] = [
    [
      'https, with a prefix for each',
      () => site({ OS_AUTH_URL: `${nginx.url}/identity`, OS_IMAGE_ENDPOINT_OVERRIDE: `${nginx.url}/image` }),
      [],
      [],
    ],
    [
      'http that is redirected to https: Keystone and Glance',
      () => site({ OS_AUTH_URL: `${plain()}/identity/v3`, OS_IMAGE_ENDPOINT_OVERRIDE: `${plain()}/image/v2` }),
      [],
      ['http.upgrade'],
    ],
    [
      'https, and the http of the catalog where it is allowed',
      () => site({ OS_AUTH_URL: `${nginx.url}/identity/v3` }),
      ['--allow-http', '127.0.0.1'],
      ['openstack.plain-http'],
    ],
  ];
  test.each(ways)('%s', async (_, environment, options, warnings) => {
    const { code, result, stderr } = await get(environment(), ...options);
    expect(code, stderr).toBe(0);
    expect(result.warnings.map((warning) => warning.code)).toEqual(warnings);
    const { file } = cloud.images['odd-raw']!;
    expect(readFileSync(bench.path('odd.raw')).equals(readFileSync(file!))).toBe(true);
  });

  const refusals: readonly (readonly [string, () => Environment, number, string, RegExp])[] = [
    [
      'the http of the catalog, for a token of https',
      () => site({ OS_AUTH_URL: `${nginx.url}/identity/v3` }),
      7,
      'tls.plain-http',
      /--allow-http 127\.0\.0\.1/,
    ],
    [
      'a Keystone that has moved elsewhere',
      () => site({ OS_AUTH_URL: `${nginx.url}/old` }),
      8,
      'proto.redirect',
      /\/old\/v3\/auth\/tokens: .*302.*\/sso/,
    ],
  ];
  test.each(refusals)('%s is refused with the way', async (_, environment, exit, errorCode, says) => {
    const { code, result } = await get(environment(), '--insecure', '-q');
    expect({ code, error: result.error?.code, files: bench.all() }).toEqual({
      code: exit,
      error: errorCode,
      files: [],
    });
    expect(`${result.error?.message}\n${result.error?.hint}`).toMatch(says);
  });
});
