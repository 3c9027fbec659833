import type { Algorithm, Digest } from '../core/types.js';
import type { Hasher } from './hasher.js';

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
   * the way out of the caches cost twice, and the last byte would wait for all of them.
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
/** … and then has to come so much nearer before the writing goes on. */
const BREATH_BYTES = 2 * 1024 * 1024;

export function createDigestSet(fd: number, start: HasherFactory): DigestSet {
  const hashers = new Map<Algorithm, Hasher>();
  /** Digests that have kept up once. What an earlier run left is hashed while the rest arrives, however long it takes. */
  const following = new Set<Hasher>();
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
      for (const hasher of hashers.values()) {
        if (front - hasher.position <= LAG_BYTES) following.add(hasher);
        else if (following.has(hasher)) await hasher.passed(front - LAG_BYTES + BREATH_BYTES);
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
