import { write } from 'node:fs';
import { AppError } from '../core/errors.js';

/** A pipe that is full and does not block: how long until the next try. */
const AGAIN_MS = 5;

/**
 * Hands a chunk to whoever reads stdout, all of it, and waits for a slow reader.
 * @throws AppError output.failed; `details.errno` is EPIPE when the reader has gone
 */
export async function writeToStdout(fd: number, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.byteLength) {
    const result = await writeOnce(fd, chunk, offset);
    if (typeof result === 'number') offset += result;
    else if (result.code === 'EAGAIN') await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    else if (result.code !== 'EINTR') {
      const errno = result.code ?? 'unknown';
      throw new AppError('output.failed', `writing the image to stdout: ${errno}`, {
        hint: 'check where stdout goes',
        details: { errno },
        cause: result,
      });
    }
  }
}

function writeOnce(fd: number, chunk: Uint8Array, offset: number): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    write(fd, chunk, offset, chunk.byteLength - offset, null, (error, written) => resolve(error ?? written));
  });
}
