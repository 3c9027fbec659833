/** The last bytes of a stream, for the comparison of an overlap. */
export class RecentBytes {
  readonly #limit: number;
  readonly #release: (chunk: Uint8Array) => void;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /**
   * @param limit bytes that are kept at least, once there are as many
   * @param release called with every chunk that is not kept any more
   */
  constructor(limit: number, release: (chunk: Uint8Array) => void) {
    this.#limit = limit;
    this.#release = release;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    for (
      let [first] = this.#chunks;
      first !== undefined && this.#bytes - first.byteLength >= this.#limit;
      [first] = this.#chunks
    ) {
      this.#chunks = this.#chunks.slice(1);
      this.#bytes -= first.byteLength;
      this.#release(first);
    }
  }

  /** The last `length` bytes, fewer when there are fewer. */
  tail(length: number): Uint8Array {
    const joined = Buffer.concat(this.#chunks);
    return joined.subarray(Math.max(0, joined.byteLength - length));
  }
}
