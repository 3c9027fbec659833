import { write } from 'node:fs';
import type { Writable } from 'node:stream';
import { AppError } from '../core/errors.js';

/** A pipe that is full: how long until the next try. */
const AGAIN_MS = 5;

/**
 * Writes all of a text, or says that it could not. Node's own process.stdout loses both: on /dev/full it exits 0.
 * A file descriptor is written by write(2) until nothing is left; a non-blocking pipe that is full is waited for.
 *
 * @throws AppError output.failed; `details.errno` is EPIPE when the reader has gone.
 */
export async function writeChecked(target: number | Writable, text: string): Promise<void> {
  if (typeof target === 'number') await writeBytes(target, Buffer.from(text), 'the result');
  else await writeStream(target, text);
}

/**
 * The same for bytes, as of an image that goes to stdout.
 * @param what `the image`, for the message
 * @throws AppError output.failed
 */
export async function writeBytes(fd: number, bytes: Uint8Array, what: string): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    const result = await writeOnce(fd, bytes, offset);
    if (typeof result === 'number') {
      offset += result;
    } else if (result.code === 'EAGAIN') {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    } else if (result.code !== 'EINTR') {
      throw failure(result, what);
    }
  }
}

function writeOnce(fd: number, bytes: Uint8Array, offset: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    // No position: stdout may be a pipe, or a file opened for appending.
    write(fd, bytes, offset, bytes.length - offset, null, (error, written) => resolve(error ?? written));
  });
}

function writeStream(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // A failed write is also emitted, after the callback; without a listener that would end the process.
    const ignore = (): void => {};
    stream.on('error', ignore);
    stream.write(text, (error) => {
      setImmediate(() => stream.removeListener('error', ignore));
      if (error === undefined || error === null) resolve();
      else reject(failure(error, 'the result'));
    });
  });
}

function failure(error: NodeJS.ErrnoException, written: string): AppError {
  const errno = error.code ?? 'unknown';
  const what =
    errno === 'EPIPE'
      ? 'the reader has gone (EPIPE)'
      : errno === 'ENOSPC'
        ? 'no space left (ENOSPC)'
        : errno === 'EBADF'
          ? 'it is closed (EBADF)'
          : errno;
  return new AppError('output.failed', `writing ${written} to stdout: ${what}`, {
    hint: 'check where stdout goes, then run again: what is complete is not fetched twice',
    details: { errno },
    cause: error,
  });
}
