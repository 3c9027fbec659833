import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/types.js';
import { errnoOf, fsError, guarded } from './errors.js';
import { type Inode, sameInode } from './inode.js';

/** The directory of a target, and which one it was when we came. */
export interface Directory {
  readonly path: string;
  readonly inode: Inode;
}

/**
 * Looks at the directory, which must exist: imgdl creates none.
 * @throws AppError fs.no-directory, fs.*
 */
export async function findDirectory(path: string): Promise<Directory> {
  let seen: BigIntStats;
  try {
    seen = await stat(path, { bigint: true });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') throw noDirectory(path, 'no such directory');
    throw fsError(error, 'looking at', path);
  }
  if (!seen.isDirectory()) throw noDirectory(path, 'it is no directory');
  return { path, inode: { dev: seen.dev, ino: seen.ino } };
}

/** File systems of devices and processes; a name there is never a place for an image. */
const NO_PLACE = ['/dev', '/proc'];
/** But a memory disk is. */
const MEMORY_DISK = '/dev/shm';

/**
 * Refuses targets such as /dev/stdout and /proc/self/fd/1, which are links: --force would replace them, as root for
 * the whole machine. The real path counts, as /dev/fd leads to /proc and a link of the user's may lead anywhere.
 * @throws AppError fs.type, fs.*
 */
export async function refuseDeviceDirectory(directory: Directory, shown: string): Promise<void> {
  const real = await guarded('looking at', directory.path, () => realpath(directory.path));
  const within = (root: string): boolean => real === root || real.startsWith(`${root}/`);
  const root = NO_PLACE.find(within);
  if (root === undefined || within(MEMORY_DISK)) return;
  throw new AppError('fs.type', `saving as ${escapeControls(shown)}: nothing in ${root} is a regular file`, {
    hint: 'use -o - for stdout, or give the path of a file',
  });
}

function noDirectory(path: string, what: string): AppError {
  return new AppError('fs.no-directory', `saving in ${escapeControls(path)}: ${what}`, {
    hint: 'create the directory, or give another -o',
  });
}

/**
 * Node has no openat(2): this check before each decisive step is what we have against a directory that was swapped.
 * @throws AppError fs.gone
 */
export async function assertSameDirectory(directory: Directory): Promise<void> {
  let now: BigIntStats;
  try {
    now = await stat(directory.path, { bigint: true });
  } catch (error) {
    throw fsError(error, 'looking at', directory.path);
  }
  if (!sameInode(now, directory.inode)) {
    throw new AppError('fs.gone', `saving in ${escapeControls(directory.path)}: another directory is there now`, {
      hint: 'look who replaced it, then run the same command again',
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
export async function syncDirectory(path: string): Promise<readonly Warning[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    await handle.sync();
    return [];
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || !CANNOT_SYNC.has(errno)) throw fsError(error, 'syncing', path);
    return [
      {
        code: 'fs.directory-sync',
        message: `syncing ${escapeControls(path)}: not possible here (${errno}); a power cut now may lose the new name`,
      },
    ];
  } finally {
    await handle?.close();
  }
}
