import { type BigIntStats, constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { type Calls, THREADED } from './calls.js';
import { closeQuietly, errnoOf, fsError } from './errors.js';
import { type Inode, sameInode } from './inode.js';
import type { OpenFile } from './open-file.js';
import { shareSync } from './shared-sync.js';

/** The directory of a target, and which one it was when we came. */
export interface Directory {
  readonly path: string;
  readonly inode: Inode;
  /** How to look at what is in it and to change it. */
  readonly calls: Calls;
  /** {@link syncDirectory}, shared by all who know the directory by this object. */
  sync(): Promise<readonly Warning[]>;
}

const ELSEWHERE = 'use a different -o path';

/**
 * Looks at the directory, which must exist.
 * @throws AppError fs.no-directory, fs.*
 */
export async function findDirectory(path: string, calls: Calls = THREADED): Promise<Directory> {
  let seen: BigIntStats;
  try {
    seen = await calls.stat(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') throw noDirectory(path, 'no such directory', `create the directory, or ${ELSEWHERE}`);
    if (errno === 'ENOTDIR') throw noDirectory(path, 'a file is in the way', ELSEWHERE);
    throw fsError(error, 'checking', path);
  }
  if (!seen.isDirectory()) throw noDirectory(path, 'it is not a directory', ELSEWHERE);
  const inode = { dev: seen.dev, ino: seen.ino };
  return { path, inode, calls, sync: shareSync(() => syncDirectory(path, calls)) };
}

/** Links are followed. False where nobody can say. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function noDirectory(path: string, what: string, hint: string): AppError {
  return new AppError('fs.no-directory', `saving in ${escapeControls(path)}: ${what}`, { hint });
}

/**
 * Node has no openat(2): this check before each decisive step is what we have against a directory that was swapped.
 * @throws AppError fs.gone
 */
export async function assertSameDirectory(directory: Directory): Promise<void> {
  let now: BigIntStats;
  try {
    now = await directory.calls.stat(directory.path);
  } catch (error) {
    throw fsError(error, 'checking', directory.path);
  }
  if (!sameInode(now, directory.inode)) {
    throw new AppError('fs.gone', `saving in ${escapeControls(directory.path)}: a different directory is there now`, {
      hint: 'find out what replaced it, then run the same command again',
    });
  }
}

/** Not every file system can sync a directory (NFS, CIFS, FUSE); one may write to a directory that one may not open. */
const CANNOT_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES', 'EISDIR']);

/**
 * Makes names durable (without it a power cut takes a rename back: measured on ext4 and XFS). Returns a warning where
 * the file system cannot.
 * @throws AppError fs.io, fs.*
 */
export async function syncDirectory(path: string, calls: Calls = THREADED): Promise<readonly Warning[]> {
  let handle: OpenFile | undefined;
  try {
    handle = await calls.open(path, constants.O_RDONLY);
    await handle.sync();
    return [];
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || !CANNOT_SYNC.has(errno)) throw fsError(error, 'syncing', path);
    return [
      {
        code: 'fs.directory-sync',
        message: `syncing ${escapeControls(path)}: not possible here (${errno}); a power failure now may lose the new name`,
      },
    ];
  } finally {
    await closeQuietly(handle);
  }
}
