/**
 * A file beside the target under a name of ours. Anybody who may write to the directory can plant something there:
 * a link to a victim, a pipe, a file of his own. Such a thing is refused, never followed, written or deleted.
 */
import { type BigIntStats, constants } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { type Calls, THREADED } from './calls.js';
import { cleanUp, errnoOf, fsError, unsafeFile } from './errors.js';
import { type Inode, lstatOf, sameInode } from './inode.js';
import { PRIVATE_MODE } from './mode.js';
import type { OpenFile } from './open-file.js';

/** User ids whose files are ours. More than one where the file system maps users (NFS root squash, vfat). */
export type OurUids = ReadonlySet<number>;

// Flags are disjoint bits, so adding them is or-ing them.
const CREATE = constants.O_RDWR + constants.O_CREAT + constants.O_EXCL + constants.O_NOFOLLOW;
// O_NONBLOCK: opening a planted pipe must not wait for its other end. It means nothing for regular files.
const REOPEN = constants.O_NOFOLLOW + constants.O_NONBLOCK;
const ACCESS = { read: constants.O_RDONLY, write: constants.O_RDWR } as const;

const LARGE_BYTES = 1024n * 1024n;

/** What a message names when the file itself means nothing to the user. */
export interface Purpose {
  /** A gerund. */
  readonly attempt: string;
  readonly shown: string;
}

/**
 * Creates the file, 0600, and nothing but creates.
 * @throws AppError fs.unsafe when something is there, fs.type when the directory takes no files, fs.*, disk.full
 */
export async function createOwned(path: string, purpose?: Purpose, calls: Calls = THREADED): Promise<OpenFile> {
  const { attempt, shown } = purpose ?? { attempt: 'creating', shown: path };
  try {
    return await calls.open(path, CREATE, PRIVATE_MODE);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') throw unsafeFile('creating', path, 'a file that imgdl did not create is in the way');
    if (errno === 'ENOENT' && (await isDirectory(dirname(path), calls))) throw takesNoFiles(attempt, shown);
    throw fsError(error, attempt, shown);
  }
}

async function isDirectory(path: string, calls: Calls): Promise<boolean> {
  try {
    return (await calls.stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** procfs and its like answer ENOENT to O_CREAT, as if the directory were gone. */
function takesNoFiles(attempt: string, shown: string): AppError {
  return new AppError(
    'fs.type',
    `${attempt} ${escapeControls(shown)}: no files can be created in this directory (ENOENT)`,
    {
      hint: 'use a different -o path',
      details: { errno: 'ENOENT' },
    },
  );
}

/**
 * Opens an existing file of ours; undefined when there is none.
 * @throws AppError fs.unsafe, fs.*
 */
export async function openOwned(
  path: string,
  uids: OurUids,
  access: keyof typeof ACCESS,
  names: 'one-name' | 'any-names' = 'one-name',
  calls: Calls = THREADED,
): Promise<OpenFile | undefined> {
  const seen = await lstatOf(path, calls);
  if (seen === undefined) return undefined;
  assertOwned(seen, path, uids, names);
  let handle: OpenFile;
  try {
    handle = await calls.open(path, REOPEN + ACCESS[access]);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw fsError(error, 'opening', path);
  }
  try {
    // Again on what was opened: the name may have been swapped after the look.
    assertOwned(await handle.stat({ bigint: true }), path, uids, names);
    return handle;
  } catch (error) {
    await cleanUp(() => handle.close());
    throw fsError(error, 'opening', path);
  }
}

/**
 * `any-names`: where a second name is right: a lock being linked, a part being published. Elsewhere it may be the name
 * of a victim.
 * @throws AppError fs.unsafe unless it is a regular file of our own user
 */
function assertOwned(stat: BigIntStats, path: string, uids: OurUids, names: 'one-name' | 'any-names'): void {
  if (stat.isSymbolicLink()) throw unsafeFile('opening', path, 'it is a symbolic link');
  if (!stat.isFile()) throw unsafeFile('opening', path, 'it is not a regular file');
  if (!uids.has(Number(stat.uid))) throw unsafeFile('opening', path, `it belongs to user ${stat.uid}`);
  if (names === 'one-name' && stat.nlink !== 1n) {
    throw unsafeFile('opening', path, `it has ${stat.nlink} hard links, so it may be someone else's file`);
  }
}

/**
 * The file's facts if it is ours; undefined when there is none.
 * @throws AppError fs.unsafe, fs.*
 */
export async function lookAtOwned(
  path: string,
  uids: OurUids,
  calls: Calls = THREADED,
): Promise<BigIntStats | undefined> {
  const seen = await lstatOf(path, calls);
  if (seen !== undefined) assertOwned(seen, path, uids, 'one-name');
  return seen;
}

/**
 * Unlinks the name if what is there is ours.
 * @throws AppError fs.unsafe, fs.*
 */
export async function removeOwned(path: string, uids: OurUids, calls: Calls = THREADED): Promise<void> {
  const seen = await lookAtOwned(path, uids, calls);
  if (seen !== undefined) await unlinkIfThere(path, forRemoval(seen, calls));
}

/**
 * Unlinks the name if it is still this inode; says whether the name is free now.
 * @throws AppError fs.*
 */
export async function removeInode(path: string, inode: Inode, calls: Calls = THREADED): Promise<boolean> {
  const seen = await lstatOf(path, calls);
  if (seen === undefined) return true;
  if (!sameInode(seen, inode)) return false;
  await unlinkIfThere(path, forRemoval(seen, calls));
  return true;
}

/** The last name of a large file takes its blocks along: gigabytes of them take a disk seconds. */
function forRemoval(seen: BigIntStats, calls: Calls): Calls {
  return seen.nlink === 1n && seen.size > LARGE_BYTES ? THREADED : calls;
}

/** @throws AppError fs.* */
export async function unlinkIfThere(path: string, calls: Calls = THREADED): Promise<void> {
  try {
    await calls.unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fsError(error, 'removing', path);
  }
}

/** Writes all of the bytes at `position`; a short count is followed by the error or the rest. */
export async function writeFully(handle: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error('wrote nothing'), { code: 'EIO', errno: -5 });
    done += bytesWritten;
  }
}

/** Reads at most `length` bytes at `position`, fewer only at the end of the file. */
export async function readFully(handle: OpenFile, position: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
