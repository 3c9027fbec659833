/** What is at the target's place and beside it. Nothing here changes anything. */
import type { BigIntStats } from 'node:fs';
import type { LocalFacts, PartFacts, TargetFacts } from '../core/storage.js';
import { type Inode, lstatOf, sameInode } from './inode.js';
import { readJournal } from './journal.js';
import { socketNonce } from './lock-file.js';
import { lookAtOwned, type OurUids } from './owned-file.js';
import { freeBytes } from './space.js';
import type { TargetPlace } from './target-place.js';

/** @throws AppError fs.unsafe, fs.* */
export async function inspect(place: TargetPlace): Promise<LocalFacts> {
  const { directory } = place;
  const target = await inspectTarget(place);
  const free = await freeBytes(directory.path, directory.calls);
  // Two names of one complete file: there is no partial download, whatever the journal says.
  const part: PartFacts = target.kind === 'file' && target.isPart ? { kind: 'none' } : await inspectPart(place);
  const lockSeen = await isLockSeen(place);
  return { target, part, lockSeen, ...(free !== undefined && { freeBytes: free }) };
}

/** A lock, or the socket of one that was removed by somebody who was killed before he could remove that, too. */
async function isLockSeen({ lock, directory }: TargetPlace): Promise<boolean> {
  if ((await lstatOf(lock, directory.calls)) !== undefined) return true;
  return (await directory.names()).some((name) => socketNonce(lock, name) !== undefined);
}

/**
 * The target's inode when the part's name is only a second name of it: killed between link and unlink. Undefined
 * otherwise.
 * @throws AppError fs.*
 */
export async function publishedInode(place: TargetPlace): Promise<Inode | undefined> {
  const seen = await lstatOf(place.target, place.directory.calls);
  return seen?.isFile() && (await isPart(place, seen)) ? seen : undefined;
}

/**
 * User ids that a part of ours may have. Root gives it to the owner of the file that it replaces, right before it gets
 * its name: killed in between, the part is his. He may do with it what he could do with that file.
 * @throws AppError fs.*
 */
export async function partUids({ target, uids, owner, directory }: TargetPlace): Promise<OurUids> {
  if (owner.uid !== 0) return uids;
  const seen = await lstatOf(target, directory.calls);
  return seen?.isFile() ? new Set([...uids, Number(seen.uid)]) : uids;
}

async function inspectTarget(place: TargetPlace): Promise<TargetFacts> {
  const seen = await lstatOf(place.target, place.directory.calls);
  if (seen === undefined) return { kind: 'absent' };
  if (seen.isSymbolicLink()) return { kind: 'symlink' };
  if (seen.isDirectory()) return { kind: 'directory' };
  if (!seen.isFile()) return { kind: 'other' };
  const { size, mtimeMs } = seen;
  return { kind: 'file', size: Number(size), isPart: await isPart(place, seen), modifiedAt: Number(mtimeMs) };
}

async function isPart(place: TargetPlace, target: BigIntStats): Promise<boolean> {
  const part = await lstatOf(place.part, place.directory.calls);
  return part !== undefined && sameInode(part, target);
}

/** @throws AppError fs.unsafe, fs.* */
export async function inspectPart(place: TargetPlace): Promise<PartFacts> {
  const { calls } = place.directory;
  const part = await lookAtOwned(place.part, await partUids(place), calls);
  const journal = await readJournal(place.journal.path, place.uids, calls);
  if (part === undefined) return { kind: 'none' };
  const size = Number(part.size);
  if (journal === undefined) return { kind: 'unusable', why: 'no-journal', size };
  if (journal.kind === 'unusable') return { kind: 'unusable', why: journal.why, size };
  return { kind: 'usable', size, journal: journal.content };
}
