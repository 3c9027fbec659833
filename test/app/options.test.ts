import { describe, expect, test } from 'vitest';
import { commandTable } from '#imgdl/app/command-table.js';
import { everyOption } from '#imgdl/app/option-table.js';
import { COMMON_OPTIONS, CONNECTIONS, LIMIT_RATE, RETRIES } from '#imgdl/app/options.js';
import { PROXY } from '#imgdl/app/transport-options.js';
import { parseValue } from '#imgdl/config/keys.js';
import { AppError, isAppError } from '#imgdl/core/errors.js';
import { redactText } from '#imgdl/core/redact.js';
import { PROVIDERS } from '#imgdl/providers/index.js';

describe.each(COMMON_OPTIONS.map((option) => [option.key, option] as const))('the row of --%s', (_key, option) => {
  test('has a key that makes a flag, a variable and a configuration key', () => {
    expect(option.key).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });
  test('has one short line of help without a full stop', () => {
    expect(option.doc).not.toMatch(/\.$|\n/);
    expect(option.doc.length).toBeLessThanOrEqual(60);
  });
  test('parses every choice that it names and refuses nonsense', () => {
    for (const choice of option.choices ?? []) expect(option.parse(choice)).toBe(choice);
    if (option.choices !== undefined) expect(() => option.parse('nonsense')).toThrow(AppError);
  });
  test('refuses an empty value', () => {
    expect(() => option.parse('')).toThrow(AppError);
  });
});

const ALL = everyOption(PROVIDERS).map((option) => [option.key, option] as const);

test.each(ALL)('what is wrong with --%s is said in whole words, under the name that was used', (key, option) => {
  const words = ['', '\u0000', 'bad value with blanks', 'x'.repeat(5000)].flatMap((given) => {
    const names = [`--${key}`, `IMGDL_${key.toUpperCase().replaceAll('-', '_')}`, `${key} of profile p`, key];
    return names.flatMap((name) => {
      try {
        parseValue(option, given, name);
        return [];
      } catch (error) {
        return [[name, isAppError(error) ? error.message : String(error)] as const];
      }
    });
  });
  for (const [name, message] of words) {
    expect(message.startsWith(`${name}: `)).toBe(true);
    expect(message.slice(name.length)).not.toContain(`--${key}`);
    expect(redactText(message)).toBe(message);
  }
});

test('no two rows share a key or a letter', () => {
  const keys = COMMON_OPTIONS.map((option) => option.key);
  const letters = COMMON_OPTIONS.flatMap((option) => option.short ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(letters).size).toBe(letters.length);
});

test('no option takes a password or token as its value', () => {
  expect(COMMON_OPTIONS.map((option) => option.key).filter((key) => /^(password|token|secret)$/.test(key))).toEqual([]);
});

test.each([
  ['http://proxy:3128', 'http://proxy:3128'],
  ['https://proxy.example/', 'https://proxy.example'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
])('--proxy %s is %s', (text, origin) => {
  expect(PROXY.parse(text)).toBe(origin);
});

test.each(['proxy:3128', 'socks5://proxy:1080', 'http://proxy/path', 'http://proxy/?q', '', 'http://u:canary@proxy'])(
  '--proxy %s is refused, and its password is not repeated',
  (text) => {
    let message = '';
    try {
      PROXY.parse(text);
    } catch (error) {
      message = JSON.stringify(error);
    }
    expect(message).toContain('usage.option');
    expect(message).not.toContain('canary');
  },
);

test('--retries 0 means one attempt, 1e9 means nothing', () => {
  expect(RETRIES.parse('0')).toBe(0);
  expect(() => RETRIES.parse('1e9')).toThrow(AppError);
});

describe('--connections', () => {
  test.each([
    ['auto', 'auto'],
    ['1', 1],
    ['16', 16],
  ] as const)('%s', (text, value) => {
    expect(CONNECTIONS.parse(text)).toBe(value);
  });
  test.each(['0', '17', '-1', '1.5', 'Auto', 'all', '', ' 4'])('refuses "%s", and says what it takes', (text) => {
    expect(() => CONNECTIONS.parse(text)).toThrow(
      expect.objectContaining({ code: 'usage.option', hint: 'use a number from 1 to 16, or auto' }),
    );
  });
});

describe('--limit-rate', () => {
  test.each([
    ['1K', 1024],
    ['20M', 20 * 2 ** 20],
    ['20MB', 20_000_000],
    ['1024', 1024],
  ] as const)('%s', (text, value) => {
    expect(LIMIT_RATE.parse(text)).toBe(value);
  });
  test.each(['0', '1023', '1KB', '20M/s', '1.5M', '', '-1'])('refuses "%s"', (text) => {
    expect(() => LIMIT_RATE.parse(text)).toThrow(AppError);
  });
});

describe('an option is for the commands that can use it:', () => {
  const { rows } = commandTable();
  const has = (path: string, key: string): boolean | undefined =>
    rows.find(({ spec }) => spec.path.join(' ') === path)?.options.some((row) => row.key === key);

  test.each([
    ['wait', ['appliance image', 'glance image', 'url', 'appliance export', 'container export'], ['appliance list']],
    ['newest', ['appliance image', 'glance image', 'appliance export', 'container export'], ['url', 'glance list']],
    ['download-id', ['appliance image', 'scan image', 'url'], ['appliance export', 'container export', 'glance image']],
    ['via', ['appliance pimage', 'container image', 'url'], ['appliance export', 'container export', 'appliance list']],
    ['output-format', ['appliance export', 'container export'], ['appliance image', 'url', 'glance image']],
    ['format', ['appliance image', 'glance image', 'appliance list'], ['url', 'appliance export']],
  ])('--%s', (key, those, others) => {
    expect(those.filter((path) => has(path, key) !== true)).toEqual([]);
    expect(others.filter((path) => has(path, key) !== false)).toEqual([]);
  });
});
