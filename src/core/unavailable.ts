/**
 * Is a server only unable to answer now, and when may it be asked again? The one reader of these statuses and of
 * Retry-After, whoever asks: data, metadata, log-in. Pure; what a wait comes to is for retry.ts to say.
 */

import type { Headers } from './http.js';
import { dateIn, parseHttpDate } from './http-date.js';

/**
 * 408, 425, 429, and what the server calls its own fault: of the service, or of the front end before it. Not 501 and
 * 505 (RFC 9110 sections 15.6.2 and 15.6.6): a method or an HTTP version that it does not know now it will not know
 * in a minute.
 */
export function isUnavailable(status: number): boolean {
  if (status === 501 || status === 505) return false;
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/**
 * Milliseconds that the server wants to be left alone: seconds, or a date, which is measured against the server's own
 * Date (RFC 9110 section 10.2.3): its clock may be an hour off ours. Empty where it does not say, or not in HTTP's words.
 */
export function retryAfter(headers: Headers): { readonly retryAfterMs?: number } {
  const value = headers.get('retry-after')?.trim() ?? '';
  // More digits than a double holds are a long time all the same, not silence.
  if (/^[0-9]+$/.test(value)) return { retryAfterMs: Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER) };
  const at = parseHttpDate(value);
  const now = dateIn(headers, 'date');
  return at === undefined || now === undefined ? {} : { retryAfterMs: Math.max(0, at - now) };
}
