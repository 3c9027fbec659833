import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Algorithm } from '../../core/digest.js';
import { hashError } from './hash-error.js';
import type { Hasher, HasherFactory } from './hasher.js';
import type { ReadAheadBuffer } from './read-ahead-buffer.js';

/** A file that ends before this is hashed in the main thread: to start another costs ten times as much. */
const SMALL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 128 * 1024;

/**
 * Digests that keep to the main thread as long as the file is small. One whose size is known to be larger gets a thread
 * at once, so that it is there when the first bytes are.
 *
 * @param start where the digests of larger files are computed
 */
export function inlineIfSmall(start: HasherFactory): HasherFactory {
  return (fd, algorithm, from, size = from) => {
    const large = size - from > SMALL_BYTES;
    return large ? start(fd, algorithm, from) : new InlineHasher(start, fd, algorithm, from);
  };
}

/**
 * A digest in the main thread. It reads back what was written, like one in a thread; but only when a digest is wanted,
 * and at once. A file that grows, or a mark ahead of the writing, moves it to a thread.
 */
class InlineHasher implements Hasher {
  readonly algorithm: Algorithm;
  readonly from: number;
  readonly #start: HasherFactory;
  readonly #fd: number;
  /** Bytes before it are written. */
  #written: number;
  #position: number;
  #thread: Hasher | undefined;
  #closed = false;

  constructor(start: HasherFactory, fd: number, algorithm: Algorithm, from: number) {
    this.algorithm = algorithm;
    this.from = from;
    this.#start = start;
    this.#fd = fd;
    this.#written = from;
    this.#position = from;
  }

  get position(): number {
    return this.#thread?.position ?? this.#position;
  }

  advance(end: number): void {
    this.#written = Math.max(this.#written, end);
    if (this.#written - this.from > SMALL_BYTES && !this.#closed) this.#inThread();
    this.#thread?.advance(this.#written);
  }

  async mark(end: number): Promise<string> {
    if (this.#closed) throw hashError(this.algorithm, 'closed');
    if (this.#thread === undefined && end >= this.#position && end <= this.#written) {
      const hex = digestOf(this.#fd, this.algorithm, this.from, end);
      this.#position = end;
      return hex;
    }
    // What is not written yet is marked first: a thread must not run past a mark that it does not know.
    const thread = this.#inThread();
    const hex = thread.mark(end);
    thread.advance(this.#written);
    return await hex;
  }

  async passed(end: number): Promise<void> {
    if (this.#closed) return;
    const thread = this.#inThread();
    thread.advance(this.#written);
    await thread.passed(end);
  }

  attach(buffer: ReadAheadBuffer): void {
    this.#thread?.attach?.(buffer);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.close();
  }

  #inThread(): Hasher {
    this.#thread ??= this.#start(this.#fd, this.algorithm, this.from);
    return this.#thread;
  }
}

/** @throws AppError fs.io when the file cannot be read back */
function digestOf(fd: number, algorithm: Algorithm, from: number, end: number): string {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, end - from));
  try {
    for (let at = from; at < end; ) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
      if (count === 0) throw new Error(`the part file ends at ${at}, ${end} bytes were written`);
      hash.update(buffer.subarray(0, count));
      at += count;
    }
  } catch (error) {
    throw hashError(algorithm, error instanceof Error ? error.message : String(error));
  }
  return hash.digest('hex');
}
