import { createHash } from 'node:crypto';
import type { SourceRef } from '../../core/source.js';
import { lastSegmentOf } from '../../core/url-path.js';

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
  const name = lastSegmentOf(url);
  return NO_NAMES.has(name) ? undefined : name;
}
