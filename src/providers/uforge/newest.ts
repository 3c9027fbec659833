/** What is put in order by its age. */
export interface Dated {
  /** Decimal. Ids are given out in order: where nobody says when, the higher one is newer. */
  readonly id: string | null;
  /** ISO 8601 in UTC. */
  readonly created: string | null;
}

/** For sort(): the newest first, what has no date last. */
export function byAge(a: Dated, b: Dated): number {
  const [left, right] = [a.created ?? '', b.created ?? ''];
  if (left !== right) return left > right ? -1 : 1;
  return compareIds(b.id ?? '', a.id ?? '');
}

function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
