import type { Algorithm, Digest } from '../../core/digest.js';
import type { PartFile } from '../../core/storage.js';
import type { Hasher } from './hasher.js';
import { type AheadStore, createReadAhead, type ReadAhead } from './read-ahead.js';

/** Hashed when nobody promises a digest: checkpoints need one, and receipts are the better for it. */
const FALLBACK: Algorithm = 'sha256';

/** The digests of the whole file, each in the thread of its algorithm, all following the same written front. */
export interface DigestSet {
  /**
   * Adds what is missing; it reads the file from the start. Nothing is hashed before the next advance().
   * @param size where the file will end, as far as that is known
   */
  want(algorithms: readonly Algorithm[], size?: number): void;
  readonly running: readonly Hasher[];
  advance(end: number): void;
  /**
   * Resolves when no digest that has ever kept up lags further behind `front` than LAG_BYTES: bytes that wait for it on
   * the way out of the caches cost twice, and the last byte would wait for all of them. Before it waits it reads for
   * those that lag: at no other time, as this thread may be what the others wait for.
   */
  keepUp(front: number): Promise<void>;
  /** Digests of [0, end) by every running algorithm. */
  mark(end: number): Promise<ReadonlyMap<Algorithm, string>>;
  close(): Promise<void>;
}

/**
 * Starts one digest of the growing file behind `fd`: a pool's start(), startHasher(), or a test's own.
 * @param size where the file will end, as far as that is known
 */
export type HasherFactory = (fd: number, algorithm: Algorithm, from: number, size?: number) => Hasher;

/** A digest lags no further behind than this, in which several connections can bring a piece each out of order … */
export const LAG_BYTES = 24 * 1024 * 1024;
/** … and then has to come so much nearer before the writing goes on. Little: meanwhile nothing is read for it. */
const BREATH_BYTES = 1024 * 1024;

/** @param store memory to read the file ahead for digests that lag, if it can be read without waiting */
export function createDigestSet(
  part: Pick<PartFile, 'fd' | 'readNow'>,
  start: HasherFactory,
  store?: AheadStore,
): DigestSet {
  const hashers = new Map<Algorithm, Hasher>();
  /** Digests that have kept up once. What an earlier run left is hashed while the rest arrives, however long it takes. */
  const following = new Set<Hasher>();
  /** Those of them that know of what is read ahead. */
  const readers = new Set<Hasher>();
  let ahead: ReadAhead | undefined;

  const lags = (hasher: Hasher, front: number): boolean => front - hasher.position > LAG_BYTES;

  const readAhead = (front: number): void => {
    if (part.readNow === undefined) return;
    const memory = ahead === undefined ? store?.take() : undefined;
    if (memory !== undefined) ahead = createReadAhead(memory, part.readNow.bind(part));
    if (ahead === undefined) return;
    const slowest = Math.min(...[...following].map((hasher) => hasher.position));
    for (const hasher of following) {
      if (!readers.has(hasher)) hasher.lend?.(ahead.memory);
      readers.add(hasher);
    }
    ahead.fill(front, slowest);
  };

  return {
    want(algorithms, size) {
      for (const algorithm of algorithms) {
        if (hashers.has(algorithm)) continue;
        hashers.set(algorithm, start(part.fd, algorithm, 0, size));
      }
    },
    get running() {
      return [...hashers.values()];
    },
    advance(end) {
      for (const hasher of hashers.values()) hasher.advance(end);
    },
    async keepUp(front) {
      for (const hasher of hashers.values()) if (!lags(hasher, front)) following.add(hasher);
      if (![...following].some((hasher) => lags(hasher, front))) return;
      readAhead(front);
      for (const hasher of following) {
        if (lags(hasher, front)) await hasher.passed(front - LAG_BYTES + BREATH_BYTES);
      }
    },
    async mark(end) {
      const entries = [...hashers].map(async ([algorithm, hasher]) => [algorithm, await hasher.mark(end)] as const);
      return new Map(await Promise.all(entries));
    },
    async close() {
      // First of all, so that no late keepUp() reads into what another file has by then.
      const closing = [...hashers.values()];
      const lent = ahead?.memory;
      hashers.clear();
      following.clear();
      ahead = undefined;
      await Promise.all(closing.map((hasher) => hasher.close()));
      if (lent !== undefined) store?.giveBack(lent);
    },
  };
}

export function algorithmsFor(digests: readonly Digest[]): readonly Algorithm[] {
  return digests.length === 0 ? [FALLBACK] : [...new Set(digests.map((digest) => digest.algorithm))];
}
