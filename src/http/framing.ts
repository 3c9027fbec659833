import type { Headers } from '../core/http.js';

/**
 * Can it be told where the body ends, and that its bytes are the content? The only judge of an answer's framing, of
 * metadata and of data; undefined when it can. No request has a TE field: whoever applies another coding than chunked
 * breaks RFC 9112 section 6.1, and the coded bytes would pass for an image.
 */
export function faultyFraming(headers: Headers): string | undefined {
  const length = headers.get('content-length');
  // undici would round a length that a number cannot hold, and count wrongly.
  if (length !== undefined && !(/^\d{1,16}$/.test(length) && Number.isSafeInteger(Number(length)))) {
    return 'an invalid Content-Length';
  }
  const codings = headers.get('transfer-encoding');
  return codings === undefined || codings.toLowerCase() === 'chunked'
    ? undefined
    : 'a Transfer-Encoding other than chunked';
}

/** Content-Length, where it is what ends the body. Undefined: chunks, no length, or no body (RFC 9112 section 6.3). */
export function bodyLength(status: number, headers: Headers): number | undefined {
  const length = headers.get('content-length');
  if (length === undefined || headers.has('transfer-encoding') || status === 204 || status === 304) return undefined;
  return Number(length);
}
