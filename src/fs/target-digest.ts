import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Algorithm } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { closeQuietly, errnoOf, fsError } from './errors.js';

const CHUNK = 1024 * 1024;
/** How often it is told how far it is, in bytes. */
const TELL_BYTES = 8 * CHUNK;

/**
 * Digests of an existing regular file, read once for all of them.
 * @param shown the path for messages
 * @param tell gets the bytes that are read, now and then
 * @throws AppError fs.symlink, fs.type, fs.*; the signal's reason
 */
export async function digestFile(
  path: string,
  shown: string,
  algorithms: readonly Algorithm[],
  signal: AbortSignal,
  tell?: (hashed: number) => void,
): Promise<ReadonlyMap<Algorithm, string>> {
  signal.throwIfAborted();
  const handle = await openTarget(path, shown);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new AppError('fs.type', `reading ${escapeControls(shown)}: it is not a regular file`, {
        hint: 'use a different -o path',
      });
    }
    const hashes = algorithms.map((name) => [name, createHash(name)] as const);
    const buffer = Buffer.allocUnsafe(CHUNK);
    let position = 0;
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      for (const [, hash] of hashes) hash.update(buffer.subarray(0, bytesRead));
      if (position % TELL_BYTES < bytesRead) tell?.(position);
    }
    return new Map(hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  } catch (error) {
    throw signal.aborted ? error : fsError(error, 'reading', shown);
  } finally {
    await closeQuietly(handle);
  }
}

async function openTarget(path: string, shown: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: a pipe in place of the file must not block.
    return await open(path, constants.O_RDONLY + constants.O_NOFOLLOW + constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') {
      throw new AppError('fs.symlink', `reading ${escapeControls(shown)}: it is a symbolic link`, {
        hint: 'use --force to replace the link itself, or use the real path',
      });
    }
    throw fsError(error, 'reading', shown);
  }
}
