import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '#imgdl/sandbox/sandbox.js';
import { NOBODY, names, plant, type Stage, stage } from './stage.js';

interface Wanted {
  readonly args: readonly string[];
  readonly object: string;
  readonly name: string;
}

const APPLIANCE: Wanted = {
  args: ['appliance', 'image', '747', '1095'],
  object: 'images/1095',
  name: 'dev-env_1.0rev1_targz.tar.gz',
};
const PIMAGE: Wanted = { args: ['appliance', 'pimage', '747', '88'], object: 'pimages/88', name: '' };
const CONTAINER: Wanted = {
  args: ['container', 'image', '718', '130', '590'],
  object: 'container-images/590',
  name: '',
};
const SCAN: Wanted = { args: ['scan', 'image', '12', '34', '56'], object: 'scan-images/56', name: '' };
const GLANCE: Wanted = { args: ['glance', 'image', 'big-raw'], object: 'glance/big-raw', name: '' };
const FILE: Wanted = { args: ['url', '$SANDBOX_FILE_URL'], object: 'files/image.raw', name: 'image.raw' };
const KEYED: Wanted = { args: ['url', '$SANDBOX_URL'], object: 'images/1095', name: 'dev-env_1.0rev1_targz.tar.gz' };
const UFORGE = [APPLIANCE, PIMAGE, CONTAINER, SCAN];
const ALL = [...UFORGE, GLANCE, FILE, KEYED];

function words({ env }: Stage, args: readonly string[]): readonly string[] {
  return args.map((word) => (word.startsWith('$') ? (env[word.slice(1)] ?? '') : word));
}

/** The command ends with the right bytes under one name, and nothing else is there. */
async function expectDownload(
  place: Stage,
  { args, object, name }: Wanted,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const result = await place.imgdl([...words(place, args), ...more], { env });
  expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining('hint: ')]);
  const [file = ''] = names(place.directory);
  if (name !== '') expect(file).toBe(name);
  expect(result.stdout.toString()).toBe(`${file}\n`);
  expect(names(place.directory)).toEqual([file]);
  expect(place.sha256(file)).toBe(place.expected(object));
}

describe.each<[string, SandboxOptions]>([
  ['that honours Range and speaks XML', {}],
  ['without Range that speaks JSON', { ranges: false, json: true }],
])('from a server %s', (_, options) => {
  test.each(ALL)('$args.0 $args.1 gets the right bytes', async (wanted) => {
    await expectDownload(await stage(options), wanted);
  });
});

describe('UForge below the root context', () => {
  test.each(['/ufws', '/'])('%s', async (rootContext) => {
    const place = await stage({ rootContext });
    await expectDownload(place, APPLIANCE);
    expect(
      place.sandbox.control.requests.every(({ path }) => path.startsWith(`${rootContext}/users/`.replace('//', '/'))),
    ).toBe(true);
  });
});

describe('whoever asks UForge', () => {
  const keys = { ...NOBODY, IMGDL_PUBLIC_KEY: 'PUBKEY123', IMGDL_SECRET_KEY: 'SECRET456', IMGDL_UID: 'alice' };
  test.each<[string, Record<string, string>, RegExp, readonly Wanted[]]>([
    ['as the supervisor of alice', { IMGDL_USER: 'root\\alice', IMGDL_PASSWORD: 'welcome' }, /^Basic /, [APPLIANCE]],
    ['by API keys', keys, /^$/, UFORGE],
  ])('%s gets the image', async (_, env, authorization, commands) => {
    for (const wanted of commands) {
      const place = await stage();
      await expectDownload(place, wanted, [], env);
      for (const { headers } of place.sandbox.control.requests) {
        expect(headers['authorization'] ?? '').toMatch(authorization);
      }
    }
  });

  test.each(UFORGE)('with nothing but a one-time download id gets $args.0 $args.1', async (wanted) => {
    const place = await stage({ keysOnly: true });
    const key = place.sandbox.control.issueKey(wanted.object);
    // Without credentials nobody tells the name of the file.
    await expectDownload(place, { ...wanted, name: '' }, [], { ...NOBODY, IMGDL_UID: 'alice', IMGDL_DOWNLOAD_ID: key });
    expect(place.sandbox.control.requests.map(({ headers }) => headers['authorization'])).not.toContainEqual(
      expect.anything(),
    );
  });

  test('with a one-time download id and credentials, uses the id once and never both at the same time', async () => {
    const place = await stage();
    const key = place.sandbox.control.issueKey('images/1095');
    await expectDownload(place, APPLIANCE, ['--download-id', key]);
    const data = place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'));
    expect(data.map(({ target }) => target.includes(key))).toEqual([true]);
    expect(data[0]?.headers['authorization']).toBeUndefined();
  });
});

describe('the bytes of UForge are authorised', () => {
  const byKey = ({ sandbox }: Stage): boolean[] =>
    sandbox.control.requests
      .filter(({ path }) => path.includes('/downloads'))
      .map(({ target }) => target.includes('?'));

  test.each<[string, boolean, boolean[]]>([
    ['key', false, [true]],
    ['key', true, [true]],
    ['credentials', false, [false]],
    ['auto', false, [false]],
    ['auto', true, [false, true]],
  ])('--via %s, keys only: %s', async (via, keysOnly, how) => {
    const place = await stage({ keysOnly });
    await expectDownload(place, APPLIANCE, ['--via', via]);
    expect(byKey(place)).toEqual(how);
  });

  test('--via credentials is exit 3 where the server commands keys', async () => {
    const place = await stage({ keysOnly: true });
    const result = await place.imgdl([...APPLIANCE.args, '--via', 'credentials', '--json']);
    expect([result.code, result.json().error?.code]).toEqual([3, 'auth.refused']);
  });

  test.each([
    ['id', 'bare'],
    ['downloadId', 'bare'],
    ['downloadId', 'keyed'],
    ['both', 'absent'],
  ] as const)('a published image whose key is called %s and whose link is %s', async (pimageParameter, pimageUri) => {
    await expectDownload(await stage({ keysOnly: true, pimageParameter, pimageUri }), PIMAGE);
  });

  test.each(['keyed', 'bare', 'absent'] as const)('an image whose link is %s', async (downloadUri) => {
    await expectDownload(await stage({ keysOnly: true, downloadUri }), APPLIANCE);
  });
});

describe('Keystone gives a token', () => {
  const CREDENTIAL = {
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_USERNAME: '',
    OS_PASSWORD: '',
    OS_PROJECT_NAME: '',
    OS_USER_DOMAIN_NAME: '',
    OS_PROJECT_DOMAIN_NAME: '',
  };

  test('for an application credential, and the image is found by id', async () => {
    const place = await stage();
    await expectDownload(place, { ...GLANCE, args: ['glance', 'image', '$SANDBOX_GLANCE_IMAGE'] }, [], {
      ...CREDENTIAL,
      OS_APPLICATION_CREDENTIAL_ID: place.env['SANDBOX_APPLICATION_CREDENTIAL_ID'] ?? '',
      OS_APPLICATION_CREDENTIAL_SECRET: place.env['SANDBOX_APPLICATION_CREDENTIAL_SECRET'] ?? '',
    });
  });

  test('for a cloud of clouds.yaml', async () => {
    const place = await stage();
    plant(
      `${place.home}/.config/openstack/clouds.yaml`,
      `clouds:\n  lab:\n    region_name: RegionTwo\n    auth:\n      auth_url: ${place.env['OS_AUTH_URL']}\n      username: demo\n      password: demo-pw\n      project_name: demo\n      user_domain_name: Default\n      project_domain_name: Default\n`,
    );
    const without = Object.fromEntries(
      Object.keys(place.env)
        .filter((name) => name.startsWith('OS_'))
        .map((name) => [name, '']),
    );
    await expectDownload(place, GLANCE, ['--os-cloud', 'lab'], without);
    expect(place.sandbox.control.requests.at(-1)?.listener).toBe('other');
  });
});

test('a Glance image by its URL, by --as', async () => {
  const place = await stage();
  const url = `${place.sandbox.urls.glance}/v2/images/${place.env['SANDBOX_GLANCE_IMAGE']}/file`;
  await expectDownload(place, { args: ['url', url], object: 'glance/big-raw', name: '' });
  expect(readFileSync(place.path(names(place.directory)[0] ?? '')).byteLength).toBe(200_000);
});

test('--as plain takes a URL of UForge for a file, and sends no credentials', async () => {
  const place = await stage();
  await expectDownload(place, KEYED, ['--as', 'plain']);
  expect(place.sandbox.control.requests.map(({ headers }) => headers['authorization'])).toEqual([undefined]);
});
