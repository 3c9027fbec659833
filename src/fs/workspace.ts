import type { Algorithm } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import type { LocalFacts, Lock, OpenTarget, PartFile, Receipt, Workspace } from '../core/storage.js';
import { cleanUp, noRoom } from './errors.js';
import { inspect, publishedInode } from './inspect.js';
import { removeLeftovers } from './leftovers.js';
import type { HeldLock } from './lock.js';
import type { OwnerFacts } from './lock-owner.js';
import {
  cleanUpPublished,
  continuePartial,
  createPartial,
  discardPartial,
  type PartialDownload,
} from './partial-download.js';
import { publishPart } from './publish.js';
import { findReplaceable, readReceipt, writeReceipt } from './receipt.js';
import { reservationsOf } from './reservations.js';
import { freeBytes } from './space.js';
import { digestFile } from './target-digest.js';
import { readTarget } from './target-file.js';
import { assertLocked, lockTarget, unlockTarget } from './target-lock.js';
import { findTargetPlace, type TargetPlace } from './target-place.js';

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
  return new DiskWorkspace(await findTargetPlace(targetPath, shownPath, owner), warn);
}

class DiskWorkspace implements Workspace {
  readonly #place: TargetPlace;
  readonly #warn: (warning: Warning) => void;
  #held: HeldLock | undefined;
  /** What open() opened last. */
  #opened: PartialDownload | undefined;

  constructor(place: TargetPlace, warn: (warning: Warning) => void) {
    this.#place = place;
    this.#warn = warn;
  }

  get target(): string {
    return this.#place.shown;
  }

  async inspect(): Promise<LocalFacts> {
    return await inspect(this.#place);
  }

  async lock(object?: string): Promise<Lock> {
    const held = await lockTarget(this.#place, this.#warn, object);
    this.#held = held;
    return {
      unlock: async () => {
        if (this.#held === held) this.#held = undefined;
        await unlockTarget(this.#place, held, this.#warn);
      },
    };
  }

  async open(mode: 'continue' | 'fresh'): Promise<PartialDownload> {
    await this.#assertLocked('opening');
    const found = mode === 'continue' ? await continuePartial(this.#place) : undefined;
    if (found !== undefined) {
      this.#opened = found;
      return found;
    }
    await removeLeftovers(this.#place);
    const created = await createPartial(this.#place);
    this.#opened = created;
    try {
      await this.#syncDirectory();
    } catch (error) {
      // Nobody else has them yet.
      await cleanUp(
        () => discardPartial(this.#place, created),
        () => created.journal.close(),
        () => created.part.close(),
      );
      throw error;
    }
    return created;
  }

  async reserve(part: PartFile, size: number, held: number): Promise<void> {
    const { shown, directory, owner } = this.#place;
    const opened = this.#opened;
    if (opened === undefined || part !== opened.part) throw notOpened('reserving room for', shown);
    const free = (): Promise<number | undefined> => freeBytes(directory.path, directory.calls);
    const lack = await reservationsOf(owner).take({ part: opened.part, size, held }, free);
    if (lack !== undefined) throw noRoom(shown, lack);
  }

  async publish(part: PartFile, replace: boolean, modifiedAt?: number): Promise<readonly Warning[]> {
    await this.#assertLocked('publishing');
    const opened = this.#opened;
    const { target, shown, directory, probe } = this.#place;
    if (opened === undefined || part !== opened.part) throw notOpened('publishing', shown);
    const newFileMode = (): Promise<number | undefined> => directory.newFileMode(probe);
    const publication = { part: opened.part, target, shown, directory, newFileMode, replace, modifiedAt };
    const warnings = await publishPart(publication);
    return [...warnings, ...(await cleanUpPublished(this.#place, opened))];
  }

  async finishPublished(): Promise<void> {
    await this.#assertLocked('finishing');
    if ((await publishedInode(this.#place)) === undefined) {
      throw new AppError('bug', `finishing ${escapeControls(this.target)}: it is not the part`);
    }
    await this.#syncDirectory();
    await removeLeftovers(this.#place);
    // Again, so that the old names stay away. A file system that cannot has been named once.
    await this.#place.directory.sync();
  }

  async keepTarget(): Promise<void> {
    await this.#place.directory.sync();
  }

  async discard(): Promise<void> {
    await this.#assertLocked('discarding');
    if (this.#opened === undefined) await removeLeftovers(this.#place);
    else await discardPartial(this.#place, this.#opened);
    await this.#syncDirectory();
  }

  async digestTarget(
    algorithms: readonly Algorithm[],
    signal: AbortSignal,
    tell?: (hashed: number) => void,
  ): Promise<ReadonlyMap<Algorithm, string>> {
    return await digestFile(this.#place.target, this.#place.shown, algorithms, signal, tell);
  }

  async openTarget(): Promise<OpenTarget> {
    return await readTarget(this.#place.target, this.#place.shown);
  }

  async readReceipt(): Promise<Receipt | undefined> {
    return await readReceipt(this.#place.receipt);
  }

  async expectReceipt(): Promise<void> {
    await findReplaceable(this.#place.receipt);
  }

  async writeReceipt(receipt: Receipt): Promise<void> {
    await this.#assertLocked('writing the receipt of');
    const { receipt: path, nextReceipt: nextPath, directory, uids, probe } = this.#place;
    const newFileMode = (): Promise<number | undefined> => directory.newFileMode(probe);
    await writeReceipt({ path, nextPath, directory: directory.path, uids, newFileMode }, receipt);
  }

  async #assertLocked(attempt: string): Promise<void> {
    await assertLocked(this.#place, this.#held, attempt);
  }

  async #syncDirectory(): Promise<void> {
    for (const warning of await this.#place.directory.sync()) this.#warn(warning);
  }
}

function notOpened(attempt: string, shown: string): AppError {
  return new AppError('bug', `${attempt} ${escapeControls(shown)}: not the part that was opened`);
}
