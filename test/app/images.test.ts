import { describe, expect, test } from 'vitest';
import { imagesOf, missingArgument } from '#imgdl/app/images.js';

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
    ['the last argument may be alone', 2, true, ['1095'], [['1095']]],
    ['fewer than all are of one', 3, true, ['a', 'b'], [['a', 'b']]],
    ['a command of one image has one', 1, undefined, ['a', 'b'], [['a', 'b']]],
  ])('%s', (_, count, several, args, images) => {
    expect(imagesOf(spec(count, several), args)).toEqual(images);
  });
});

test.each<[string, number, string[], string | undefined]>([
  ['the first of two', 2, [], 'a0'],
  ['the last of two', 2, ['747'], 'a1'],
  ['nothing', 2, ['747', '1095'], undefined],
  ['nothing of several', 2, ['747', '1095', '1096'], undefined],
])('of a command line %s is missing', (_, count, args, missing) => {
  expect(missingArgument(spec(count, true), args)).toBe(missing);
});

test('where the last argument may be given alone, it alone can be missing', () => {
  const args = [
    { name: 'appliance', doc: '', optional: true as const },
    { name: 'image', doc: '' },
  ];
  const alone = { ...spec(0, true), args };
  expect([[], ['1095'], ['747', '1095']].map((given) => missingArgument(alone, given))).toEqual([
    'image',
    undefined,
    undefined,
  ]);
});
