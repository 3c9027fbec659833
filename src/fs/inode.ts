import type { BigIntStats } from 'node:fs';
import { type Calls, THREADED } from './calls.js';
import { errnoOf, fsError } from './errors.js';

/** What a file is, whatever its name. bigint: inode numbers of XFS, NFS and ZFS go beyond 2^53. */
export interface Inode {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function sameInode(a: Inode, b: Inode): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/**
 * lstat, or undefined when nothing is there.
 * @throws AppError fs.*
 */
export async function lstatOf(path: string, calls: Calls = THREADED): Promise<BigIntStats | undefined> {
  try {
    return await calls.lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fsError(error, 'checking', path);
  }
}
