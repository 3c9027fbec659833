import { describe, expect, it } from 'vitest';
import { WantedConnections } from '#imgdl/engine/fetch/wanted-connections.js';
import { fakeClock } from '../../support/fake-clock.js';

const rising = (live: number) => ({ rate: live * 20, live, promising: true });

describe('the connections that are wanted', () => {
  it.each([
    ['as many as the user says, whatever they deliver', 4 as const, [4, 4, 4]],
    ['by themselves one more while that helps', 'auto' as const, [2, 3, 4]],
  ])('are %s', (_, connections, counts) => {
    const wanted = new WantedConnections(connections, fakeClock());
    const seen = counts.map(() => {
      wanted.tune(rising(wanted.count));
      return wanted.count;
    });
    expect(seen).toEqual(counts);
  });

  it('are 8 by themselves at most', () => {
    const wanted = new WantedConnections('auto', fakeClock());
    for (let i = 0; i < 20; i += 1) wanted.tune(rising(wanted.count));
    expect(wanted.count).toBe(8);
  });

  it.each([
    ['one that was lost', false, 3, 3],
    ['a server that never gives it over several', true, 3, 1],
    ['the last one that was lost', false, 0, 1],
  ])('by themselves are fewer after %s', (_, forGood, left, count) => {
    const wanted = new WantedConnections('auto', fakeClock());
    for (let i = 0; i < 3; i += 1) wanted.tune(rising(wanted.count));
    wanted.failed(left, forGood, undefined);
    expect(wanted.count).toBe(count);
  });

  it('stay what the user says when one is lost, and one only where the server never gives it over several', () => {
    const wanted = new WantedConnections(4, fakeClock());
    wanted.failed(3, false, undefined);
    expect(wanted.count).toBe(4);
    wanted.failed(2, true, undefined);
    expect([wanted.count, wanted.mayOpen]).toEqual([1, false]);
  });
});

describe('after a failure none is opened', () => {
  it.each([
    ['for 1 s', [undefined], 1_000],
    ['for twice as long after each', [undefined, undefined, undefined], 4_000],
    ['for 60 s at most', Array.from({ length: 9 }, () => undefined), 60_000],
    ['for as long as the server asks for', [90_000], 90_000],
    ['for no less because the server asks for less', [10], 1_000],
  ])('%s', (_, asked, pauseMs) => {
    const clock = fakeClock();
    const wanted = new WantedConnections(4, clock);
    for (const retryAfterMs of asked) wanted.failed(1, false, retryAfterMs);
    clock.pass(pauseMs - 1);
    expect(wanted.mayOpen).toBe(false);
    clock.pass(1);
    expect(wanted.mayOpen).toBe(true);
  });

  it('for 1 s again once a segment came to its end', () => {
    const clock = fakeClock();
    const wanted = new WantedConnections(4, clock);
    for (let i = 0; i < 5; i += 1) wanted.failed(1, false, undefined);
    clock.pass(60_000);
    wanted.succeeded();
    wanted.failed(1, false, undefined);
    clock.pass(1_000);
    expect(wanted.mayOpen).toBe(true);
  });

  it('for ever where the server never gives it over several', () => {
    const clock = fakeClock();
    const wanted = new WantedConnections('auto', clock);
    wanted.failed(1, true, undefined);
    clock.pass(1e9);
    expect(wanted.mayOpen).toBe(false);
  });
});
