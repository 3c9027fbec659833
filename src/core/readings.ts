/** A text as it reads once it is decoded. */
export interface Reading {
  readonly text: string;
  /** Where the characters [start, end) of `text` stand in the text that was read: a half-open range. */
  span(start: number, end: number): readonly [start: number, end: number];
}

type Decoder = readonly [token: RegExp, decode: (token: string) => string];

const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
);
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** RFC 3986 section 2.1: one character of UTF-8, or a byte that is none. */
const PERCENT =
  '%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}|%[0-9a-f]{2}';

/** How text is encoded on its way into another: each may be on its own, or inside of another. */
const DECODERS: readonly Decoder[] = [
  [new RegExp(PERCENT, 'gi'), percent],
  // application/x-www-form-urlencoded, where a blank is a plus.
  [new RegExp(`\\+|${PERCENT}`, 'gi'), (token) => (token === '+' ? ' ' : percent(token))],
  [/&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});/gi, entity],
  // RFC 8259 section 7, and what Python and escapeControls() write.
  [/\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|["'\\/bfnrt])/gi, escaped],
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
  const bytes = Buffer.from(token.replaceAll('%', ''), 'hex');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

function entity(token: string): string {
  const name = token.slice(1, -1).toLowerCase();
  const named = ENTITIES.get(name);
  if (named !== undefined) return named;
  return character(name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)), token);
}

function escaped(token: string): string {
  const rest = token.slice(1);
  if (rest.length > 1) return character(Number.parseInt(rest.replace(/[^0-9a-f]/gi, ''), 16), token);
  return ESCAPES[rest] ?? rest;
}

function character(code: number, token: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : token;
}
