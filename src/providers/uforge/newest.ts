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

/**
 * A time of the schema (xs:dateTime) as ISO 8601 in UTC with milliseconds, which texts compare as times do. Without a
 * zone it is taken for UTC. Null for what is none.
 */
export function utcOf(text: string | undefined): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text?.trim() ?? '');
  if (match === null) return null;
  const [, time = '', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${time}${fraction.slice(0, 4)}${zone.replace(/^(.\d\d)(\d\d)$/, '$1:$2')}`);
  // A zone may lead out of the years with four digits.
  const utc = Number.isNaN(ms) ? '' : new Date(ms).toISOString();
  return utc.length === 24 ? utc : null;
}
