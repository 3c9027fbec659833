import { describe, expect, test } from 'vitest';
import { imagesOf } from '#imgdl/app/images.js';
import { CONNECTIONS, LIMIT_RATE } from '#imgdl/app/speed-options.js';
import { AppError } from '#imgdl/core/errors.js';

const spec = (count: number, several?: true) => ({
  path: ['x'],
  args: Array.from({ length: count }, (_, at) => ({ name: `a${at}`, doc: '' })),
  ...(several === undefined ? {} : { several }),
  summary: '',
  examples: [],
});

describe('the images of a command line', () => {
  test.each<[string, number, true | undefined, string[], string[][]]>([
    ['one is itself', 1, true, ['a'], [['a']]],
    ['several are so many', 1, true, ['a', 'b', 'c'], [['a'], ['b'], ['c']]],
    [
      'all but the last argument are shared',
      3,
      true,
      ['1', '2', 'a', 'b'],
      [
        ['1', '2', 'a'],
        ['1', '2', 'b'],
      ],
    ],
    ['a command of one image has one', 1, undefined, ['a', 'b'], [['a', 'b']]],
  ])('%s', (_, count, several, args, images) => {
    expect(imagesOf(spec(count, several), args)).toEqual(images);
  });
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
