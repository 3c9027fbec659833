import { contentLength } from './content-length.js';
import type { Headers } from './http.js';
import { parseContentRange } from './ranges.js';

/**
 * Words that people put into the field and that compress nothing: transfer encodings of mail (RFC 2045 section 6) and
 * character sets.
 */
const NO_CODINGS: ReadonlySet<string> = new Set(['', 'identity', 'none', 'binary', '7bit', '8bit', 'utf-8', 'utf8']);

/** Names of one coding (RFC 9110 section 8.4.1: `x-gzip`, `x-compress`), and those that servers have for others. */
const SAME: ReadonlyMap<string, string> = new Map([
  ['x-gzip', 'gzip'],
  ['x-compress', 'compress'],
  ['x-bzip2', 'bzip2'],
  ['x-bzip', 'bzip2'],
  ['x-xz', 'xz'],
  ['x-lzma', 'lzma'],
  ['x-zstd', 'zstd'],
  ['x-lz4', 'lz4'],
]);

/** The codings of a body, outermost last (RFC 9110 section 8.4). */
export function codingsOf(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => !NO_CODINGS.has(coding))
    .map((coding) => SAME.get(coding) ?? coding);
}

/** What a file of a coding is called. */
const NAMES: Readonly<Record<string, RegExp>> = {
  gzip: /\.(?:gz|tgz|gzip)$/i,
  compress: /\.(?:Z|taz)$/i,
  bzip2: /\.(?:bz2|bzip2|tbz|tbz2)$/i,
  xz: /\.(?:xz|txz)$/i,
  lzma: /\.(?:lzma|tlz)$/i,
  zstd: /\.(?:zst|zstd|tzst)$/i,
  lz4: /\.lz4$/i,
  br: /\.br$/i,
};

/**
 * Is the body something else than the file? imgdl asks for no coding. Yet Apache's `AddEncoding x-gzip .gz` calls a file
 * that is gzip already gzip-encoded, and so do uploads to object stores: then it is sent as it lies there.
 * @param names that the server has for the file
 */
export function isEncoded(headers: Headers, names: readonly (string | undefined)[]): boolean {
  const codings = codingsOf(headers.get('content-encoding'));
  const [only = ''] = codings;
  if (codings.length === 0) return false;
  const pattern = Object.hasOwn(NAMES, only) ? NAMES[only] : undefined;
  return codings.length > 1 || pattern === undefined || !names.some((name) => pattern.test(name ?? ''));
}

/**
 * A file that is compressed by its name, and was compressed once more on the way: its length is that of what came of it.
 * @param held bytes in hand
 * @param size of the file, where it is known
 */
export function isCompressedAnew(headers: Headers, held: number, size: number | undefined): boolean {
  const length = contentLength(headers);
  if (codingsOf(headers.get('content-encoding')).length === 0 || length === undefined) return false;
  const found = parseContentRange(headers.get('content-range') ?? '');
  if (found?.kind === 'range') return length !== found.range.end - found.range.start;
  // With bytes in hand another length is another object.
  return held === 0 && size !== undefined && length !== size;
}
