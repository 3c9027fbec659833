import { type Range, rangeFrom, rangeOf } from '../../core/ranges.js';
import type { Ask } from '../../core/response.js';
import type { Identity, Remote } from '../../core/source.js';
import { isOfUser, type KnownObject } from './known-object.js';

/** What to send, and how to judge what comes. */
export interface ObjectRequest {
  readonly ask: Ask;
  readonly headers: Readonly<Record<string, string>>;
}

/** Is the object still that of a receipt? The answer that it is not comes with the new one. */
export interface Revalidation {
  readonly known: Identity;
  /** For If-None-Match. Undefined: a plain request, whose headers are compared. */
  readonly tag: string | undefined;
}

/**
 * Never by If-Modified-Since: servers answer 304 to it for whatever is not newer, also for an older file in place of the
 * one we have (python's http.server, nginx with `if_modified_since before`, Apache).
 */
export function revalidationOf(known: Identity): Revalidation {
  return { known, tag: known.etag ?? known.weakEtag };
}

/** The same without a condition, for a server whose 304 does not say which object it means. */
export function unconditional(revalidation: Revalidation): Revalidation {
  return { ...revalidation, tag: undefined };
}

/** Bytes before the held end that are fetched again and compared where nothing better proves the object. */
export const OVERLAP_BYTES = 256 * 1024;

/** What the first or only connection asks from. */
export interface Missing {
  /** Bytes in hand, from the start. */
  readonly held: number;
  /** The object that they belong to. */
  readonly known: KnownObject;
  readonly remote: Remote;
  /** Has no Range been refused yet? */
  readonly mayRange: boolean;
  /** Asked only while nothing is in hand. */
  readonly revalidation: Revalidation | undefined;
}

/** The request for everything that is missing. */
export function objectRequest({ held, known, remote, mayRange, revalidation }: Missing): ObjectRequest {
  const { identity } = known;
  const headers: Record<string, string> = {};
  const ranged = mayRange && (held > 0 || (remote.opener === 'range' && revalidation === undefined));
  // Proven without looking at bytes: by the digests of metadata. Not by If-Range: a server may ignore it and send a
  // 206 without an ETag (RFC 9110 section 13.1.5 leaves nothing to tell the two apart).
  const proven = remote.validator === 'provider' && remote.digests.length > 0 && identity.etag === undefined;
  const overlap = !proven || held === identity.size ? Math.min(OVERLAP_BYTES, held) : 0;
  const from = ranged ? held - overlap : 0;
  if (ranged) headers['range'] = rangeFrom(from);
  if (ranged && held > 0) Object.assign(headers, ifRange(identity, remote));
  if (revalidation?.tag !== undefined) headers['if-none-match'] = revalidation.tag;
  return { ask: askOf({ from, ranged, conditional: revalidation?.tag ?? false, held }, known, remote), headers };
}

/**
 * The request of a further connection.
 * @param toEnd for all that follows the start of the segment, too
 */
export function segmentRequest(segment: Range, toEnd: boolean, known: KnownObject, remote: Remote): ObjectRequest {
  const { start } = segment;
  return {
    // With bytes in hand another identity is a change, also at the start of the object.
    ask: askOf({ from: start, ranged: true, conditional: false, held: Math.max(1, start) }, known, remote),
    headers: { range: toEnd ? rangeFrom(start) : rangeOf(segment), ...ifRange(known.identity, remote) },
  };
}

function ifRange({ etag }: Identity, { validator }: Remote): Readonly<Record<string, string>> {
  return validator === 'http' && etag !== undefined ? { 'if-range': etag } : {};
}

function askOf(
  asked: Pick<Ask, 'ranged' | 'conditional' | 'held' | 'from'>,
  { identity, digests }: KnownObject,
  { validator, headerDigest, webPageExpected = false, name }: Remote,
): Ask {
  const digestDecides = isOfUser(digests);
  return { ...asked, identity, validator, headerDigest, webPageExpected, name, digestDecides };
}
