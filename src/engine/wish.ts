import type { Ask } from '../core/judge.js';
import { rangeFrom } from '../core/ranges.js';
import type { Identity, Remote } from '../core/types.js';

/** Bytes before the held end that are fetched again and compared where nothing better proves the object. */
export const OVERLAP_BYTES = 256 * 1024;

/** What to ask for, given what is held. */
export function wishFor(
  held: number,
  identity: Identity,
  remote: Remote,
  rangesRefused: boolean,
  unless: Identity | undefined,
): { readonly ask: Ask; readonly headers: Readonly<Record<string, string>> } {
  const headers: Record<string, string> = {};
  const conditional = unless !== undefined && held === 0;
  const ranged = !rangesRefused && (held > 0 || (remote.opener === 'range' && !conditional));
  const ifRange = remote.validator === 'http' ? identity.etag : undefined;
  // Proven without looking at bytes: by the digests of metadata. Not by If-Range: a server may ignore it and send a
  // 206 without an ETag (RFC 9110 section 13.1.5 leaves nothing to tell the two apart).
  const proven = remote.validator === 'provider' && remote.digests.length > 0 && identity.etag === undefined;
  const overlap = !proven || held === identity.size ? Math.min(OVERLAP_BYTES, held) : 0;
  const from = ranged ? held - overlap : 0;
  if (ranged) headers['range'] = rangeFrom(from);
  if (ranged && held > 0 && ifRange !== undefined) headers['if-range'] = ifRange;
  if (conditional && unless.etag !== undefined) headers['if-none-match'] = unless.etag;
  else if (conditional && unless.lastModified !== undefined) headers['if-modified-since'] = unless.lastModified;
  return {
    ask: {
      from,
      ranged,
      conditional,
      held,
      identity,
      validator: remote.validator,
      headerDigest: remote.headerDigest,
      webPageExpected: remote.webPageExpected === true,
    },
    headers,
  };
}
