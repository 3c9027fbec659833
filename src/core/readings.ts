/** A text as it reads once it is decoded. */
export interface Reading {
  readonly text: string;
  /** Where the characters [start, end) of `text` stand in the text that was read: a half-open range. */
  span(start: number, end: number): readonly [start: number, end: number];
}

type Decoder = readonly [token: RegExp, decode: (token: string) => string];

/** HTML's names for U+00A0 to U+00FF, in order. */
const LATIN_1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
  acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
  Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
  Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
  iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
  ...LATIN_1.split(/\s+/).map((name, at): [string, string] => [name, String.fromCharCode(0xa0 + at)]),
]);
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** RFC 3986 section 2.1: one character of UTF-8, or a byte that is none. */
const PERCENT =
  '%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|%[0-9a-f]{2}';

/** As `%xx`, in the way of Python and of C: bytes of UTF-8, or a byte that is none. */
const HEX_BYTES = PERCENT.replaceAll('%', '\\\\x');
const OCTAL_BYTES =
  '\\\\3[0-3][0-7]\\\\2[0-7]{2}|\\\\3[45][0-7](?:\\\\2[0-7]{2}){2}|\\\\36[0-7](?:\\\\2[0-7]{2}){3}|\\\\[0-3][0-7]{2}';

/** How text is encoded on its way into another: each may be on its own, or inside of another. */
const DECODERS: readonly Decoder[] = [
  [new RegExp(PERCENT, 'gi'), percent],
  // application/x-www-form-urlencoded, where a blank is a plus.
  [new RegExp(`\\+|${PERCENT}`, 'gi'), (token) => (token === '+' ? ' ' : percent(token))],
  [/&(?:[a-z]{2,6}[1-4]{0,2}|#\d{1,7}|#x[0-9a-f]{1,6});/gi, entity],
  // RFC 8259 section 7, and what C, Python and escapeControls() write.
  [new RegExp(`${HEX_BYTES}|${OCTAL_BYTES}|\\\\(?:u[0-9a-f]{4}|u\\{[0-9a-f]{1,6}\\}|["'\\\\/bfnrt])`, 'gi'), escaped],
];

/** A value in a form that stands in a URL that stands in JSON, for one, has been encoded three times. */
const DEPTH = 3;
/** A server must not make us read its text in a thousand ways. */
const MOST = 24;

/** The text as it is, and as it reads decoded in every order, up to three times. */
export function readingsOf(text: string): readonly Reading[] {
  const found: Reading[] = [{ text, span: (start, end) => [start, end] }];
  // Nothing else begins what is encoded.
  if (!/[%+&\\]/.test(text)) return found;
  const seen = new Set([text]);
  let level: readonly Reading[] = found;
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const next: Reading[] = [];
    for (const reading of level) {
      for (const decoder of DECODERS) {
        const decoded = decodedBy(decoder, reading);
        if (decoded === undefined || seen.has(decoded.text) || seen.size >= MOST) continue;
        seen.add(decoded.text);
        next.push(decoded);
      }
    }
    found.push(...next);
    level = next;
  }
  return found;
}

function decodedBy([token, decode]: Decoder, base: Reading): Reading | undefined {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  let at = 0;
  const copy = (to: number): void => {
    text += base.text.slice(at, to);
    for (; at < to; at += 1) {
      starts.push(at);
      ends.push(at + 1);
    }
  };
  for (const match of base.text.matchAll(token)) {
    copy(match.index);
    at += match[0].length;
    const decoded = decode(match[0]);
    text += decoded;
    for (let unit = 0; unit < decoded.length; unit += 1) {
      starts.push(match.index);
      ends.push(at);
    }
  }
  if (at === 0) return undefined;
  copy(base.text.length);
  return { text, span: (start, end) => base.span(starts[start] ?? 0, ends[end - 1] ?? 0) };
}

function percent(token: string): string {
  return textOf(Buffer.from(token.replaceAll('%', ''), 'hex'));
}

/** Bytes that are no UTF-8 are Latin-1. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

function entity(token: string): string {
  const name = token.slice(1, -1);
  if (!name.startsWith('#')) return ENTITIES.get(name) ?? ENTITIES.get(name.toLowerCase()) ?? token;
  return character(/^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)), token);
}

function escaped(token: string): string {
  const rest = token.slice(1);
  if (/^x/i.test(rest)) return textOf(Buffer.from(token.replace(/\\x/gi, ''), 'hex'));
  if (/^[0-7]{3}/.test(rest)) return textOf(Buffer.from(rest.split('\\').map((digits) => Number.parseInt(digits, 8))));
  if (rest.length > 1) return character(Number.parseInt(rest.replace(/[^0-9a-f]/gi, ''), 16), token);
  return ESCAPES[rest] ?? rest;
}

function character(code: number, token: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : token;
}
