/** Bytes before the held end that are fetched again and compared where nothing better proves the object. */
export const OVERLAP_BYTES = 256 * 1024;

/** Of a short part so much at most is fetched again: the rest is new. */
const SHARE = 4;
/** A part with less new than this is a failure: its attempts are counted. */
const FRUITFUL_BYTES = 512;
/** Less is no comparison. */
const LEAST_BYTES = FRUITFUL_BYTES / SHARE;

/**
 * How much is fetched again. Some servers give an object in parts of their own size, or from the edges of their own
 * blocks: parts that are no larger than the overlap, or end where it does, would bring nothing new for ever.
 */
export class Overlap {
  #mostBytes = OVERLAP_BYTES;
  /** All that a whole part had was compared a moment ago: what follows it needs no comparison. */
  #isProven = false;
  /** Parts in a row that brought nothing. */
  #fruitless = 0;

  /** Before the held end. */
  get bytes(): number {
    return this.#isProven ? 0 : this.#mostBytes;
  }

  /**
   * A part came whole, and shorter than what was asked for.
   * @param length of the part
   * @param fresh how much of it was new
   * @returns false: it brings nothing, however it is asked
   */
  afterPart(length: number, fresh: number): boolean {
    this.#isProven = false;
    const before = this.#mostBytes;
    this.#mostBytes = Math.min(OVERLAP_BYTES, shareOf(length));
    this.#fruitless = fresh >= FRUITFUL_BYTES ? 0 : this.#fruitless + 1;
    // Perhaps the overlap took the place of new bytes. A smaller one leaves room, where parts are small.
    if (this.#fruitless === 0 || (this.#fruitless === 1 && this.#mostBytes < before)) return true;
    // Where they end at the edges of blocks, only what is asked for without any is new.
    this.#isProven = this.#fruitless <= 2;
    return this.#isProven;
  }

  /**
   * A body was cut. Time has passed, too: what was compared may be another object by now.
   * @param length that came of it
   */
  afterCut(length: number, fresh: number): void {
    this.#isProven = false;
    // Where every connection is cut early, the overlap must leave some of it to new bytes.
    if (length > 0 && fresh === 0) this.#mostBytes = Math.min(this.#mostBytes, shareOf(length));
  }
}

function shareOf(length: number): number {
  return Math.max(LEAST_BYTES, Math.floor(length / SHARE));
}
