import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import type { Lock, PartFacts, TargetFacts, Workspace } from '../core/storage.js';
import { assertSameDirectory } from './directory.js';
import { cleanUp, fsError } from './errors.js';
import { type Inode, lstatOf, sameInode } from './inode.js';
import { continueJournal, createJournal, type DiskJournal, type JournalPlace, readJournal } from './journal.js';
import { acquireLock, type HeldLock } from './lock.js';
import type { OwnerFacts } from './lock-owner.js';
import { describeOwner } from './lock-owner.js';
import { publicMode } from './mode.js';
import { lookAtOwned, removeInode, removeOwned } from './owned-file.js';
import { createPart, type DiskPart, reopenPart } from './part.js';
import { publishPart } from './publish.js';
import { readReceipt, writeReceipt } from './receipt.js';
import { freeBytes } from './space.js';
import { digestFile } from './target-digest.js';
import { findGround, refuseDevices } from './target-directory.js';

/**
 * The place of one download. Everything that changes something wants the lock first.
 *
 * @param targetPath where the file shall be, as the system understands it
 * @param shownPath the same as the user typed it
 * @param warn gets what is worth a word but stops nothing; publish() answers with its own warnings instead
 * @throws AppError fs.no-directory, fs.type, fs.*
 */
export async function openWorkspace(
  targetPath: string,
  shownPath: string,
  owner: OwnerFacts,
  warn: (warning: Warning) => void,
): Promise<Workspace> {
  const name = basename(targetPath);
  if (name === '' || name === '.' || name === '..') {
    throw new AppError('fs.type', `saving as ${escapeControls(shownPath)}: that is a directory`, {
      hint: 'use -o with the name of a file',
    });
  }
  const directory = await findGround(dirname(targetPath), owner);
  refuseDevices(directory, shownPath);
  const { calls } = directory;
  const hex = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const beside = (suffix: string): string => join(directory.path, `.imgdl-${hex}.${suffix}`);
  const partPath = beside('part');
  const receiptPath = `${targetPath}.imgdl.json`;
  const receiptNextPath = beside('receipt.next');
  const uids = new Set([owner.uid]);
  const journalPlace: JournalPlace = {
    path: beside('journal'),
    nextPath: beside('journal.next'),
    directory: directory.path,
    uids,
    calls,
  };
  let held: HeldLock | undefined;
  let opened: { readonly part: DiskPart; readonly journal: DiskJournal } | undefined;

  async function assertHeld(attempt: string): Promise<void> {
    if (held === undefined) throw new AppError('bug', `${attempt} ${escapeControls(shownPath)}: without the lock`);
    await assertSameDirectory(directory);
    if (await held.isHeld()) return;
    throw new AppError(
      'lock.held',
      `${attempt} ${escapeControls(shownPath)}: the lock was taken away in the meantime`,
      {
        hint: `run only one imgdl at a time on this target, and leave ${escapeControls(beside('lock'))} alone`,
      },
    );
  }

  async function lookAtTarget(): Promise<{ readonly facts: TargetFacts; readonly inode: Inode | undefined }> {
    const seen = await lstatOf(targetPath, calls);
    if (seen === undefined) return { facts: { kind: 'absent' }, inode: undefined };
    if (seen.isSymbolicLink()) return { facts: { kind: 'symlink' }, inode: undefined };
    if (seen.isDirectory()) return { facts: { kind: 'directory' }, inode: undefined };
    if (!seen.isFile()) return { facts: { kind: 'other' }, inode: undefined };
    const part = await lstatOf(partPath, calls);
    const isPart = part !== undefined && sameInode(part, seen);
    return { facts: { kind: 'file', size: Number(seen.size), isPart }, inode: seen };
  }

  async function lookAtPart(): Promise<PartFacts> {
    const part = await lookAtOwned(partPath, uids, calls);
    const journal = await readJournal(journalPlace.path, uids, calls);
    if (part === undefined) return { kind: 'none' };
    const size = Number(part.size);
    if (journal === undefined) return { kind: 'unusable', why: 'no-journal', size };
    if (journal.kind === 'unusable') return { kind: 'unusable', why: journal.why, size };
    return { kind: 'usable', size, journal: journal.content };
  }

  /** True when the part's name is only a second name of the complete target: killed between link and unlink. */
  async function isPublished(): Promise<boolean> {
    const { facts } = await lookAtTarget();
    return facts.kind === 'file' && facts.isPart;
  }

  // Looks at all before it removes one: what is refused stays as it was found. The journal goes before the part: a
  // part without a journal is seen and discarded next time, a journal without a part would be litter.
  async function removeLeftovers(): Promise<void> {
    const { facts, inode } = await lookAtTarget();
    const published = facts.kind === 'file' && facts.isPart ? inode : undefined;
    if (published === undefined) await lookAtOwned(partPath, uids, calls);
    await lookAtOwned(journalPlace.path, uids, calls);
    await removeOwned(journalPlace.nextPath, uids, calls);
    await removeOwned(journalPlace.path, uids, calls);
    if (published === undefined) await removeOwned(partPath, uids, calls);
    else await removeInode(partPath, published, calls);
  }

  // Killed after the rename of --force, or while something was written aside: nothing else would ever remove these.
  async function removeOrphans(): Promise<void> {
    const hasPart = (await lstatOf(partPath, calls)) !== undefined;
    const orphans = [journalPlace.nextPath, receiptNextPath, ...(hasPart ? [] : [journalPlace.path])];
    for (const path of orphans) {
      // What is not ours is refused when its name is needed, not before.
      await removeOwned(path, uids, calls).catch(() => undefined);
    }
  }

  async function warnings(work: Promise<readonly Warning[]>): Promise<void> {
    for (const warning of await work) warn(warning);
  }

  return {
    target: shownPath,

    async inspect() {
      const { facts: target } = await lookAtTarget();
      const free = await freeBytes(directory.path, calls);
      // Two names of one complete file: there is no partial download, whatever the journal says.
      const part: PartFacts = target.kind === 'file' && target.isPart ? { kind: 'none' } : await lookAtPart();
      const lockSeen = (await lstatOf(beside('lock'), calls)) !== undefined;
      return { target, part, lockSeen, ...(free !== undefined && { freeBytes: free }) };
    },

    async lock(): Promise<Lock> {
      const place = {
        path: beside('lock'),
        directory: directory.path,
        shown: shownPath,
        calls,
        names: directory.names,
      };
      const lock = await acquireLock(place, owner);
      held = lock;
      uids.add(lock.uid);
      if (lock.inherited !== undefined) {
        const message = `locking ${escapeControls(shownPath)}: taken over from ${describeOwner(lock.inherited)}, which is no longer running`;
        warn({ code: 'lock.inherited', message });
      }
      await removeOrphans().catch(async (error: unknown) => {
        held = undefined;
        await cleanUp(() => lock.release());
        throw error;
      });
      return {
        async release() {
          if (held === lock) held = undefined;
          try {
            await lock.release();
          } catch (error) {
            // It comes last, after success or failure: neither is undone by litter that the next run takes over.
            const message = `releasing the lock of ${escapeControls(shownPath)}: ${fsError(error, 'removing', beside('lock')).message}`;
            warn({ code: 'fs.leftover', message });
          }
        },
      };
    },

    async open(mode) {
      await assertHeld('opening');
      if (mode === 'continue' && !(await isPublished())) {
        const part = await reopenPart(partPath, uids, calls);
        if (part !== undefined) {
          const journal = await continueJournal(journalPlace).catch(async (error: unknown) => {
            await cleanUp(() => part.close());
            throw error;
          });
          if (journal !== undefined) {
            opened = { part, journal };
            return opened;
          }
          await part.close();
        }
      }
      await removeLeftovers();
      const part = await createPart(partPath, calls);
      try {
        opened = { part, journal: await createJournal(journalPlace) };
      } catch (error) {
        await cleanUp(
          () => part.close(),
          () => removeInode(partPath, part.inode, calls),
        );
        throw error;
      }
      await warnings(directory.sync());
      return opened;
    },

    async publish(part, replace) {
      await assertHeld('publishing');
      if (opened === undefined || part !== opened.part) {
        throw new AppError('bug', `publishing ${escapeControls(shownPath)}: not the part that was opened`);
      }
      const { part: disk, journal } = opened;
      const mode = publicMode(owner.umask);
      const publication = { part: disk, target: targetPath, shown: shownPath, directory, replace, mode };
      const published = await publishPart(publication);
      // From here on the target is complete, visible and durable: what fails now is litter, not a failed download.
      try {
        await removeInode(journalPlace.path, journal.inode, calls);
        await journal.close();
        await removeInode(partPath, disk.inode, calls);
        // Again, so that the old names stay away. A file system that cannot has been named once.
        await directory.sync();
        return published;
      } catch (error) {
        const message = `cleaning up next to ${escapeControls(shownPath)}: ${error instanceof Error ? error.message : 'failed'}`;
        return [...published, { code: 'fs.leftover', message }];
      }
    },

    async finishPublished() {
      await assertHeld('finishing');
      if (!(await isPublished())) {
        throw new AppError('bug', `finishing ${escapeControls(shownPath)}: it is not the part`);
      }
      await warnings(directory.sync());
      await removeLeftovers();
      await directory.sync();
    },

    async discard() {
      await assertHeld('discarding');
      if (opened !== undefined) {
        await removeInode(journalPlace.path, opened.journal.inode, calls);
        await removeInode(partPath, opened.part.inode, calls);
        await removeOwned(journalPlace.nextPath, uids, calls);
      } else {
        await removeLeftovers();
      }
      await warnings(directory.sync());
    },

    async digestTarget(algorithms, signal) {
      return await digestFile(targetPath, shownPath, algorithms, signal);
    },

    async readReceipt() {
      return await readReceipt(receiptPath);
    },

    async writeReceipt(receipt) {
      await assertHeld('writing the receipt of');
      const place = { path: receiptPath, nextPath: receiptNextPath, directory: directory.path, uids };
      await writeReceipt({ ...place, umask: owner.umask }, receipt);
    },
  };
}
