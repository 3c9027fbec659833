/** The lock of a target place. */
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { assertSameDirectory } from './directory.js';
import { cleanUp, fsError } from './errors.js';
import { removeOrphans } from './leftovers.js';
import { acquireLock, type HeldLock, lookAtLock } from './lock.js';
import type { LockPlace } from './lock-file.js';
import { removeOwned } from './owned-file.js';
import type { TargetPlace } from './target-place.js';

/**
 * Makes the target ours, and removes what a killed owner could not.
 * @param object what for, as in Workspace.lock()
 * @throws AppError lock.held, fs.unsafe, fs.*, disk.full
 */
export async function lockTarget(
  place: TargetPlace,
  warn: (warning: Warning) => void,
  object?: string,
): Promise<HeldLock> {
  const { shown } = place;
  const held = await acquireLock({ ...lockPlace(place), ...(object !== undefined && { object }) }, place.owner);
  place.uids.add(held.uid);
  if (held.inherited !== undefined) {
    const from = `${held.inherited}, which is no longer running`;
    warn({ code: 'lock.inherited', message: `locking ${escapeControls(shown)}: taken over from ${from}` });
  }
  try {
    await removeOrphans(place);
    return held;
  } catch (error) {
    await cleanUp(() => held.unlock());
    throw error;
  }
}

/**
 * Removes the lock of a target whose owner has ended, as the user says; an owner that is seen to live is believed.
 * @returns who held it, in words; undefined when nobody did
 * @throws AppError lock.held, fs.unsafe, fs.*
 */
export async function breakLock(place: TargetPlace): Promise<string | undefined> {
  const held = await acquireLock({ ...lockPlace(place), overrule: true }, place.owner);
  await held.unlock();
  return held.inherited;
}

/**
 * Who holds it, as breakLock() would find it; changes nothing.
 * @throws AppError lock.held when its owner is seen to live, or is another user; fs.unsafe, fs.*
 */
export async function lockOwner(place: TargetPlace): Promise<string | undefined> {
  return await lookAtLock({ ...lockPlace(place), overrule: true }, place.owner);
}

export function lockPlace({ lock: path, name, shown, directory }: TargetPlace): LockPlace {
  const { calls, local, names } = directory;
  return {
    path,
    directory: directory.path,
    local,
    shown,
    calls,
    names,
    ...(name === undefined ? {} : { target: name }),
  };
}

/**
 * Before each step that changes something.
 * @param attempt a gerund
 * @throws AppError lock.held when somebody took the lock away, fs.gone when the directory is another one
 */
export async function assertLocked(place: TargetPlace, held: HeldLock | undefined, attempt: string): Promise<void> {
  const { lock, directory } = place;
  const what = `${attempt} ${escapeControls(place.shown)}`;
  if (held === undefined) throw new AppError('bug', `${what}: without the lock`);
  await assertSameDirectory(directory);
  if (await held.isHeld()) return;
  throw new AppError('lock.held', `${what}: the lock was taken away in the meantime`, {
    hint: `run only one imgdl at a time on this target, and leave ${escapeControls(lock)} alone`,
  });
}

/**
 * Never throws: it comes last, after success or failure, and a lock file that stays changes neither. The next run takes
 * it over.
 */
export async function unlockTarget(
  place: TargetPlace,
  held: HeldLock,
  warn: (warning: Warning) => void,
): Promise<void> {
  // Where it could not go at once, nobody else would come for it.
  await cleanUp(() => removeOwned(place.probe, place.uids, place.directory.calls));
  try {
    await held.unlock();
  } catch (error) {
    const what = fsError(error, 'removing', place.lock).message;
    warn({ code: 'fs.leftover', message: `unlocking ${escapeControls(place.shown)}: ${what}` });
  }
}
