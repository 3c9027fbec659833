import { write } from 'node:fs';
import type { Writable } from 'node:stream';
import { AppError } from '../../core/errors.js';

/** A pipe that is full: how long until the next try. */
const AGAIN_MS = 1;
const STDERR = 2;
/** So long a stderr that takes nothing is waited for. It is for messages: nobody may be there to read it at all. */
const STDERR_MS = 5_000;

/** What is written, in the words of the message. */
export type Written = 'the result' | 'the image' | 'the list' | 'the help' | 'the variables';

function hintFor(what: Written, stream: string): string {
  const more = what === 'the image' ? ', or use -o FILE: a download to a file can resume' : '';
  return `check where ${stream} goes${more}`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EPIPE', 'the reader is gone'],
  ['EAGAIN', 'nobody reads it'],
  ['ENOSPC', 'no space left'],
  ['EDQUOT', 'the quota is used up'],
  ['EFBIG', 'the file would be too large'],
  ['EIO', 'the device reported an error'],
  ['EBADF', 'it is closed'],
]);

/**
 * Writes all of a text, or says that it could not. Node's own process.stdout loses both: on /dev/full it exits 0.
 * A file descriptor is written by write(2) until nothing is left; a non-blocking pipe that is full is waited for, but
 * stderr for 5 s at most.
 *
 * @throws AppError output.failed; `details.errno` is EPIPE when the reader has gone, `details.stream` is `stdout` or `stderr`.
 */
export async function writeChecked(
  target: number | Writable,
  text: string,
  what: Written = 'the result',
): Promise<void> {
  if (typeof target === 'number') await writeBytes(target, Buffer.from(text), what);
  else await writeStream(target, text, what);
}

/**
 * The same for bytes, as of an image that goes to stdout.
 * @throws AppError output.failed
 */
export async function writeBytes(fd: number, bytes: Uint8Array, what: Written): Promise<void> {
  let offset = 0;
  let waitedMs = 0;
  while (offset < bytes.length) {
    const result = await writeOnce(fd, bytes, offset);
    if (typeof result === 'number') {
      offset += result;
      waitedMs = 0;
    } else if (result.code === 'EAGAIN' && (fd !== STDERR || waitedMs < STDERR_MS)) {
      waitedMs += AGAIN_MS;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    } else if (result.code !== 'EINTR') {
      throw failure(result, what, fd === STDERR ? 'stderr' : 'stdout');
    }
  }
}

function writeOnce(fd: number, bytes: Uint8Array, offset: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    // No position: stdout may be a pipe, or a file opened for appending.
    write(fd, bytes, offset, bytes.length - offset, null, (error, written) => resolve(error ?? written));
  });
}

function writeStream(stream: Writable, text: string, what: Written): Promise<void> {
  return new Promise((resolve, reject) => {
    // A failed write is also emitted, after the callback; without a listener that would end the process.
    const ignore = (): void => {};
    stream.on('error', ignore);
    stream.write(text, (error) => {
      setImmediate(() => stream.removeListener('error', ignore));
      if (error === undefined || error === null) resolve();
      else reject(failure(error, what, 'stdout'));
    });
  });
}

function failure(error: NodeJS.ErrnoException, what: Written, stream: 'stdout' | 'stderr'): AppError {
  // Node has no name for some numbers, EDQUOT among them (measured: "Unknown system error -122").
  const errno = error.errno === -122 ? 'EDQUOT' : (error.code ?? 'unknown');
  const reason = REASONS.get(errno);
  return new AppError(
    'output.failed',
    `writing ${what} to ${stream}: ${reason === undefined ? errno : `${reason} (${errno})`}`,
    {
      hint: hintFor(what, stream),
      details: { errno, stream },
      cause: error,
    },
  );
}
