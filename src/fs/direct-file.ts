import {
  type BigIntStats,
  closeSync,
  fchmodSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncate,
  ftruncateSync,
  read,
  readSync,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { OpenFile } from './open-file.js';
import type { Promptness } from './write-speed.js';

/** More than this may have to wait for the disk, which decides how much may be dirty … */
const DIRECT_BYTES = 16 * 1024;
/** … so up to this is written directly only as long as that has been quick: a batch of the engine's, whole. */
const PROMPT_BYTES = 2 * 1024 * 1024;

const threaded = {
  read: promisify(read),
  writev: promisify(writev),
  truncate: promisify(ftruncate),
  fsync: promisify(fsync),
  fdatasync: promisify(fdatasync),
};

/**
 * A descriptor whose quick calls are made at once. What waits for a disk (a sync) is left to a thread, and what moves much
 * as well unless the disk has been quick.
 */
export class DirectFile implements OpenFile {
  #fd: number;
  readonly #waiting = new Set<Promise<unknown>>();
  readonly #bulk: Promptness;

  /** @param bulk whether what is large is moved at once, too */
  constructor(fd: number, bulk: Promptness) {
    this.#fd = fd;
    this.#bulk = bulk;
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
    if (into.byteLength > PROMPT_BYTES || !this.#bulk.prompt) return false;
    try {
      return (
        this.#bulk.timed(into.byteLength, () => readSync(this.#fd, into, 0, into.byteLength, position)) ===
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
    if (bytes > PROMPT_BYTES || !this.#bulk.prompt) {
      return await this.#wait(threaded.writev(this.#fd, buffers, position));
    }
    return { bytesWritten: this.#bulk.timed(bytes, () => writevSync(this.#fd, buffers, position)) };
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
