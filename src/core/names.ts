/**
 * A server's name for a file is a suggestion: it becomes one harmless path component, or nothing.
 */

/** Longest file name in bytes; leaves room under the 255 of common file systems. */
const NAME_LIMIT = 200;

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\.|$)/i;
/** Names of our own files beside a target, and of receipts, must not be taken by an image. */
const OWN_PREFIX = /^[._]imgdl-/i;
const OWN_SUFFIX = /\.imgdl\.json$/i;
/** All that a terminal shows as nothing (zero width, fillers, variation selectors, tags, bidi) or as a note. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\:*?"<>|]/g;
/** `##vso[`, `##teamcity[`, `##[`: what CI systems obey, also where a path is printed. */
const COMMAND_MARK = /#(?=#)/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * One path component of at most 200 bytes without separators, controls, invisible or bidirectional characters, that
 * starts with neither `.` nor `-` nor `~`, is no device name of Windows and gives no command to a CI system; the last extension survives shortening.
 * Idempotent. Undefined when nothing worth keeping is left.
 */
export function safeName(raw: string): string | undefined {
  // Shortening may uncover what an earlier step would have changed (`con`, then 300 blanks, then `.img`).
  let name = raw.slice(0, 65_536).replace(LONE_SURROGATE, '\ufffd');
  for (let before = ''; before !== name; ) {
    before = name;
    name = limitBytes(tidied(name), NAME_LIMIT);
  }
  return /[^_.\s~-]/.test(name) ? name : undefined;
}

/** Every rule but the length. */
function tidied(raw: string): string {
  const cleaned = raw
    .replace(INVISIBLE, '')
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(COMMAND_MARK, '_')
    .trimStart()
    // The look-behind keeps a long run of blanks in the middle from costing its square.
    .replace(/(?<![\s.])[\s.]+$/, '');
  const foreign = OWN_PREFIX.test(cleaned) ? `image${cleaned.replace(/^\./, '_')}` : cleaned;
  const plain = foreign.replace(OWN_SUFFIX, '_imgdl_json').replace(/^[.~-]/, '_');
  return RESERVED.test(plain) ? `_${plain}` : plain;
}

/** Cuts the stem at a code point edge; extensions of up to 16 characters (`.tar.gz`) stay. */
function limitBytes(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const extension = /(?:\.[A-Za-z0-9]{1,8}){1,2}$/.exec(name)?.[0] ?? '';
  const room = limit - Buffer.byteLength(extension);
  let bytes = 0;
  let stem = '';
  // More than fits, so that this ends in front of the extension.
  for (const point of name) {
    bytes += Buffer.byteLength(point);
    if (bytes > room) break;
    stem += point;
  }
  return `${stem.replace(/(?<![\s.])[\s.]+$/, '')}${extension}`;
}

/** The name to use without `-o FILE`: the server's when it is any good, else the provider's own. */
export function defaultName(name: string | undefined, fallback: string): string | undefined {
  return (name === undefined ? undefined : safeName(name)) ?? safeName(fallback);
}
