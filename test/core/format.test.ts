import { describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { parseChoice, parseCount, parseDuration, parsePath, parseSize, parseSwitch } from '#imgdl/core/format.js';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) {
      expect(error.hint, 'every refusal names the cure').toBeTruthy();
      return error.code;
    }
    throw error;
  }
  return 'accepted';
}

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['1s', 1000],
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['576h', 2_073_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    '90',
    ' 5s',
    '5s ',
    '5 s',
    '-5s',
    '+5s',
    '1e9s',
    '1.5h',
    '0s',
    '007s',
    '5S',
    '1d',
    '577h',
    '1h30m',
    's',
  ])('%j is refused', (text) => {
    expect(codeOf(() => parseDuration(text))).toBe('usage.option');
  });

  test('never exceeds what a timer of Node can wait', () => {
    expect(parseDuration('576h')).toBeLessThan(2 ** 31);
  });
});

describe('a size', () => {
  test.each([
    ['0', 0],
    ['4096', 4096],
    ['1K', 1024],
    ['20M', 20 * 2 ** 20],
    ['20MiB', 20 * 2 ** 20],
    ['20MB', 20_000_000],
    ['2048M', 2 ** 31],
    ['5T', 5 * 2 ** 40],
    ['9007199254740991', 2 ** 53 - 1],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(['', ' 5', '-1', '1e9', '0x10', '1.5G', '20m', '20 M', '20Mb', '9007199254740992', '9000T', 'M', '01'])(
    '%j is refused',
    (text) => {
      expect(codeOf(() => parseSize(text))).toBe('usage.option');
    },
  );
});

describe('a count', () => {
  test('takes its two limits and what lies between', () => {
    expect([parseCount('0', 0, 9), parseCount('5', 0, 9), parseCount('9', 0, 9)]).toEqual([0, 5, 9]);
  });

  test.each(['', ' 5', '5 ', '-1', '+1', '1e0', '0x1', '05', '1.0', '10', '５', 'NaN', 'Infinity', '1_0'])(
    '%j is refused within 0 to 9',
    (text) => {
      expect(codeOf(() => parseCount(text, 0, 9))).toBe('usage.option');
    },
  );
});

describe('a switch', () => {
  test.each(['true', '1', 'yes', 'on', 'TRUE', 'Yes'])('%s is yes', (text) => {
    expect(parseSwitch(text)).toBe(true);
  });
  test.each(['false', '0', 'no', 'off', 'False'])('%s is no', (text) => {
    expect(parseSwitch(text)).toBe(false);
  });
  test.each(['', ' ', 'true ', '2', 'y', 'nein', 'tru\u0130'])('%j is refused', (text) => {
    expect(codeOf(() => parseSwitch(text))).toBe('usage.option');
  });
});

test('a choice is spelled exactly, and a refusal lists the words', () => {
  expect(parseChoice('wait', ['fail', 'wait'])).toBe('wait');
  expect(codeOf(() => parseChoice('Wait', ['fail', 'wait']))).toBe('usage.option');
  expect(() => parseChoice('', ['fail', 'wait'])).toThrow('empty');
});

test('a path is anything but nothing and NUL', () => {
  expect(parsePath(' odd\nname')).toBe(' odd\nname');
  expect(codeOf(() => parsePath(''))).toBe('usage.option');
  expect(codeOf(() => parsePath('a\0b'))).toBe('usage.option');
});

test('a refusal escapes what it quotes', () => {
  expect(() => parseCount('\u001b[31m', 0, 9)).toThrow('"\\x1b[31m" is not a whole number from 0 to 9');
});
