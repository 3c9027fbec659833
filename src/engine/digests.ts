import type { Algorithm, Digest } from '../core/types.js';
import type { Hasher } from './hasher.js';

/** Hashed when nobody promises a digest: checkpoints need one, and receipts are the better for it. */
const FALLBACK: Algorithm = 'sha256';

/** The digests of the whole file, each in the thread of its algorithm, all following the same written front. */
export interface DigestSet {
  /** Adds what is missing; it reads the file from the start. Nothing is hashed before the next advance(). */
  want(algorithms: readonly Algorithm[]): void;
  readonly running: readonly Hasher[];
  advance(end: number): void;
  /** Digests of [0, end) by every running algorithm. */
  mark(end: number): Promise<ReadonlyMap<Algorithm, string>>;
  close(): Promise<void>;
}

/** Starts one digest of the growing file behind `fd`: a pool's start(), startHasher(), or a test's own. */
export type HasherFactory = (fd: number, algorithm: Algorithm, from: number) => Hasher;

export function createDigestSet(fd: number, start: HasherFactory): DigestSet {
  const hashers = new Map<Algorithm, Hasher>();
  return {
    want(algorithms) {
      for (const algorithm of algorithms) {
        if (hashers.has(algorithm)) continue;
        hashers.set(algorithm, start(fd, algorithm, 0));
      }
    },
    get running() {
      return [...hashers.values()];
    },
    advance(end) {
      for (const hasher of hashers.values()) hasher.advance(end);
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
