import { type Calls, THREADED } from './calls.js';

/** f_type of FUSE, from linux/magic.h. */
const FUSE = 0x65735546n;

/**
 * Bytes an unprivileged user may still write in the directory; undefined when the file system does not say. On FUSE a
 * program makes the numbers up: many report zero blocks of everything, others what the disk below or a bucket has.
 * Quotas are not in it.
 */
export async function freeBytes(directory: string, calls: Calls = THREADED): Promise<number | undefined> {
  try {
    const { type, bavail, blocks, bsize } = await calls.statfs(directory);
    // The kernel's long is signed on some platforms.
    if (blocks === 0n || BigInt.asUintN(32, type) === FUSE) return undefined;
    const free = bavail * bsize;
    return free < BigInt(Number.MAX_SAFE_INTEGER) ? Number(free) : Number.MAX_SAFE_INTEGER;
  } catch {
    // Only advice: the write itself will say what is wrong.
    return undefined;
  }
}
