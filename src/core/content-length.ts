import type { Headers } from './http.js';
import { parseDecimal } from './ranges.js';

/** Bytes of a body as its head says. Undefined: its framing tells; `invalid`: it is no number. */
export function contentLength(headers: Headers): number | undefined | 'invalid' {
  const value = headers.get('content-length');
  if (value === undefined || headers.has('transfer-encoding')) return undefined;
  return parseDecimal(value.trim()) ?? 'invalid';
}
