/**
 * One imgdl per target: `link(2)` of a complete file to the lock's name, which only one process can do.
 *
 * Taking over a dead owner's lock needs a lock itself, or two heirs could each remove the other's new lock. That lock
 * is named by the dead owner's nonce (`….lock.<nonce>.heir`), is made in the same way, and becomes the lock by one
 * rename: the name is never free in between, and who comes late finds another nonce in it. The heir may die too; then
 * his heir's lock is named by *his* nonce, and so on.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Lock } from '../core/storage.js';
import { type Calls, THREADED } from './calls.js';
import { cleanUp, errnoOf, fsError, guarded, unsafeFile } from './errors.js';
import { type Inode, lstatOf, sameInode } from './inode.js';
import { LINK_UNSUPPORTED } from './link-support.js';
import {
  describeOwner,
  describeSelf,
  isDead,
  type LockOwner,
  type OwnerFacts,
  parseOwner,
  processTable,
} from './lock-owner.js';
import { networkFileSystem } from './network-fs.js';
import type { OpenFile } from './open-file.js';
import {
  createOwned,
  openOwned,
  type Purpose,
  readFully,
  removeInode,
  unlinkIfThere,
  writeFully,
} from './owned-file.js';

export interface LockPlace {
  readonly path: string;
  readonly directory: string;
  /** The target as the user typed it, for messages. */
  readonly shown: string;
  /** By which way: threaded unless it is known that nothing there takes long. */
  readonly calls?: Calls;
  /** The names in the directory, as of the start of the run: those of the dead are among them. */
  readonly names?: () => Promise<readonly string[]>;
}

export interface HeldLock extends Lock {
  /** The user id that our files get here. */
  readonly uid: number;
  /** The dead owner this lock was taken from. */
  readonly inherited: LockOwner | undefined;
  /** False when somebody removed or replaced the lock file behind our back. */
  isHeld(): Promise<boolean>;
}

interface Attempt {
  readonly place: LockPlace;
  readonly self: LockOwner;
  readonly facts: OwnerFacts;
  /** Our complete lock file under a name of its own, to be linked. */
  readonly ownPath: string;
  readonly calls: Calls;
}

const OWNER_LIMIT = 4096;
const MAX_HEIRS = 8;
const MAX_TURNS = 1000;

/** @throws AppError lock.held, fs.unsafe, fs.*, disk.full */
export async function acquireLock(place: LockPlace, facts: OwnerFacts): Promise<HeldLock> {
  const self = await describeSelf(facts);
  const { calls = THREADED } = place;
  const attempt: Attempt = { place, self, facts, ownPath: `${place.path}.${self.nonce}.new`, calls };
  let inherited: LockOwner | undefined;
  let swept = false;
  try {
    inherited = await seize(place.path, attempt, 0);
  } finally {
    // Only a second name by now. If it cannot go, release() tries again, and the next holder sweeps it.
    await cleanUp(async () => {
      await unlinkIfThere(attempt.ownPath, calls);
      swept = true;
    });
  }
  const seen = await lstatOf(place.path, calls);
  if (seen === undefined) throw heldBy(attempt, 'something else removed it right away');
  // Who died as owner of this lock may have done so a moment ago.
  await sweep(attempt, (inherited === undefined ? place.names : undefined) ?? (() => namesIn(place.directory)));
  const uid = Number(seen.uid);
  return {
    uid,
    inherited,
    isHeld: () => names(place.path, uid, self.nonce, calls),
    release: async () => {
      if (!swept) await cleanUp(() => unlinkIfThere(attempt.ownPath, calls));
      if (await names(place.path, uid, self.nonce, calls)) await unlinkIfThere(place.path, calls);
    },
  };
}

/** By content: ext4 gives the inode number of a removed file to the next one at once. */
async function names(path: string, uid: number, nonce: string, calls: Calls): Promise<boolean> {
  try {
    return (await readLock(path, uid, calls))?.owner?.nonce === nonce;
  } catch (error) {
    if (error instanceof AppError && error.code === 'fs.unsafe') return false;
    throw error;
  }
}

/** Makes `path` ours; answers with the dead owner it was taken from. */
async function seize(path: string, attempt: Attempt, depth: number): Promise<LockOwner | undefined> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await place(path, attempt)) return undefined;
    const found = await readOwner(path, attempt);
    if (found === undefined) continue;
    const { owner } = found;
    if (owner.nonce === attempt.self.nonce) return undefined;
    if (depth === MAX_HEIRS || !(await isDead(owner, attempt.self, processTable(attempt.facts)))) {
      throw await held(attempt, describeOwner(owner), { pid: owner.pid, host: escapeControls(owner.host) });
    }
    const heirPath = `${attempt.place.path}.${owner.nonce}.heir`;
    await seize(heirPath, attempt, depth + 1);
    // Only the holder of the heir's lock may replace the dead one's, so between this look and the rename nobody does.
    const still = await readOwner(path, attempt);
    if (still !== undefined && still.owner.nonce === owner.nonce && sameInode(still.inode, found.inode)) {
      await guarded('locking', attempt.place.shown, () => attempt.calls.rename(heirPath, path));
      return owner;
    }
    await unlinkIfThere(heirPath, attempt.calls);
  }
  throw heldBy(attempt, 'too many processes are competing for it');
}

/** True when the name was free and is ours now. Who only waits for a lock (`--on-busy wait`) writes nothing. */
async function place(path: string, attempt: Attempt): Promise<boolean> {
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
async function writeOwn(attempt: Attempt): Promise<void> {
  const path = attempt.ownPath;
  if ((await lstatOf(path, attempt.calls)) !== undefined) return;
  await writeOwner(await createOwned(path, purposeOf(attempt), attempt.calls), path, attempt);
}

/** The lock file's own name means nothing to the user. */
function purposeOf(attempt: Attempt): Purpose {
  return { attempt: 'locking', shown: attempt.place.shown };
}

async function placeWithoutLink(path: string, attempt: Attempt): Promise<boolean> {
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

async function writeOwner(handle: OpenFile, path: string, attempt: Attempt): Promise<void> {
  try {
    await writeFully(handle, Buffer.from(`${JSON.stringify(attempt.self)}\n`), 0);
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

/** Undefined when the lock has just gone. @throws AppError lock.held when it does not say whose it is */
async function readOwner(path: string, attempt: Attempt): Promise<{ owner: LockOwner; inode: Inode } | undefined> {
  const seen = await lstatOf(path, attempt.calls);
  if (seen === undefined) return undefined;
  if (!seen.isFile()) throw unsafeFile('locking', path, 'it is a link or not a regular file');
  // Not readable for us, and not removable in a directory like /tmp. Its owner may well be at work.
  const uid = Number(seen.uid);
  if (uid !== attempt.facts.uid && uid !== (await uidHere(attempt))) throw await held(attempt, `user ${uid}`, { uid });
  const found = await readLock(path, uid, attempt.calls);
  if (found === undefined) return undefined;
  if (found.owner === undefined) throw await held(attempt, 'the lock file does not say which', {});
  return { owner: found.owner, inode: found.inode };
}

/** The user id that a file of ours gets here: another one where the file system maps users (NFS root squash, vfat). */
async function uidHere(attempt: Attempt): Promise<number> {
  await writeOwn(attempt);
  return Number((await lstatOf(attempt.ownPath, attempt.calls))?.uid ?? -1);
}

async function readLock(
  path: string,
  uid: number,
  calls: Calls,
): Promise<{ owner?: LockOwner; inode: Inode } | undefined> {
  let handle: OpenFile | undefined;
  try {
    // Several names are right here: while somebody links his file.
    handle = await openOwned(path, new Set([uid]), 'read', 'any-names', calls);
    if (handle === undefined) return undefined;
    const { dev, ino } = await handle.stat({ bigint: true });
    const owner = parseOwner(Buffer.from(await readFully(handle, 0, OWNER_LIMIT)).toString('utf8'));
    return { inode: { dev, ino }, ...(owner !== undefined && { owner }) };
  } catch (error) {
    throw fsError(error, 'reading', path);
  } finally {
    await handle?.close();
  }
}

/** Removes what processes that died while locking left behind. Only the holder of the lock does. */
async function sweep(attempt: Attempt, names: () => Promise<readonly string[]>): Promise<void> {
  const prefix = `${basename(attempt.place.path)}.`;
  const look = processTable(attempt.facts);
  for (const name of await names()) {
    if (!name.startsWith(prefix)) continue;
    const path = join(attempt.place.directory, name);
    try {
      const found = await readLock(path, attempt.facts.uid, attempt.calls);
      if (found === undefined) continue;
      // Not written yet: killed before it, or alive and about to find the lock held; place() writes it again.
      const unwritten = found.owner === undefined && name.endsWith('.new');
      if (unwritten || (found.owner !== undefined && (await isDead(found.owner, attempt.self, look)))) {
        await removeInode(path, found.inode, attempt.calls);
      }
    } catch {
      // Litter that cannot be judged stays: it blocks nobody.
    }
  }
}

/** Nothing can be swept where nothing can be listed. */
async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch((): string[] => []);
}

function heldBy(attempt: Attempt, what: string): AppError {
  return new AppError('lock.held', `locking ${escapeControls(attempt.place.shown)}: ${what}`, {
    hint: 'run the same command again',
  });
}

async function held(
  attempt: Attempt,
  who: string,
  details: Readonly<Record<string, string | number>>,
): Promise<AppError> {
  const { shown, path, directory } = attempt.place;
  const network = await networkFileSystem(directory);
  const where = network === undefined ? '' : `; the directory is on ${network}, so it may be running on another host`;
  return new AppError('lock.held', `locking ${escapeControls(shown)}: another imgdl is using it: ${who}${where}`, {
    hint: `wait for it, or use --on-busy wait; if it is no longer running, remove ${escapeControls(path)}`,
    details: { ...details, lock: escapeControls(path), ...(network !== undefined && { fileSystem: network }) },
  });
}
