import { type Range, rangeFrom, rangeOf } from '../../core/ranges.js';
import type { Ask, Refinement } from '../../core/response.js';
import type { Adoption, Identity, Remote } from '../../core/source.js';
import { isOfUser, type KnownObject } from './known-object.js';

/** What to send, and how to judge what comes. */
export interface ObjectRequest {
  readonly ask: Ask;
  readonly headers: Readonly<Record<string, string>>;
  readonly manner: Manner;
  /** The same without what is in the way of an answer. */
  without(refinement: Refinement): ObjectRequest;
}

/** How the server lets itself be asked, as far as it has not refused that. */
export interface Manner {
  /** If-None-Match. */
  readonly condition: boolean;
  readonly ifRange: boolean;
  /** A Range that begins at 0: some firewalls take it for an attack. */
  readonly openingRange: boolean;
  /** A Range that begins later. */
  readonly range: boolean;
}

export const UNREFUSED: Manner = { condition: true, ifRange: true, openingRange: true, range: true };

/** Nothing but a GET. */
export const PLAIN: Manner = { condition: false, ifRange: false, openingRange: false, range: false };

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

/** What the first or only connection asks from. */
export interface Missing {
  /** Bytes in hand, from the start. */
  readonly held: number;
  /** The object that they belong to. */
  readonly known: KnownObject;
  readonly remote: Remote;
  readonly manner: Manner;
  /** Bytes before the held end to compare, where nothing better proves the object. */
  readonly overlapBytes: number;
  /** The bytes in hand came from another URL, and no answer has shown yet that they are of this object. */
  readonly adopts?: Adoption | undefined;
  /** Asked only while nothing is in hand. */
  readonly revalidation: Revalidation | undefined;
}

/** The request for everything that is missing. */
export function objectRequest(missing: Missing): ObjectRequest {
  const { held, known, remote, manner, revalidation, adopts } = missing;
  const wanted = held - overlapOf(missing);
  const isWanted = held > 0 || (remote.opener === 'range' && revalidation === undefined);
  const ranged = isWanted && (wanted === 0 ? manner.openingRange : manner.range);
  const from = ranged ? wanted : 0;
  const tag = manner.condition ? revalidation?.tag : undefined;
  // Two mirrors behind one name may have different ETags: a digest decides better than any of them.
  const mayBeMirror = digestProves(known) && adopts !== 'etag';
  const ifRange = ranged && held > 0 && manner.ifRange && !mayBeMirror ? ifRangeOf(known.identity, remote) : {};
  const headers: Record<string, string> = { ...(ranged ? { range: rangeFrom(from) } : {}), ...ifRange };
  if (tag !== undefined) headers['if-none-match'] = tag;
  const condition = { conditional: tag ?? (false as const), conditionalOn: revalidation?.known };
  const asked = { from, ranged, ifRange: 'if-range' in ifRange, ...condition, held, adopts };
  return {
    ask: askOf(asked, known, remote),
    headers,
    manner,
    without: (refinement) => objectRequest({ ...missing, manner: withoutIt(manner, refinement, from) }),
  };
}

/** @param from first byte of the Range that was refused */
function withoutIt(manner: Manner, refinement: Refinement, from: number): Manner {
  switch (refinement) {
    case 'if-none-match':
      return { ...manner, condition: false };
    case 'if-range':
      return { ...manner, ifRange: false };
    case 'range':
      return { ...manner, ...(from === 0 ? { openingRange: false } : { range: false }) };
  }
}

/**
 * Proven without looking at bytes: by the digests of metadata. Not by If-Range: a server may ignore it and send a 206
 * without an ETag (RFC 9110 section 13.1.5 leaves nothing to tell the two apart).
 */
function overlapOf({ held, known: { identity }, remote, overlapBytes, adopts }: Missing): number {
  const proven = remote.validator === 'provider' && remote.digests.length > 0 && identity.etag === undefined;
  const isNeeded = !proven || held === identity.size || adopts !== undefined;
  return isNeeded ? Math.min(overlapBytes, held) : 0;
}

/**
 * The request of a further connection.
 * @param toEnd for all that follows the start of the segment, too
 */
export function segmentRequest(segment: Range, toEnd: boolean, known: KnownObject, remote: Remote): ObjectRequest {
  const { start } = segment;
  const ifRange = ifRangeOf(known.identity, remote);
  // With bytes in hand another identity is a change, also at the start of the object.
  const held = Math.max(1, start);
  const asked = { from: start, ranged: true, ifRange: 'if-range' in ifRange, conditional: false as const, held };
  const request: ObjectRequest = {
    ask: askOf({ ...asked, adopts: undefined }, known, remote),
    headers: { range: toEnd ? rangeFrom(start) : rangeOf(segment), ...ifRange },
    manner: UNREFUSED,
    // A connection that is refused leaves the segment to the others.
    without: () => request,
  };
  return request;
}

function ifRangeOf({ etag }: Identity, { validator }: Remote): Readonly<Record<string, string>> {
  return validator === 'http' && etag !== undefined ? { 'if-range': etag } : {};
}

/** Does a digest of the whole, of the user's or of the provider's metadata, decide in the end? */
function digestProves({ digests }: KnownObject): boolean {
  return isOfUser(digests) || digests.some(({ from }) => from === 'metadata');
}

function askOf(
  asked: Pick<Ask, 'ranged' | 'ifRange' | 'conditional' | 'conditionalOn' | 'held' | 'adopts' | 'from'>,
  known: KnownObject,
  { validator, headerDigest, webPageExpected = false, name }: Remote,
): Ask {
  const { identity, digests } = known;
  const proof = { digestDecides: isOfUser(digests), digestProves: digestProves(known) };
  return { ...asked, ...proof, identity, validator, headerDigest, webPageExpected, name };
}
