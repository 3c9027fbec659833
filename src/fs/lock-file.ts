/** The files of a lock: written, linked to its name, and read. Who may own it is judged in lock.ts. */

import { basename } from 'node:path';
import { AppError } from '../core/errors.js';
import type { Calls } from './calls.js';
import { cleanUp, closeQuietly, errnoOf, fsError } from './errors.js';
import { type Inode, lstatOf } from './inode.js';
import { LINK_UNSUPPORTED } from './link-support.js';
import { type LockOwner, type OwnerFacts, parseOwner } from './lock-owner.js';
import type { LockSocket } from './lock-socket.js';
import type { OpenFile } from './open-file.js';
import { createOwned, openOwned, type Purpose, readFully, unlinkIfThere, writeFully } from './owned-file.js';

const OWNER_LIMIT = 4096;

export interface LockPlace {
  readonly path: string;
  readonly directory: string;
  /** On a file system that only this kernel has: not a network's, FUSE or an unknown one. */
  readonly local: boolean;
  /** The target as the user typed it, for messages. */
  readonly shown: string;
  /** Base name of the target. */
  readonly target?: string;
  /** What it is locked for. */
  readonly object?: string;
  /** The user says that an owner whom nobody here can see has ended. */
  readonly overrule?: boolean;
  /** By which way: threaded unless it is known that nothing there takes long. */
  readonly calls?: Calls;
  /** The names in the directory, as of the start of the run: those of the dead are among them. */
  readonly names?: () => Promise<readonly string[]>;
}

/** `.imgdl-<hex>.<nonce>.sock`, beside `.imgdl-<hex>.lock`. */
export function socketName(lockPath: string, nonce: string): string {
  return `${basename(lockPath).replace(/lock$/, '')}${nonce}.sock`;
}

/** The nonce in the name of such a socket; undefined for any other name. */
export function socketNonce(lockPath: string, name: string): string | undefined {
  const nonce = name.split('.').at(-2) ?? '';
  return /^[0-9a-f]{8,64}$/.test(nonce) && name === socketName(lockPath, nonce) ? nonce : undefined;
}

/** One try of this process for a lock. */
export interface LockAttempt {
  readonly place: LockPlace;
  readonly self: LockOwner;
  readonly facts: OwnerFacts;
  /** Our complete lock file under a name of its own, to be linked. */
  readonly ownPath: string;
  /** Listens from the moment on that the file is written. */
  readonly socket: LockSocket;
  readonly calls: Calls;
}

export interface LockFile {
  readonly inode: Inode;
  /** In nanoseconds. With the inode it tells an empty or torn file from the next one. */
  readonly ctimeNs: bigint;
  readonly owner?: LockOwner;
}

/** True when the name was free and is ours now. Who only waits for a lock (`--on-busy wait`) writes nothing. */
export async function linkLock(path: string, attempt: LockAttempt): Promise<boolean> {
  for (;;) {
    if ((await lstatOf(path, attempt.calls)) !== undefined) return false;
    await writeOwn(attempt);
    try {
      await attempt.calls.link(attempt.ownPath, path);
      return true;
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'EEXIST') return false;
      if (LINK_UNSUPPORTED.has(errno)) return await placeWithoutLink(path, attempt);
      // ENOENT: the holder swept our file away before it said anything. Write it again; a missing directory fails there.
      if (errno !== 'ENOENT') throw fsError(error, 'locking', attempt.place.shown);
    }
  }
}

/** Durable before it is linked: after a power cut a lock must still say whose it was. */
export async function writeOwn(attempt: LockAttempt): Promise<void> {
  const path = attempt.ownPath;
  if ((await lstatOf(path, attempt.calls)) !== undefined) return;
  await writeOwner(await createOwned(path, purposeOf(attempt), attempt.calls), path, attempt);
}

/** The lock file's own name means nothing to the user. */
function purposeOf(attempt: LockAttempt): Purpose {
  return { attempt: 'locking', shown: attempt.place.shown };
}

async function placeWithoutLink(path: string, attempt: LockAttempt): Promise<boolean> {
  let handle: OpenFile;
  try {
    handle = await createOwned(path, purposeOf(attempt), attempt.calls);
  } catch (error) {
    // Lost the race for the name.
    if (error instanceof AppError && error.code === 'fs.unsafe') return false;
    throw error;
  }
  await writeOwner(handle, path, attempt);
  return true;
}

async function writeOwner(handle: OpenFile, path: string, attempt: LockAttempt): Promise<void> {
  try {
    // Whoever reads the file finds its owner listening.
    const owner: LockOwner = { ...attempt.self, socket: await attempt.socket.listen() };
    await writeFully(handle, Buffer.from(`${JSON.stringify(owner)}\n`), 0);
    await handle.datasync();
    await handle.close();
  } catch (error) {
    await cleanUp(
      () => unlinkIfThere(path, attempt.calls),
      () => handle.close(),
    );
    throw fsError(error, 'locking', attempt.place.shown);
  }
}

/** A lock file, with the owner that it names, if it does; undefined when there is none. @throws AppError fs.unsafe, fs.* */
export async function readLock(path: string, uid: number, calls: Calls): Promise<LockFile | undefined> {
  let handle: OpenFile | undefined;
  try {
    // Several names are right here: while a process links its file.
    handle = await openOwned(path, new Set([uid]), 'read', 'any-names', calls);
    if (handle === undefined) return undefined;
    const { dev, ino, ctimeNs } = await handle.stat({ bigint: true });
    const owner = parseOwner(Buffer.from(await readFully(handle, 0, OWNER_LIMIT)).toString('utf8'));
    return { inode: { dev, ino }, ctimeNs, ...(owner !== undefined && { owner }) };
  } catch (error) {
    throw fsError(error, 'reading', path);
  } finally {
    await closeQuietly(handle);
  }
}

/**
 * Does the lock at `path` name this nonce? By content: ext4 gives the inode number of a removed file to the next one
 * at once.
 */
export async function isNamed(path: string, uid: number, nonce: string, calls: Calls): Promise<boolean> {
  try {
    return (await readLock(path, uid, calls))?.owner?.nonce === nonce;
  } catch (error) {
    if (error instanceof AppError && error.code === 'fs.unsafe') return false;
    throw error;
  }
}
