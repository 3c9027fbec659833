import { type Calls, THREADED } from './calls.js';

/**
 * Bytes an unprivileged user may still write in the directory; undefined when the file system does not say (some
 * FUSE ones report zero blocks of everything). Quotas are not in it.
 */
export async function freeBytes(directory: string, calls: Calls = THREADED): Promise<number | undefined> {
  try {
    const { bavail, blocks, bsize } = await calls.statfs(directory);
    if (blocks === 0n) return undefined;
    const free = bavail * bsize;
    return free < BigInt(Number.MAX_SAFE_INTEGER) ? Number(free) : Number.MAX_SAFE_INTEGER;
  } catch {
    // Only advice: the write itself will say what is wrong.
    return undefined;
  }
}
