import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lstatOf } from './inode.js';
import { type LockAttempt, readLock, socketNonce } from './lock-file.js';
import { lifeOf } from './lock-life.js';
import { askSocket } from './lock-socket.js';
import { removeInode } from './owned-file.js';

/** Removes what processes that died while locking left behind. Only the holder of the lock does. */
export async function sweepLocks(attempt: LockAttempt, names: () => Promise<readonly string[]>): Promise<void> {
  const lockFiles = `${basename(attempt.place.path)}.`;
  for (const name of await names()) {
    try {
      if (name.startsWith(lockFiles)) await sweepFile(name, attempt);
      else if (isSocketName(name, attempt)) await sweepSocket(name, attempt);
    } catch {
      // What cannot be judged stays: it blocks nobody.
    }
  }
}

/** A file that was to become a lock, or an heir's lock. */
async function sweepFile(name: string, attempt: LockAttempt): Promise<void> {
  const path = join(attempt.place.directory, name);
  const found = await readLock(path, attempt.facts.uid, attempt.calls);
  if (found === undefined) return;
  // Not written yet: killed before it, or alive and about to find the lock held; linkLock() writes it again.
  const unwritten = found.owner === undefined && name.endsWith('.new');
  if (unwritten || (await lifeOf(found, attempt)) === 'dead') await removeInode(path, found.inode, attempt.calls);
}

/** Where another kernel may have the socket, nobody here knows whether it is in use. */
async function sweepSocket(name: string, attempt: LockAttempt): Promise<void> {
  const { directory, local, overrule = false } = attempt.place;
  if (!local && !overrule) return;
  const path = join(directory, name);
  const seen = await lstatOf(path, attempt.calls);
  if (seen === undefined || !seen.isSocket() || Number(seen.uid) !== attempt.facts.uid) return;
  if ((await askSocket(directory, name)) === 'refused') await removeInode(path, seen, attempt.calls);
}

function isSocketName(name: string, { place, self }: LockAttempt): boolean {
  const nonce = socketNonce(place.path, name);
  return nonce !== undefined && nonce !== self.nonce;
}

/** Nothing can be swept where nothing can be listed. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch((): string[] => []);
}
