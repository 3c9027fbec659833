import type { Algorithm, Digest } from '../../core/digest.js';
import type { PartFile } from '../../core/storage.js';
import type { Hasher, HasherFactory } from './hasher.js';
import { ReadAhead } from './read-ahead.js';
import type { ReadAheadPool } from './read-ahead-buffer.js';

/** Hashed when nobody promises a digest: checkpoints need one, and receipts are the better for it. */
const FALLBACK: Algorithm = 'sha256';

/** A digest lags no further behind than this, in which several connections can write a segment each out of order … */
export const LAG_BYTES = 24 * 1024 * 1024;
/** … and then has to come so much nearer before the writing goes on. Little: meanwhile nothing is read for it. */
const CATCH_UP_BYTES = 1024 * 1024;

/** The digests of the whole file, each in the thread of its algorithm, all following the same growing file. */
export class DigestSet {
  readonly #part: Pick<PartFile, 'fd' | 'readNow'>;
  readonly #start: HasherFactory;
  readonly #pool: ReadAheadPool;
  readonly #hashers = new Map<Algorithm, Hasher>();
  /** Digests that have kept up once. What an earlier run left is hashed while the rest arrives, however long it takes. */
  readonly #following = new Set<Hasher>();
  /** Those of them that have the read-ahead buffer. */
  readonly #attached = new Set<Hasher>();
  #readAhead: ReadAhead | undefined;

  /** @param pool where the file is read ahead for digests that lag, if it can be read without waiting */
  constructor(part: Pick<PartFile, 'fd' | 'readNow'>, start: HasherFactory, pool: ReadAheadPool) {
    this.#part = part;
    this.#start = start;
    this.#pool = pool;
  }

  get running(): readonly Hasher[] {
    return [...this.#hashers.values()];
  }

  /**
   * Adds what is missing; it reads the file from the start. Nothing is hashed before the next advance().
   * @param size where the file will end, as far as that is known
   */
  want(algorithms: readonly Algorithm[], size?: number): void {
    for (const algorithm of algorithms) {
      if (this.#hashers.has(algorithm)) continue;
      this.#hashers.set(algorithm, this.#start(this.#part.fd, algorithm, 0, size));
    }
  }

  advance(end: number): void {
    for (const hasher of this.#hashers.values()) hasher.advance(end);
  }

  /**
   * Resolves when no digest that has ever kept up lags further behind `written` than LAG_BYTES: bytes that wait for it
   * on the way out of the caches cost twice, and the last byte would wait for all of them. Before it waits it reads
   * for those that lag: at no other time, as this thread may be what the others wait for.
   */
  async keepUp(written: number): Promise<void> {
    for (const hasher of this.#hashers.values()) if (!lags(hasher, written)) this.#following.add(hasher);
    if (![...this.#following].some((hasher) => lags(hasher, written))) return;
    this.#readFor(written);
    for (const hasher of this.#following) {
      if (lags(hasher, written)) await hasher.passed(written - LAG_BYTES + CATCH_UP_BYTES);
    }
  }

  /** Digests of [0, end) by every running algorithm. */
  async mark(end: number): Promise<ReadonlyMap<Algorithm, string>> {
    const entries = [...this.#hashers].map(async ([algorithm, hasher]) => [algorithm, await hasher.mark(end)] as const);
    return new Map(await Promise.all(entries));
  }

  async close(): Promise<void> {
    // First of all, so that no late keepUp() reads into what another file has by then.
    const closing = [...this.#hashers.values()];
    const buffer = this.#readAhead?.buffer;
    this.#hashers.clear();
    this.#following.clear();
    this.#readAhead = undefined;
    await Promise.all(closing.map((hasher) => hasher.close()));
    if (buffer !== undefined) this.#pool.release(buffer);
  }

  /** Reads the file up to `written` into the buffer, if this file can have it. */
  #readFor(written: number): void {
    this.#readAhead ??= this.#startReadAhead();
    if (this.#readAhead === undefined) return;
    for (const hasher of this.#following) {
      if (!this.#attached.has(hasher)) hasher.attach?.(this.#readAhead.buffer);
      this.#attached.add(hasher);
    }
    const slowest = Math.min(...[...this.#following].map((hasher) => hasher.position));
    this.#readAhead.fill(written, slowest);
  }

  #startReadAhead(): ReadAhead | undefined {
    const { readNow } = this.#part;
    const buffer = readNow === undefined ? undefined : this.#pool.take();
    return readNow === undefined || buffer === undefined ? undefined : new ReadAhead(buffer, readNow.bind(this.#part));
  }
}

export function algorithmsFor(digests: readonly Digest[]): readonly Algorithm[] {
  return digests.length === 0 ? [FALLBACK] : [...new Set(digests.map((digest) => digest.algorithm))];
}

function lags(hasher: Hasher, written: number): boolean {
  return written - hasher.position > LAG_BYTES;
}
