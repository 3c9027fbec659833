/**
 * What makes text fit to be shown: foreign text cannot act on a terminal or a CI runner, URLs lose their secrets.
 */

/** Longest piece of a server's text that is shown. */
const FOREIGN_LIMIT = 300;

/**
 * Control characters (C0, DEL, C1), line and paragraph separators, bidirectional overrides and isolates, zero-width
 * characters, lone surrogates: all that can fake, hide or reorder what a person or a log parser sees.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Escapes what must not reach a terminal: `\n`, `\x1b`, `\u202e`. Leaves the length alone. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    if (char === '\t') return '\\t';
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Cuts at a code point edge. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = /[\ud800-\udbff]/.test(text.charAt(limit - 2)) ? limit - 2 : limit - 1;
  return `${text.slice(0, cut)}…`;
}

/**
 * Text of a server, ready to be put into a sentence: markup and runs of blanks collapsed, controls escaped, URLs
 * inside it stripped of their secrets, at most 300 characters, in double quotes so that it never starts a line.
 */
export function quoteForeign(text: string): string {
  // Cut before the replacements: a megabyte of text must not cost a megabyte of work.
  const plain = shorten(text, 4096)
    .replace(/<(?:style|script)\b[^>]*>[^<]*<\/(?:style|script)>/gi, ' ')
    .replace(/<\/?[a-z][^<>]{0,200}>/gi, ' ')
    .replace(/[ \t\r\n]+/g, ' ')
    .trim();
  return `"${shorten(escapeControls(redactText(plain)), FOREIGN_LIMIT).replaceAll('"', "'")}"`;
}

/** Removes userinfo and the values of every query parameter from URLs and `name=value` pairs inside a text. */
export function redactText(text: string): string {
  return text
    .replace(/\b(https?:\/\/)[^\s/?#"'<>@]*@/gi, '$1***@')
    .replace(/([?&](?:downloadId|id|apiKey|signature|token|sig|[\w.-]{1,40}))=[^\s&"'<>#]*/gi, '$1=***')
    .replace(
      /\b(authorization|x-auth-token|x-subject-token|password|secret|passcode)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}]+(?: [^\s,;}]+)?)/gi,
      '$1$2***',
    );
}

/** A URL for people: no userinfo, every query value masked, path kept, controls escaped. */
export function redactUrl(url: URL | string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '(malformed URL)';
  }
  const names = [...parsed.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=***`);
  const query = names.length === 0 ? '' : `?${names.join('&')}`;
  return escapeControls(`${parsed.protocol}//${parsed.host}${parsed.pathname}${query}`);
}
