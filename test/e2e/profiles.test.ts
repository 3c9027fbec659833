import { expect, test } from 'vitest';
import { appliancePimage, urlImage } from '#imgdl/index.js';
import { NOWHERE, plant, type Stage, stage } from './stage.js';

const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x', '--json'] as const;
const NO_CLOUD = Object.fromEntries(
  ['AUTH_URL', 'USERNAME', 'PASSWORD', 'PROJECT_NAME', 'USER_DOMAIN_NAME', 'PROJECT_DOMAIN_NAME', 'REGION_NAME'].map(
    (name) => [`OS_${name}`, ''],
  ),
);

/** A user's configuration, with a profile for each service of the sandbox. */
function configure(place: Stage, above = ''): void {
  const { urls, environment } = place.sandbox;
  plant(
    `${place.home}/.config/imgdl/config.yaml`,
    `${above}profiles:
  prod:
    url: ${urls.uforge}
    user: alice
    password-command: [printf, '%s\\n', '${environment['IMGDL_PASSWORD']}']
  lab:
    os-cloud: lab
    password-env: LAB_PASSWORD
  empty:
    receipt: true
`,
  );
  plant(
    `${place.home}/.config/openstack/clouds.yaml`,
    `clouds:
  lab:
    region_name: RegionOne
    auth: {auth_url: '${urls.keystone}', username: demo, project_name: demo, user_domain_name: Default, project_domain_name: Default}
`,
  );
}

test('a profile logs in by itself; what the environment has for other servers is left out, and said', async () => {
  const place = await stage();
  configure(place);
  const env = { IMGDL_URL: 'http://127.0.0.1:1/api', IMGDL_USER: 'mallory', IMGDL_PASSWORD: 'canary-env' };
  const result = await place.imgdl([...IMAGE, '--profile', 'prod'], { env });
  expect(result.json()).toMatchObject({ status: 'downloaded', warnings: [{ code: 'config.profile' }] });
  expect(result.stderr).toMatch(
    /warning: profile prod in \S+config\.yaml is complete in itself; ignored: IMGDL_URL, IMGDL_USER, IMGDL_PASSWORD$/m,
  );
  const quiet = await place.imgdl([...IMAGE, '--force'], { env: { ...NOWHERE, IMGDL_PROFILE: 'prod' } });
  expect([quiet.code, quiet.json().warnings]).toEqual([0, []]);
});

test('a profile of a cloud fills in the password that clouds.yaml lacks, and nothing of OS_*', async () => {
  const place = await stage();
  configure(place);
  const image = ['glance', 'image', 'small-raw', '-o', 'x', '--json', '--profile', 'lab'];
  const env = { ...NO_CLOUD, LAB_PASSWORD: place.env['OS_PASSWORD'] ?? '' };
  const found = await place.imgdl(image, { env });
  expect([found.code, found.json().warnings]).toEqual([0, []]);
  const mixed = { ...env, OS_PASSWORD: 'canary-env', OS_AUTH_URL: 'http://127.0.0.1:1/v3' };
  const again = await place.imgdl([...image, '--force'], { env: mixed });
  expect([again.code, again.json().warnings.map(({ message }) => message)]).toEqual([
    0,
    [expect.stringMatching(/^profile lab in \S+ is complete in itself; ignored: OS_AUTH_URL, OS_PASSWORD$/)],
  ]);
});

test.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
  [
    'a profile that is not there',
    [...IMAGE, '--profile', 'prd'],
    {},
    /config\.profile: --profile prd: .*\n.*prod, lab/,
  ],
  [
    'a profile without a server',
    [...IMAGE, '--profile', 'empty'],
    {},
    /usage\.missing: .*\n.*add url to profile empty/,
  ],
  [
    'a cloud beside a profile without one',
    ['glance', 'image', 'x', '--profile', 'empty'],
    {},
    /usage\.missing.*\n.*add os-cloud to profile empty/,
  ],
  [
    'another server than the profile’s',
    [...IMAGE, '--profile', 'prod', '--url', 'http://127.0.0.1:1/api'],
    NOWHERE,
    /warning: the password of profile prod .* is ignored: --url names another server.*usage\.missing/s,
  ],
])('%s is exit 2, and nobody is asked', async (_, args, env, said) => {
  const place = await stage();
  configure(place);
  const result = await place.imgdl(args, { env });
  expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(said)]);
  expect(place.sandbox.control.requests).toEqual([]);
});

test('hammr’s file is not used beside a profile, and that is said', async () => {
  const place = await stage();
  configure(place);
  plant(
    `${place.home}/.hammr/credentials.yml`,
    `user: alice\npassword: ${place.env['IMGDL_PASSWORD']}\nurl: ${place.sandbox.urls.uforge}\nacceptAutoSigned: false\n`,
  );
  expect((await place.imgdl(IMAGE, { env: NOWHERE })).code).toBe(0);
  const result = await place.imgdl([...IMAGE, '--force', '--profile', 'empty'], { env: NOWHERE });
  expect([result.code, result.json().warnings.map(({ code }) => code)]).toEqual([2, ['hammr.ignored']]);
});

test('a password of the environment is not for a server that only a file names', async () => {
  const place = await stage();
  configure(place, `url: ${place.sandbox.urls.uforge}\nuser: alice\n`);
  const env = { IMGDL_URL: '', IMGDL_USER: '' };
  const refused = await place.imgdl(IMAGE, { env });
  expect([refused.code, refused.json().error?.code]).toEqual([2, 'usage.missing']);
  expect(refused.json().warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^IMGDL_PASSWORD is ignored: it is only for a server that --url or IMGDL_URL names, and this one is named in \S+config\.yaml$/,
    ),
  ]);
  expect(place.sandbox.control.requests).toEqual([]);
  expect((await place.imgdl(IMAGE, { env: { IMGDL_USER: '' } })).code).toBe(0);
});

test('the library knows profiles, too', async () => {
  const place = await stage();
  configure(place);
  const where = { home: place.home, target: place.path('x'), profile: 'prod', env: { PATH: process.env['PATH'] } };
  expect((await appliancePimage({ appliance: 747, pimage: 88, ...where })).status).toBe('downloaded');
  const wrong = urlImage({ url: place.sandbox.urls.files, ...where, profile: 'none' });
  await expect(wrong).rejects.toMatchObject({ code: 'config.profile' });
});
