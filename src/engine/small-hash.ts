import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Algorithm } from '../core/types.js';
import type { HasherFactory } from './digests.js';
import { hashError } from './hash-error.js';
import type { Hasher } from './hasher.js';

/** Starting a thread costs as much CPU as hashing ten times this, and keeps who waits for the digest waiting. */
const SMALL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 128 * 1024;

const readAt = promisify(read);

/**
 * Digests that start their thread only when there is something to do for it: up to 1 MiB is hashed right here, when
 * the digest is asked for.
 * @param start takes over, from the first byte, when there is more
 */
export function smallFirst(start: HasherFactory): HasherFactory {
  return (fd, algorithm, from) => {
    let thread: Hasher | undefined;
    let front = from;
    let closed = false;
    const here = new Set<Promise<string>>();

    const inThread = (): Hasher => {
      // The descriptor may be another file's by now.
      if (closed) throw hashError(algorithm, 'closed');
      thread ??= start(fd, algorithm, from);
      thread.advance(front);
      return thread;
    };

    return {
      algorithm,
      from,
      get position() {
        return thread?.position ?? from;
      },
      advance(end) {
        front = Math.max(front, end);
        if (!closed && (thread !== undefined || front - from > SMALL_BYTES)) inThread();
      },
      async mark(end) {
        if (thread !== undefined || closed || end > front) return await (thread ?? inThread()).mark(end);
        const digest = digestOf(fd, algorithm, from, end);
        here.add(digest);
        return await digest.finally(() => here.delete(digest));
      },
      async passed(end) {
        if (!closed) await inThread().passed(end);
      },
      async close() {
        closed = true;
        await Promise.allSettled([thread?.close(), ...here]);
      },
    };
  };
}

/** @throws AppError fs.io when the file cannot be read back */
async function digestOf(fd: number, algorithm: Algorithm, from: number, end: number): Promise<string> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, end - from));
  for (let at = from; at < end; ) {
    const { bytesRead } = await readAt(fd, buffer, 0, Math.min(buffer.byteLength, end - at), at).catch(
      (error: Error) => {
        throw hashError(algorithm, error.message);
      },
    );
    if (bytesRead === 0) throw hashError(algorithm, `the part file ends at ${at}, ${end} bytes were written`);
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}
