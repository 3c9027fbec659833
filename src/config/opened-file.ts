import { close, constants, fstat, open, read, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';

const openFd = promisify(open);
const factsOf = promisify(fstat);
const closeFd = promisify(close);

/** What may be read beside a regular file: a pipe, as `<(pass show x)` of a shell is one; a device, as /dev/null. */
export type SpecialFile = 'pipe' | 'device';

/** A file that is open for reading. What is asked is about what was opened, not about what the path named before. */
export class OpenedFile {
  readonly facts: Stats;
  readonly #fd: number;
  #pipe: Socket | undefined;

  private constructor(fd: number, facts: Stats) {
    this.#fd = fd;
    this.facts = facts;
  }

  /**
   * Does not wait for the other end of a pipe, so that no thread does: a thread that waits keeps the process from ending.
   * @throws NodeJS.ErrnoException
   */
  static async open(path: string): Promise<OpenedFile> {
    const fd = await openFd(path, constants.O_RDONLY + constants.O_NONBLOCK);
    try {
      return new OpenedFile(fd, await factsOf(fd));
    } catch (error) {
      await closeFd(fd);
      throw error;
    }
  }

  /** A regular file, or one of `also`. A terminal is none: nobody is asked for a file. */
  isReadable(also: readonly SpecialFile[]): boolean {
    if (this.facts.isFIFO()) return also.includes('pipe');
    if (this.facts.isCharacterDevice()) return also.includes('device') && !isatty(this.#fd);
    return this.facts.isFile();
  }

  /**
   * All bytes; undefined when there are more than `limit`. Waits for whoever writes to a pipe.
   * @throws NodeJS.ErrnoException
   */
  async readAtMost(limit: number): Promise<Buffer | undefined> {
    return this.facts.isFIFO() ? await this.#readPipe(limit) : await this.#readFile(limit);
  }

  async close(): Promise<void> {
    if (this.#pipe === undefined) await closeFd(this.#fd);
    else this.#pipe.destroy();
  }

  async #readPipe(limit: number): Promise<Buffer | undefined> {
    this.#pipe = new Socket({ fd: this.#fd, readable: true, writable: false });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.#pipe as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async #readFile(limit: number): Promise<Buffer | undefined> {
    const readFd = promisify(read);
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    while (length < buffer.length) {
      // A position of null reads on: devices have no positions.
      const { bytesRead } = await readFd(this.#fd, buffer, length, buffer.length - length, null);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
    return undefined;
  }
}
