import { BLOCK_BYTES, BOUNDS, BUFFER_BYTES, type ReadAheadBuffer } from './read-ahead-buffer.js';

/** Reads the file at `offset` until `into` is full. False: that would take time, or not all of it can be had. */
export type ReadNow = (offset: number, into: Uint8Array) => boolean;

/** A digest goes on while something is read for it. Reading begins so far ahead that the digest is not there before. */
const LEAD_BYTES = 128 * 1024;

/**
 * The main thread's end of a read-ahead buffer: reads back what is written for digests that lag behind, while the
 * writing would only wait for them. A digest that need not read has a tenth more time to compute.
 */
export class ReadAhead {
  readonly buffer: ReadAheadBuffer;
  readonly #read: ReadNow;
  readonly #bytes: Uint8Array;
  readonly #bounds: BigInt64Array;
  #start = 0;
  #end = 0;

  /** @param buffer what it holds of another file is gone */
  constructor(buffer: ReadAheadBuffer, read: ReadNow) {
    this.buffer = buffer;
    this.#read = read;
    this.#bytes = new Uint8Array(buffer.bytes);
    this.#bounds = new BigInt64Array(buffer.bounds);
    this.#endAt(0);
    this.#startAt(0);
  }

  /**
   * Reads on, as far as the file is written and there is room.
   * @param written bytes before it are written
   * @param slowest position of the last of all digests that read the buffer: what is before may be overwritten
   */
  fill(written: number, slowest: number): void {
    if (slowest >= this.#end) {
      const next = Math.ceil((slowest + LEAD_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
      if (next + BLOCK_BYTES > written) return;
      // In this order, see ReadAheadView.at(): what is between the old end and the new start is not there.
      this.#startAt(next);
      this.#endAt(next);
    }
    const until = Math.min(written, slowest + BUFFER_BYTES);
    while (this.#end + BLOCK_BYTES <= until) {
      this.#startAt(Math.max(this.#start, this.#end + BLOCK_BYTES - BUFFER_BYTES));
      const at = this.#end % BUFFER_BYTES;
      if (!this.#read(this.#end, this.#bytes.subarray(at, at + BLOCK_BYTES))) return;
      this.#endAt(this.#end + BLOCK_BYTES);
    }
  }

  #startAt(next: number): void {
    this.#start = next;
    Atomics.store(this.#bounds, BOUNDS.start, BigInt(next));
  }

  #endAt(next: number): void {
    this.#end = next;
    Atomics.store(this.#bounds, BOUNDS.end, BigInt(next));
  }
}
