import { setImmediate as nextTurn } from 'node:timers/promises';
import { unlessAborted } from '#imgdl/core/abort.js';
import type { Clock } from '#imgdl/core/clock.js';

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** Time that passes when everybody sleeps, and then just as far as the first of them wants: several run beside each other. */
export class VirtualTime {
  #now = 0;
  readonly #sleepers: Sleeper[] = [];

  get now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((wake) => {
      this.#sleepers.push({ due: this.#now + ms, wake });
    });
  }

  /** A clock for one of those that run beside each other. */
  clock(random: () => number): Clock {
    return {
      now: () => this.#now,
      wall: () => this.#now,
      random,
      sleep: async (ms, signal) => await unlessAborted(this.sleep(ms), signal),
    };
  }

  /** Runs until all are over. Those that wait for something else than time, such as a module, stop it. */
  async run<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
    const all = Promise.all(work);
    let over = false;
    const end = (): void => {
      over = true;
    };
    all.then(end, end);
    while (!over) {
      await nextTurn();
      this.#sleepers.sort((a, b) => a.due - b.due);
      const first = over ? undefined : this.#sleepers.shift();
      if (first === undefined) continue;
      this.#now = Math.max(this.#now, first.due);
      first.wake();
    }
    return await all;
  }
}
