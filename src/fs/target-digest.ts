import { createHash } from 'node:crypto';
import type { Algorithm } from '../core/digest.js';
import { closeQuietly, fsError } from './errors.js';
import { openTarget, sizeOf } from './target-file.js';

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
    await sizeOf(handle, shown);
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
