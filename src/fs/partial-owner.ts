import type { PartialOwner } from '../core/partial.js';
import { lstatOf } from './inode.js';
import { readLock, socketNonce } from './lock-file.js';
import { lifeOf } from './lock-life.js';
import { describeSelf, type LockOwner } from './lock-owner.js';
import { askSocket } from './lock-socket.js';
import { lockPlace } from './target-lock.js';
import type { TargetPlace } from './target-place.js';

const NOBODY: PartialOwner = { state: 'left-behind', pid: null, host: null };

/**
 * Who holds the files of a target. Only looks.
 * @param names of its files
 */
export async function ownerOf(place: TargetPlace, names: readonly string[]): Promise<PartialOwner> {
  const locked = await ownerOfLock(place).catch((): PartialOwner => ({ ...NOBODY, state: 'unknown' }));
  // A lock that was removed by hand leaves its owner at work.
  if (locked.state === 'left-behind' && (await anyAnswers(place, names))) return { ...NOBODY, state: 'running' };
  return locked;
}

/** @throws AppError fs.unsafe, fs.* */
async function ownerOfLock(place: TargetPlace): Promise<PartialOwner> {
  const { lock, owner: facts, directory } = place;
  const seen = await lstatOf(lock, directory.calls);
  if (seen === undefined) return NOBODY;
  const found = await readLock(lock, facts.uid, directory.calls);
  if (found === undefined) return NOBODY;
  const self = await describeSelf(facts);
  const life = await lifeOf(found, { place: lockPlace(place), self, facts });
  const { pid = null, host = null } = found.owner ?? {};
  if (life !== 'unseen') return { state: life === 'alive' ? 'running' : 'left-behind', pid, host };
  return { state: isElsewhere(found.owner, self) ? 'elsewhere' : 'unknown', pid, host };
}

function isElsewhere(owner: LockOwner | undefined, self: LockOwner): boolean {
  return owner !== undefined && (owner.host !== self.host || owner.machine !== self.machine);
}

async function anyAnswers({ lock, directory }: TargetPlace, names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    if (socketNonce(lock, name) === undefined) continue;
    if ((await askSocket(directory.path, name)) === 'answered') return true;
  }
  return false;
}
