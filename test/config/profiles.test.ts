import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONNECTIONS, LIMIT_RATE, OUTPUT, RETRIES } from '#imgdl/app/options.js';
import { CACERT, INSECURE } from '#imgdl/app/transport-options.js';
import { sayIgnored } from '#imgdl/config/ignored.js';
import { type LoadedSettings, settingsForUrls } from '#imgdl/config/layers.js';
import { profileOfOrigin } from '#imgdl/config/profiles.js';
import { profileSecret, secretReader } from '#imgdl/config/secrets.js';
import type { Warning } from '#imgdl/core/source.js';
import { CLOUD_ROW, directory, load, ROWS, refusal, URL_ROW, USER_ROW, type Where } from './support.js';

const uid = process.getuid?.() ?? 0;

/** A user's file with these profiles. */
function home(profiles: string, above = ''): string {
  return directory({ '.config/imgdl/config.yaml': `${above}profiles:\n${profiles}` });
}

const PROD = `
  prod:
    url: https://prod.example.com/api
    user: alice
    password-env: PROD_PASSWORD
    cacert: prod.pem
    retries: 20
`;
const LAB = `
  lab:
    os-cloud: lab
    insecure: true
`;

interface Asked extends Where {
  readonly stdin?: string;
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** The secret for the server of `url`, and what is warned of. */
async function asked(where: Asked, name: 'password' | 'secret-key' = 'password') {
  const warnings: Warning[] = [];
  const settings = await load(where);
  const read = secretReader({
    settings,
    options: ROWS,
    env: new Map(Object.entries(where.env ?? {})),
    home: where.home ?? '',
    uid,
    stdin: chunks(where.stdin ?? 'stdin must not be read\n'),
    warn: (warning) => void warnings.push(warning),
    note: () => {},
  });
  return { secret: (await read(name, URL_ROW))?.reveal(), warnings: warnings.map(({ message }) => message) };
}

const password = async (where: Asked): Promise<string | undefined> => (await asked(where)).secret;

describe('a profile', () => {
  test('gives its options, and says where they come from', async () => {
    const at = home(PROD + LAB);
    const settings = await load({ home: at, flags: { profile: 'prod' } });
    expect([settings.get(URL_ROW), settings.get(USER_ROW), settings.get(RETRIES)]).toEqual([
      'https://prod.example.com/api',
      'alice',
      20,
    ]);
    expect(settings.get(CACERT)).toBe(join(at, '.config/imgdl/prod.pem'));
    expect(settings.origin(URL_ROW)).toBe(`profile prod in ${at}/.config/imgdl/config.yaml`);
    expect(settings.layers.map(({ name }) => name)).toEqual(['flag', 'profile', 'environment', 'user']);
  });

  test.each<[string, Where, string]>([
    ['the flag', { flags: { profile: 'prod' } }, 'prod'],
    ['IMGDL_PROFILE', { env: { IMGDL_PROFILE: 'lab' } }, 'lab'],
    ['the flag before IMGDL_PROFILE', { flags: { profile: 'prod' }, env: { IMGDL_PROFILE: 'lab' } }, 'prod'],
  ])('is named by %s', async (_, where, name) => {
    expect((await load({ ...where, home: home(PROD + LAB) })).profile?.name).toBe(name);
  });

  test('does nothing where none is named', async () => {
    const settings = await load({ home: home(PROD + LAB) });
    expect([settings.profile, settings.get(URL_ROW), settings.get(RETRIES)]).toEqual([undefined, undefined, 8]);
  });

  test('stands below the flags and above all else', async () => {
    const at = home('  prod: {retries: 1, connections: 2, output: p}\n', 'retries: 7\nlimit-rate: 3M\n');
    const env = { IMGDL_RETRIES: '5', IMGDL_CONNECTIONS: '6', IMGDL_LIMIT_RATE: '4M' };
    const settings = await load({ home: at, env, flags: { profile: 'prod', output: 'flag' } });
    const got = [settings.get(RETRIES), settings.get(CONNECTIONS), settings.get(OUTPUT), settings.get(LIMIT_RATE)];
    expect(got).toEqual([1, 2, 'flag', 4 * 1024 * 1024]);
  });

  test('is found in a system file, an explicit one and the user’s; the higher one counts as a whole', async () => {
    const system = directory({
      'config.yaml': 'profiles:\n  a: {url: system}\n  b: {url: system}\n  c: {url: system}\n',
    });
    const file = join(directory({ 'x.json': '{"profiles":{"a":{"url":"file"}}}' }), 'x.json');
    const user = home('  a: {url: user}\n  b: {user: only}\n');
    const url = async (profile: string) =>
      (await load({ home: user, system, flags: { profile, config: file } })).get(URL_ROW);
    expect(await Promise.all(['a', 'b', 'c'].map(url))).toEqual(['file', undefined, 'system']);
  });

  test('may take most of another one, as YAML does', async () => {
    const text =
      '  prod: &prod\n    url: https://p\n    user: "007"\n    retries: 3\n  test:\n    <<: *prod\n    user: tess\n';
    const settings = await load({ home: home(text), flags: { profile: 'test' } });
    expect([settings.get(URL_ROW), settings.get(USER_ROW), settings.get(RETRIES)]).toEqual(['https://p', 'tess', 3]);
  });
});

describe('beside a profile', () => {
  const EVERYWHERE = {
    home: home.bind(undefined, PROD + LAB, 'url: mine\nuser: me\ninsecure: true\n'),
    env: {
      IMGDL_URL: 'env',
      IMGDL_USER: 'env',
      IMGDL_PASSWORD: 'env',
      IMGDL_OS_CLOUD: 'env',
      IMGDL_CACERT: '/env.pem',
    },
  };

  test('nothing that says who one is, and where, is taken from elsewhere', async () => {
    const settings = await load({ ...EVERYWHERE, home: EVERYWHERE.home(), flags: { profile: 'lab' } });
    expect([URL_ROW, USER_ROW, CACERT, CLOUD_ROW, INSECURE].map((row) => settings.get(row as typeof URL_ROW))).toEqual([
      undefined,
      undefined,
      undefined,
      'lab',
      true,
    ]);
    expect(await password({ ...EVERYWHERE, home: EVERYWHERE.home(), flags: { profile: 'lab' } })).toBeUndefined();
  });

  const said = async (where: Where, rows = ROWS) =>
    sayIgnored(await load(where), new Map(Object.entries(where.env ?? {})), rows);

  test('what was left out is said: variables aloud, the rest of the files at -v', async () => {
    const at = EVERYWHERE.home();
    const label = `profile prod in ${at}/.config/imgdl/config.yaml`;
    expect(await said({ ...EVERYWHERE, home: at, flags: { profile: 'prod', 'os-cloud': 'flag' } })).toEqual({
      warnings: [
        {
          code: 'config.profile',
          message: `${label} is complete in itself; ignored: IMGDL_CACERT, IMGDL_URL, IMGDL_USER, IMGDL_PASSWORD`,
        },
      ],
      notes: [
        `using ${label}`,
        `${label} is complete in itself; ignored: insecure in ${at}/.config/imgdl/config.yaml, url in ${at}/.config/imgdl/config.yaml, user in ${at}/.config/imgdl/config.yaml`,
      ],
    });
  });

  test('nothing is said of what the command would not look at, nor where there is nothing', async () => {
    const where = { ...EVERYWHERE, home: home(PROD), flags: { profile: 'prod' } };
    expect((await said(where, [OUTPUT])).warnings).toEqual([]);
    expect((await said({ home: home(PROD), flags: { profile: 'prod' } })).warnings).toEqual([]);
    expect(await said({ ...EVERYWHERE, home: home(PROD) })).toEqual({ warnings: [], notes: [] });
  });
});

describe('the secret of a profile', () => {
  const use = (lines: string, more: Asked = {}): Asked => ({
    ...more,
    home: home(`  prod:\n    url: https://p\n    user: alice\n${lines}`),
    flags: { profile: 'prod', ...more.flags },
  });
  const command = (...argv: readonly string[]): string => `    password-command: ${JSON.stringify(argv)}\n`;

  test('is in a file, beside the configuration', async () => {
    const where = use('    password-file: pw\n');
    const path = join(where.home ?? '', '.config/imgdl/pw');
    writeFileSync(path, 'from-file\n', { mode: 0o600 });
    expect(await password(where)).toBe('from-file');
    chmodSync(path, 0o644);
    expect(await refusal(() => password(where))).toMatch(/^config\.permissions: .*--password-file - <FILE/);
  });

  test('is in a variable, under its own name', async () => {
    expect(await password(use('    password-env: VAULT_PW\n', { env: { VAULT_PW: 'canary' } }))).toBe('canary');
    const unset = await refusal(() => password(use('    password-env: VAULT_PW\n')));
    expect(unset).toMatch(/^usage\.option: password-env of profile prod in .*: the variable VAULT_PW is not set/);
  });

  test('is the first line of a command, without shell, in the directory of the file', async () => {
    const script = 'echo "$0 in $(pwd) with $1 and $IN_ENV"; echo second; echo >&2 noise';
    const where = use(command('sh', '-c', script, 'me', '$HOME;*'), {
      env: { PATH: process.env['PATH'] ?? '', IN_ENV: 'e' },
    });
    expect(await password(where)).toBe(`me in ${where.home}/.config/imgdl with $HOME;* and e`);
  });

  test('may begin with the home directory, which no shell expands', async () => {
    const where = use(command('~/bin/pw', '~/x'));
    mkdirSync(join(where.home ?? '', 'bin'));
    writeFileSync(join(where.home ?? '', 'bin/pw'), '#!/bin/sh\necho "$1"\n', { mode: 0o755 });
    expect(await password(where)).toBe(`${where.home}/x`);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['fails', ['sh', '-c', 'echo no such entry >&2; exit 3'], /sh exited with 3: "no such entry"/],
    ['dies', ['sh', '-c', 'kill -9 $$'], /sh was ended by SIGKILL/],
    ['is not there', ['/nowhere/pass'], /\/nowhere\/pass is not there/],
    ['is one long word', ['vault login canary-secret'], /: vault … is not there/],
    ['prints nothing', ['true'], /the secret is empty/],
    ['prints no text', ['printf', '\\377\\n'], /not UTF-8/],
    ['never stops', ['sh', '-c', 'yes | tr -d "\\n"'], /prints more than 64 KiB/],
    [
      'fails and repeats the secret',
      ['sh', '-c', 'echo canary-secret; echo bad canary-secret >&2; exit 1'],
      /"bad \*\*\*"/,
    ],
  ])('is refused where the command %s', async (_, argv, message) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const said = await refusal(() => password(use(command(...argv), { env })));
    expect(said).toMatch(message);
    expect(said).toMatch(/^(?:config\.command|usage\.option): password-command of profile prod in /);
    expect(said).not.toContain('canary');
  });

  test('comes although the command leaves somebody behind who holds its stdout', async () => {
    const env = { PATH: process.env['PATH'] ?? '' };
    expect(await password(use(command('sh', '-c', 'echo pw; sleep 20 &'), { env }))).toBe('pw');
  });

  test('is not asked of a command that others could have written', async () => {
    const where = use(command('echo', 'pw'), { env: { PATH: process.env['PATH'] ?? '' } });
    chmodSync(join(where.home ?? '', '.config/imgdl/config.yaml'), 0o666);
    expect(await refusal(() => password(where))).toMatch(/^config\.permissions: password-command of profile prod/);
  });

  test('is asked of a command in a file that comes through a pipe, too', async () => {
    const pipe = join(directory(), 'c.yaml');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const text = 'profiles: {p: {url: x, password-command: [sh, -c, "echo in $(pwd)"]}}';
    const writer = spawn('sh', ['-c', `printf '%s\\n' "$2" >"$1"`, 'sh', pipe, text], {
      timeout: 50_000,
      stdio: 'ignore',
    });
    const gone = once(writer, 'exit');
    const where = { env: { PATH: process.env['PATH'] ?? '' }, flags: { config: pipe, profile: 'p' } };
    expect(await password(where)).toBe('in /');
    await gone;
  });

  test('of an API key comes in the same ways', async () => {
    const where = (line: string, env = {}): Asked => ({
      home: home(`  prod: {url: x, ${line}}\n`),
      env: { PATH: process.env['PATH'] ?? '', ...env },
      flags: { profile: 'prod' },
    });
    expect((await asked(where('secret-key-command: [echo, k]'), 'secret-key')).secret).toBe('k');
    expect((await asked(where('secret-key-env: K', { K: 'e' }), 'secret-key')).secret).toBe('e');
  });

  test('gives way to the flag', async () => {
    const own = directory({ pw: 'flag' });
    expect(
      await password(use('    password-env: P\n', { env: { P: 'x' }, flags: { 'password-file': join(own, 'pw') } })),
    ).toBe('flag');
  });
});

describe('credentials belong to a server', () => {
  const ENV = { IMGDL_PASSWORD: 'env', PROD_PASSWORD: 'prod' };
  const file = () => join(directory({ pw: 'file' }), 'pw');
  const prod = (url?: string, lines = PROD): Asked => ({
    env: ENV,
    home: home(lines),
    flags: { profile: 'prod', ...(url === undefined ? {} : { url }) },
  });

  test.each<[string, () => Asked, string | undefined, number]>([
    ['the environment’s goes to the server of the environment', () => ({ env: { ...ENV, IMGDL_URL: 'x' } }), 'env', 0],
    ['… and of a flag', () => ({ env: ENV, flags: { url: 'x' } }), 'env', 0],
    ['… and of nobody', () => ({ env: ENV }), 'env', 0],
    ['… but not of a file', () => ({ env: ENV, home: home(PROD, 'url: x\n') }), undefined, 1],
    [
      '… where the file’s own is taken',
      () => ({ env: ENV, home: home(PROD, `url: x\npassword-file: ${file()}\n`) }),
      'file',
      1,
    ],
    [
      'the environment’s file is one of the environment',
      () => ({ env: { IMGDL_PASSWORD_FILE: file() }, home: home(PROD, 'url: x\n') }),
      undefined,
      1,
    ],
    [
      'a file’s goes to the server of a file',
      () => ({ home: home(PROD, `url: x\npassword-file: ${file()}\n`) }),
      'file',
      0,
    ],
    ['a profile’s goes to its own server', () => prod(), 'prod', 0],
    ['… also if a flag names that', () => prod('https://prod.example.com/api'), 'prod', 0],
    ['… but to no other one', () => prod('https://evil'), undefined, 1],
    [
      '… and from one for an origin to none by a flag',
      () => prod('https://o/api', '  prod: {origin: "https://o", password-env: PROD_PASSWORD}\n'),
      undefined,
      1,
    ],
    [
      '… and from one for a cloud to none by a flag',
      () => prod('https://o/api', '  prod: {os-cloud: lab, password-env: PROD_PASSWORD}\n'),
      undefined,
      1,
    ],
    [
      '… and from one without a server to that of a flag',
      () => prod('https://o/api', '  prod: {password-env: PROD_PASSWORD}\n'),
      'prod',
      0,
    ],
  ])('%s', async (_, where, secret, warnings) => {
    const got = await asked(where());
    expect([got.secret, got.warnings.length]).toEqual([secret, warnings]);
  });
});

describe('the profile of an origin', () => {
  const FILES = `
  files:
    origin: https://Files.example.com
    user: ci
    password-env: PW
  other:
    origin: https://files.example.com:8443/
    password-env: PW
`;
  const TWINS = `${FILES}  twin: {origin: "https://files.example.com:443"}\n`;
  const load2 = (profiles: string, more: Where = {}, ...urls: readonly string[]) =>
    load({ ...more, home: home(profiles), urls: urls.map((url) => new URL(url)) });
  const found = (settings: LoadedSettings, url: string) =>
    profileOfOrigin(new URL(url), settings.profiles, settings.profile)?.name;

  test.each([
    ['https://files.example.com/a/b?c', 'files'],
    ['https://files.example.com:443/', 'files'],
    ['https://files.example.com:8443/', 'other'],
    ['http://files.example.com/', undefined],
    ['https://files.example.com.evil/', undefined],
    ['https://a.files.example.com/', undefined],
  ])('%s: %s', async (url, name) => {
    expect(found(await load2(FILES), url)).toBe(name);
  });

  test('is used as if it had been named where all URLs are of it', async () => {
    const used = async (...urls: readonly string[]) => (await load2(FILES, {}, ...urls)).profile?.name;
    expect(await used('https://files.example.com/a', 'https://files.example.com/b')).toBe('files');
    expect(await used('https://files.example.com/a', 'https://files.example.com:8443/b')).toBeUndefined();
    expect(await used('https://elsewhere.example.com/a')).toBeUndefined();
  });

  test('and where these are known later, from a list', async () => {
    const loaded = await load2(FILES, {}, 'https://elsewhere.example.com/');
    const used = (...urls: readonly string[]) =>
      settingsForUrls(
        loaded,
        urls.map((url) => new URL(url)),
        ROWS,
      ).profile?.name;
    expect(used('https://files.example.com/a', 'https://files.example.com/b')).toBe('files');
    expect(used('https://files.example.com/a', 'https://elsewhere.example.com/b')).toBeUndefined();
  });

  test('two of one origin are refused, unless one is named', async () => {
    const url = 'https://files.example.com/a';
    expect(await refusal(() => load2(TWINS, {}, url))).toMatch(
      /^config\.profile: https:\/\/files\.example\.com: there are several profiles for it: files, twin \(name one with --profile\)$/,
    );
    const settings = await load2(TWINS, { flags: { profile: 'twin' } }, url);
    expect([settings.profile?.name, found(settings, url)]).toEqual(['twin', 'twin']);
    expect(found(settings, 'https://files.example.com:8443/')).toBe('other');
  });

  test('its secret is read wherever another profile is in use', async () => {
    const settings = await load2(FILES + PROD, { flags: { profile: 'prod' } });
    const profile = profileOfOrigin(new URL('https://files.example.com/'), settings.profiles, settings.profile);
    const ports = { settings, options: ROWS, env: new Map([['PW', 'canary']]), uid, stdin: chunks(''), note: () => {} };
    expect(profile === undefined ? undefined : (await profileSecret('password', profile, ports))?.reveal()).toBe(
      'canary',
    );
  });

  test('logs nobody’s variables out aloud, but says which trust does not count', async () => {
    const env = { IMGDL_URL: 'x', IMGDL_PASSWORD: 'p', IMGDL_CACERT: '/ca.pem' };
    const settings = await load2(FILES, { env }, 'https://files.example.com/a');
    const { warnings, notes } = sayIgnored(settings, new Map(Object.entries(env)), ROWS);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/ignored: IMGDL_CACERT$/)]);
    expect(notes.join('\n')).toMatch(/ignored: IMGDL_URL, IMGDL_PASSWORD$/);
  });
});

describe('a mistake in a profile', () => {
  test.each<[string, string, RegExp]>([
    [
      'an unknown key',
      '  p: {usr: alice}\n',
      /^config\.key: \S+config\.yaml line 2, column 7: profile p: there is no option usr \(did you mean user\?\)$/,
    ],
    [
      'a slip in a key of its own',
      '  p: {orgin: "https://x"}\n',
      /there is no option orgin \(did you mean origin\?\)$/,
    ],
    [
      'a password',
      '  p: {password: canary}\n',
      /profile p: password is not allowed in a configuration file .*password-file: FILE/,
    ],
    ['an option of one run', '  p: {force: true}\n', /force is not allowed in a configuration file/],
    ['a profile in a profile', '  p: {profile: q}\n', /profile is not allowed in a configuration file/],
    ['a value that is none', '  p: {retries: many}\n', /line 2, column 7: profile p: retries: "many" is not/],
    ['a number in another form', '  p: {user: 0123}\n', /profile p: user is a number in an unusual form/],
    ['nothing in it', '  p:\n', /line 2, column 3: profile p has no options/],
    ['an option beside the names', '  url: https://x\n', /line 2, column 3: profile url has no options/],
    ['a list', '  - url: https://x\n', /line 1, column 1: profiles has no names of profiles/],
    ['a name with a blank', '  my prod: {url: x}\n', /profile my prod: not the name of a profile/],
    [
      'an origin with a path',
      '  p: {origin: "https://x/y"}\n',
      /profile p: origin is not a scheme, a host and perhaps a port/,
    ],
    ['an origin with a login', '  p: {origin: "https://canary@x"}\n', /profile p: origin is not/],
    ['an origin without scheme', '  p: {origin: files.example.com}\n', /profile p: origin is not/],
    [
      'a command in one text',
      '  p: {password-command: pass show x}\n',
      /password-command is not a list of words \(write password-command: \[PROGRAM, ARGUMENT, …\]; no shell is used\)$/,
    ],
    ['a command of nothing', '  p: {password-command: []}\n', /password-command is not a list of words/],
    ['a secret in a command', '  p: {password-command: echo canary}\n', /password-command is not a list of words/],
    ['a variable with a dollar', '  p: {password-env: $CANARY}\n', /password-env is not the name of a variable/],
    [
      'two places for one secret',
      '  p: {password-file: /a, password-env: B}\n',
      /password-env and password-file are both set/,
    ],
    [
      'a command and a variable',
      '  p: {password-command: [a], password-env: B}\n',
      /password-command and password-env are both set/,
    ],
    [
      'headers and a secret',
      '  p: {origin: "https://x", password-env: B, header-file: h}\n',
      /password-env and header-file are both set/,
    ],
    [
      'headers for no origin',
      '  p: {url: "https://x", header-file: h}\n',
      /header-file is for plain URLs, and there is no origin/,
    ],
    ['headers from stdin', '  p: {origin: "https://x", header-file: "-"}\n', /header-file is not the name of a file/],
    ['two secrets', '  p: {password-env: A, secret-key-env: B}\n', /password-env and secret-key-env are both set/],
  ])('%s is refused, used or not', async (_, text, message) => {
    const said = await refusal(() => load({ home: home(text) }));
    expect(said).toMatch(message);
    expect(said).not.toMatch(/canary/i);
  });

  test.each([
    ['password-command', '[a]'],
    ['origin', 'https://x'],
    ['password-env', 'A'],
  ])('%s outside of one is refused', async (key, value) => {
    const at = directory({ '.config/imgdl/config.yaml': `${key}: ${value}\n` });
    expect(await refusal(() => load({ home: at }))).toContain(`${key} is for profiles only (write it below profiles:`);
  });

  test('a profile that is not there is told with those that are', async () => {
    expect(await refusal(() => load({ home: home(PROD + LAB), flags: { profile: 'prd' } }))).toBe(
      'config.profile: --profile prd: there is no such profile (use one of these: prod, lab)',
    );
    expect(await refusal(() => load({ env: { IMGDL_PROFILE: 'prod' } }))).toBe(
      'config.profile: IMGDL_PROFILE prod: there is no such profile (add it to a configuration file, below profiles:)',
    );
  });

  test('a name that nobody could have given is refused', async () => {
    expect(await refusal(() => load({ flags: { profile: '../x' } }))).toMatch(/^usage\.option: --profile: /);
  });

  test('profiles that are commented out are none', async () => {
    expect(
      (await load({ home: directory({ '.config/imgdl/config.yaml': 'profiles:\n#  a: {}\n' }) })).profiles,
    ).toEqual([]);
  });

  test('a small file with endless aliases ends', async () => {
    const row = (name: string, of: string) =>
      `${name}: &${name}\n${Array.from({ length: 9 }, (_, at) => `  k${at}: *${of}\n`).join('')}`;
    const text = `a: &a {x: 1}\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name, at) => row(name, 'abcdefgh'.charAt(at))).join('')}profiles: *i\n`;
    const at = directory({ '.config/imgdl/config.yaml': text });
    expect(await refusal(() => load({ home: at }))).toMatch(/^config\.key/);
    expect(readFileSync(join(at, '.config/imgdl/config.yaml')).length).toBeLessThan(2000);
  });
});
