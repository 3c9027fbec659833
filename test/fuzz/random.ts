/** Numbers that look like chance and are the same for the same seed (Lehmer's generator, modulus 2^31 - 1). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.abs(Math.floor(seed)) % 2_147_483_646) + 1;
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % Math.max(1, limit);
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  }
}
