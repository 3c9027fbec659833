import { bytesOf, garbled } from './garbled.js';
import { readingsOf } from './readings.js';

/** What stands in place of a secret. */
const MASK = '***';

/** From this length on, in UTF-16 code units, a value is a secret wherever it stands, also inside of a word. */
export const UNMISTAKABLE = 8;

/** As much of a secret's beginning is recognised at the end of a text that was cut. */
const CUT_PART = 4;
/** Shorter pieces of base64 may be words. */
const BASE64_PART = 6;

/**
 * Whose words a text is. A short secret (`image` is a bad password, but one that people have) may as well be a word of
 * ours: masking it there would hide what happened, and tell the password to whoever knows our words.
 * `theirs`: of a server, or of an exception that nobody expected; there a short one is masked as a whole word.
 */
export type Whose = 'ours' | 'theirs';

/** Known secrets, and how they are made unreadable. */
export interface Mask {
  /** Adds a secret. The empty string is none. */
  add(value: string): void;
  /**
   * The text with `***` for every secret in it, in whatever way it is written: plain, percent-encoded, escaped as in
   * JSON or XML, in hex, in base64 alone or in the middle (`user:password`), and each of these inside of another. At
   * the end of a text that was cut (`…`) the beginning of a secret is one as well.
   */
  apply(text: string, whose: Whose): string;
}

/** How characters of a text are made equal, one by one, before a needle is looked for. */
type View = 'plain' | 'hex' | 'base64';

interface Needle {
  readonly text: string;
  readonly view: View;
  readonly short: boolean;
}

type Span = readonly [start: number, end: number];

export function createMask(): Mask {
  const values = new Set<string>();
  const needles: Readonly<Record<View, Needles>> = { plain: new Needles(), hex: new Needles(), base64: new Needles() };
  return {
    add(value) {
      if (value === '' || values.has(value)) return;
      values.add(value);
      for (const needle of needlesOf(value)) needles[needle.view].add(needle);
    },
    apply(text, whose) {
      if (values.size === 0) return text;
      const spans = readingsOf(text).flatMap((reading) => {
        const base64 = standardBase64(reading.text);
        return [
          ...spansIn(reading.text, needles.plain, whose),
          ...spansIn(asciiLower(reading.text), needles.hex, whose),
          ...spansIn(base64, needles.base64, whose).map((span) => aroundBase64(base64, span)),
        ].map(([start, end]) => reading.span(start, end));
      });
      return masked(text, spans);
    },
  };
}

/**
 * By their first two characters: a run over a thousand images has a thousand keys, and text is shown ten times a second.
 * Most characters of a text begin none: a list has ten thousand names.
 */
class Needles {
  readonly #starts = new Map<string, Needle[]>();
  readonly #firsts = new Set<number>();

  add(needle: Needle): void {
    const start = needle.text.slice(0, 2);
    const bucket = this.#starts.get(start);
    if (bucket === undefined) this.#starts.set(start, [needle]);
    else bucket.push(needle);
    this.#firsts.add(needle.text.charCodeAt(0));
  }

  /** Those that may start here. */
  at(text: string, at: number): readonly Needle[] {
    if (!this.#firsts.has(text.charCodeAt(at))) return NONE;
    // A needle of one character has a start of one.
    const alone = this.#starts.get(text.charAt(at)) ?? NONE;
    const more = this.#starts.get(text.slice(at, at + 2)) ?? NONE;
    return alone.length === 0 || more === alone ? more : [...more, ...alone];
  }
}

const NONE: readonly Needle[] = [];

function needlesOf(value: string): readonly Needle[] {
  const plain = [value, ...garbled(value)].map((text): Needle => ({ text, view: 'plain', short: isShort(text) }));
  return value.length < CUT_PART ? plain : [...plain, ...bytesOf(value).flatMap(needlesOfBytes)];
}

function isShort(text: string): boolean {
  return text.length < UNMISTAKABLE;
}

function needlesOfBytes(bytes: Buffer): readonly Needle[] {
  const inBase64 = SHARES.map((shares) => base64Inside(bytes, shares))
    .filter((text) => text.length >= BASE64_PART)
    .map((text): Needle => ({ text, view: 'base64', short: false }));
  return [{ text: bytes.toString('hex'), view: 'hex', short: false }, ...inBase64];
}

/** Bytes in front, modulo 3, and in how many characters of base64 they have a share. */
const SHARES = [
  [0, 0],
  [1, 2],
  [2, 3],
] as const;

/** The base64 characters that `bytes` alone decide, with other bytes in front of them, and any behind. */
function base64Inside(bytes: Buffer, [before, shared]: (typeof SHARES)[number]): string {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  return all.toString('base64').slice(shared, Math.floor((all.length * 8) / 6));
}

function asciiLower(text: string): string {
  return text.replace(/[A-F]+/g, (letters) => letters.toLowerCase());
}

/** RFC 4648: the alphabet of section 5 as that of section 4. */
function standardBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

function spansIn(text: string, needles: Needles, whose: Whose): readonly Span[] {
  const spans: Span[] = [];
  const cuts = cutsIn(text);
  for (let at = 0; at < text.length; at += 1) {
    for (const needle of needles.at(text, at)) {
      const end = endOf(needle, text, at, cuts, whose);
      if (end !== undefined) spans.push([at, end]);
    }
  }
  return spans;
}

/**
 * Where a text that was cut ends. The cut of bytes may have left half a character, that of characters half of an encoded
 * one (`%4`, `\u00`, `&am`), and both may as well be what they look like.
 */
function cutsIn(text: string): readonly number[] {
  if (!text.endsWith('…')) return [];
  const whole = text.length - 1;
  const torn = /(?:%[0-9a-f]?|\\(?:[ux]\{?[0-9a-f]{0,5})?|&#?\w{0,7})…$/i.exec(text)?.index ?? whole;
  const half = torn - text.slice(0, torn).replace(/[\ufffd\u0080-\u00ff]{1,3}$/, '').length;
  return [whole, ...[0, 1, 2, 3].filter((units) => units <= half).map((units) => torn - units)];
}

/** Where the needle that starts here ends, or its beginning in a text that was cut; undefined: it is not here. */
function endOf(needle: Needle, text: string, at: number, cuts: readonly number[], whose: Whose): number | undefined {
  const end = at + needle.text.length;
  if (text.startsWith(needle.text, at)) {
    if (!needle.short) return end;
    return whose === 'theirs' && isWord(text, at, end) ? end : undefined;
  }
  if (needle.short) return undefined;
  return cuts.find((cut) => cut - at >= CUT_PART && needle.text.startsWith(text.slice(at, cut)));
}

function isWord(text: string, start: number, end: number): boolean {
  const inside = /[\p{L}\p{N}_]/u;
  return !inside.test(text.charAt(start - 1)) && !inside.test(text.charAt(end));
}

/** All of the encoded text: what stands beside the secret shares characters with it. */
function aroundBase64(text: string, [start, end]: Span): Span {
  const inside = /[A-Za-z0-9+/=]/;
  let from = start;
  let to = end;
  while (inside.test(text.charAt(from - 1))) from -= 1;
  while (inside.test(text.charAt(to))) to += 1;
  return [from, to];
}

function masked(text: string, spans: readonly Span[]): string {
  let shown = '';
  let at = 0;
  for (const [start, end] of [...spans].sort(([a], [b]) => a - b)) {
    // Spans that touch are one.
    if (shown === '' || start > at) shown += text.slice(at, start) + MASK;
    at = Math.max(at, end);
  }
  return shown + text.slice(at);
}
