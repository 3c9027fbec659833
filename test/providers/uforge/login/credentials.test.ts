import { describe, expect, test } from 'vitest';
import { maskKnown } from '#imgdl/core/vault.js';
import { appCenterOf } from '#imgdl/providers/uforge/app-center.js';
import { authorise, logInCure, readAccount } from '#imgdl/providers/uforge/login/credentials.js';
import { parseLogin, parseUid } from '#imgdl/providers/uforge/options.js';
import { fakeTransport } from '../../../support/fake-transport.js';
import { providerPorts, type World } from '../../../support/provider-ports.js';

const { transport } = fakeTransport(() => ({}));
const ports = (world: Omit<World, 'transport'>) => providerPorts({ transport, ...world });
const HAMMR = '/home/alice/.hammr/credentials.yml';
const url = 'https://host/api';

/** What would be sent, revealed. */
async function sent(world: Omit<World, 'transport'>): Promise<string> {
  const { base, credentials, uid } = await readAccount(ports(world));
  const target = { endpoint: base?.endpoint ?? 'https://none' };
  const { url: signed, headers, by } = authorise(target, new URL(`${target.endpoint}/x`), credentials);
  const header = headers.authorization;
  const basic = typeof header === 'object' ? Buffer.from(header.reveal().slice(6), 'base64').toString() : '-';
  return [base?.endpoint ?? '-', uid ?? '-', by, basic, signed.search.replace(/&signature=.*/, '')].join(' ');
}

describe('who we are', () => {
  test.each<[string, Omit<World, 'transport'>, string]>([
    ['basic', { options: { url, user: 'bob' }, secrets: { password: 'pw' } }, 'https://host/api bob basic bob:pw '],
    ['UTF-8', { options: { url, user: 'bøb' }, secrets: { password: 'pä:ß' } }, 'https://host/api bøb basic bøb:pä:ß '],
    [
      'supervisor',
      { options: { url, user: 'sup\\bob' }, secrets: { password: 'pw' } },
      'https://host/api bob basic sup\\bob:pw ',
    ],
    [
      'uid beats both',
      { options: { url, user: 'sup\\bob', uid: 'eve' }, secrets: { password: 'p' } },
      'https://host/api eve basic sup\\bob:p ',
    ],
    [
      'API keys',
      { options: { url, user: 'bob', 'public-key': 'PUB' }, secrets: { 'secret-key': 's' } },
      'https://host/api bob API key - ?apiKey=PUB',
    ],
    [
      'API keys beat an ambient password',
      { options: { url, 'public-key': 'PUB' }, secrets: { 'secret-key': 's', password: 'p' } },
      'https://host/api - API key - ?apiKey=PUB',
    ],
    [
      'a download id needs no password',
      { options: { url, user: 'bob', 'download-id': 'k' } },
      'https://host/api bob none - ',
    ],
    ['nobody', { options: { url } }, 'https://host/api - none - '],
    ['nobody, with a password around', { options: { url }, secrets: { password: 'p' } }, 'https://host/api - none - '],
    [
      'hammr',
      { files: { [HAMMR]: 'user: bob\npassword: 0123\nurl: https://ham/api/' } },
      'https://ham/api bob basic bob:0123 ',
    ],
    [
      'hammr: words stay words',
      { files: { [HAMMR]: 'user: no\npassword: 1e3\nurl: https://ham/api' } },
      'https://ham/api no basic no:1e3 ',
    ],
    [
      'hammr with API keys',
      { files: { [HAMMR]: 'user: bob\npublickey: P\nsecretkey: s\nurl: https://ham/api' } },
      'https://ham/api bob API key - ?apiKey=P',
    ],
    [
      'hammr in JSON',
      {
        files: {
          '/home/alice/.hammr/credentials.json':
            '{\n\t"user":"bob","password":"p","url":"https://ham/api","acceptAutoSigned":false}',
        },
      },
      'https://ham/api bob basic bob:p ',
    ],
    [
      'hammr .yaml',
      { files: { '/home/alice/.hammr/credentials.yaml': 'user: bob\npassword: p\nurl: https://ham/api' } },
      'https://ham/api bob basic bob:p ',
    ],
    [
      'hammr with our uid',
      { options: { uid: 'eve' }, files: { [HAMMR]: 'user: bob\npassword: p\nurl: https://ham/api' } },
      'https://ham/api eve basic bob:p ',
    ],
    [
      'hammr never meets our url',
      { options: { url, uid: 'eve' }, files: { [HAMMR]: 'user: bob\npassword: p\nurl: https://ham/api' } },
      'https://host/api eve none - ',
    ],
    [
      'hammr: keys that a generator left empty are not there',
      { files: { [HAMMR]: 'user: bob\npassword: p\npublickey: null\nsecretkey: ~\nurl: https://ham/api' } },
      'https://ham/api bob basic bob:p ',
    ],
    [
      'hammr: nor are those of JSON',
      {
        files: {
          '/home/alice/.hammr/credentials.json':
            '{"user":"bob","password":null,"publickey":"P","secretkey":"s","url":"https://ham/api"}',
        },
      },
      'https://ham/api bob API key - ?apiKey=P',
    ],
    [
      'hammr: in quotes it is text',
      { files: { [HAMMR]: 'user: "null"\npassword: "~"\nurl: https://ham/api' } },
      'https://ham/api null basic null:~ ',
    ],
    ['hammr: a null url is none', { files: { [HAMMR]: 'user: bob\npassword: p\nurl: ~' } }, '- - none - '],
    ['hammr without url is not used', { files: { [HAMMR]: 'user: bob\npassword: p' } }, '- - none - '],
    ['an empty hammr file', { files: { [HAMMR]: '' } }, '- - none - '],
    ['nothing at all', {}, '- - none - '],
  ])('%s', async (_what, world, expected) => {
    expect(await sent(world)).toBe(expected);
  });

  test.each([
    ['publickey: P', /it has publickey, but no secretkey/],
    ['password: |\n  canary-secret', /password contains a line break/],
    ['secretkey: canary-secret', /it has secretkey, but no publickey/],
    ['publickey: P\nsecretkey: ~', /it has publickey, but no secretkey/],
    ['password: [canary-secret]', /password is a list or a mapping/],
    ['password: {canary-secret: x}', /password is a list or a mapping/],
    ['password: {{ canary_secret }}', /password is a list or a mapping/],
    ['acceptAutoSigned: [true]', /acceptAutoSigned is a list or a mapping/],
    ['password: p\nuser: [bob]', /user is a list or a mapping/],
    ['password: p\nurl: [https://ham/api]', /url is a list or a mapping/],
    ['password: p\nuser: ~', /it has a password, but no user/],
    ['password: p\nurl: ham.example.com', /credentials\.yml: the base URL of UForge is malformed/],
    ['password: p\nuser: "bob:canary-secret"', /credentials\.yml: the login name contains a colon/],
  ])('what cannot be used in hammr is told: %j', async (keys, says) => {
    const error = await sent({ files: { [HAMMR]: `url: https://ham/api\nuser: bob\n${keys}\n` } }).catch(String);
    expect(error).toMatch(says);
    expect(error).not.toContain('canary');
  });

  test('a hammr file that is not UTF-8 is not read as if it were', async () => {
    const garbled = {
      text: 'user: bob\npassword: canary\ufffd\nurl: https://ham/api',
      groupOrWorld: false,
      garbled: true,
    };
    const error = await readAccount(ports({ files: { [HAMMR]: { ...garbled, garbled: true } } })).catch(String);
    expect(error).toMatch(/reading .*credentials\.yml: it is not UTF-8/);
  });

  test.each([
    ['a url', 'user: bob\npassword: p\nurl: ham.example.com', 'correct url in it'],
    ['a user', 'user: "a:b"\npassword: p\nurl: https://ham/api', 'correct user in it'],
  ])('the hint at %s of hammr that cannot be used names its file, not an option', async (_what, text, hint) => {
    await expect(readAccount(ports({ files: { [HAMMR]: text } }))).rejects.toMatchObject({ hint });
  });

  test('where hammr names no user, neither is --user the cure: beside it the file would not count', async () => {
    const keys = 'publickey: P\nsecretkey: s\nurl: https://ham/api';
    await expect(appCenterOf(ports({ files: { [HAMMR]: keys } }))).rejects.toMatchObject({
      code: 'usage.missing',
      hint: "add user to hammr's credentials, or use --uid LOGIN",
    });
  });

  test('where a server is named and nobody says who, a hammr file that does not count is named', async () => {
    const those = ports({ options: { url }, files: { [HAMMR]: 'user: bob\npassword: p\nurl: https://host/api' } });
    await expect(appCenterOf(those)).rejects.toMatchObject({ hint: 'use --uid LOGIN, or --user LOGIN' });
    expect(those.warnings).toEqual([
      {
        code: 'hammr.ignored',
        message: expect.stringMatching(/is ignored: .* beside a server that is given elsewhere$/),
      },
    ]);
  });

  const PROFILE = 'profile p in c.yaml';
  test.each<[string, string | undefined, string, RegExp]>([
    ['beside no profile', undefined, '--url', /, or set IMGDL_PASSWORD$/],
    ['where a variable names the server', undefined, 'IMGDL_URL', /, or set IMGDL_PASSWORD$/],
    [
      'where a file names the server',
      undefined,
      '/etc/imgdl/config.yaml',
      /, or add password-file to \/etc\/imgdl\/con/,
    ],
    ['beside a profile', PROFILE, PROFILE, /, or add password-file, .* to profile p in c\.yaml$/],
    ['beside a profile of another server', PROFILE, '--url', /^use --password-file FILE, or --password-file - to read/],
  ])('the hint at a missing password names only what would count: %s', async (_what, profile, origin, hint) => {
    const those = ports({ options: { url, user: 'bob' } });
    const settings = { ...those.settings, origin: () => origin };
    await expect(
      readAccount({ ...those, settings, ...(profile === undefined ? {} : { profile }) }),
    ).rejects.toMatchObject({ code: 'usage.missing', hint: expect.stringMatching(hint) });
  });

  test.each<[string, string, Record<string, string>, string]>([
    [
      'an option names the server',
      '--url',
      {},
      'use --user with --password-file FILE (or IMGDL_PASSWORD), or API keys',
    ],
    ['a file does', 'c.yaml', {}, 'use --user with --password-file FILE, or API keys'],
    [
      'a file does, and a variable has a password',
      'c.yaml',
      { IMGDL_PASSWORD: 'x' },
      'use --user with --password-file FILE,',
    ],
    ['a variable has a password, too', 'IMGDL_URL', { IMGDL_PASSWORD: 'x' }, 'use --user, or API keys'],
  ])('the hint at missing credentials names only what would count: %s', async (_what, origin, env, hint) => {
    const { settings } = ports({ options: { url } });
    const base = { endpoint: url };
    expect(logInCure(base, base, { ...settings, origin: () => origin }, new Map(Object.entries(env)))).toContain(hint);
  });

  const WHOLE = 'user: bob\npassword: p\nurl: https://ham/api';
  test.each<[string, Omit<World, 'transport'>, RegExp]>([
    ['has no url', { files: { [HAMMR]: 'user: bob\npassword: p' } }, /credentials\.yml has no url, so it is ignored$/],
    ['stands beside a user', { options: { user: 'eve' }, files: { [HAMMR]: WHOLE } }, /is ignored: .* beside a user/],
    ['stands beside keys', { options: { 'public-key': 'P' }, files: { [HAMMR]: WHOLE } }, /is ignored: .* keys/],
  ])('where no server is named, a hammr file is named that %s', async (_what, world, says) => {
    const those = ports(world);
    await expect(appCenterOf(those)).rejects.toMatchObject({ code: 'usage.missing' });
    expect(those.warnings).toEqual([{ code: 'hammr.ignored', message: expect.stringMatching(says) }]);
  });
});

describe('what is missing or too much', () => {
  test.each<[string, Omit<World, 'transport'>, string]>([
    ['a password', { options: { url, user: 'bob' } }, 'usage.missing'],
    ['a login', { options: { url, 'password-file': 'f' }, secrets: { password: 'p' } }, 'usage.missing'],
    ['a secret key', { options: { url, user: 'bob', 'public-key': 'P' } }, 'usage.missing'],
    [
      'a public key',
      { options: { url, user: 'bob', 'secret-key-file': 'f' }, secrets: { 'secret-key': 's' } },
      'usage.missing',
    ],
    [
      'both kinds',
      { options: { url, 'public-key': 'P', 'password-file': 'f' }, secrets: { 'secret-key': 's' } },
      'usage.option',
    ],
    [
      'both kinds in hammr',
      { files: { [HAMMR]: 'url: https://h/api\npassword: canary\npublickey: p' } },
      'config.read',
    ],
    ['hammr broken', { files: { [HAMMR]: 'password: *canary\nurl: x' } }, 'config.read'],
    ['hammr broken JSON', { files: { [HAMMR]: '{"password": "canary}' } }, 'config.read'],
    ['hammr a list', { files: { [HAMMR]: '- canary' } }, 'config.read'],
    ['hammr with a tag of code', { files: { [HAMMR]: 'password: !!js/function "canary"' } }, 'config.read'],
    ['hammr with a password in its url', { files: { [HAMMR]: 'url: https://a:canary@h/api' } }, 'usage.url'],
  ])('%s', async (_what, world, code) => {
    const error = await readAccount(ports(world)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, hint: expect.any(String) });
    expect(String(error) + JSON.stringify(error)).not.toContain('canary');
  });
});

test('of a key that is twice in hammr the last one counts, and both lines are told, its value not', async () => {
  const files = { [HAMMR]: 'url: https://h/api\nuser: canary\npassword: x\nuser: bob' };
  expect(await sent({ files })).toBe('https://h/api bob basic bob:x ');
  const twice = ports({ files });
  await readAccount(twice);
  expect(twice.warnings).toContainEqual({
    code: 'config.repeated',
    message: `${HAMMR}: the key "user" appears twice, in lines 2 and 4: the last one counts`,
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  ['password', { url, user: 'bob' }, /--password-file FILE.*stdin.*IMGDL_PASSWORD$/],
  ['secret key', { url, 'public-key': 'P' }, /--secret-key-file FILE.*IMGDL_SECRET_KEY$/],
])('the hint of a missing %s names every way to give it', async (_what, options, hint) => {
  await expect(readAccount(ports({ options }))).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
});

describe('hammr is believed only so far', () => {
  test.each([
    ['acceptAutoSigned: true', false, ['hammr.tls']],
    ['acceptAutoSigned: True', false, ['hammr.tls']],
    ['acceptAutoSigned: yes', false, ['hammr.tls']],
    ['acceptAutoSigned: false', false, []],
    ['acceptAutoSigned: no', false, []],
    ['other: x', false, []],
    ['other: x', true, ['hammr.permissions']],
  ])('%s, readable by others %s: %j', async (line, groupOrWorld, codes) => {
    const with_ = ports({ files: { [HAMMR]: { text: `url: https://h/api\n${line}`, groupOrWorld } } });
    await readAccount(with_);
    expect(with_.warnings.map((warning) => warning.code)).toEqual(codes);
  });
});

test('for another server no secret is read', async () => {
  const other = ports({ options: { url, user: 'bob' }, secrets: { password: 'p' } });
  const { credentials } = await readAccount(other, () => false);
  expect(credentials).toBeUndefined();
  expect(other.asked).toEqual([]);
});

describe('logins and users', () => {
  test.each(['a', 'al@x.org', 'sup\\bob', 'ünï', 'a b'])('%j is a login', (raw) => {
    expect(parseLogin(raw)).toBe(raw);
  });
  test.each(['', 'a:b', 'a\r\nb', 'x'.repeat(257)])('%j is no login', (raw) => {
    expect(() => parseLogin(raw)).toThrow(expect.objectContaining({ code: 'usage.option' }));
  });
  test('a password behind the login is not repeated, in whatever text', () => {
    expect(() => parseLogin('alice:canary-4711')).toThrow(
      expect.objectContaining({
        message: 'the login name contains a colon',
        hint: expect.not.stringContaining('canary'),
      }),
    );
    expect(maskKnown('unknown user canary-4711', 'ours')).toBe('unknown user ***');
  });
  test.each(['', '.', '..', 'a\nb', '\ud800'])('%j is no user', (raw) => {
    expect(() => parseUid(raw)).toThrow(expect.objectContaining({ code: 'usage.option' }));
  });
});
