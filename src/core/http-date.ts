/** Dates of HTTP, and what that of an object proves. */
import type { Headers } from './http.js';

const STRONG_MS = 60_000;

/**
 * `Last-Modified` when it is a strong validator: at least 60 s older than the response's `Date`
 * (RFC 9110 section 8.8.2.2); else the object may have changed twice within its second.
 */
export function strongLastModified(headers: Headers): string | undefined {
  const modified = dateIn(headers, 'last-modified');
  const sent = dateIn(headers, 'date');
  const isOld = modified !== undefined && sent !== undefined && sent - modified >= STRONG_MS;
  return isOld ? headers.get('last-modified')?.trim() : undefined;
}

/** Nearer to the time of the answer, it may be just that: some servers write the time of day. */
const NOW_MS = 2_000;

/**
 * `Last-Modified` when it is no strong validator: another one is another object, an equal one proves nothing. Undefined
 * where it may be the time of the answer.
 */
export function weakLastModified(headers: Headers): string | undefined {
  const modified = dateIn(headers, 'last-modified');
  const sent = dateIn(headers, 'date');
  if (modified === undefined || sent === undefined || Math.abs(sent - modified) < NOW_MS) return undefined;
  return sent - modified < STRONG_MS ? headers.get('last-modified')?.trim() : undefined;
}

/** The date in a field, in milliseconds since 1970; undefined where it has none, or not in HTTP's words. */
export function dateIn(headers: Headers, field: 'date' | 'last-modified'): number | undefined {
  return parseHttpDate(headers.get(field)?.trim() ?? '');
}

/** Strict IMF-fixdate (RFC 9110 section 5.6.7) in milliseconds; undefined for anything else. */
export function parseHttpDate(text: string): number | undefined {
  if (
    !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(
      text,
    )
  ) {
    return undefined;
  }
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
