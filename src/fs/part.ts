import type { BigIntStats } from 'node:fs';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { PartFile } from '../core/storage.js';
import type { Calls } from './calls.js';
import { cleanUp, errnoOf, fsError } from './errors.js';
import type { Inode } from './inode.js';
import type { OpenFile } from './open-file.js';
import { createOwned, type OurUids, openOwned, readFully, unlinkIfThere } from './owned-file.js';

/** The part file on a disk. */
export class DiskPart implements PartFile {
  readonly path: string;
  readonly fd: number;
  readonly inode: Inode;
  readonly readNow?: NonNullable<PartFile['readNow']>;
  readonly #handle: OpenFile;
  #closed = false;
  #failed: AppError | undefined;

  constructor(path: string, handle: OpenFile, inode: Inode) {
    this.path = path;
    this.fd = handle.fd;
    this.inode = inode;
    this.#handle = handle;
    if (handle.readNow !== undefined) this.readNow = (offset, into) => handle.readNow?.(into, offset) ?? false;
  }

  async write(offset: number, chunks: readonly Uint8Array[]): Promise<void> {
    assertOffset(offset, this.path);
    let position = offset;
    let rest = chunks.filter((chunk) => chunk.length > 0);
    try {
      while (rest.length > 0) {
        // Short counts are normal: libuv reports what fitted before ENOSPC, the next call reports the error.
        const { bytesWritten } = await this.#handle.writev(rest, position);
        if (bytesWritten === 0) throw Object.assign(new Error('wrote nothing'), { code: 'EIO', errno: -5 });
        position += bytesWritten;
        rest = withoutFirst(rest, bytesWritten);
      }
    } catch (error) {
      throw fsError(error, 'writing', this.path);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    assertOffset(offset, this.path);
    try {
      return await readFully(this.#handle, offset, length);
    } catch (error) {
      throw fsError(error, 'reading', this.path);
    }
  }

  async sync(): Promise<void> {
    await this.#durably(() => this.#handle.datasync());
  }

  /**
   * Gives the file a time. It is a courtesy: what goes wrong is no reason to lose the download.
   * @param modifiedAt in milliseconds since 1970
   * @returns the errno of a file system that does not let us
   */
  async date(modifiedAt: number): Promise<string | undefined> {
    // Node takes a negative number for now, but not a date before 1970.
    const time = new Date(modifiedAt);
    try {
      await this.#handle.utimes(time, time);
      return undefined;
    } catch (error) {
      return errnoOf(error) ?? 'unknown';
    }
  }

  /** For who decides who may open it. They throw Node's errors. */
  stat(options: { readonly bigint: true }): Promise<BigIntStats> {
    return this.#handle.stat(options);
  }
  chmod(mode: number): Promise<void> {
    return this.#handle.chmod(mode);
  }
  chown(uid: number, gid: number): Promise<void> {
    return this.#handle.chown(uid, gid);
  }

  /** Everything durable: the owner, the mode and the time too. */
  async finish(): Promise<void> {
    await this.#durably(() => this.#handle.sync());
  }

  // Linux reports a write-back error once and marks the pages clean: a second fsync would succeed although the data
  // is gone ("fsyncgate"). So the first failure is final.
  async #durably(call: () => Promise<void>): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    try {
      await call();
    } catch (error) {
      this.#failed ??= fsError(error, 'syncing', this.path);
    }
    if (this.#failed !== undefined) throw this.#failed;
  }

  async truncate(size: number): Promise<void> {
    assertOffset(size, this.path);
    try {
      await this.#handle.truncate(size);
    } catch (error) {
      throw fsError(error, 'truncating', this.path);
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Bytes that the file system has given to it; what is beyond a hole counts, the hole does not. */
  async allocated(): Promise<number> {
    // stat(2): in units of 512 bytes, whatever the size of a block is.
    return Number((await this.#handle.stat({ bigint: true })).blocks) * 512;
  }

  async size(): Promise<number> {
    try {
      return Number((await this.#handle.stat({ bigint: true })).size);
    } catch (error) {
      throw fsError(error, 'checking', this.path);
    }
  }

  /** Reports a failure: NFS may keep ENOSPC and EIO until close(2). A second call does nothing. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#handle.close();
    } catch (error) {
      throw fsError(error, 'closing', this.path);
    }
  }
}

/** A new, empty part; where that fails, nothing is left. @throws AppError fs.unsafe, fs.*, disk.full */
export async function createPart(path: string, calls?: Calls): Promise<DiskPart> {
  const handle = await createOwned(path, undefined, calls);
  try {
    return await partOf(path, handle);
  } catch (error) {
    await cleanUp(() => unlinkIfThere(path, calls));
    throw error;
  }
}

/** Undefined when there is none. @throws AppError fs.unsafe, fs.* */
export async function reopenPart(path: string, uids: OurUids, calls?: Calls): Promise<DiskPart | undefined> {
  const handle = await openOwned(path, uids, 'write', 'one-name', calls);
  return handle === undefined ? undefined : await partOf(path, handle);
}

async function partOf(path: string, handle: OpenFile): Promise<DiskPart> {
  try {
    const { dev, ino } = await handle.stat({ bigint: true });
    return new DiskPart(path, handle, { dev, ino });
  } catch (error) {
    await cleanUp(() => handle.close());
    throw fsError(error, 'checking', path);
  }
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (skip < chunk.length) rest.push(skip > 0 ? chunk.subarray(skip) : chunk);
    skip = Math.max(0, skip - chunk.length);
  }
  return rest;
}

// Node takes a position that is no number for "where the descriptor stands": it would append in silence.
function assertOffset(offset: number, path: string): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new AppError('bug', `accessing ${escapeControls(path)}: impossible offset ${offset}`);
  }
}
