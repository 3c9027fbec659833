import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';
import { makeWorkbench, type Workbench } from '../support/workbench.js';
import type { Cloud } from './cloud.js';
import { password } from './credentials.js';
import { noOpenStack, realOpenStack, whyNoOpenStack } from './service.js';

type Environment = Record<string, string>;

/** RFC 6238 of now: 30 seconds, six digits. */
function passcode(base32: string): string {
  const bits = [...base32].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const key = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE((hash.at(-1) ?? 0) % 16) % 2 ** 31;
  return String(number % 1_000_000).padStart(6, '0');
}

describe.skipIf(noOpenStack)(`more than a password, and other than one${whyNoOpenStack}`, { timeout: 60_000 }, () => {
  let cloud: Cloud;
  let idp: IdentityProvider;
  let bench: Workbench;
  beforeAll(async () => {
    idp = await startIdentityProvider();
    cloud = await realOpenStack();
  }, 180_000);
  afterAll(() => idp?.close());
  beforeEach(() => {
    bench = makeWorkbench();
  });
  afterEach(() => bench.clear());

  const mfa = (more: Environment): Environment =>
    password(cloud, { OS_USERNAME: 'mfa', OS_PASSWORD: 'mfa-pw', ...more });
  const federated = (type: string, more: Environment): Environment => ({
    OS_AUTH_URL: cloud.keystone,
    OS_AUTH_TYPE: type,
    OS_PROJECT_NAME: 'demo',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_PROVIDER: 'idp',
    OS_PROTOCOL: 'openid',
    ...more,
  });
  const client = (): Environment => ({
    OS_CLIENT_ID: idp.client.id,
    OS_CLIENT_SECRET: idp.client.secret,
    OS_DISCOVERY_ENDPOINT: idp.discovery,
  });
  const user = (): Environment => ({ ...client(), OS_USERNAME: idp.user.name, OS_PASSWORD: idp.user.password });

  const ways: readonly (readonly [string, () => Environment])[] = [
    ['a password, and a passcode when Keystone asks for it', () => mfa({ OS_PASSCODE: passcode(cloud.totpSecret) })],
    [
      'v3multifactor: both at once',
      () =>
        mfa({
          OS_AUTH_TYPE: 'v3multifactor',
          OS_AUTH_METHODS: 'v3password,v3totp',
          OS_PASSCODE: passcode(cloud.totpSecret),
        }),
    ],
    ['v3oidcpassword', () => federated('v3oidcpassword', user())],
    ['v3oidcclientcredentials', () => federated('v3oidcclientcredentials', client())],
    ['v3oidcaccesstoken', () => federated('v3oidcaccesstoken', { OS_ACCESS_TOKEN: 'idp-token-of-ada' })],
  ];
  test.each(ways)('%s gets the image', async (_, environment) => {
    const image = cloud.images['odd-raw']!;
    const { code, stderr } = await bench.get(['glance', 'image', image.id, '-o', 'odd.raw'], { env: environment() });
    expect(code, stderr).toBe(0);
    expect(readFileSync(bench.path('odd.raw')).equals(readFileSync(image.file!))).toBe(true);
  });

  const refusals: readonly (readonly [string, () => Environment, string, RegExp])[] = [
    ['a password without its passcode', () => mfa({}), 'auth.mfa', /"totp".*OS_PASSCODE/s],
    ['a wrong passcode', () => mfa({ OS_PASSCODE: '000000' }), 'auth.refused', /passcode/],
    [
      'a passcode without its password',
      () => mfa({ OS_PASSWORD: '', OS_PASSCODE: passcode(cloud.totpSecret) }),
      'auth.mfa',
      /"password"/,
    ],
    [
      'a wrong password of the provider',
      () => federated('v3oidcpassword', { ...user(), OS_PASSWORD: 'wrong-canary' }),
      'auth.refused',
      /user "ada" or client "imgdl-cli": "invalid_grant: Invalid user credentials"/,
    ],
    [
      'a wrong client',
      () => federated('v3oidcclientcredentials', { ...client(), OS_CLIENT_SECRET: 'wrong-canary' }),
      'auth.refused',
      /invalid_client/,
    ],
    [
      'an access token that Keystone does not take',
      () => federated('v3oidcaccesstoken', { OS_ACCESS_TOKEN: 'wrong-canary' }),
      'auth.token',
      /new access token/,
    ],
    [
      'a provider that Keystone does not know',
      () => federated('v3oidcaccesstoken', { OS_ACCESS_TOKEN: 'idp-token-of-ada', OS_IDENTITY_PROVIDER: 'nobody' }),
      'not-found.url',
      /"nobody"/,
    ],
    [
      'a project in which the user has no role',
      () => federated('v3oidcaccesstoken', { OS_ACCESS_TOKEN: 'idp-token-of-ada', OS_PROJECT_NAME: 'other' }),
      'auth.refused',
      /project "other".*role/s,
    ],
  ];
  test.each(refusals)('%s is explained, without a secret', async (_, environment, errorCode, says) => {
    const env = environment();
    const args = ['glance', 'image', cloud.images['odd-raw']!.id, '-o', 'odd.raw', '--retries', '0'];
    const { result, stderr } = await bench.get(args, { env });
    expect([result.error?.code, bench.all()]).toEqual([errorCode, []]);
    expect(`${result.error?.message}\n${result.error?.hint}`).toMatch(says);
    for (const secret of ['canary', 'mfa-pw', 'idp-token-of', passcode(cloud.totpSecret)]) {
      expect(stderr + JSON.stringify(result)).not.toContain(secret);
    }
  });
});
