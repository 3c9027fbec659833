/**
 * HTTP's range syntax (RFC 9110 section 14): the only file that knows the inclusive form.
 */

/** Half-open byte interval [start, end). HTTP's inclusive form exists in core/ranges.ts only. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The value of a `Range` field for everything from `start` on. */
export function rangeFrom(start: number): string {
  return `bytes=${start}-`;
}

/** The value of a `Range` field for exactly these bytes; the range must not be empty. */
export function rangeOf({ start, end }: Range): string {
  return `bytes=${start}-${end - 1}`;
}

/** What a `Content-Range` field says; `unsatisfied` is the form of a 416. */
export type ContentRange =
  | { readonly kind: 'range'; readonly range: Range; readonly total: number | undefined }
  | { readonly kind: 'unsatisfied'; readonly total: number };

/** A non-negative decimal integer that a double holds exactly, or undefined. No sign, exponent, hex or blank. */
export function parseDecimal(text: string): number | undefined {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `bytes 0-99/200`, `bytes 0-99/*`, `bytes *` + `/200`; undefined when it is anything else or contradicts itself. */
export function parseContentRange(value: string): ContentRange | undefined {
  const match = /^bytes (?:([0-9]+)-([0-9]+)|(\*))\/([0-9]+|\*)$/i.exec(value.trim());
  if (match === null) return undefined;
  const [, first = '', last = '', star, size = ''] = match;
  const total = size === '*' ? undefined : parseDecimal(size);
  if (size !== '*' && total === undefined) return undefined;
  if (star !== undefined) return total === undefined ? undefined : { kind: 'unsatisfied', total };
  const start = parseDecimal(first);
  const inclusive = parseDecimal(last);
  if (start === undefined || inclusive === undefined || inclusive < start) return undefined;
  // The last byte may be one that a double holds exactly while the end behind it is not.
  if (inclusive === Number.MAX_SAFE_INTEGER) return undefined;
  if (total !== undefined && inclusive >= total) return undefined;
  return { kind: 'range', range: { start, end: inclusive + 1 }, total };
}
