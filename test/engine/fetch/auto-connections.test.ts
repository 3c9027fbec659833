import { describe, expect, it } from 'vitest';
import { fewer, type Tuning, tune, UNTUNED } from '#imgdl/engine/fetch/auto-connections.js';

/** Plays windows: what `rateOf(connections)` gives for the number that is wanted. */
function play(rateOf: (live: number, window: number) => number, windows: number, promising = true, most = 8) {
  const wanted: number[] = [];
  let tuning: Tuning = UNTUNED;
  for (let window = 0; window < windows; window += 1) {
    tuning = tune(tuning, { rate: rateOf(tuning.wanted, window), live: tuning.wanted, promising }, most);
    wanted.push(tuning.wanted);
  }
  return wanted;
}

describe('automatic connections', () => {
  it.each([
    [
      'each connection is limited by the server: one more each window, up to the most',
      (n: number) => n * 20,
      [2, 3, 4, 5, 6, 7, 8, 8],
    ],
    ['one fills the network: the second is tried for two windows and given up', () => 100, [2, 2, 1, 1, 1, 1, 1, 1]],
    ['three fill the network: the fourth is given up', (n: number) => Math.min(n, 3) * 30, [2, 3, 4, 4, 3, 3, 3, 3]],
    ['10 % more is not enough', (n: number) => 100 + 10 * (n - 1), [2, 2, 1, 1, 1, 1, 1, 1]],
    ['uniform slowness triggers nothing after the trial', () => 0.1, [2, 2, 1, 1, 1, 1, 1, 1]],
    [
      'a connection takes a window to come up to speed',
      (n: number, window: number) => (window % 2 === 1 ? (n - 1) * 100 + 1 : n * 100),
      [2, 2, 3, 3, 4, 4, 5, 5],
    ],
    ['it gets slower with more', (n: number) => 100 / n, [2, 2, 1, 1, 1, 1, 1, 1]],
  ] as const)('%s', (_, rateOf, wanted) => {
    expect(play(rateOf, 8)).toEqual(wanted);
  });

  it('adds none where nothing is to be won', () => {
    expect(play((n) => n * 20, 5, false)).toEqual([1, 1, 1, 1, 1]);
  });

  it('tries again after a rest that doubles each time', () => {
    const trials = play(() => 100, 60).flatMap((wanted, window) => (wanted === 2 ? [window] : []));
    expect(trials).toEqual([0, 1, 13, 14, 36, 37]);
  });

  it('waits until all that are wanted are there', () => {
    const two = tune(UNTUNED, { rate: 10, live: 1, promising: true }, 8);
    expect(tune(two, { rate: 99, live: 1, promising: true }, 8)).toBe(two);
  });

  it.each([
    [4, 3, 3],
    [4, 0, 1],
    [1, 5, 1],
  ])('with %i wanted and %i left after a refusal: %i', (wanted, left, now) => {
    expect(fewer({ ...UNTUNED, wanted }, left)).toMatchObject({ wanted: now, before: undefined, rest: 10 });
  });
});
