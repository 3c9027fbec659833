import type { Algorithm, Digest } from '../core/types.js';
import type { Hasher } from './hasher.js';
import { createReadAhead, type ReadAhead, type ReadNow } from './read-ahead.js';

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

/** A digest lags no further behind than this … */
export const LAG_BYTES = 8 * 1024 * 1024;
/** … and then has to come so much nearer before the writing goes on. Little: meanwhile nothing is read for it. */
const BREATH_BYTES = 1024 * 1024;

/** @param readNow reads the file for digests that lag; undefined where that could take time */
export function createDigestSet(fd: number, start: HasherFactory, readNow?: ReadNow): DigestSet {
  const hashers = new Map<Algorithm, Hasher>();
  /** Digests that have kept up once. What an earlier run left is hashed while the rest arrives, however long it takes. */
  const following = new Set<Hasher>();
  let ahead: ReadAhead | undefined;
  /** Those of them that know of what is read ahead. */
  const readers = new Set<Hasher>();

  const lags = (hasher: Hasher, front: number): boolean => front - hasher.position > LAG_BYTES;

  const help = (front: number): void => {
    if (readNow === undefined) return;
    const slowest = Math.min(...[...following].map((hasher) => hasher.position));
    ahead ??= createReadAhead(readNow);
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
        hashers.set(algorithm, start(fd, algorithm, 0, size));
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
      help(front);
      for (const hasher of following) {
        if (lags(hasher, front)) await hasher.passed(front - LAG_BYTES + BREATH_BYTES);
      }
    },
    async mark(end) {
      const entries = [...hashers].map(async ([algorithm, hasher]) => [algorithm, await hasher.mark(end)] as const);
      return new Map(await Promise.all(entries));
    },
    async close() {
      await Promise.all([...hashers.values()].map((hasher) => hasher.close()));
      hashers.clear();
    },
  };
}

export function algorithmsFor(digests: readonly Digest[]): readonly Algorithm[] {
  return digests.length === 0 ? [FALLBACK] : [...new Set(digests.map((digest) => digest.algorithm))];
}
