import type { Headers } from './http.js';

/** The codings of a body, outermost last (RFC 9110 section 8.4). `identity` is none, `x-gzip` is gzip (section 8.4.1.3). */
export function codingsOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
    .map((coding) => (coding === 'x-gzip' ? 'gzip' : coding));
}

/**
 * Is the body something else than the file? imgdl asks for no coding. Yet Apache's `AddEncoding x-gzip .gz` calls a file
 * that is gzip already gzip-encoded: then it is sent as it lies there.
 * @param names that the server has for the file
 */
export function isEncoded(headers: Headers, names: readonly (string | undefined)[]): boolean {
  const codings = codingsOf(headers.get('content-encoding'));
  if (codings.length === 0) return false;
  return codings.length > 1 || codings[0] !== 'gzip' || !names.some((name) => /\.(?:gz|tgz|gzip)$/i.test(name ?? ''));
}
