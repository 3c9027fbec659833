/** Which promised digests the bytes must have, and what a comparison of all of them comes to. */

import {
  ALGORITHMS,
  type Algorithm,
  type CheckedDigest,
  type Digest,
  type Verified,
  type Voice,
  voiceOf,
} from './digest.js';

/** Two files with the same one can be made, or nearly so. */
const WEAK: ReadonlySet<Algorithm> = new Set(['md5', 'sha1']);

/**
 * The promises that count. Servers keep old digests beside new bytes: where the user brings a digest, that of a header
 * decides nothing, and where the user's is strong, another algorithm of the metadata does not, either.
 */
export function decisiveDigests(promised: readonly Digest[]): readonly Digest[] {
  const own = promised.filter((digest) => voiceOf(digest) === 'user');
  if (own.length === 0) return promised;
  const isStrong = own.some(({ algorithm }) => !WEAK.has(algorithm));
  const counts: Readonly<Record<Voice, (digest: Digest) => boolean>> = {
    user: () => true,
    metadata: (digest) => !isStrong || own.some(({ algorithm }) => algorithm === digest.algorithm),
    receipt: () => !isStrong,
    header: () => false,
  };
  return promised.filter((digest) => counts[voiceOf(digest)](digest));
}

/** Two promises of one algorithm that both count: no file has both. */
export function conflictIn(promised: readonly Digest[]): readonly [Digest, Digest] | undefined {
  const decisive = decisiveDigests(promised);
  for (const one of decisive) {
    const other = decisive.find(({ algorithm, hex }) => algorithm === one.algorithm && hex !== one.hex);
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

/** What the digests of complete bytes say. */
export interface Verification {
  /** Every promise beside what was computed, then what was computed and promised by nobody. */
  readonly checked: readonly CheckedDigest[];
  /** Broken promises that count: the bytes are wrong. */
  readonly wrong: readonly CheckedDigest[];
  /** Broken promises that the user's digest outvotes. */
  readonly outvoted: readonly CheckedDigest[];
  readonly verified: Verified;
}

/**
 * Compares every promise with what was computed.
 * @param sizeKnown metadata or a header promised the size, and it is right
 */
export function verify(
  promised: readonly Digest[],
  computed: ReadonlyMap<Algorithm, string>,
  sizeKnown: boolean,
): Verification {
  const decisive = new Set(decisiveDigests(promised));
  const checks = promised.map((digest) => ({ digest, result: check(digest, computed) }));
  const broken = checks.filter(({ result }) => result.matched === false);
  const results = (some: typeof checks): readonly CheckedDigest[] => some.map(({ result }) => result);
  const kept = promised.filter((digest) => computed.get(digest.algorithm) === digest.hex);
  return {
    checked: [...results(checks), ...unpromised(promised, computed)],
    wrong: results(broken.filter(({ digest }) => decisive.has(digest))),
    outvoted: results(broken.filter(({ digest }) => !decisive.has(digest))),
    verified: verifiedBy(kept, sizeKnown),
  };
}

function check({ algorithm, hex, from }: Digest, computed: ReadonlyMap<Algorithm, string>): CheckedDigest {
  return { algorithm, hex, from, matched: computed.get(algorithm) === hex };
}

function unpromised(promised: readonly Digest[], computed: ReadonlyMap<Algorithm, string>): readonly CheckedDigest[] {
  return [...computed]
    .filter(([algorithm]) => !promised.some((digest) => digest.algorithm === algorithm))
    .map(([algorithm, hex]) => ({ algorithm, hex, from: 'computed', matched: null }));
}

/** The one word for how well a complete file is proven. */
function verifiedBy(kept: readonly Digest[], sizeKnown: boolean): Verified {
  if (kept.some((digest) => voiceOf(digest) === 'user')) return 'user';
  const strongest = ALGORITHMS.findLast((name) => kept.some((digest) => digest.algorithm === name));
  return strongest ?? (sizeKnown ? 'size-only' : 'none');
}
