import { describe, expect, test } from 'vitest';
import { commandTable } from '#imgdl/app/command-table.js';
import { givenProperties, propertiesOf } from '#imgdl/app/properties.js';
import { settingsOfFlags } from '#imgdl/config/layers.js';
import { maskKnown } from '#imgdl/core/vault.js';
import type { FileOptions, ServiceOptions, Surroundings } from '#imgdl/index.js';

const MD5 = `md5:${'a'.repeat(32)}`;

type Names = Exclude<keyof (FileOptions & ServiceOptions), keyof Surroundings>;
interface Values {
  readonly good: unknown;
  readonly bad: unknown;
}

/** All that the types offer, with a value that counts and one that does not: a row without its property fails below. */
const VALUES = {
  target: { good: '/srv/x', bad: '' },
  force: { good: true, bad: 1 },
  update: { good: true, bad: 'maybe' },
  receipt: { good: 'yes', bad: null },
  onBusy: { good: 'wait', bad: 'maybe' },
  dryRun: { good: true, bad: {} },
  checksum: { good: [MD5], bad: ['md5:ab'] },
  checksums: { good: 'https://h/SHA256SUMS', bad: 'relative/SHA256SUMS' },
  keyring: { good: '/keys.gpg', bad: 'keys.gpg' },
  netrc: { good: true, bad: 'maybe' },
  headerFile: { good: '/headers', bad: 'headers' },
  require: { good: 'digest', bad: 'all' },
  inspect: { good: 'fail', bad: 'maybe' },
  onChange: { good: 'fail', bad: true },
  restart: { good: false, bad: 0 },
  retries: { good: 0, bad: Number.NaN },
  deadline: { good: '15m', bad: 90 },
  deadlineMs: { good: 1_500, bad: '15m' },
  wait: { good: '30m', bad: 30 },
  waitMs: { good: 1_800_000, bad: '30m' },
  newest: { good: true, bad: 'perhaps' },
  format: { good: 'qcow2', bad: ' ' },
  revision: { good: 3, bad: -1 },
  outputFormat: { good: 'json', bad: 'xml' },
  connections: { good: 4, bad: -1 },
  limitRate: { good: '20M', bad: 0 },
  cacert: { good: '/ca.pem', bad: 7 },
  cert: { good: '/cert.pem', bad: [] },
  key: { good: '/key.pem', bad: ['/a', '/b'] },
  insecure: { good: true, bad: 'sure' },
  proxy: { good: 'http://proxy:3128', bad: 'socks5://proxy' },
  timeout: { good: '30s', bad: '30' },
  timeoutMs: { good: 30_000, bad: Number.POSITIVE_INFINITY },
  config: { good: '/config.yaml', bad: 'relative.yaml' },
  profile: { good: 'prod', bad: 'a b' },
  url: { good: 'https://uforge.example.com/api', bad: 'uforge' },
  user: { good: 'alice', bad: 'a:b' },
  uid: { good: 'alice', bad: '..' },
  password: { good: 'canary-given', bad: 'two\nlines' },
  passwordFile: { good: '/secret', bad: '\0' },
  publicKey: { good: 'abc', bad: 'a b' },
  secretKey: { good: 'canary-key', bad: '' },
  secretKeyFile: { good: '/secret', bad: 'relative' },
  downloadId: { good: 'abc', bad: 'https://x' },
  via: { good: 'key', bad: 'luck' },
  osCloud: { good: 'lab', bad: ' ' },
  allowHttp: { good: 'glance', bad: 'http://glance' },
  osRegion: { good: 'RegionOne', bad: ' ' },
  tag: { good: ['golden'], bad: ' ' },
  property: { good: [{ key: 'os_distro', value: 'debian' }], bad: { key: 'os_distro' } },
  owner: { good: 'eb3f75cd53c44132b0db4948cf9cfb3a', bad: '' },
  visibility: { good: 'all', bad: 'everybody' },
  as: { good: 'plain', bad: 'nothing' },
} satisfies Record<Names, Values>;

const TABLE = commandTable();
/** Those of all downloads. A command for any URL has those of every provider, but none that chooses among several. */
const ROWS = [...new Set(TABLE.rows.flatMap(({ command, options }) => (command.kind === 'download' ? options : [])))];
const SECRETS = ['password', 'secretKey'];

const refused = (values: Readonly<Record<string, unknown>>, cwd?: string): unknown => {
  try {
    givenProperties(values, ROWS, cwd);
    return undefined;
  } catch (error) {
    return error;
  }
};

test('every option is a property, and every property an option', () => {
  const properties = propertiesOf(ROWS).map(({ name }) => name);
  expect([...properties, ...SECRETS].sort()).toEqual(Object.keys(VALUES).sort());
});

describe.each(Object.entries(VALUES) as [string, Values][])('%s', (name, { good, bad }) => {
  test('counts', () => {
    const { flags, secrets } = givenProperties({ [name]: good }, ROWS, undefined);
    expect([...flags.keys()]).toHaveLength(1);
    const settings = settingsOfFlags(flags, ROWS);
    const row = ROWS.find(({ key }) => flags.has(key));
    expect(row !== undefined && settings.origin(row)).toBe(`--${row?.key}`);
    if (SECRETS.includes(name)) expect([...secrets.values()].map((secret) => secret.reveal())).toEqual([good]);
    else expect(row === undefined ? [] : settings.all(row)).toHaveLength(1);
  });

  test.each([
    ['of nonsense', bad],
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('x')],
    ['a list of lists', [[good]]],
  ])('is refused: %s', (_, value) => {
    expect(refused({ [name]: value })).toMatchObject({
      code: expect.stringMatching(/^usage\.(?:option|url)$/),
      message: expect.stringMatching(new RegExp(`^${name}: `)),
      hint: expect.stringMatching(/^(?!.*\b(?:give|leave) )/),
    });
  });
});

describe('is refused:', () => {
  test.each<[string, Readonly<Record<string, unknown>>, RegExp, RegExp]>([
    ['a slip of the pen', { limitrate: 1 }, /^limitrate: there is no such option/, /^did you mean limitRate\?/],
    ['the name of the command line', { 'limit-rate': 4096 }, /^limit-rate: there is no/, /limitRate/],
    ['a slip in a long name', { checksumm: [] }, /^checksumm: there is no/, /^did you mean checksum\?/],
    ['what only a command line says', { json: true }, /^json: there is no/, /./],
    ['what only a list takes', { limit: 3 }, /^limit: there is no/, /./],
    ['what nobody knows', { 'x\n': 1 }, /^x\\n: there is no/, /^remove it;/],
    ['a duration without unit', { deadline: 90 }, /^deadline: a number has no unit/, /deadlineMs/],
    ['a duration given twice', { timeout: '9s', timeoutMs: 9_000 }, /^timeoutMs: .* set by another name/, /^use one/],
    [
      'a secret given twice',
      { passwordFile: '/x', password: 'canary' },
      /^password: .* set by another name/,
      /^use one/,
    ],
    ['what a prototype has', { constructor: 1 }, /^constructor: there is no/, /./],
  ])('%s', (_, values, message, hint) => {
    expect(refused(values)).toMatchObject({
      code: 'usage.option',
      exit: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test.each(['json', 'progress', 'quiet', 'verbose', 'color'])('%s, which says how a command line speaks', (name) => {
    expect(TABLE.options.map(({ key }) => key)).toContain(name);
    expect(refused({ [name]: 'true' })).toMatchObject({ code: 'usage.option' });
  });

  test('a password where no option names its file', () => {
    const rows = TABLE.rows.find(({ spec }) => spec.path[0] === 'glance')?.options ?? [];
    expect(() => givenProperties({ password: 'canary' }, rows, undefined)).toThrow('password: there is no such option');
  });
});

test('relative paths need a directory, in which they are; a target is kept as it is shown', () => {
  expect(refused({ cacert: 'ca.pem' })).toMatchObject({ hint: 'use an absolute path, or set cwd' });
  const { flags } = givenProperties(
    { cacert: 'ca.pem', cert: 'certs/', target: 'x/', passwordFile: '../p' },
    ROWS,
    '/srv/here',
  );
  expect(Object.fromEntries(flags)).toEqual({
    cacert: ['/srv/here/ca.pem'],
    cert: ['/srv/here/certs/'],
    output: ['x/'],
    'password-file': ['/srv/p'],
  });
});

test('a password is a secret at once, and never a setting', () => {
  const { flags } = givenProperties({ password: 'canary-of-a-program' }, ROWS, undefined);
  expect(maskKnown('is canary-of-a-program', 'ours')).toBe('is ***');
  expect(JSON.stringify([...flags])).not.toContain('canary');
});
