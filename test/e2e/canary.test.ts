import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere } from '../support/in-process.js';
import { IMAGE, type Mirror, PLACES, startMirror } from '../support/mirror.js';
import { WRITINGS, writingsIn } from '../support/writings.js';

/** Everything that imgdl is given as a secret, by users, by their other tools or by servers, and how. */
interface Input {
  readonly name: string;
  /** @param origin of the server that mirrors it */
  given(secret: string, origin: string): Given;
  /** Which requests the server mirrors it in: by default all. */
  readonly mirrored?: (path: string) => boolean;
  /** What the server itself hands out. */
  readonly byServer?: (mirror: Mirror, secret: string) => void;
}

interface Given {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** By their paths below the home directory, readable by nobody else. */
  readonly files?: Readonly<Record<string, string>>;
}

const APPLIANCE = ['appliance', 'image', '747', '1'];
const GLANCE = ['glance', 'image', IMAGE];
const isGlance = (path: string): boolean => path.startsWith('/glance/');
const isData = (path: string): boolean => /downloads|\/file$/.test(path);
const uforge = (origin: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  IMGDL_URL: `${origin}/api`,
  IMGDL_USER: 'alice',
  ...more,
});
const cloud = (origin: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  OS_AUTH_URL: `${origin}/v3`,
  OS_USERNAME: 'alice',
  OS_PROJECT_NAME: 'lab',
  ...more,
});
const oidc = (origin: string, type: string, more: Readonly<Record<string, string>>): Record<string, string> => ({
  OS_AUTH_URL: `${origin}/v3`,
  OS_AUTH_TYPE: type,
  OS_PROJECT_NAME: 'lab',
  OS_IDENTITY_PROVIDER: 'idp',
  OS_PROTOCOL: 'openid',
  OS_CLIENT_ID: 'imgdl',
  OS_ACCESS_TOKEN_ENDPOINT: `${origin}/idp/token`,
  ...more,
});
const yaml = JSON.stringify;
const profile = (where: string, origin: string, rest: string): string =>
  `profiles:\n  p:\n    ${where}: ${origin}${where === 'url' ? '/api' : ''}\n${rest.replace(/^/gm, '    ')}\n`;
const CONFIG = '.config/imgdl/config.yaml';
const CLOUDS = '.config/openstack/clouds.yaml';
const file = (origin: string): readonly string[] => ['url', `${origin}/files/1.img`];

const INPUTS: readonly Input[] = [
  {
    name: 'the password of UForge in a variable',
    given: (secret, origin) => ({ args: APPLIANCE, env: uforge(origin, { IMGDL_PASSWORD: secret }) }),
  },
  {
    name: 'the password of UForge in a file',
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--password-file', '@pw'],
      env: uforge(origin),
      files: { pw: secret },
    }),
  },
  {
    name: 'the password of UForge on stdin, for data',
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--via', 'credentials', '--password-file', '-'],
      env: uforge(origin),
      stdin: `${secret}\n`,
    }),
    mirrored: isData,
  },
  {
    name: 'the password of UForge, for a list',
    given: (secret, origin) => ({ args: ['appliance', 'list'], env: uforge(origin, { IMGDL_PASSWORD: secret }) }),
  },
  {
    name: "a profile's password in a file",
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--profile', 'p'],
      files: { pw: secret, [CONFIG]: profile('url', origin, 'user: alice\npassword-file: @pw') },
    }),
  },
  {
    name: "a profile's password from a command",
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--profile', 'p'],
      env: { PATH: process.env['PATH'] ?? '' },
      files: { pw: secret, [CONFIG]: profile('url', origin, 'user: alice\npassword-command: [cat, "@pw"]') },
    }),
  },
  {
    name: "a profile's password in a variable of any name",
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--profile', 'p'],
      env: { WHATEVER: secret },
      files: { [CONFIG]: profile('url', origin, 'user: alice\npassword-env: WHATEVER') },
    }),
  },
  {
    name: 'the password in the credentials of hammr',
    given: (secret, origin) => ({
      args: APPLIANCE,
      files: { '.hammr/credentials.yml': `url: ${origin}/api\nuser: alice\npassword: ${yaml(secret)}\n` },
    }),
  },
  {
    name: 'the secret key of UForge in a variable',
    given: (secret, origin) => ({
      args: APPLIANCE,
      env: uforge(origin, { IMGDL_PUBLIC_KEY: 'pub', IMGDL_UID: 'alice', IMGDL_SECRET_KEY: secret }),
    }),
  },
  {
    name: 'the secret key of UForge in a file',
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--secret-key-file', '@key'],
      env: uforge(origin, { IMGDL_PUBLIC_KEY: 'pub', IMGDL_UID: 'alice' }),
      files: { key: secret },
    }),
  },
  {
    name: 'a one-time download id on the command line',
    given: (secret, origin) => ({
      args: [...APPLIANCE, '--download-id', secret],
      env: { IMGDL_URL: `${origin}/api`, IMGDL_UID: 'alice' },
    }),
  },
  {
    name: 'a one-time download id in a variable',
    given: (secret, origin) => ({
      args: APPLIANCE,
      env: { IMGDL_URL: `${origin}/api`, IMGDL_UID: 'alice', IMGDL_DOWNLOAD_ID: secret },
    }),
  },
  {
    name: 'a one-time download id in a URL',
    given: (secret, origin) => ({
      args: [
        'url',
        `${origin}/api/users/alice/appliances/747/images/1/downloads/i.gz?downloadId=${encodeURIComponent(secret)}`,
      ],
    }),
  },
  {
    name: 'the one-time download id that UForge hands out',
    given: (_, origin) => ({
      args: [...APPLIANCE, '--via', 'key'],
      env: uforge(origin, { IMGDL_PASSWORD: 'other-word' }),
    }),
    byServer: (mirror, secret) => {
      mirror.key = secret;
    },
    mirrored: isData,
  },
  {
    name: 'the password of Keystone',
    given: (secret, origin) => ({ args: GLANCE, env: cloud(origin, { OS_PASSWORD: secret }) }),
  },
  {
    name: 'the password of Keystone, to Glance',
    given: (secret, origin) => ({ args: ['glance', 'list'], env: cloud(origin, { OS_PASSWORD: secret }) }),
    mirrored: isGlance,
  },
  {
    name: 'a passcode',
    given: (secret, origin) => ({
      args: GLANCE,
      env: cloud(origin, { OS_AUTH_TYPE: 'v3totp', OS_PASSCODE: secret }),
    }),
  },
  {
    name: 'the receipt that Keystone asks for a second factor with',
    given: (_, origin) => ({ args: GLANCE, env: cloud(origin, { OS_PASSWORD: 'other-word', OS_PASSCODE: '123456' }) }),
    byServer: (mirror, secret) => {
      mirror.receipt = secret;
    },
  },
  {
    name: 'a token that the user has',
    given: (secret, origin) => ({
      args: GLANCE,
      env: { OS_AUTH_URL: `${origin}/v3`, OS_AUTH_TYPE: 'v3token', OS_TOKEN: secret, OS_PROJECT_NAME: 'lab' },
    }),
  },
  {
    name: 'the token that Keystone issues',
    given: (_, origin) => ({ args: GLANCE, env: cloud(origin, { OS_PASSWORD: 'other-word' }) }),
    byServer: (mirror, secret) => {
      mirror.token = secret;
    },
    mirrored: isGlance,
  },
  {
    name: 'the secret of an application credential',
    given: (secret, origin) => ({
      args: GLANCE,
      env: {
        OS_AUTH_URL: `${origin}/v3`,
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_ID: 'id',
        OS_APPLICATION_CREDENTIAL_SECRET: secret,
      },
    }),
  },
  {
    name: 'the secret of a client of an identity provider',
    given: (secret, origin) => ({
      args: GLANCE,
      env: oidc(origin, 'v3oidcclientcredentials', { OS_CLIENT_SECRET: secret }),
    }),
  },
  {
    name: 'the password at an identity provider',
    given: (secret, origin) => ({
      args: GLANCE,
      env: oidc(origin, 'v3oidcpassword', { OS_USERNAME: 'alice', OS_PASSWORD: secret }),
    }),
  },
  {
    name: 'the access token that the user has',
    given: (secret, origin) => ({ args: GLANCE, env: oidc(origin, 'v3oidcaccesstoken', { OS_ACCESS_TOKEN: secret }) }),
  },
  {
    name: 'the access token that an identity provider issues',
    given: (_, origin) => ({
      args: GLANCE,
      env: oidc(origin, 'v3oidcpassword', { OS_USERNAME: 'alice', OS_PASSWORD: 'other-word' }),
    }),
    byServer: (mirror, secret) => {
      mirror.token = secret;
    },
    mirrored: (path) => path.startsWith('/v3/'),
  },
  {
    name: 'the password of a Glance without Keystone',
    given: (secret, origin) => ({
      args: GLANCE,
      env: {
        OS_AUTH_TYPE: 'http_basic',
        OS_ENDPOINT: `${origin}/glance`,
        OS_USERNAME: 'alice',
        OS_PASSWORD: secret,
      },
    }),
  },
  {
    name: 'the password in clouds.yaml',
    given: (secret, origin) => ({
      args: [...GLANCE, '--os-cloud', 'lab'],
      files: {
        [CLOUDS]: `clouds:\n  lab:\n    auth:\n      auth_url: ${origin}/v3\n      username: alice\n      project_name: lab\n      password: ${yaml(secret)}\n`,
      },
    }),
  },
  {
    name: 'a password of a netrc',
    given: (secret, origin) => ({
      args: [...file(origin), '--netrc'],
      files: { '.netrc': `machine 127.0.0.1 login alice password ${secret}\n` },
    }),
  },
  {
    name: 'the value of a header of the user',
    given: (secret, origin) => ({
      args: [...file(origin), '--header-file', '@headers'],
      files: { headers: `X-Api: ${secret}\n` },
    }),
  },
  {
    name: 'the token of a profile for plain URLs',
    given: (secret, origin) => ({
      args: file(origin),
      files: { pw: secret, [CONFIG]: profile('origin', origin, 'password-file: @pw') },
    }),
  },
  {
    name: 'the signature of a URL',
    given: (secret, origin) => ({
      args: ['url', `${origin}/files/1.img?X-Amz-Signature=${encodeURIComponent(secret)}`],
    }),
  },
  {
    name: 'the signature of the URL of a checksum file',
    given: (secret, origin) => ({
      args: [...file(origin), '--checksums', `${origin}/SUMS?sig=${encodeURIComponent(secret)}`],
    }),
    mirrored: (path) => path === '/SUMS' || path.startsWith('/led'),
  },
  {
    name: 'the password of a proxy in a variable',
    given: (secret, origin) => ({
      args: ['url', 'http://images.invalid/files/1.img'],
      env: { http_proxy: origin.replace('//', `//alice:${encodeURIComponent(secret)}@`) },
    }),
  },
];

let mirror: Mirror;
let aside = '';
beforeAll(async () => {
  mirror = await startMirror();
  aside = mkdtempSync(join(tmpdir(), 'imgdl-canary-'));
});
afterAll(async () => {
  await mirror.close();
  rmSync(aside, { recursive: true, force: true });
});

/** What is no secret, and stands beside it. */
const VISIBLE = 'plainly-visible';
/** Ways to speak, which differ in what they say. */
const VOICES = [
  ['-v', '--json'],
  ['-v', '--progress', 'json'],
  ['-v', '--progress', 'line'],
  ['--json', '-q'],
];
const LIST_VOICES = [['-v', '--json'], ['-v']];

interface Trial {
  readonly input: string;
  readonly place: string;
  readonly writing: string;
  readonly code: number;
  /** The words around the secret were shown. */
  readonly shown: boolean;
  readonly leaks: readonly string[];
}

/** What the server says beside words that are no secret. */
type Mirrored = (secret: string) => string;

/** One run. The secret is one that no other run knows. */
async function trial(
  input: Input,
  at: number,
  placeAt: number,
  mirrored: Mirrored = (secret) => secret,
): Promise<Trial> {
  const place = PLACES[placeAt];
  const [writing, write] = WRITINGS[(5 * at + placeAt) % WRITINGS.length] ?? [];
  if (place === undefined || write === undefined || writing === undefined) throw new Error('no such place');
  // Passcodes and one-time ids are simple words; passwords are what people make of them.
  const secret = /passcode|download id|token|receipt|netrc/.test(input.name)
    ? `canary${at}x${placeAt}Z-secret`
    : `cana${at}"r<y>${placeAt}&%+x/y=z`;
  const given = input.given(secret, mirror.origin);
  const value = mirrored(secret);
  mirror.receipt = undefined;
  input.byServer?.(mirror, secret);
  // After the receipt, not before it.
  const isMirrored = input.mirrored ?? (() => mirror.receipt === undefined);
  const said = `${VISIBLE} ${write(value)} end`;
  mirror.echo = (path) => (isMirrored(path) || path.startsWith('/led') ? { place, said } : undefined);
  const isList = given.args[1] === 'list';
  const voices = isList ? LIST_VOICES : VOICES;
  const voice = [...(isList ? [] : ['--retries', '0', '--receipt']), ...(voices[(at + placeAt) % voices.length] ?? [])];
  const { code, texts } = await runGiven({ ...given, args: [...given.args, ...voice] }, `${at}-${placeAt}`);
  const shown = Object.values(texts).some((text) => text.includes(VISIBLE));
  return { input: input.name, place: place.name, writing, code, shown, leaks: leaksIn(texts, value) };
}

interface Left {
  readonly code: number;
  /** All that a run said and left behind, by where. */
  readonly texts: Readonly<Record<'stdout' | 'stderr' | 'left', string>>;
}

async function runGiven({ args, env, stdin, files = {} }: Given, name: string): Promise<Left> {
  const home = join(aside, name);
  const cwd = join(home, 'work');
  mkdirSync(cwd, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), inHome(content, home), { mode: 0o600 });
  }
  const surroundings = { cwd, home, ...(env === undefined ? {} : { env }), ...(stdin === undefined ? {} : { stdin }) };
  const { code, stdout, stderr } = await runHere(
    args.map((word) => inHome(word, home)),
    surroundings,
  );
  return { code, texts: { stdout, stderr, left: left(cwd) } };
}

function leaksIn(texts: Left['texts'], secret: string): readonly string[] {
  return Object.entries(texts).flatMap(([where, text]) => writingsIn(text, secret).map((name) => `${where}: ${name}`));
}

/** `@name` at the beginning of a word or of a value is a file of that name. */
function inHome(text: string, home: string): string {
  return text.replace(/(^|[ "])@(\w+)/gm, `$1${home}/$2`);
}

/** The names of what is left in a directory, and what is in it. */
function left(directory: string): string {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .map((path) => (statSync(path).isFile() ? `${path}\n${readFileSync(path, 'latin1')}` : path))
    .join('\n');
}

/** Each input meets some of the places, and each place about ten inputs, in ever other writings. */
const placesOf = (at: number): readonly number[] => [...PLACES.keys()].filter((place) => (place + at) % 3 === 0);

test.each(INPUTS.map((input, at) => [input.name, input, at] as const))(
  '%s is shown nowhere, wherever a server mirrors it',
  async (_, input, at) => {
    const trials: Trial[] = [];
    for (const place of placesOf(at)) trials.push(await trial(input, at, place));
    expect(trials.filter(({ leaks }) => leaks.length > 0)).toEqual([]);
    expect(trials.filter(({ code }) => code < 3)).toEqual([]);
    // A secret that never left, or words that nobody sees, would prove nothing.
    expect(trials.filter(({ shown }) => shown)).not.toEqual([]);
  },
);

test('what nobody gave as a secret is seen in all of these places', async () => {
  const [input] = INPUTS;
  if (input === undefined) throw new Error('no input');
  const trials: Trial[] = [];
  for (const place of PLACES.keys()) {
    // Every second writing of the table would be something that only looks like one: plain it must be.
    const at = [...WRITINGS.keys()].find((n) => (5 * n + place) % WRITINGS.length === 0) ?? 0;
    trials.push(await trial(input, at, place, (secret) => `no-${secret.length}-canary`));
  }
  const seen = trials.filter(({ leaks }) => leaks.length > 0).map(({ place }) => place);
  expect(seen).toEqual(trials.filter(({ shown }) => shown).map(({ place }) => place));
  expect(seen.length).toBeGreaterThan(PLACES.length / 2);
});

/** Mistakes in what holds a secret, and in how it is given: what cannot be read may be the secret. */
const MISTAKES: readonly (readonly [string, (secret: string, origin: string) => Given])[] = [
  [
    'a configuration file that is no YAML',
    (secret) => ({ args: GLANCE, files: { [CONFIG]: `profiles:\n  p:\n    user: "${secret}\n  x` } }),
  ],
  ['a key that no option has', (secret) => ({ args: GLANCE, files: { [CONFIG]: `password: ${secret}\n` } })],
  [
    'a configuration file that is no JSON',
    (secret) => ({ args: [...GLANCE, '--config', '@c.json'], files: { 'c.json': `{"password": "${secret}" x}` } }),
  ],
  [
    'the value of a variable instead of its name',
    (secret, origin) => ({
      args: [...APPLIANCE, '--profile', 'p'],
      files: { [CONFIG]: profile('url', origin, `user: alice\npassword-env: ${secret}`) },
    }),
  ],
  [
    'a command that says the password and fails',
    (secret, origin) => ({
      args: [...APPLIANCE, '--profile', 'p'],
      env: { PATH: process.env['PATH'] ?? '' },
      files: {
        word: `${secret}\n`,
        [CONFIG]: profile(
          'url',
          origin,
          'user: alice\npassword-command: [sh, -c, "cat $0; cat $0 >&2; exit 3", "@word"]',
        ),
      },
    }),
  ],
  [
    'a clouds.yaml that is no YAML',
    (secret) => ({
      args: [...GLANCE, '--os-cloud', 'x'],
      files: { [CLOUDS]: `clouds:\n  x:\n    auth: [${secret}\n` },
    }),
  ],
  [
    'a password twice in clouds.yaml',
    (secret) => ({
      args: [...GLANCE, '--os-cloud', 'x'],
      files: { [CLOUDS]: `clouds:\n  x:\n    auth:\n      password: ${secret}\n      password: ${secret}\n` },
    }),
  ],
  [
    'credentials of hammr that are no YAML',
    (secret) => ({ args: APPLIANCE, files: { '.hammr/credentials.yml': `user: alice\npassword: "${secret}\n` } }),
  ],
  [
    'credentials of hammr that are no JSON',
    (secret) => ({ args: APPLIANCE, files: { '.hammr/credentials.json': `{"user": "a", "password": "${secret}"` } }),
  ],
  [
    'a netrc with a word too many',
    (secret, origin) => ({
      args: [...file(origin), '--netrc'],
      files: { '.netrc': `machine 127.0.0.1 login alice passwort ${secret}\n` },
    }),
  ],
  [
    'a header without a colon',
    (secret, origin) => ({ args: [...file(origin), '--header-file', '@h'], files: { h: `Authorization ${secret}\n` } }),
  ],
  [
    'a header that is not for the user',
    (secret, origin) => ({ args: [...file(origin), '--header-file', '@h'], files: { h: `Host: ${secret}\n` } }),
  ],
  ['a password as an argument', (secret) => ({ args: [...APPLIANCE, '--password', secret] })],
  ['a password as an argument, as with curl', (secret) => ({ args: [...APPLIANCE, '-u', `alice:${secret}`] })],
  ['a password as an argument, as with OpenStack', (secret) => ({ args: [...GLANCE, `--os-password=${secret}`] })],
  ['a password behind that of a user', (secret) => ({ args: [...APPLIANCE, '--user', `alice:${secret}`] })],
  ['a password in a URL', (secret) => ({ args: ['url', `https://alice:${secret}@images.invalid/x`] })],
  [
    'a password in the URL of AppCenter',
    (secret) => ({ args: [...APPLIANCE, '--url', `https://a:${secret}@h.invalid/`] }),
  ],
  [
    'a password in the URL of a proxy',
    (secret, origin) => ({ args: [...file(origin), '--proxy', `ftp://a:${secret}@h`] }),
  ],
  [
    'a signed link with a word too many',
    (secret) => ({ args: ['url', '-i', '-'], stdin: `https://images.invalid/x?sig=${secret} more\n` }),
  ],
  [
    'a variable that is misspelled',
    (secret, origin) => ({ args: APPLIANCE, env: uforge(origin, { IMGDL_PASWORD: secret }) }),
  ],
  [
    'no file but the password',
    (secret, origin) => ({ args: [...APPLIANCE, '--password-file', secret], env: uforge(origin) }),
  ],
];

test.each(MISTAKES)('%s is told without it', async (name, given) => {
  for (const [at, voice] of [['-v', '--json'], ['-v']].entries()) {
    const secret = `canary${at}Of${name.length}Zq9`;
    const { args, ...rest } = given(secret, mirror.origin);
    const { code, texts } = await runGiven(
      { ...rest, args: [...args, ...voice] },
      `${name.replaceAll(/\W/g, '-')}-${at}`,
    );
    expect({ code, leaks: leaksIn(texts, secret) }).toEqual({ code: 2, leaks: [] });
    expect(texts.stderr).toMatch(/^imgdl: (?:usage|config)\.[\w-]+: /m);
  }
});

/** What UForge says of a published image has the secrets of the account in a cloud that it was published to. */
const CLOUD_ACCOUNT: readonly (readonly [string, (secret: string) => string])[] = [
  ['as it should be', (secret) => `<secretKey>${secret}</secretKey></credAccount></image></images>`],
  ['cut behind it', (secret) => `<secretKey>${secret}`],
  [
    'with an element that is not closed',
    (secret) => `<secretKey>${secret}<x></secretKey></credAccount></image></images>`,
  ],
  ['with an entity of its own', (secret) => `<secretKey>&${secret};</secretKey></credAccount></image></images>`],
  [
    'as an attribute without quotes',
    (secret) => `<secretKey value=${secret}></secretKey></credAccount></image></images>`,
  ],
];

test.each(CLOUD_ACCOUNT)(
  "the secret of a cloud account in UForge's answer, %s, is not passed on",
  async (name, write) => {
    const secret = `canaryCloud${name.length}Zq9`;
    const answered = (response: ServerResponse): unknown =>
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<images total="1"><image><dbId>88</dbId><name>n</name><credAccount>${write(secret)}`);
    mirror.echo = (path) => ({ place: { name: path, answer: answered }, said: '' });
    const env = uforge(mirror.origin, { IMGDL_PASSWORD: 'other-word' });
    for (const [at, args] of [
      ['appliance', 'list', '-v', '--json'],
      ['appliance', 'pimage', '747', '88', '-v'],
    ].entries()) {
      const { texts } = await runGiven({ args, env }, `cloud-${name.length}-${at}`);
      expect(leaksIn(texts, secret)).toEqual([]);
    }
  },
);

test('a list whose names are the password of who asks does not show it', async () => {
  const secret = 'canaryInNames-Zq9';
  const record = { status: 'active', size: 9, disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const images = ['plain', 'owner'].map((_, at) => ({
    ...record,
    id: IMAGE.replace(/1$/, String(at)),
    name: at === 0 ? `${VISIBLE} ${secret}` : 'other',
    owner: at === 1 ? secret : 'me',
  }));
  const answered = (response: ServerResponse): unknown =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ images }));
  mirror.echo = (path) => (isGlance(path) ? { place: { name: path, answer: answered }, said: '' } : undefined);
  const env = cloud(mirror.origin, { OS_PASSWORD: secret });
  for (const [at, more] of [[], ['--json', '-v']].entries()) {
    const { code, texts } = await runGiven({ args: ['glance', 'list', ...more], env }, `names-${at}`);
    expect({ code, leaks: leaksIn(texts, secret) }).toEqual({ code: 0, leaks: [] });
    expect(texts.stdout).toContain(`${VISIBLE} ***`);
  }
});
