import { createHash, type Hash } from 'node:crypto';
import { type ContiguousPrefix, prefixUpTo, withRange } from '../../core/contiguous-prefix.js';
import type { Algorithm, Digest } from '../../core/digest.js';
import type { Identity } from '../../core/source.js';
import { algorithmsFor } from '../digest/digest-set.js';
import { OVERLAP_BYTES } from '../fetch/overlap.js';
import type { ByteSink, Scatter } from './byte-sink.js';
import { RecentBytes } from './recent-bytes.js';

/** Takes bytes for a reader that may be slow; resolves when there is room. @throws AppError output.failed */
export type StreamWriter = (chunk: Uint8Array) => Promise<void>;

/** Bytes of several connections that may be on their way or wait in memory for their turn. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** A stream on its way: what comes out of order waits in memory, within bounds; nothing can be taken back. */
export class StreamSink implements ByteSink, Scatter {
  readonly comparesAll = false;
  readonly scatter = this;
  readonly windowBytes = WINDOW_BYTES;
  /** What is written is hashed. */
  readonly unhashed = 0;
  readonly #write: StreamWriter;
  readonly #recent: RecentBytes;
  readonly #hashes = new Map<Algorithm, Hash>();
  /** By offset: what waits for its turn. */
  readonly #waiting = new Map<number, Uint8Array>();
  /** Written, and whatever waits behind a hole. */
  #accepted: ContiguousPrefix = prefixUpTo(0);
  #written = 0;
  #writing: Promise<void> | undefined;
  #onMoved: (() => void) | undefined;

  /** @param release called with every chunk that is neither written nor compared any more */
  constructor(write: StreamWriter, release: (chunk: Uint8Array) => void = () => {}) {
    this.#write = write;
    this.#recent = new RecentBytes(OVERLAP_BYTES, release);
  }

  get held(): number {
    return this.#written;
  }

  get durable(): number {
    return this.#written;
  }

  get limit(): number {
    return this.#written + WINDOW_BYTES;
  }

  async learned(_identity: Identity, digests: readonly Digest[]): Promise<void> {
    // Bytes that are gone cannot be hashed again: what a later response promises in addition is not checked.
    if (this.#accepted.end > 0) return;
    for (const algorithm of algorithmsFor(digests)) {
      if (!this.#hashes.has(algorithm)) this.#hashes.set(algorithm, createHash(algorithm));
    }
  }

  async accept(chunk: Uint8Array, at = this.#written): Promise<void> {
    this.#waiting.set(at, chunk);
    this.#accepted = withRange(this.#accepted, { start: at, end: at + chunk.byteLength });
    // What lies behind a hole has its turn when the hole is filled: by whoever fills it.
    while (this.#waiting.has(this.#written)) {
      this.#writing ??= this.#writeWaiting().finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  end(): void {}

  /** Whoever waits for room waits for a connection that waits for the write, and hears of its failure. */
  throwFailure(): void {}

  onMoved(listener: (() => void) | undefined): void {
    this.#onMoved = listener;
  }

  async matches(bytes: Uint8Array, at: number): Promise<boolean> {
    const recent = this.#recent.tail(Math.max(0, this.#written - at));
    const skipped = this.#written - recent.byteLength - at;
    const known = bytes.subarray(skipped);
    return Buffer.compare(recent.subarray(0, known.byteLength), known) === 0;
  }

  /** The last `length` bytes that were written, as far as they are still known: at least those of an overlap. */
  async tail(length: number): Promise<Uint8Array> {
    return this.#recent.tail(length);
  }

  async settle(): Promise<void> {
    this.#waiting.clear();
    this.#accepted = prefixUpTo(this.#written);
  }

  computed(): ReadonlyMap<Algorithm, string> {
    return new Map([...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.copy().digest('hex')]));
  }

  async #writeWaiting(): Promise<void> {
    for (let chunk = this.#next(); chunk !== undefined; chunk = this.#next()) {
      this.#waiting.delete(this.#written);
      for (const hash of this.#hashes.values()) hash.update(chunk);
      await this.#write(chunk);
      this.#recent.add(chunk);
      this.#written += chunk.byteLength;
      this.#onMoved?.();
    }
  }

  #next(): Uint8Array | undefined {
    return this.#waiting.get(this.#written);
  }
}
