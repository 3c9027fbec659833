/**
 * What a journal's `have` lines claim, in the order in which it can be proven.
 *
 * A line with start 0 gives the digest of the whole prefix. A resumed run hashes that prefix anew while the rest
 * arrives; until it has caught up, its checkpoints cover only the bytes since the prefix ("tail" lines).
 */
import type { JournalHave } from './storage.js';

export interface Claims {
  /** Prefix checkpoints, ends strictly ascending. */
  readonly prefix: readonly JournalHave[];
  /** Checkpoints that start where the last prefix checkpoint ends, ends strictly ascending. */
  readonly tail: readonly JournalHave[];
  /** End of everything claimed. */
  readonly end: number;
}

/** Lines that do not continue what came before them are dropped: they cannot be proven. */
export function claimsOf(have: readonly JournalHave[]): Claims {
  const prefix: JournalHave[] = [];
  let tail: JournalHave[] = [];
  for (const line of have) {
    if (line.end <= line.start || Object.keys(line.digests).length === 0) continue;
    if (line.start === 0) {
      replaceFrom(prefix, line);
      tail = [];
    } else if (line.start === (prefix.at(-1)?.end ?? 0)) {
      replaceFrom(tail, line);
    }
  }
  return { prefix, tail, end: tail.at(-1)?.end ?? prefix.at(-1)?.end ?? 0 };
}

/** Ends are ascending, so what the line supersedes is at the end: one pass over all lines, however many. */
function replaceFrom(lines: JournalHave[], line: JournalHave): void {
  while ((lines.at(-1)?.end ?? -1) >= line.end) lines.pop();
  lines.push(line);
}

/** The claims that remain when only the first `end` bytes are good. */
export function claimsUpTo(claims: Claims, end: number): Claims {
  const prefix = claims.prefix.filter((line) => line.end <= end);
  const tail = prefix.length === claims.prefix.length ? claims.tail.filter((line) => line.end <= end) : [];
  return { prefix, tail, end: tail.at(-1)?.end ?? prefix.at(-1)?.end ?? 0 };
}
