/** Removes what earlier runs left beside a target. The caller holds the lock. */

import { lstatOf } from './inode.js';
import { partUids, publishedInode } from './inspect.js';
import { lookAtOwned, removeInode, removeOwned } from './owned-file.js';
import type { TargetPlace } from './target-place.js';

/**
 * Removes part and journal. It looks at all of them first: where one is not ours, nothing is removed. The journal goes
 * before the part: the next run sees a part without a journal and discards it; a journal without a part would stay.
 * @throws AppError fs.unsafe, fs.*
 */
export async function removeLeftovers(place: TargetPlace): Promise<void> {
  const { part, journal, uids } = place;
  const { calls } = place.directory;
  const published = await publishedInode(place);
  const owners = await partUids(place);
  if (published === undefined) await lookAtOwned(part, owners, calls);
  await lookAtOwned(journal.path, uids, calls);
  await removeOwned(journal.nextPath, uids, calls);
  await removeOwned(journal.path, uids, calls);
  if (published === undefined) await removeOwned(part, owners, calls);
  else await removeInode(part, published, calls);
}

/**
 * Removes what nothing else ever would: left by a run that was killed after the rename of --force, or while it wrote
 * something aside.
 * @throws AppError fs.*
 */
export async function removeOrphans(place: TargetPlace): Promise<void> {
  const { calls } = place.directory;
  const hasPart = (await lstatOf(place.part, calls)) !== undefined;
  const orphans = [place.journal.nextPath, place.nextReceipt, place.probe, ...(hasPart ? [] : [place.journal.path])];
  for (const path of orphans) {
    // What is not ours is refused when its name is needed, not before.
    await removeOwned(path, place.uids, calls).catch(() => undefined);
  }
}
