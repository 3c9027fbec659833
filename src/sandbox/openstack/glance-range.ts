import type { RangeAnswer } from '../server/byte-range.js';

export type GlanceRange = RangeAnswer | { readonly kind: 'bad'; readonly status: number; readonly text: string };

/** Glance's own reading of Range (and of Content-Range in a request), which is not RFC 9110's. */
export function parseGlanceRange(
  range: string | undefined,
  contentRange: string | undefined,
  size: number,
): GlanceRange {
  const old = /^bytes (\d+)-(\d+)\/\d+$/.exec(contentRange ?? '');
  if (range === undefined && old === null) return { kind: 'whole' };
  const text = range ?? `bytes=${old?.[1]}-${old?.[2]}`;
  if (text.includes(',')) {
    const words =
      'Requests with multiple ranges are not supported in Glance. You may make multiple single-range requests instead.';
    return { kind: 'bad', status: 400, text: words };
  }
  const refuse = (words: string): GlanceRange => ({
    kind: 'bad',
    status: 416,
    text: `The Range requested is not available.\n${words}`,
  });
  const match = /^bytes\s*=\s*(\d*)-(\d*)$/.exec(text);
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  if (match === null || (first === '' && last === '')) return refuse('Invalid Range header.');
  const start = first === '' ? Math.max(0, size - (Number(last) || size)) : Number(first);
  if (last !== '' && first !== '' && Number(last) < start) return refuse('Invalid Range header.');
  if (start >= size) {
    const limits = `Start position MUST be in the inclusive range [0, ${size - 1}].`;
    return refuse(`Invalid start position in Range header. ${limits}`);
  }
  return { kind: 'part', start, end: first === '' || last === '' ? size : Math.min(size, Number(last) + 1) };
}
