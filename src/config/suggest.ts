/**
 * The known word that was probably meant, or undefined when nothing is near. Case and separators are ignored first
 * (`downloadId`, `download_id`), then up to a third of the letters may be wrong, missing, extra or swapped.
 *
 * For keys and variables only: commander suggests flags and commands by itself, but does not export what it does it
 * with, and that is built for flags (it knows neither `_` nor capitals, and splits off a leading `--`).
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  // A key of a megabyte must not cost a matrix of that size.
  if (word.length > 64) return undefined;
  const wanted = bare(word);
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, bare(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.floor(Math.max(wanted.length, 3) / 3) ? best.candidate : undefined;
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
