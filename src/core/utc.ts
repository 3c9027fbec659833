/**
 * A time of an API (ISO 8601, xs:dateTime) as ISO 8601 in UTC with milliseconds, which texts compare as times do. Without
 * a zone it is taken for UTC. Null for what is none.
 */
export function utcOf(text: string | null | undefined): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/.exec(text?.trim() ?? '');
  if (match === null) return null;
  const [, time = '', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${time}${fraction.slice(0, 4)}${zone.replace(/^(.\d\d)(\d\d)$/, '$1:$2')}`);
  // A zone may lead out of the years with four digits.
  const utc = Number.isNaN(ms) ? '' : new Date(ms).toISOString();
  return utc.length === 24 ? utc : null;
}
