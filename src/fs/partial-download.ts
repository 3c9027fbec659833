/** The part and the journal of one target, opened, removed and given up together. The caller holds the lock. */
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { cleanUp } from './errors.js';
import { partUids, publishedInode } from './inspect.js';
import { continueJournal, createJournal, type DiskJournal } from './journal.js';
import { removeInode, removeOwned } from './owned-file.js';
import { createPart, type DiskPart, reopenPart } from './part.js';
import type { TargetPlace } from './target-place.js';

export interface PartialDownload {
  readonly part: DiskPart;
  readonly journal: DiskJournal;
}

/**
 * Opens what an earlier run left; undefined when there is nothing to go on with.
 * @throws AppError fs.newer-part, fs.unsafe, fs.*
 */
export async function continuePartial(place: TargetPlace): Promise<PartialDownload | undefined> {
  // Writing to it would change the complete target.
  if ((await publishedInode(place)) !== undefined) return undefined;
  const part = await reopenPart(place.part, await partUids(place), place.directory.calls);
  if (part === undefined) return undefined;
  const journal = await continueJournal(place.journal).catch(async (error: unknown) => {
    await cleanUp(() => part.close());
    throw error;
  });
  if (journal !== undefined) return { part, journal };
  await part.close();
  return undefined;
}

/** Both new and empty. @throws AppError fs.unsafe, fs.*, disk.full */
export async function createPartial(place: TargetPlace): Promise<PartialDownload> {
  const { calls } = place.directory;
  const part = await createPart(place.part, calls);
  try {
    return { part, journal: await createJournal(place.journal) };
  } catch (error) {
    await cleanUp(
      () => part.close(),
      () => removeInode(place.part, part.inode, calls),
    );
    throw error;
  }
}

/**
 * Removes both names, as far as they are still these files.
 * @throws AppError fs.*
 */
export async function discardPartial(place: TargetPlace, { part, journal }: PartialDownload): Promise<void> {
  const { calls } = place.directory;
  await removeInode(place.journal.path, journal.inode, calls);
  await removeInode(place.part, part.inode, calls);
  await removeOwned(place.journal.nextPath, place.uids, calls);
}

/**
 * Removes what is of no use once the target is complete, visible and durable. Never throws: a file that cannot be
 * removed now is worth a warning, but the download has not failed.
 */
export async function cleanUpPublished(
  place: TargetPlace,
  { part, journal }: PartialDownload,
): Promise<readonly Warning[]> {
  const { directory, shown } = place;
  try {
    await removeInode(place.journal.path, journal.inode, directory.calls);
    await journal.close();
    await removeInode(place.part, part.inode, directory.calls);
    // Again, so that the old names stay away. A file system that cannot has been named once.
    await directory.sync();
    return [];
  } catch (error) {
    const what = error instanceof Error ? error.message : 'failed';
    return [{ code: 'fs.leftover', message: `cleaning up next to ${escapeControls(shown)}: ${what}` }];
  }
}
