import { createMask, type Whose } from './mask.js';

/**
 * The secrets that this process has come to know: each Secret adds its value as it is made, so that none can be
 * forgotten. One for the whole process, and not handed in: it is asked before a server's text is cut, in pure functions
 * everywhere, and when an exception ends the process, where no run is left to hand anything in.
 */
const KNOWN = createMask();

/**
 * From now on this is masked wherever text is shown.
 * @param value also the value of an `Authorization` field: then its credentials alone are a secret, too
 */
export function remember(value: string): void {
  KNOWN.add(value);
  const credentials = /^(?:basic|bearer) +(\S+)$/i.exec(value)?.[1];
  if (credentials !== undefined) KNOWN.add(credentials);
}

/** The text without any secret of {@link remember}; mask.ts says in which writings. */
export function maskKnown(text: string, whose: Whose): string {
  return KNOWN.apply(text, whose);
}

/** Names of query parameters that permit and do not select. */
const SECRET_PARAMETER =
  /(?:token(?:__)?|signature|sig|hmac|md5|credential|pass(?:word|wd|code|phrase)?|pwd|secret|policy|auth|session|sid|download-?id|(?:api|access|secret|private|download|pair)[_-]?key(?:[_-]?id)?|key-pair-id)$/i;
/** Long, with letters and digits, most of it in one run, and no name with an extension: random, whatever it is called. */
const RANDOM = /^(?=[^.\s]{16,}$)(?=.*\d.*\d)(?=.*[A-Za-z]).*[A-Za-z0-9+/=]{12}/;

/**
 * The values of a URL's query that are secrets: by the name of their parameter, or since they look random.
 * @param open only by their names, as the values are known to be ids and names
 */
export function rememberQuery(url: URL, open = false): void {
  for (const value of secretsOfQuery(url, open)) remember(value);
}

/** A signature, a one-time key or the like: whoever sees the URL can use it. */
export function hasSecretQuery(url: URL, open = false): boolean {
  return secretsOfQuery(url, open).length > 0;
}

function secretsOfQuery(url: URL, open: boolean): readonly string[] {
  return [...url.searchParams].flatMap(([name, value]) => (isSecret(name, value, open) ? [value] : []));
}

function isSecret(name: string, value: string, open = false): boolean {
  return SECRET_PARAMETER.test(name) || (!open && RANDOM.test(value));
}

/**
 * What a server wants to know us by: whoever sees it can pass for us.
 * @param fields the values of all its `Set-Cookie` fields, joined by commas
 */
export function rememberCookies(fields: string): void {
  // RFC 6265 section 4.1.1. Attributes have the same form, and values that are no secrets.
  for (const [pair] of fields.matchAll(/[^=;,\s]+=[^;,\s]*/g)) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1);
    if (isSecret(pair.slice(0, equals), value)) remember(value);
  }
}

/** The password of a URL, as that of a proxy. */
export function rememberUserinfo(text: string): void {
  const password = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#:]*:([^/?#]*)@/i.exec(text.trim())?.[1];
  if (password === undefined) return;
  remember(password);
  try {
    remember(decodeURIComponent(password));
  } catch {
    // Not percent-encoded correctly: it is known as it is.
  }
}
