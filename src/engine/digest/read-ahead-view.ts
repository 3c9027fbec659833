import { BLOCK_BYTES, BOUNDS, type ReadAheadBuffer } from './read-ahead-buffer.js';

/**
 * A digest thread's end of a read-ahead buffer. The thread publishes its position only after it has done with the bytes
 * before it.
 */
export interface ReadAheadView {
  /**
   * The bytes from `position` on, of one block; undefined when they are not there. They stay until the digest's
   * position moves.
   */
  at(position: number): Uint8Array | undefined;
  /** How far a digest at `position`, where nothing is buffered, reads the file itself. */
  gapEnd(position: number): number;
}

export function viewReadAhead(buffer: ReadAheadBuffer): ReadAheadView {
  const bytes = new Uint8Array(buffer.bytes);
  const bounds = new BigInt64Array(buffer.bounds);
  return {
    at(position) {
      // The end before the start: with a start that is newer less is there, with an end that is newer it would be too
      // much.
      const end = Number(Atomics.load(bounds, BOUNDS.end));
      const start = Number(Atomics.load(bounds, BOUNDS.start));
      if (position < start || position >= end) return undefined;
      const at = position % bytes.byteLength;
      return bytes.subarray(at, at + BLOCK_BYTES - (position % BLOCK_BYTES));
    },
    gapEnd(position) {
      const start = Number(Atomics.load(bounds, BOUNDS.start));
      return start > position ? start : Number.POSITIVE_INFINITY;
    },
  };
}
