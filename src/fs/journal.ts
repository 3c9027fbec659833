import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Journal, JournalContent, JournalHave, JournalHead } from '../core/storage.js';
import { type Calls, THREADED } from './calls.js';
import { syncDirectory } from './directory.js';
import { cleanUp, closeQuietly, fsError, guarded, unsafeFile } from './errors.js';
import { type Inode, lstatOf, sameInode } from './inode.js';
import { CHAIN_START, type Chain, type Decoded, decodeJournal, encodeLine } from './journal-lines.js';
import type { OpenFile } from './open-file.js';
import {
  createOwned,
  type OurUids,
  openOwned,
  readFully,
  removeOwned,
  unlinkIfThere,
  writeFully,
} from './owned-file.js';

/** A checkpoint is some 300 bytes: this is the journal of a download of a month. What is beyond is not read. */
const READ_LIMIT = 64 * 1024 * 1024;

/**
 * A journal without a head holds these zeros: where the disk fills up before the first claim, they make room for it.
 * They are two blocks, as a file system has them at most in common.
 */
const BALLAST = new Uint8Array(8 * 1024);

/** Where the files of a journal are. */
export interface JournalPlace {
  readonly path: string;
  /** The next journal while it is being written. */
  readonly nextPath: string;
  readonly directory: string;
  /** Base name of the target, for the head. */
  readonly target?: string;
  readonly uids: OurUids;
  /** By which way: threaded unless it is known that nothing there takes long. */
  readonly calls?: Calls;
}

interface Tail {
  /** In bytes. */
  readonly end: number;
  readonly chain: Chain;
}

/** The journal on a disk. Calls are done one after the other, in the order made. */
export class DiskJournal implements Journal {
  readonly content: JournalContent | undefined;
  readonly #place: JournalPlace;
  #handle: OpenFile;
  #inode: Inode;
  /** Where the next line goes. Undefined until there is a head: nothing may be claimed without one. */
  #tail: Tail | undefined;
  #failed: AppError | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param found what is in it; undefined for a new one */
  constructor(place: JournalPlace, handle: OpenFile, inode: Inode, found?: Extract<Decoded, { kind: 'content' }>) {
    this.#place = place;
    this.#handle = handle;
    this.#inode = inode;
    this.content = found?.content;
    this.#tail = found;
  }

  /** What the name must still be when it is removed; changes with reset(). */
  get inode(): Inode {
    return this.#inode;
  }

  append(record: JournalHave): Promise<void> {
    return this.#inTurn('writing', async () => {
      const tail = this.#tail;
      if (tail === undefined) {
        throw new AppError('bug', `writing ${escapeControls(this.#place.path)}: a claim without a head`);
      }
      const { bytes, chain } = encodeLine(tail.chain, record);
      await writeFully(this.#handle, bytes, tail.end);
      await this.#handle.datasync();
      this.#tail = { end: tail.end + bytes.length, chain };
    });
  }

  // Written aside and renamed: a power cut in between leaves the old journal, not half of the new one.
  reset(head: JournalHead, have: readonly JournalHave[]): Promise<void> {
    return this.#inTurn('rewriting', async () => {
      const { path, nextPath, directory, target, uids, calls = THREADED } = this.#place;
      const lines: Uint8Array[] = [];
      let chain = CHAIN_START;
      for (const record of [target === undefined ? head : { ...head, target }, ...have]) {
        const line = encodeLine(chain, record);
        lines.push(line.bytes);
        chain = line.chain;
      }
      const bytes = Buffer.concat(lines);
      await removeOwned(nextPath, uids, calls);
      if (this.#tail === undefined) await this.#handle.truncate(0);
      const next = await createOwned(nextPath, undefined, calls);
      let inode: Inode;
      try {
        await writeFully(next, bytes, 0);
        await next.sync();
        inode = await next.stat({ bigint: true });
        const current = await lstatOf(path, calls);
        if (current !== undefined && !sameInode(current, this.#inode)) {
          throw unsafeFile('rewriting', path, 'it was replaced in the meantime');
        }
        await calls.rename(nextPath, path);
      } catch (error) {
        await cleanUp(
          () => next.close(),
          () => removeOwned(nextPath, uids, calls),
        );
        throw error;
      }
      await closeQuietly(this.#handle);
      this.#handle = next;
      this.#inode = { dev: inode.dev, ino: inode.ino };
      this.#tail = { end: bytes.length, chain };
      await syncDirectory(directory, calls);
    });
  }

  /** After the calls that were made before. A second one does nothing. @throws AppError fs.* */
  async close(): Promise<void> {
    await this.#last;
    await guarded('closing', this.#place.path, () => this.#handle.close());
  }

  // As with the part: after one failure nothing more is claimed, the file may end in anything.
  #inTurn(attempt: string, work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#failed !== undefined) throw this.#failed;
      try {
        await work();
      } catch (error) {
        this.#failed = fsError(error, attempt, this.#place.path);
        throw this.#failed;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** A new, empty journal; where that fails, nothing is left. @throws AppError fs.unsafe, fs.*, disk.full */
export async function createJournal(place: JournalPlace): Promise<DiskJournal> {
  const handle = await createOwned(place.path, undefined, place.calls);
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    await writeFully(handle, BALLAST, 0);
    return new DiskJournal(place, handle, { dev, ino });
  } catch (error) {
    await cleanUp(
      () => handle.close(),
      () => unlinkIfThere(place.path, place.calls),
    );
    throw fsError(error, 'creating', place.path);
  }
}

/**
 * Opens a journal to go on with it; a torn tail is cut off. Undefined when there is none that can be trusted.
 * @throws AppError fs.newer-part, fs.unsafe, fs.*
 */
export async function continueJournal(place: JournalPlace): Promise<DiskJournal | undefined> {
  const handle = await openOwned(place.path, place.uids, 'write', 'one-name', place.calls);
  if (handle === undefined) return undefined;
  let kept = false;
  try {
    const found = decodeJournal(await readFully(handle, 0, await readableSize(handle)));
    if (found.kind === 'unusable') {
      if (found.why === 'newer') throw newerPart(place.path);
      return undefined;
    }
    await handle.truncate(found.end);
    const { dev, ino } = await handle.stat({ bigint: true });
    kept = true;
    return new DiskJournal(place, handle, { dev, ino }, found);
  } catch (error) {
    throw fsError(error, 'reading', place.path);
  } finally {
    if (!kept) await closeQuietly(handle);
  }
}

/**
 * Reads without changing anything; undefined when there is no journal.
 * @throws AppError fs.unsafe, fs.*
 */
export async function readJournal(path: string, uids: OurUids, calls?: Calls): Promise<Decoded | undefined> {
  const handle = await openOwned(path, uids, 'read', 'one-name', calls);
  if (handle === undefined) return undefined;
  try {
    return decodeJournal(await readFully(handle, 0, await readableSize(handle)));
  } catch (error) {
    throw fsError(error, 'reading', path);
  } finally {
    await closeQuietly(handle);
  }
}

async function readableSize(handle: OpenFile): Promise<number> {
  return Math.min(Number((await handle.stat({ bigint: true })).size), READ_LIMIT);
}

function newerPart(path: string): AppError {
  return new AppError('fs.newer-part', `reading ${escapeControls(path)}: a newer imgdl wrote this file`, {
    hint: 'upgrade imgdl, or use --restart to discard the partial download',
  });
}
