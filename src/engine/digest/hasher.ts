import type { Algorithm } from '../../core/digest.js';
import type { ReadAheadBuffer } from './read-ahead-buffer.js';

/**
 * A running digest of a growing file, computed from what is on disk (in the page cache). It never reads beyond the
 * end of what it was told is written.
 */
export interface Hasher {
  readonly algorithm: Algorithm;
  /** First byte of the hashed range. */
  readonly from: number;
  /** Bytes before this offset are hashed. */
  readonly position: number;
  /** Tells that the file is written up to `end`. Never goes back. */
  advance(end: number): void;
  /**
   * The digest of [from, end), as soon as it is known. Marks must be asked for in ascending order and before
   * advance() goes beyond them.
   * @throws AppError fs.io when the file cannot be read back
   */
  mark(end: number): Promise<string>;
  /**
   * Resolves when the bytes before `end`, which must be written, are hashed. At once when that will never be: the next
   * mark() says why. One wait at a time; a further one joins the first.
   */
  passed(end: number): Promise<void>;
  /** Part of the file may be in this buffer from now on, for a digest that would else read it from the file. */
  attach?(buffer: ReadAheadBuffer): void;
  /** Resolves when the descriptor is not touched any more: only then may it be closed. */
  close(): Promise<void>;
}

/**
 * Starts one digest of the growing file behind `fd`: start() of a pool of threads, or a test's own.
 * @param size where the file will end, as far as that is known
 */
export type HasherFactory = (fd: number, algorithm: Algorithm, from: number, size?: number) => Hasher;
