import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type LockAttempt, readLock } from './lock-file.js';
import { isDead, processTable } from './lock-owner.js';
import { removeInode } from './owned-file.js';

/** Removes what processes that died while locking left behind. Only the holder of the lock does. */
export async function sweepLocks(attempt: LockAttempt, names: () => Promise<readonly string[]>): Promise<void> {
  const prefix = `${basename(attempt.place.path)}.`;
  const look = processTable(attempt.facts);
  for (const name of await names()) {
    if (!name.startsWith(prefix)) continue;
    const path = join(attempt.place.directory, name);
    try {
      const found = await readLock(path, attempt.facts.uid, attempt.calls);
      if (found === undefined) continue;
      // Not written yet: killed before it, or alive and about to find the lock held; linkLock() writes it again.
      const unwritten = found.owner === undefined && name.endsWith('.new');
      if (unwritten || (found.owner !== undefined && (await isDead(found.owner, attempt.self, look)))) {
        await removeInode(path, found.inode, attempt.calls);
      }
    } catch {
      // What cannot be judged stays: it blocks nobody.
    }
  }
}

/** Nothing can be swept where nothing can be listed. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch((): string[] => []);
}
