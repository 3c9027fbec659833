/**
 * One imgdl per target: `link(2)` of a complete file to the lock's name, which only one process can do.
 *
 * Taking over a dead owner's lock needs a lock itself, or two heirs could each remove the other's new lock. That lock
 * is named by the dead owner's nonce (`….lock.<nonce>.heir`), is made in the same way, and becomes the lock by one
 * rename: the name is never free in between, and who comes late finds another nonce in it. The heir may die too; then
 * the lock of its own heir is named by its nonce, and so on.
 */
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Lock } from '../core/storage.js';
import { THREADED } from './calls.js';
import { cleanUp, guarded, unsafeFile } from './errors.js';
import { lstatOf, sameInode } from './inode.js';
import { isNamed, type LockAttempt, type LockFile, type LockPlace, linkLock, readLock, writeOwn } from './lock-file.js';
import { describeOwner, describeSelf, isDead, type LockOwner, type OwnerFacts, processTable } from './lock-owner.js';
import { namesIn, sweepLocks } from './lock-sweep.js';
import { networkFileSystem } from './network-fs.js';
import { unlinkIfThere } from './owned-file.js';

const MAX_HEIRS = 8;
const MAX_TURNS = 1000;

/** A lock of ours. */
export class HeldLock implements Lock {
  /** The user id that our files get here. */
  readonly uid: number;
  /** The dead owner this lock was taken from. */
  readonly inherited: LockOwner | undefined;
  readonly #attempt: LockAttempt;
  /** Our own file, as it was linked, still has its first name. */
  readonly #hasOwnFile: boolean;

  constructor(attempt: LockAttempt, uid: number, inherited: LockOwner | undefined, hasOwnFile: boolean) {
    this.#attempt = attempt;
    this.#hasOwnFile = hasOwnFile;
    this.uid = uid;
    this.inherited = inherited;
  }

  /** False when somebody removed or replaced the lock file behind our back. */
  async isHeld(): Promise<boolean> {
    const { place, self, calls } = this.#attempt;
    return await isNamed(place.path, this.uid, self.nonce, calls);
  }

  /** Removes the lock file unless it is somebody else's by now. @throws AppError fs.* */
  async unlock(): Promise<void> {
    const { place, ownPath, calls } = this.#attempt;
    if (this.#hasOwnFile) await cleanUp(() => unlinkIfThere(ownPath, calls));
    if (await this.isHeld()) await unlinkIfThere(place.path, calls);
  }
}

/** @throws AppError lock.held, fs.unsafe, fs.*, disk.full */
export async function acquireLock(place: LockPlace, facts: OwnerFacts): Promise<HeldLock> {
  const self = await describeSelf(facts);
  const { calls = THREADED } = place;
  const attempt: LockAttempt = { place, self, facts, ownPath: `${place.path}.${self.nonce}.new`, calls };
  let inherited: LockOwner | undefined;
  let hasOwnFile = true;
  try {
    inherited = await seize(place.path, attempt, 0);
  } finally {
    // Only a second name by now. If it cannot go, unlock() tries again, and the next holder sweeps it.
    await cleanUp(async () => {
      await unlinkIfThere(attempt.ownPath, calls);
      hasOwnFile = false;
    });
  }
  const seen = await lstatOf(place.path, calls);
  if (seen === undefined) throw lost(attempt, 'something else removed it right away');
  // Who died as owner of this lock may have done so a moment ago.
  const names = inherited === undefined ? place.names : undefined;
  await sweepLocks(attempt, names ?? (() => namesIn(place.directory)));
  return new HeldLock(attempt, Number(seen.uid), inherited, hasOwnFile);
}

/** Makes `path` ours; answers with the dead owner it was taken from. */
async function seize(path: string, attempt: LockAttempt, depth: number): Promise<LockOwner | undefined> {
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    if (await linkLock(path, attempt)) return undefined;
    const found = await readOwner(path, attempt);
    if (found === undefined) continue;
    const { owner } = found;
    if (owner.nonce === attempt.self.nonce) return undefined;
    if (depth === MAX_HEIRS || !(await isDead(owner, attempt.self, processTable(attempt.facts)))) {
      throw await heldByAnother(attempt, describeOwner(owner), { pid: owner.pid, host: escapeControls(owner.host) });
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
  throw lost(attempt, 'too many processes are competing for it');
}

/** Undefined when the lock has just gone. @throws AppError lock.held when it does not say whose it is */
async function readOwner(path: string, attempt: LockAttempt): Promise<Required<LockFile> | undefined> {
  const seen = await lstatOf(path, attempt.calls);
  if (seen === undefined) return undefined;
  if (!seen.isFile()) throw unsafeFile('locking', path, 'it is a link or not a regular file');
  // Not readable for us, and not removable in a directory like /tmp. Its owner may well be at work.
  const uid = Number(seen.uid);
  if (uid !== attempt.facts.uid && uid !== (await uidHere(attempt)))
    throw await heldByAnother(attempt, `user ${uid}`, { uid });
  const found = await readLock(path, uid, attempt.calls);
  if (found === undefined) return undefined;
  if (found.owner === undefined) throw await heldByAnother(attempt, 'the lock file does not say which', {});
  return { owner: found.owner, inode: found.inode };
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

async function heldByAnother(
  attempt: LockAttempt,
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
