/**
 * How far a file is complete from its start, while writes finish in any order. Only what lies before that end may be
 * hashed or claimed in the journal.
 */
import type { Range } from './ranges.js';

export interface ContiguousPrefix {
  readonly end: number;
  /** Ranges beyond it: sorted, disjoint, none touching its neighbour. */
  readonly beyond: readonly Range[];
}

/** The first `end` bytes, and nothing beyond. */
export function prefixUpTo(end: number): ContiguousPrefix {
  return { end, beyond: [] };
}

/** The prefix once `added` is there completely. Overlaps are allowed; an empty range changes nothing. */
export function withRange(prefix: ContiguousPrefix, added: Range): ContiguousPrefix {
  if (added.end <= added.start || added.end <= prefix.end) return prefix;
  const pending = added.start <= prefix.end ? prefix.beyond : insert(prefix.beyond, added);
  let end = added.start <= prefix.end ? added.end : prefix.end;
  const beyond: Range[] = [];
  for (const range of pending) {
    if (range.start <= end) end = Math.max(end, range.end);
    else beyond.push(range);
  }
  return { end, beyond };
}

function insert(ranges: readonly Range[], added: Range): readonly Range[] {
  let { start, end } = added;
  const before: Range[] = [];
  const after: Range[] = [];
  for (const range of ranges) {
    if (range.end < start) before.push(range);
    else if (range.start > end) after.push(range);
    else {
      start = Math.min(start, range.start);
      end = Math.max(end, range.end);
    }
  }
  return [...before, { start, end }, ...after];
}
