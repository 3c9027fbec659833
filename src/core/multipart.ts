/**
 * `multipart/byteranges` (RFC 9110 section 14.6), as far as a body of one range needs it: some servers answer so where
 * one range was asked for, which section 15.3.7.2 forbids them.
 */
import type { Headers } from './http.js';

/** More than any head of a part that says what its bytes are. */
export const HEAD_LIMIT = 8 * 1024;

/** The boundary of a `multipart/byteranges` type; undefined for every other type, and for one that RFC 2046 forbids. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^multipart\/byteranges\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(
    contentType?.trim() ?? '',
  );
  return match?.[1] ?? match?.[2];
}

export type PartHead =
  | { readonly kind: 'head'; readonly headers: Headers; readonly bodyAt: number }
  /** It goes on behind these bytes. */
  | { readonly kind: 'more' }
  | { readonly kind: 'invalid' };

/** @param bytes the beginning of the body */
export function parsePartHead(bytes: Uint8Array, boundary: string): PartHead {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const end = /\r?\n\r?\n/g;
  const delimiter = `--${boundary}`;
  const at = text.indexOf(delimiter);
  if (at < 0) return text.length < HEAD_LIMIT ? { kind: 'more' } : { kind: 'invalid' };
  end.lastIndex = at + delimiter.length;
  const found = end.exec(text);
  if (found === null) return text.length < HEAD_LIMIT ? { kind: 'more' } : { kind: 'invalid' };
  const lines = text.slice(at + delimiter.length, found.index).split(/\r?\n/);
  const fields = lines.slice(1).map((line) => /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line));
  // What follows the delimiter is padding, or else it is the delimiter of another boundary, or the last one.
  if (lines[0]?.trim() !== '' || fields.includes(null)) return { kind: 'invalid' };
  const headers = new Map(fields.map((field) => [(field?.[1] ?? '').toLowerCase(), field?.[2] ?? '']));
  return { kind: 'head', headers, bodyAt: end.lastIndex };
}

/**
 * The head of an answer that has only this part: what the part says of its bytes counts, and the rest of what the answer
 * says of the object.
 */
export function headersOfPart(answer: Headers, part: Headers): Headers {
  const rest = [...answer].filter(([name]) => !OF_THE_BODY.has(name));
  const own = [...part].filter(([name]) => OF_THE_PART.has(name));
  return new Map([...rest, ...own]);
}

const OF_THE_PART: ReadonlySet<string> = new Set(['content-type', 'content-range']);
const OF_THE_BODY: ReadonlySet<string> = new Set([
  ...OF_THE_PART,
  'content-length',
  'transfer-encoding',
  'content-digest',
]);
