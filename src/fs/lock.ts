/**
 * One imgdl per target: `link(2)` of a complete file to the lock's name, which only one process can do.
 *
 * Taking over a dead owner's lock needs a lock itself, or two heirs could each remove the other's new lock. That lock
 * is named by the dead owner's nonce (`….lock.<nonce>.heir`; by inode and time where the file names no owner), is made
 * in the same way, and becomes the lock by one rename: the name is never free in between, and who comes late finds
 * another nonce in it. The heir may die too; then the lock of its own heir is named by its nonce, and so on.
 */
import { join } from 'node:path';
import { AppError, type Details } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { quoteWord } from '../core/shell-words.js';
import type { Lock } from '../core/storage.js';
import { THREADED } from './calls.js';
import { cleanUp, guarded, unsafeFile } from './errors.js';
import { lstatOf, sameInode } from './inode.js';
import {
  isNamed,
  type LockAttempt,
  type LockFile,
  type LockPlace,
  linkLock,
  readLock,
  socketName,
  writeOwn,
} from './lock-file.js';
import { lifeOf } from './lock-life.js';
import { describeOwner, describeSelf, type OwnerFacts } from './lock-owner.js';
import { LockSocket } from './lock-socket.js';
import { namesIn, sweepLocks } from './lock-sweep.js';
import { networkFileSystem } from './network-fs.js';
import { unlinkIfThere } from './owned-file.js';

const MAX_HEIRS = 8;
const MAX_TURNS = 1000;

/** A lock of ours. */
export class HeldLock implements Lock {
  /** The user id that our files get here. */
  readonly uid: number;
  /** The dead owner this lock was taken from, in words. */
  readonly inherited: string | undefined;
  readonly #attempt: LockAttempt;

  constructor(attempt: LockAttempt, uid: number, inherited: string | undefined) {
    this.#attempt = attempt;
    this.uid = uid;
    this.inherited = inherited;
  }

  /** False when somebody removed or replaced the lock file behind our back. */
  async isHeld(): Promise<boolean> {
    const { place, self, calls } = this.#attempt;
    return await isNamed(place.path, this.uid, self.nonce, calls);
  }

  /**
   * Removes the lock file unless it is somebody else's by now, then the socket: while there is a lock, its owner answers.
   * @throws AppError fs.*
   */
  async unlock(): Promise<void> {
    const { place, ownPath, socket, calls } = this.#attempt;
    try {
      await cleanUp(() => unlinkIfThere(ownPath, calls));
      if (await this.isHeld()) await unlinkIfThere(place.path, calls);
    } finally {
      await socket.close();
    }
  }
}

/** @throws AppError lock.held, fs.unsafe, fs.*, disk.full */
export async function acquireLock(place: LockPlace, facts: OwnerFacts): Promise<HeldLock> {
  const attempt = await newAttempt(place, facts);
  try {
    return await lockWith(attempt);
  } catch (error) {
    await giveUp(attempt);
    throw error;
  }
}

/**
 * Whether acquireLock() would get it, as far as that can be said without a trace.
 * @returns the owner who has ended, in words; undefined when there is none
 * @throws AppError lock.held, fs.unsafe, fs.*
 */
export async function lookAtLock(place: LockPlace, facts: OwnerFacts): Promise<string | undefined> {
  const attempt = await newAttempt(place, facts);
  const found = await readFound(place.path, attempt, async () => facts.uid);
  if (found === undefined) return undefined;
  await refuseUnlessGone(found, attempt);
  return whose(found);
}

async function newAttempt(place: LockPlace, facts: OwnerFacts): Promise<LockAttempt> {
  const { path, directory, target, object, calls = THREADED } = place;
  const self = await describeSelf(facts, { target, object });
  const socket = new LockSocket(directory, socketName(path, self.nonce));
  return { place, self, facts, ownPath: `${path}.${self.nonce}.new`, socket, calls };
}

/** @throws AppError lock.held unless its owner has ended, or the user says so of one whom nobody here can see */
async function refuseUnlessGone(found: LockFile, attempt: LockAttempt): Promise<void> {
  const life = await lifeOf(found, attempt);
  const gone = life === 'dead' || (life === 'unseen' && attempt.place.overrule === true);
  if (!gone) throw await heldBy(found, life === 'alive', attempt);
}

/** Something failed, perhaps when the lock was ours already: it must block nobody for as long as this process lives. */
async function giveUp({ place, self, ownPath, socket, calls }: LockAttempt): Promise<void> {
  await cleanUp(
    () => unlinkIfThere(ownPath, calls),
    async () => {
      const uid = Number((await lstatOf(place.path, calls))?.uid);
      if (await isNamed(place.path, uid, self.nonce, calls)) await unlinkIfThere(place.path, calls);
    },
    () => socket.close(),
  );
}

async function lockWith(attempt: LockAttempt): Promise<HeldLock> {
  const { place, calls } = attempt;
  let inherited: string | undefined;
  try {
    inherited = await seize(place.path, attempt, 0);
  } finally {
    // Only a second name by now. If it cannot go, unlock() tries again, and the next holder sweeps it.
    await cleanUp(() => unlinkIfThere(attempt.ownPath, calls));
  }
  const seen = await lstatOf(place.path, calls);
  if (seen === undefined) throw lost(attempt, 'something else removed it right away');
  // A holder that swept just then may have met our socket before it listened. Now nobody sweeps but us.
  if (!(await attempt.socket.isThere())) throw lost(attempt, 'something else removed its socket');
  // Who died as owner of this lock may have done so a moment ago.
  const names = inherited === undefined ? place.names : undefined;
  await sweepLocks(attempt, names ?? (() => namesIn(place.directory)));
  return new HeldLock(attempt, Number(seen.uid), inherited);
}

/** Makes `path` ours; answers with the dead owner it was taken from, in words. */
async function seize(path: string, attempt: LockAttempt, depth: number): Promise<string | undefined> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await linkLock(path, attempt)) return undefined;
    const found = await readFound(path, attempt);
    if (found === undefined) continue;
    if (found.owner?.nonce === attempt.self.nonce) return undefined;
    if (depth === MAX_HEIRS) throw await heldBy(found, true, attempt);
    await refuseUnlessGone(found, attempt);
    const heirPath = `${attempt.place.path}.${found.owner?.nonce ?? `${found.inode.ino}-${found.ctimeNs}`}.heir`;
    await seize(heirPath, attempt, depth + 1);
    if (await inherit(path, heirPath, found, attempt)) {
      await removeSocketOf(found, attempt);
      return whose(found);
    }
  }
  throw lost(attempt, 'too many processes are competing for it');
}

/**
 * With the heir's lock in hand: it becomes the dead one's. False when another heir was here before. Only the holder of
 * the heir's lock may replace the dead one's, so between this look and the rename nobody does.
 */
async function inherit(path: string, heirPath: string, dead: LockFile, attempt: LockAttempt): Promise<boolean> {
  let isOurs = false;
  try {
    const still = await readFound(path, attempt);
    if (still !== undefined && isSameLock(still, dead)) {
      await guarded('locking', attempt.place.shown, () => attempt.calls.rename(heirPath, path));
      isOurs = true;
    }
  } finally {
    if (!isOurs) await cleanUp(() => unlinkIfThere(heirPath, attempt.calls));
  }
  return isOurs;
}

/** Of a dead owner. Elsewhere than on a local file system nobody else would ever know that it may go. */
async function removeSocketOf({ owner }: LockFile, { place, calls }: LockAttempt): Promise<void> {
  if (owner?.socket !== true) return;
  await cleanUp(() => unlinkIfThere(join(place.directory, socketName(place.path, owner.nonce)), calls));
}

function isSameLock(a: LockFile, b: LockFile): boolean {
  return a.owner?.nonce === b.owner?.nonce && a.ctimeNs === b.ctimeNs && sameInode(a.inode, b.inode);
}

function whose({ owner }: LockFile): string {
  return owner === undefined ? 'an owner that the lock file does not name' : describeOwner(owner);
}

/**
 * Undefined when the lock has just gone.
 * @param ownUid the user id that our files get here
 * @throws AppError lock.held when it is another user's
 */
async function readFound(path: string, attempt: LockAttempt, ownUid = uidHere): Promise<LockFile | undefined> {
  const seen = await lstatOf(path, attempt.calls);
  if (seen === undefined) return undefined;
  if (!seen.isFile()) throw unsafeFile('locking', path, 'it is a link or not a regular file');
  // Not readable for us, and not removable in a directory like /tmp. Its owner may well be at work.
  const uid = Number(seen.uid);
  if (uid !== attempt.facts.uid && uid !== (await ownUid(attempt)))
    throw await heldByAnother(attempt, `user ${uid}`, { uid });
  return await readLock(path, uid, attempt.calls);
}

async function heldBy(found: LockFile, seen: boolean, attempt: LockAttempt): Promise<AppError> {
  const { owner } = found;
  const { object } = owner ?? {};
  const details = owner === undefined ? {} : { pid: owner.pid, host: escapeControls(owner.host) };
  return await heldByAnother(attempt, whose(found), { ...details, ...(object !== undefined && { object }), seen });
}

/** The user id that a file of ours gets here: another one where the file system maps users (NFS root squash, vfat). */
async function uidHere(attempt: LockAttempt): Promise<number> {
  await writeOwn(attempt);
  return Number((await lstatOf(attempt.ownPath, attempt.calls))?.uid ?? -1);
}

function lost(attempt: LockAttempt, what: string): AppError {
  return new AppError('lock.held', `locking ${escapeControls(attempt.place.shown)}: ${what}`, {
    hint: 'run the same command again',
  });
}

async function heldByAnother(attempt: LockAttempt, who: string, details: Details): Promise<AppError> {
  const { shown, path, directory } = attempt.place;
  const network = await networkFileSystem(directory, attempt.calls);
  const unseen = details['seen'] === false;
  const what = unseen ? 'another imgdl may be using it' : 'another imgdl is using it';
  const where = network === undefined ? '' : `; the directory is on ${network}, so it may be running on another host`;
  return new AppError('lock.held', `locking ${escapeControls(shown)}: ${what}: ${who}${where}`, {
    hint: cureOf(details, shown),
    details: { ...details, lock: escapeControls(path), ...(network !== undefined && { fileSystem: network }) },
  });
}

function cureOf({ seen, uid }: Details, shown: string): string {
  const unlock = `imgdl clean --unlock ${escapeControls(quoteWord(shown))}`;
  if (seen === false) return `nothing here shows whether it is running; if it is not, run ${unlock}`;
  const wait = 'wait for it, or use --on-busy wait';
  // Only he may remove it, and his may live in another container.
  return uid === undefined ? wait : `${wait}; if it is no longer running, run as that user: ${unlock}`;
}
