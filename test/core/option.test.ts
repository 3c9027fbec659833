import { describe, expect, test } from 'vitest';
import { everyOption } from '#imgdl/app/option-table.js';
import { CONNECTIONS, DRY_RUN, LIMIT_RATE, ON_BUSY, OUTPUT, RETRIES } from '#imgdl/app/options.js';
import { JSON_RESULT } from '#imgdl/app/output-options.js';
import { TIMEOUT } from '#imgdl/app/transport-options.js';
import { CHECKSUM } from '#imgdl/app/verification-options.js';
import { SANDBOX_OPTIONS, SANDBOX_SIZE } from '#imgdl/cli/sandbox-options.js';
import { settingsOfFlags } from '#imgdl/config/layers.js';
import { defaultTextOf, type OptionSpec, optionValue, textOf } from '#imgdl/core/option.js';
import { Secret } from '#imgdl/core/secret.js';
import { PROVIDERS } from '#imgdl/providers/index.js';
import { DOWNLOAD_ID } from '#imgdl/providers/uforge/options.js';

const MD5 = 'ee20785a2dad89480c622c3291fd1831';

describe('a value that is typed already is judged as its text is:', () => {
  test.each<[string, OptionSpec<unknown>, unknown, unknown]>([
    ['a number', RETRIES, 3, 3],
    ['a number in a text', RETRIES, '3', 3],
    ['a switch', JSON_RESULT, true, true],
    ['a switch in words', JSON_RESULT, 'off', false],
    ['a duration in milliseconds', TIMEOUT, 90_000, 90_000],
    ['a duration in a text', TIMEOUT, '90s', 90_000],
    ['an odd duration', TIMEOUT, 1_001, 1_001],
    ['a rate', LIMIT_RATE, 20 * 2 ** 20, 20 * 2 ** 20],
    ['a rate off every unit', LIMIT_RATE, 1_000_001, 1_000_001],
    ['a word', ON_BUSY, 'wait', 'wait'],
    ['a number where a word is possible', CONNECTIONS, 4, 4],
    ['a digest', CHECKSUM, { algorithm: 'md5', hex: MD5, from: 'user' }, { algorithm: 'md5', hex: MD5, from: 'user' }],
  ])('%s is taken', (_, option, given, value) => {
    expect(optionValue(option, given)).toEqual(value);
  });

  test('a secret is taken, and stays one', () => {
    const value = optionValue(DOWNLOAD_ID, new Secret('canary'));
    expect([value.reveal(), String(value)]).toEqual(['canary', '***']);
  });

  test.each<[string, OptionSpec<unknown>, unknown]>([
    ['NaN', RETRIES, Number.NaN],
    ['a negative number', RETRIES, -1],
    ['half a retry', RETRIES, 0.5],
    ['too large a number', RETRIES, 1e21],
    ['endless patience', TIMEOUT, Number.POSITIVE_INFINITY],
    ['no patience', TIMEOUT, 0],
    ['a negative duration', TIMEOUT, -1000],
    ['a fraction of a millisecond', TIMEOUT, 0.5],
    ['a rate of 0', LIMIT_RATE, 0],
    ['a rate of NaN', LIMIT_RATE, Number.NaN],
    ['no connection', CONNECTIONS, 0],
    ['17 connections', CONNECTIONS, 17],
    ['a wrong word', ON_BUSY, 'maybe'],
    ['a number for a word', ON_BUSY, 1],
    ['a number for a switch', DRY_RUN, 1],
    ['a switch for a number', RETRIES, true],
    ['a switch for a path', OUTPUT, true],
    ['a number for a path', OUTPUT, 5],
    ['an object', RETRIES, {}],
    ['nothing', RETRIES, null],
    ['a list', RETRIES, [1]],
    ['a function', OUTPUT, () => 'x'],
    ['a digest of the wrong length', CHECKSUM, { algorithm: 'md5', hex: 'ab' }],
    ['what only looks like a secret', DOWNLOAD_ID, { reveal: () => 'x' }],
  ])('%s is a usage error', (_, option, given) => {
    expect(() => optionValue(option, given)).toThrow(expect.objectContaining({ code: 'usage.option', exit: 2 }));
  });
});

describe.each([...everyOption(PROVIDERS), ...SANDBOX_OPTIONS].map((row) => [row.key, row] as const))(
  'the default of --%s',
  (_, row) => {
    test('is a value that its own row takes', () => {
      if (row.default !== undefined) expect(optionValue(row, row.default)).toEqual(row.default);
    });
    test('is what counts when nothing is given', () => {
      expect(settingsOfFlags(new Map(), [row]).get(row)).toBe(row.default);
    });
    test('stands at the begin of its words', () => {
      const { defaultText } = row;
      if (row.default === undefined || defaultText === undefined) return;
      expect(defaultText.startsWith(textOf(row, row.default) ?? '?')).toBe(true);
    });
  },
);

test.each<[string, OptionSpec<unknown>, string | undefined]>([
  ['a number, and when another one holds', RETRIES, '8, or 2 if no server has responded yet'],
  ['a size, in its unit', SANDBOX_SIZE, '256M'],
  ['a word', ON_BUSY, 'fail'],
  ['words, where the value does not say it all', CONNECTIONS, 'auto: add more while the download gets faster'],
  ['nothing for a switch', DRY_RUN, undefined],
  ['nothing where there is none', CHECKSUM, undefined],
])('the default that help shows is %s', (_, row, text) => {
  expect(defaultTextOf(row)).toBe(text);
});
