/**
 * A server's name for a file is a suggestion: it becomes one harmless path component, or nothing.
 */

/** Longest file name in bytes; leaves room under the 255 of common file systems. */
const NAME_LIMIT = 200;

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
const INVISIBLE = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ufe00-\ufe0f]/g;
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\:*?"<>|]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * One path component of at most 200 bytes without separators, controls, invisible or bidirectional characters, that
 * starts with neither `.` nor `-` nor `~` and is no device name of Windows; the last extension survives shortening.
 * Idempotent. Undefined when nothing worth keeping is left.
 */
export function safeName(raw: string): string | undefined {
  const cleaned = raw
    .slice(0, 65_536)
    .replace(LONE_SURROGATE, '\ufffd')
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(UNSAFE, '_')
    .replace(/^[\s]+|[\s.]+$/g, '');
  if (!/[^_.\s~-]/.test(cleaned)) return undefined;
  const started = cleaned.replace(/^[.~-]/, '_');
  // Names of our own files beside a target, and of receipts, must not be taken by an image.
  const foreign = /^_imgdl-|\.imgdl\.json$/i.test(started)
    ? `image_${started.replace(/\.imgdl\.json$/i, '_imgdl_json')}`
    : started;
  const portable = RESERVED.test(foreign) ? `_${foreign}` : foreign;
  return limitBytes(portable, NAME_LIMIT);
}

/** Cuts the stem at a code point edge; extensions of up to 16 characters (`.tar.gz`) stay. */
function limitBytes(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const extension = /(?:\.[A-Za-z0-9]{1,8}){1,2}$/.exec(name)?.[0] ?? '';
  const points = [...name.slice(0, name.length - extension.length)];
  const room = limit - Buffer.byteLength(extension);
  let bytes = 0;
  let stem = '';
  for (const point of points) {
    bytes += Buffer.byteLength(point);
    if (bytes > room) break;
    stem += point;
  }
  return `${stem.replace(/[\s.]+$/, '')}${extension}`;
}

/** The name to use without `-o FILE`: the server's when it is any good, else the provider's own. */
export function defaultName(name: string | undefined, fallback: string): string | undefined {
  return (name === undefined ? undefined : safeName(name)) ?? safeName(fallback);
}
