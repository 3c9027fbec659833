import type { Whose } from './mask.js';
import { maskKnown } from './vault.js';

/**
 * What makes text fit to be shown: foreign text cannot act on a terminal or a CI runner, URLs lose their secrets.
 */

/** Longest piece of a server's text that is shown. */
const FOREIGN_LIMIT = 300;

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, bidirectional overrides and isolates, zero-width
 * and blank-looking characters, tag characters, lone surrogates: all that can fake, hide or reorder what a person or
 * a log parser sees.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\u115f\u1160\u3164\uffa0\u{e0000}-\u{e0fff}]|\u034f/gu;

/** Escapes what must not reach a terminal: `\n`, `\x1b`, `\u202e`. Leaves the length alone. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    if (char === '\t') return '\\t';
    const hex = Number(char.codePointAt(0)).toString(16);
    if (hex.length > 4) return `\\u{${hex}}`;
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
  });
}

/** Cuts at a code point edge. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = /[\ud800-\udbff]/.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, cut)}…`;
}

/**
 * Text of a server, ready to be put into a sentence: known secrets masked, short ones too, markup and runs of blanks
 * collapsed, controls escaped, URLs inside it stripped of their secrets, at most 300 characters, in double quotes so
 * that it never starts a line. An image that comes where a word was expected is not quoted.
 */
export function quoteForeign(text: string): string {
  if (isBinary(text)) return '(binary data)';
  // Cut before the replacements: a megabyte of text must not cost a megabyte of work. Redacted before markup and
  // line breaks go, for they say where a secret ends; and after, for what they kept apart has come together.
  const plain = redactedBy(RULES.theirs, maskKnown(shorten(text, 4096), 'theirs'))
    .replace(/<(?:style|script)\b[^>]*>[^<]*<\/(?:style|script)>/gi, ' ')
    .replace(/<\/?[a-z][^<>]{0,200}>/gi, ' ')
    .replace(/[ \t\r\n]+/g, ' ')
    .trim();
  return `"${shorten(escapeControls(redactedBy(RULES.theirs, plain)), FOREIGN_LIMIT).replaceAll('"', "'")}"`;
}

/** Enough of a text to see whether it is one. */
const TELLING = 256;

/** Every fourth character is none of any text. What marks up a terminal is: escape, tab, line ends. */
function isBinary(text: string): boolean {
  const seen = text.slice(0, TELLING);
  const strange = seen.match(/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/g)?.length ?? 0;
  return strange >= 8 && strange * 4 >= seen.length;
}

/** Names whose value is a secret, also at the end of a longer one: `OS_PASSWORD`, `application_credential_secret`. */
const SECRET_NAME =
  '(?:x-(?:auth|subject|service)-token|token|pass(?:word|wd|code|phrase)|adminpass|pwd|secret|signature|download[_-]?(?:id|key)|(?:api|secret|public|private|access)[_-]?key)';
/** The end of a URL whose last segment is called so is followed by the rest of the sentence: "POST http://h/token: refused". */
const NO_URL_END = '(?!(?<=:\\/\\/\\S{1,1000}):\\s)';
/** So is a path in a sentence of ours: "reading /run/secrets/password: permission denied". A server may mean anything by it. */
const NO_PATH_END = '(?!(?<=(?:^|[\\s"\'(])(?:~|\\.{1,2})?\\/\\S{0,1000}):\\s)';
/**
 * "IMGDL_PASSWORD: the secret is empty" is a sentence about a name. Of a secret that begins like this, no more than one of
 * these words would be masked.
 */
const NO_SENTENCE = '(?!: (?:the|there|this|not) )';
const EQUALS = '(?:\\s*[:=]\\s*|%3[ad])';
/** What an earlier rule has left: nothing but masks up to the end of the word. A secret may begin with asterisks. */
const MASKED = '\\*\\*\\*(?:[&#][^\\s=&#<>]+=\\*\\*\\*)*["\']?[.,:;)\\]}]*(?:\\s|$)';
/** A quote as JSON inside of JSON has it, too. */
const VALUE = `(?:"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?|\\\\+"[^]*?(?:\\\\+"|$)|(?!${MASKED})(?:(?:basic|bearer)\\s+)?[^\\s<>]+)`;

type Rule = readonly [pattern: RegExp, replacement: string];

/** @param noValue what in front of a name's colon says that no value follows */
const rulesWith = (noValue: string): readonly Rule[] => [
  // The password may have an @, and line breaks that URL parsers drop: userinfo goes to the last @ of the authority.
  [/((?::|%3a)(?:\/\/|%2f%2f|\\\/\\\/))(?:(?![/?#"<>\\])[^ ]|\\(?!\/))*(?:@|%40)/gi, '$1***@'],
  // A URL that was cut within what may be its userinfo.
  [/(:\/\/)[^\s/?#"<>@]*:[^\s/?#"<>@]*…$/g, '$1***…'],
  // Punctuation in front of a blank or the end is the sentence's: "GET http://h/x?a=***: connection refused".
  [
    /([?&#]|%3f|%26)([^\s=?&#"<>%]{1,200}|(?:(?!%3[df]|%26)[^\s=?&#"<>]){1,200})(=|%3d)(?:[^\s&"<>#]*[^\s&"<>#.,:;)](?=[.,:;)]*(?:\s|$))|(?=[.,:;)]+(?:\s|$))|[^\s&"<>#]*)/gi,
    '$1$2$3***',
  ],
  // These have several words, to the end of the line.
  [
    new RegExp(
      `\\b((?:proxy-)?authorization|(?:set-)?cookie)${noValue}(\\\\*["']?(?:\\s*[:=][ \\t]*|%3[ad]))[^\\r\\n]+`,
      'gi',
    ),
    '$1$2***',
  ],
  [new RegExp(`(<(?:[\\w-]+:)?[\\w.-]*${SECRET_NAME}(?:\\s[^<>]*)?>)[^<]*`, 'gi'), '$1***'],
  [
    new RegExp(`(?<![a-z])([\\w.-]{0,100}${SECRET_NAME}${noValue}${NO_SENTENCE}\\\\*["']?${EQUALS})${VALUE}`, 'gi'),
    '$1***',
  ],
  [/\b(downloadId|downloadKey)\/[^\s/?#"<>]+/gi, '$1/***'],
  // Credentials without their field's name: not "Basic authentication", which has no digit and no inner capital.
  [
    /\b([Bb]asic|BASIC|[Bb]earer|BEARER)(\s+)(?!realm=)(?=\S*(?:[0-9=+/_]|[a-z][A-Z]|[A-Z]{2}))[\w+/.~=-]{6,}/g,
    '$1$2***',
  ],
  // Fernet tokens of Keystone, JSON web tokens.
  [/\bgAAAA[\w=%-]{8,}|\beyJ[\w-]{4,}\.[\w.-]+/g, '***'],
];

const RULES: Readonly<Record<Whose, readonly Rule[]>> = {
  ours: rulesWith(`${NO_URL_END}${NO_PATH_END}`),
  theirs: rulesWith(NO_URL_END),
};

/**
 * Removes from a text what is a secret (a value that is known to be one) and what may be one: userinfo and the values
 * of every query parameter of URLs, credentials in header fields, the values of names such as `password` or `token` in
 * JSON, XML, forms and prose. Rather too much than too little.
 */
export function redactText(text: string): string {
  return redactedBy(RULES.ours, text);
}

function redactedBy(rules: readonly Rule[], text: string): string {
  // First: a rule may take a part of a secret away, and then the rest is not recognised.
  return rules.reduce(
    (redacted, [pattern, replacement]) => redacted.replace(pattern, replacement),
    maskKnown(text, 'ours'),
  );
}

/** Longest URL that is shown: a server may send one of any length. */
const URL_LIMIT = 1000;

/** A URL for people: no userinfo, every query value masked, path kept, controls escaped, at most 1000 characters. */
export function redactUrl(url: URL | string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '(malformed URL)';
  }
  // `user:password@host:3128` parses, as the scheme `user` with an opaque path.
  if (parsed.host === '' && parsed.protocol !== 'file:') return '(malformed URL)';
  const names = parsed.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=***` : '***'));
  const query = names.length === 0 ? '' : `?${names.join('&')}`;
  // Cut before the replacements, as everywhere; and after, since they may make it longer.
  const pathname = redactText(shorten(parsed.pathname, URL_LIMIT));
  return shorten(escapeControls(`${parsed.protocol}//${parsed.host}${pathname}${query}`), URL_LIMIT);
}
