import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact.js';
import type { SourceRef } from '../../core/types.js';
import { rememberQuery } from '../../core/vault.js';

/**
 * A URL as a user types it. The text is never quoted: it may carry a signature or a one-time key.
 * @throws AppError usage.url
 */
export function parseUrl(text: string): URL {
  // The URL parser drops tabs and line ends without a word, and blanks at both ends.
  if (/[\u0000-\u0020\u007f]/.test(text)) {
    throw new AppError('usage.url', 'the URL has blanks, line ends or control characters in it', {
      hint: 'quote the URL, and write a blank as %20',
    });
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new AppError('usage.url', 'the URL is malformed', {
      hint: 'give it whole, as in https://host/path/image.qcow2',
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('usage.url', `the URL is not http(s) but ${url.protocol.slice(0, 20)}`, {
      hint: 'give an http or https URL',
    });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage.url', `the URL has a user or password in it: ${redactUrl(url)}`, {
      hint: 'leave them out: URLs end up in logs and process lists',
    });
  }
  rememberQuery(url);
  url.hash = '';
  return url;
}

/** Signatures, expiry times and tokens: they differ between two links to one object. Lower case. */
const VOLATILE = new Set([
  'signature',
  'expires',
  'policy',
  'key-pair-id',
  'awsaccesskeyid',
  'googleaccessid',
  'temp_url_sig',
  'temp_url_expires',
  'token',
  'access_token',
  'downloadid',
  'apikey',
]);
const VOLATILE_PREFIXES = ['x-amz-', 'x-goog-'];

/** Azure's shared access signature; names this short mean other things elsewhere, so all count only beside `sig`. */
const AZURE = new Set('sig se sp sv sr st spr sip srt ss skoid sktid skt ske sks skv scid'.split(' '));

/**
 * What the URL names, without what merely permits it: two signed links to one object have the same reference. The
 * rest of the query may select the object; it is kept as a hash because nobody knows what else is in it.
 */
export function refOfUrl(url: URL): SourceRef {
  const azure = url.searchParams.has('sig') && url.searchParams.has('sv');
  const lasting = [...url.searchParams].filter(([name]) => {
    const lower = name.toLowerCase();
    if (VOLATILE.has(lower) || VOLATILE_PREFIXES.some((prefix) => lower.startsWith(prefix))) return false;
    return !(azure && AZURE.has(lower));
  });
  const query = new URLSearchParams(lasting).toString();
  const hash = query === '' ? '' : `?${createHash('sha256').update(query).digest('hex').slice(0, 16)}`;
  return { provider: 'url', endpoint: url.origin, ref: url.pathname + hash };
}

/** Last path segments that name no file. */
const NO_NAMES = new Set(['', 'downloads', 'file']);

/** The decoded last path segment, raw and untrusted; undefined when it names no file. */
export function nameOfUrl(url: URL): string | undefined {
  const segment = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  let name = segment;
  try {
    name = decodeURIComponent(segment);
  } catch {
    // Not percent-encoding after all: the text itself is the name.
  }
  return NO_NAMES.has(name) ? undefined : name;
}
