import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fchownSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncate,
  ftruncateSync,
  futimesSync,
  read,
  readSync,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { OpenFile } from './open-file.js';
import type { WriteSpeed } from './write-speed.js';

/** More than this may have to wait for the disk, which decides how much may be dirty … */
const DIRECT_BYTES = 16 * 1024;
/** … so up to this, a whole write of the engine's, is moved directly only as long as that has been fast. */
const BULK_BYTES = 2 * 1024 * 1024;

const threaded = {
  read: promisify(read),
  writev: promisify(writev),
  truncate: promisify(ftruncate),
  fsync: promisify(fsync),
  fdatasync: promisify(fdatasync),
};

/**
 * A descriptor whose quick calls are made at once. What waits for a disk (a sync) is left to a thread, and what moves
 * much as well unless the disk has been fast.
 */
export class DirectFile implements OpenFile {
  #fd: number;
  readonly #waiting = new Set<Promise<unknown>>();
  readonly #speed: WriteSpeed;

  /** @param speed whether much is moved at once, too; shared by all files of a disk */
  constructor(fd: number, speed: WriteSpeed) {
    this.#fd = fd;
    this.#speed = speed;
  }

  /** -1 once it is closed: the number may be another file's by then, which a late call must not reach. */
  get fd(): number {
    return this.#fd;
  }

  async stat(): Promise<BigIntStats> {
    return fstatSync(this.#fd, { bigint: true });
  }

  async read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }> {
    if (length > DIRECT_BYTES) return await this.#wait(threaded.read(this.#fd, buffer, offset, length, position));
    return { bytesRead: readSync(this.#fd, buffer, offset, length, position) };
  }

  /** What was written just now is in memory; where it is not any more, one call tells by its time. */
  readNow(into: Uint8Array, position: number): boolean {
    if (into.byteLength > BULK_BYTES || !this.#speed.fast) return false;
    try {
      return (
        this.#speed.timed(into.byteLength, () => readSync(this.#fd, into, 0, into.byteLength, position)) ===
        into.byteLength
      );
    } catch {
      return false;
    }
  }

  async write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }> {
    if (length > DIRECT_BYTES) return await this.writev([buffer.subarray(offset, offset + length)], position);
    return { bytesWritten: writeSync(this.#fd, buffer, offset, length, position) };
  }

  async writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }> {
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    if (bytes <= DIRECT_BYTES) return { bytesWritten: writevSync(this.#fd, buffers, position) };
    if (bytes > BULK_BYTES || !this.#speed.fast) {
      return await this.#wait(threaded.writev(this.#fd, buffers, position));
    }
    return { bytesWritten: this.#speed.timed(bytes, () => writevSync(this.#fd, buffers, position)) };
  }

  async datasync(): Promise<void> {
    await this.#wait(threaded.fdatasync(this.#fd));
  }

  async sync(): Promise<void> {
    await this.#wait(threaded.fsync(this.#fd));
  }

  async chmod(mode: number): Promise<void> {
    fchmodSync(this.#fd, mode);
  }

  async chown(uid: number, gid: number): Promise<void> {
    fchownSync(this.#fd, uid, gid);
  }

  async utimes(accessed: Date, modified: Date): Promise<void> {
    futimesSync(this.#fd, accessed, modified);
  }

  async truncate(size: number): Promise<void> {
    // What a file gives back may be terabytes.
    if (fstatSync(this.#fd).size > DIRECT_BYTES) await this.#wait(threaded.truncate(this.#fd, size));
    else ftruncateSync(this.#fd, size);
  }

  /** After the calls that are on their way. A second one does nothing. */
  async close(): Promise<void> {
    const fd = this.#fd;
    if (fd === -1) return;
    this.#fd = -1;
    if (this.#waiting.size > 0) await Promise.allSettled(this.#waiting);
    closeSync(fd);
  }

  async #wait<T>(work: Promise<T>): Promise<T> {
    this.#waiting.add(work);
    try {
      return await work;
    } finally {
      this.#waiting.delete(work);
    }
  }
}
