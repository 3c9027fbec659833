/**
 * The contiguous written front: how far a file is complete from its start while writes finish in any order.
 * Only what lies before the front may be hashed or claimed in the journal.
 */
import type { Range } from './types.js';

export interface Front {
  /** End of the contiguous prefix. */
  readonly end: number;
  /** Finished ranges beyond the front: sorted, disjoint, none touching its neighbour. */
  readonly beyond: readonly Range[];
}

export function frontAt(end: number): Front {
  return { end, beyond: [] };
}

/** The front after `done` has been written completely. Overlaps are allowed; an empty range changes nothing. */
export function advance(front: Front, done: Range): Front {
  if (done.end <= done.start || done.end <= front.end) return front;
  const pending = done.start <= front.end ? front.beyond : insert(front.beyond, done);
  let end = done.start <= front.end ? done.end : front.end;
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
