import { describe, expect, test } from 'vitest';
import { bench } from './modules.js';

const { median, roundOrder, summarise } = await bench('statistics.mjs');

describe('the median', () => {
  test.each([
    ['of nothing is unknown', [], undefined],
    ['of one is itself', [7], 7],
    ['of an odd count is the middle one, whatever the order', [9, 1, 5], 5],
    ['of an even count is the mean of the middle two', [4, 1, 3, 100], 3.5],
    ['compares as numbers, not as text', [10, 9, 100], 10],
  ])('%s', (_, values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('leaves its input as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

test('a summary has medians of each figure, the spread of the time, and null for what no run knows', () => {
  const runs = [
    { wallMs: 30, cpuMs: 1, rssBytes: null },
    { wallMs: 10, cpuMs: 3, rssBytes: null },
    { wallMs: 20, cpuMs: 2, rssBytes: null },
  ];
  expect(summarise(runs)).toEqual({
    wallMs: 20,
    wallMinMs: 10,
    wallMaxMs: 30,
    cpuMs: 2,
    rssBytes: null,
    firstByteMs: null,
  });
  expect(summarise([])).toBeUndefined();
});

test('a round has everybody once, and each round another begins', () => {
  const rounds = [0, 1, 2, 3].map((round) => roundOrder(3, round));
  expect(rounds).toEqual([
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 1, 2],
  ]);
});
