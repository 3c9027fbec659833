import { createHash, type Hash } from 'node:crypto';
import type { Algorithm } from '#imgdl/core/digest.js';
import type { Hasher } from '#imgdl/engine/digest/hasher.js';

/** Fills `into` from `at` on, as far as the file goes. */
export type ReadFile = (fd: number, into: Uint8Array, at: number) => number;

/** A digest that reads the file as soon as it is told that more is written, and needs no thread. */
export class ReadingHasher implements Hasher {
  readonly algorithm: Algorithm;
  readonly from: number;
  readonly #readFile: ReadFile;
  readonly #fd: number;
  readonly #hash: Hash;
  readonly #marks: { readonly end: number; readonly settle: (hex: string | Error) => void }[] = [];
  #position: number;
  #written: number;
  #failure: Error | undefined;

  constructor(readFile: ReadFile, fd: number, algorithm: Algorithm, from: number) {
    this.#readFile = readFile;
    this.#fd = fd;
    this.algorithm = algorithm;
    this.from = from;
    this.#hash = createHash(algorithm);
    this.#position = from;
    this.#written = from;
  }

  get position(): number {
    return this.#position;
  }

  advance(end: number): void {
    this.#written = Math.max(this.#written, end);
    this.#work();
  }

  mark(end: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#marks.push({ end, settle: (hex) => (typeof hex === 'string' ? resolve(hex) : reject(hex)) });
      this.#work();
    });
  }

  async passed(): Promise<void> {}

  async close(): Promise<void> {
    this.#fail(new Error('closed'));
  }

  #work(): void {
    for (;;) {
      if (this.#failure !== undefined) {
        this.#fail(this.#failure);
        return;
      }
      const [mark] = this.#marks;
      const end = Math.min(this.#written, mark?.end ?? Number.POSITIVE_INFINITY);
      if (end > this.#position) this.#read(end);
      if (mark === undefined || this.#position < mark.end) return;
      this.#marks.shift();
      mark.settle(this.#hash.copy().digest('hex'));
    }
  }

  #read(end: number): void {
    const bytes = Buffer.allocUnsafe(end - this.#position);
    try {
      const count = this.#readFile(this.#fd, bytes, this.#position);
      if (count < bytes.length) throw new Error(`the file ends at ${this.#position + count}`);
      this.#hash.update(bytes);
      this.#position = end;
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { settle } of this.#marks.splice(0)) settle(this.#failure);
  }
}
