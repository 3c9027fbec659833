import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '#imgdl/core/clock.js';

/**
 * A clock whose time passes by pass() and in sleep(), which is over after everything that is ready has run. Several that
 * sleep at once wake when their own time has come.
 */
export interface FakeClock extends Clock {
  /** What was asked of sleep(), in milliseconds. */
  readonly sleeps: number[];
  pass(ms: number): void;
}

export function fakeClock(random = 0): FakeClock {
  let time = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => time,
    wall: () => time,
    random: () => random,
    pass: (ms) => {
      time += ms;
    },
    async sleep(ms, signal) {
      const due = time + ms;
      await nextTurn();
      signal.throwIfAborted();
      sleeps.push(ms);
      time = Math.max(time, due);
    },
  };
}
