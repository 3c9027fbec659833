/**
 * The known word that was probably meant, or undefined when nothing is near. Case and separators are ignored first
 * (`downloadId`, `download_id`), then up to a third of the letters may be wrong, missing, extra or swapped.
 *
 * For keys and variables only: commander suggests flags and commands by itself, but does not export what it does it
 * with, and that is built for flags (it knows neither `_` nor capitals, and splits off a leading `--`).
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  return ranked(word, known).find(isNear)?.candidate;
}

/** Those of many names that may have been meant, the nearest first: near as above, or one is a part of the other. */
export function nearest(word: string, known: readonly string[], count: number): readonly string[] {
  return ranked(word, [...new Set(known)])
    .filter((one) => isNear(one) || isPart(one))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

interface Ranked {
  readonly candidate: string;
  readonly wanted: string;
  readonly bare: string;
  readonly distance: number;
}

/** A key of a megabyte must not cost a matrix of that size. */
const WORD_LIMIT = 64;

function ranked(word: string, known: readonly string[]): readonly Ranked[] {
  if (word.length > WORD_LIMIT) return [];
  const wanted = bareOf(word);
  return known
    .filter((candidate) => candidate.length <= WORD_LIMIT)
    .map((candidate) => ({ candidate, wanted, bare: bareOf(candidate) }))
    .map((one) => ({ ...one, distance: editDistance(wanted, one.bare) }))
    .sort((a, b) => a.distance - b.distance);
}

function bareOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function isNear({ wanted, distance }: Ranked): boolean {
  return distance <= Math.floor(Math.max(wanted.length, 3) / 3);
}

function isPart({ wanted, bare }: Ranked): boolean {
  return wanted !== '' && bare !== '' && (bare.includes(wanted) || wanted.includes(bare));
}

/** Levenshtein's distance, where two neighbours swapped count once (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const candidates = [
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      ];
      row.push(Math.min(...candidates));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
