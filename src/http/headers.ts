import { AppError } from '../core/errors.js';
import type { Headers } from '../core/http.js';
import { quoteForeign } from '../core/redact.js';
import { Secret, type SecretHeaders } from '../core/secret.js';

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible, space, tab, obs-text; above U+00FF nothing fits into an octet. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** The transport's own business; a caller that sets them has an error in it. */
const RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * What is sent: lower-case names, secrets revealed, identity encoding (a compressed body would make length, ranges
 * and digest lie).
 *
 * @throws AppError usage.option for a value that no header may carry, bug for a name
 */
export function requestHeaders(headers: SecretHeaders, userAgent: string): ReadonlyMap<string, string> {
  const sent = new Map<string, string>([['user-agent', userAgent]]);
  for (const [key, value] of Object.entries(headers)) {
    const name = key.toLowerCase();
    if (!TOKEN.test(name) || RESERVED.has(name)) {
      throw new AppError('bug', `request header ${quoteForeign(key)}: callers must not set it`);
    }
    sent.set(name, value instanceof Secret ? value.reveal() : value);
  }
  sent.set('accept-encoding', 'identity');
  for (const [name, value] of sent) {
    if (!VALUE.test(value)) {
      throw new AppError(
        'usage.option',
        `request header ${name}: its value contains characters that are not allowed in a header`,
        {
          hint: 'look for line breaks or special characters in the user name, token or key',
        },
      );
    }
  }
  return sent;
}

/** What another origin may be sent of it: a field that the user calls a secret is one, whatever its name. */
export function withoutSecrets(headers: SecretHeaders): SecretHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => !(value instanceof Secret)));
}

/** Raw fields of a response (name, value, name, value …) as octets: Latin-1 keeps each of them. */
export function responseHeaders(raw: readonly (Uint8Array | string)[]): Headers {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = octets(raw[index]).toLowerCase();
    const value = octets(raw[index + 1]).trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return headers;
}

function octets(field: Uint8Array | string | undefined): string {
  if (field === undefined) return '';
  return typeof field === 'string' ? field : Buffer.from(field).toString('latin1');
}
