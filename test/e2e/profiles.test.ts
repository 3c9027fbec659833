import { describe, expect, test } from 'vitest';
import { appliancePimage, urlImage } from '#imgdl/index.js';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { sendFile, sendText, startWebServer, type WebServer } from '../support/web-server.js';
import { afterwards, complaint, NOWHERE, plant, type Stage, stage } from './stage.js';

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

describe('a profile with an origin', () => {
  const FILE = Buffer.from('the image '.repeat(5000));
  const PASSWORD = 'canary-password';
  const basic = `Basic ${Buffer.from(`ci:${PASSWORD}`).toString('base64')}`;

  async function files(wanted: string): Promise<WebServer> {
    const started = await startWebServer((request, response) => {
      const known = (request.headers.authorization ?? '') === wanted;
      if (known) return sendFile(request, response, FILE, { ETag: '"1"' });
      sendText(response, 401, 'who are you?', { 'WWW-Authenticate': 'Basic realm="x"' });
    });
    afterwards(() => started.close());
    return started;
  }

  const use = (place: Stage, profiles: string): void =>
    plant(`${place.home}/.config/imgdl/config.yaml`, `profiles:\n${profiles}`);
  const env = { SECRET: PASSWORD };
  const authorizations = ({ requests }: WebServer) => requests.map(({ headers }) => headers.authorization);

  test.each<[string, string, string]>([
    ['a user and a secret', 'user: ci, password-env: SECRET', basic],
    ['a secret alone', 'password-env: SECRET', `Bearer ${PASSWORD}`],
    ['a file of headers beside the configuration', 'header-file: headers', 'Token canary-header'],
  ])('is used without being named: %s', async (_, lines, wanted) => {
    const place = await stage();
    plant(`${place.home}/.config/imgdl/headers`, 'Authorization: Token canary-header\n');
    const server = await files(wanted);
    use(place, `  files: {origin: "${server.url}", ${lines}}\n`);
    const result = await place.imgdl(['url', `${server.url}/a.img`, '--json'], { env });
    const said = result.json().warnings.map(({ code }) => code);
    expect([result.code, said, authorizations(server)]).toEqual([0, ['verify.size-only'], [wanted]]);
  });

  test('sends nothing to another origin, be it typed or led to', async () => {
    const place = await stage();
    const other = await files('');
    const first = await startWebServer((_, response) => {
      response.writeHead(302, { Location: `${other.url}/a.img` });
      response.end();
    });
    afterwards(() => first.close());
    use(place, `  files: {origin: "${first.url}", user: ci, password-env: SECRET}\n`);
    expect((await place.imgdl(['url', `${first.url}/a.img`], { env })).code).toBe(0);
    expect((await place.imgdl(['url', `${other.url}/b.img`, '--profile', 'files'], { env })).code).toBe(0);
    expect([authorizations(first), authorizations(other)]).toEqual([[basic], [undefined, undefined]]);
  });

  test('is one of several in one run, each for its own', async () => {
    const place = await stage();
    const [one, two] = [await files(basic), await files(`Bearer ${PASSWORD}`)];
    use(
      place,
      `  one: {origin: "${one.url}", user: ci, password-env: SECRET}\n  two: {origin: "${two.url}", password-env: SECRET}\n`,
    );
    const result = await place.imgdl(['url', `${one.url}/a.img`, `${two.url}/b.img`], { env });
    expect([result.code, authorizations(one), authorizations(two)]).toEqual([0, [basic], [`Bearer ${PASSWORD}`]]);
  });

  test('stands below a header file and above a netrc; of two of them one is to be named', async () => {
    const place = await stage();
    const server = await files(basic);
    plant(`${place.home}/.netrc`, 'machine 127.0.0.1 login eve password canary-netrc\n');
    plant(place.path('headers'), `Authorization: ${basic}\n`);
    const image = ['url', `${server.url}/a.img`, '--netrc', '-o', 'x', '--force'];
    use(place, `  bad: {origin: "${server.url}", user: eve, password-env: SECRET}\n`);
    expect((await place.imgdl(image, { env })).code).toBe(3);
    expect((await place.imgdl([...image, '--header-file', 'headers'], { env })).code).toBe(0);
    use(
      place,
      `  bad: {origin: "${server.url}", user: eve, password-env: SECRET}\n  good: {origin: "${server.url}", user: ci, password-env: SECRET}\n`,
    );
    const asked = server.requests.length;
    const refused = await place.imgdl(image, { env });
    expect([refused.code, refused.stderr, server.requests.length]).toEqual([
      2,
      expect.stringMatching(/config\.profile: \S+: there are several profiles for it: bad, good\n.*--profile/),
      asked,
    ]);
    expect((await place.imgdl([...image, '--profile', 'good'], { env })).code).toBe(0);
  });

  test('brings its own trust', async () => {
    const tls = makeCertificate();
    const place = await stage({ tls });
    plant(`${place.home}/.config/imgdl/ca.pem`, tls.ca);
    const url = `${place.sandbox.urls.files}/small.raw`;
    use(
      place,
      `  files: {origin: "${place.sandbox.urls.origin}", cacert: ca.pem}\n  other: {origin: "https://h", cacert: ca.pem}\n`,
    );
    expect((await place.imgdl(['url', url])).code).toBe(0);
    expect((await place.imgdl(['url', url, '-o', 'x', '--profile', 'other'])).code).toBe(0);
    use(place, '  other: {origin: "https://h", cacert: ca.pem}\n');
    expect((await place.imgdl(['url', url, '-o', 'y'])).code).toBe(7);
  });

  test('is refused where its secret is no token and its user was forgotten', async () => {
    const place = await stage();
    use(place, `  files: {origin: "${place.sandbox.urls.origin}", password-env: SECRET}\n`);
    const result = await place.imgdl(['url', `${place.sandbox.urls.files}/small.raw`], {
      env: { SECRET: 'two words' },
    });
    expect([result.code, result.stderr]).toEqual([2, expect.stringMatching(/no token, and there is no user/)]);
  });

  test('is refused where its user has no password, before the server is asked', async () => {
    const place = await stage();
    use(place, `  files: {origin: "${place.sandbox.urls.origin}", user: ci}\n`);
    const result = await place.imgdl(['url', `${place.sandbox.urls.files}/small.raw`]);
    expect([result.code, complaint(result.stderr)]).toEqual([
      2,
      {
        code: 'usage.missing',
        message: expect.stringMatching(/^profile files in .*: it has a user for http:.*, but no password$/),
        hint: expect.stringMatching(/password-file, password-command or password-env/),
      },
    ]);
    expect(place.sandbox.control.requests).toEqual([]);
  });
});
