import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { Algorithm } from '../../core/digest.js';
import type { HasherFactory } from './digest-set.js';
import { hashError } from './hash-error.js';
import type { Hasher } from './hasher.js';

/** A file that ends before this is hashed in the main thread: to start another costs ten times as much. */
const SMALL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 128 * 1024;

/**
 * Digests that keep to the main thread as long as the file is small. It is read back from what was written, as ever;
 * but only when a digest is wanted, and at once. A file that grows, or a mark ahead of the writing, gets a thread. One
 * whose size is known from the start has it at once, so that it is there when the first bytes are.
 *
 * @param start where the digests of larger files are computed
 */
export function smallFirst(start: HasherFactory): HasherFactory {
  return (fd, algorithm, from, size = from) => {
    let front = from;
    let position = from;
    let closed = false;
    let thread = size - from > SMALL_BYTES ? start(fd, algorithm, from) : undefined;
    const inThread = (): Hasher => {
      thread ??= start(fd, algorithm, from);
      return thread;
    };
    return {
      algorithm,
      from,
      get position() {
        return thread?.position ?? position;
      },
      advance(end) {
        front = Math.max(front, end);
        if (thread !== undefined || (front - from > SMALL_BYTES && !closed)) inThread().advance(front);
      },
      async mark(end) {
        if (closed) throw hashError(algorithm, 'closed');
        if (thread === undefined && end >= position && end <= front) {
          const hex = digestOf(fd, algorithm, from, end);
          position = end;
          return hex;
        }
        // What is not written yet is marked first: a thread must not run past a mark that it does not know.
        const hex = inThread().mark(end);
        inThread().advance(front);
        return await hex;
      },
      async passed(end) {
        if (closed) return;
        const passed = inThread();
        passed.advance(front);
        await passed.passed(end);
      },
      lend: (memory) => thread?.lend?.(memory),
      async close() {
        closed = true;
        await thread?.close();
      },
    };
  };
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
