/** Park and Miller's minimal standard generator: the same numbers for the same seed, everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.abs(Math.trunc(seed)) % 2147483647 || 1;
    // Seeds that follow one another begin alike.
    for (let turn = 0; turn < 3; turn += 1) this.next();
  }

  /** [0, 1) */
  readonly next = (): number => {
    this.#state = (this.#state * 48271) % 2147483647;
    return (this.#state - 1) / 2147483646;
  };

  /** An integer in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  one<T>(of: readonly T[]): T {
    const found = of[this.below(of.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }
}
