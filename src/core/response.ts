/**
 * The only reader of status and headers of a data response. Pure: its tests are a table.
 */

import { isCompressedAnew, isEncoded } from './content-coding.js';
import { contentLength } from './content-length.js';
import type { Digest } from './digest.js';
import type { Code } from './error-codes.js';
import { headerDigests } from './header-digest.js';
import type { Headers } from './http.js';
import { dateIn } from './http-date.js';
import { differenceIn, identityIn, promisesOther, sameTag, withPromised } from './identity.js';
import { mayBeOfManner } from './manner-refusal.js';
import { boundaryOf } from './multipart.js';
import { parseContentRange, type Range } from './ranges.js';
import type { Adoption, Identity, Remote, Warning } from './source.js';
import { isUnavailable, retryAfter } from './unavailable.js';
import { lastSegmentOf } from './url-path.js';

/** What was asked, and what is known of the object so far. */
export interface Ask {
  /** First byte wanted. */
  readonly from: number;
  /** A Range field was sent (also `bytes=0-`). */
  readonly ranged: boolean;
  /** An If-Range field was sent. */
  readonly ifRange: boolean;
  /** The entity tag that an If-None-Match field named, weak or strong; false: none was sent. */
  readonly conditional: string | false;
  /** The object that has it, as far as it is known. */
  readonly conditionalOn?: Identity | undefined;
  /** Bytes held from the start; `from` is smaller when an overlap is fetched again. */
  readonly held: number;
  readonly identity: Identity;
  readonly validator: Remote['validator'];
  /** What must show that the bytes in hand, which came from another URL, are of this object; undefined: they are its own. */
  readonly adopts: Adoption | undefined;
  /** A digest of the whole will tell in the end whether these are the right bytes: ETag and date need not. */
  readonly digestProves: boolean;
  readonly headerDigest: Remote['headerDigest'];
  readonly webPageExpected: boolean;
  /** The server's name for the file. */
  readonly name: string | undefined;
  /** The user's own digest will tell whether these are the right bytes, whatever the server takes them for. */
  readonly digestDecides: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where redirects led to. Absent: it is the URL that was asked for. */
  readonly url?: URL;
}

/** What a response body is good for. */
interface Body {
  /** Half-open; `end` undefined when neither length nor size is known. */
  readonly range: { readonly start: number; readonly end: number | undefined };
  /** What the response adds to the identity. */
  readonly learned: Identity;
  readonly digests: readonly Digest[];
  readonly warnings: readonly Warning[];
  /** Last-Modified, in milliseconds since 1970. */
  readonly modifiedAt: number | undefined;
  /** What it calls itself, in words, where that is no image and the user's digest has to decide. */
  readonly suspicion: string | undefined;
}

/** What is more than a plain GET. */
export type Refinement = 'if-none-match' | 'if-range' | 'range';

export type Verdict =
  | ({ readonly kind: 'part' } & Body)
  /** Everything from byte 0, whatever was asked. */
  | ({ readonly kind: 'whole' } & Body)
  /** 416 of a server that has exactly what we hold. */
  | { readonly kind: 'complete' }
  /** 304 that names the entity tag it was asked about. */
  | { readonly kind: 'unchanged' }
  /** A body of one range in the clothes of several (RFC 9110 section 14.6): what is inside is to be judged. */
  | { readonly kind: 'multipart'; readonly boundary: string }
  /** How it was asked is in the way: ask again at once without If-None-Match, If-Range or Range. */
  | { readonly kind: 'simpler'; readonly without: Refinement }
  | { readonly kind: 'changed'; readonly field: keyof Identity }
  /**
   * Permission refused: the provider decides whether another ticket helps. `perhapsRange`: a firewall may have refused
   * the Range (403; rules against "attacks" do that).
   */
  | { readonly kind: 'denied'; readonly perhapsRange: boolean }
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number }
  | { readonly kind: 'refused'; readonly code: Code; readonly why: string };

const refused = (code: Code, why: string): Verdict => ({ kind: 'refused', code, why });

/**
 * Nothing fails before it was asked for plainly: proxies answer 412 to If-Range, firewalls refuse a Range, stores that
 * cannot seek answer 400, caches send other ranges than those that were asked for.
 *
 * @param answer status and headers, `Date` included for Retry-After.
 */
export function judge(ask: Ask, answer: Answer): Verdict {
  const verdict = judgeOnce(ask, answer);
  if (verdict.kind !== 'refused' || !mayBeOfManner({ ...ask, code: verdict.code, status: answer.status }))
    return verdict;
  const without = lastRefinement(ask);
  return without === undefined ? verdict : { kind: 'simpler', without };
}

function lastRefinement({ conditional, ifRange, ranged }: Ask): Refinement | undefined {
  if (conditional !== false) return 'if-none-match';
  if (ifRange) return 'if-range';
  return ranged ? 'range' : undefined;
}

function judgeOnce(ask: Ask, answer: Answer): Verdict {
  const { status } = answer;
  switch (status) {
    case 200:
      return whole(ask, answer);
    case 206:
      return part(ask, answer);
    case 204:
      return refused('not-ready.no-data', 'the server has no data for this image (204)');
    case 304:
      return notModified(ask, answer.headers);
    case 401:
    case 403:
    case 404:
    case 410:
      return { kind: 'denied', perhapsRange: status === 403 && ask.ranged };
    case 407:
      return refused('auth.proxy', 'the proxy requires credentials (407)');
    case 416:
      return notSatisfiable(ask, answer.headers);
    default:
      if (isUnavailable(status)) return { kind: 'unavailable', ...retryAfter(answer.headers) };
      return refused('proto.status', `the server returned ${status}`);
  }
}

/**
 * A 304 has the ETag of what it is about (RFC 9110 section 15.4.5); If-None-Match compares weakly (section 13.1.2). One
 * that promises other bytes is not believed: stores keep the tag of a file whose time and size stay.
 */
function notModified(ask: Ask, headers: Headers): Verdict {
  if (ask.conditional === false)
    return refused('proto.not-modified', 'the server returned 304 to an unconditional request');
  const { digests } = headerDigests(headers, true, false);
  const isOther = promisesOther(ask.conditionalOn ?? {}, digests);
  if (sameTag(ask.conditional, headers.get('etag')?.trim()) && !isOther) return { kind: 'unchanged' };
  return { kind: 'simpler', without: 'if-none-match' };
}

function whole(ask: Ask, answer: Answer): Verdict {
  const { headers } = answer;
  const content = contentOf(ask, answer);
  if (typeof content === 'object') return content;
  const length = contentLength(headers);
  if (length === 'invalid') return refused('proto.framing', 'the Content-Length is not a number');
  const ranges = headers.get('content-range');
  if (ranges !== undefined && !isOfTheWhole(ranges, length, ask.identity.size)) {
    return refused('proto.range', 'the server returned 200 with a Content-Range that covers only a part');
  }
  if (length !== undefined && ask.identity.size !== undefined && length !== ask.identity.size) {
    return otherSize(ask, length);
  }
  const learned = identityIn(headers, length);
  const said = saidBy(headers, ask, true, content);
  const field = changeIn(ask, learned, said);
  if (field !== undefined) return { kind: 'changed', field };
  // Some servers answer every If-Range so. Where it is not the object that differs, they may honour a Range alone.
  if (ask.ifRange) return { kind: 'simpler', without: 'if-range' };
  const range = { start: 0, end: ask.identity.size ?? length };
  return { kind: 'whole', range, learned, ...said };
}

/**
 * A 200 is the whole object. A server or cache that puts a Content-Range to it means a 206 (RFC 9110 section 14.4), but
 * for the range from 0 to the total.
 */
function isOfTheWhole(value: string, length: number | undefined, size: number | undefined): boolean {
  const found = parseContentRange(value);
  if (found?.kind !== 'range' || found.range.start !== 0) return false;
  const { end } = found.range;
  return end === (found.total ?? size) && (length === undefined || length === end);
}

function part(ask: Ask, answer: Answer): Verdict {
  const { headers } = answer;
  const boundary = boundaryOf(headers.get('content-type'));
  if (boundary !== undefined && ask.ranged) return { kind: 'multipart', boundary };
  const content = contentOf(ask, answer);
  if (typeof content === 'object') return content;
  const value = headers.get('content-range');
  const found = value === undefined ? undefined : parseContentRange(value);
  if (found?.kind !== 'range') {
    return refused(
      'proto.range',
      `the server sent a part ${value === undefined ? 'without' : 'with an unusable'} Content-Range`,
    );
  }
  const { range, total } = found;
  // Only a plain request ends with these words: one with a Range is repeated without it.
  if (!isUsable(ask, range, total))
    return refused('proto.range', 'the server sent a part although the whole image was requested');
  const length = contentLength(headers);
  if (length !== undefined && length !== range.end - range.start) {
    return refused('proto.range', 'Content-Length and Content-Range contradict each other');
  }
  if (total !== undefined && ask.identity.size !== undefined && total !== ask.identity.size)
    return otherSize(ask, total);
  if (ask.identity.size !== undefined && range.end > ask.identity.size) return otherSize(ask, range.end);
  const learned = identityIn(headers, total);
  const coversAll = range.start === 0 && total !== undefined && range.end === total;
  const said = saidBy(headers, ask, coversAll, content);
  const field = changeIn(ask, learned, said);
  if (field !== undefined) return { kind: 'changed', field };
  return { kind: 'part', range, learned, ...said };
}

/**
 * Caches begin at the edges of their blocks, and some servers answer 206 with everything whatever is asked: what is
 * held already is compared with what comes again. What begins later would leave a hole.
 */
function isUsable(ask: Ask, { start, end }: Range, total: number | undefined): boolean {
  return ask.ranged ? start <= ask.from : start === 0 && end === total;
}

/**
 * With bytes in hand: what speaks against it that they are of the object that is answered for. Mirrors that promise the
 * same digest have the same bytes, whatever their ETags and dates are.
 */
function changeIn(ask: Ask, learned: Identity, said: Pick<Body, 'digests' | 'modifiedAt'>): Differing {
  const { held, identity, validator, digestProves, adopts } = ask;
  if (held === 0) return undefined;
  if (adopts !== undefined && learned.size !== identity.size) return 'size';
  if (adopts === 'etag' && learned.etag !== identity.etag) return 'etag';
  const now = validator === 'http' ? withPromised(withAnyDate(learned, said.modifiedAt), said.digests) : learned;
  return differenceIn(identity, now, validator, digestProves);
}

type Differing = keyof Identity | undefined;

/** A date that is too young to prove that an object is the same still shows that it is another. @param ms since 1970 */
function withAnyDate(identity: Identity, ms: number | undefined): Identity {
  return ms === undefined ? identity : { lastModified: new Date(ms).toUTCString(), ...identity };
}

/** Another size than known: with bytes in hand the object has changed, without any the answer is wrong. */
function otherSize(ask: Ask, found: number): Verdict {
  if (ask.held > 0) return { kind: 'changed', field: 'size' };
  return refused('proto.size', `the server announces ${found} bytes, but its metadata says ${ask.identity.size}`);
}

function notSatisfiable(ask: Ask, headers: Headers): Verdict {
  if (!ask.ranged) return refused('proto.status', 'the server returned 416 to a request without Range');
  const found = parseContentRange(headers.get('content-range') ?? '');
  // Glance sends no Content-Range here, and a range opener on an empty file is a 416: ask for the whole.
  if (found?.kind !== 'unsatisfied' || ask.held === 0) return refused('proto.status', 'the server returned 416');
  if (found.total === ask.held && ask.from === ask.held) return { kind: 'complete' };
  // An object that has the bytes that were asked for, and a server that does not give them so.
  const isThere = found.total >= ask.held && found.total === (ask.identity.size ?? found.total);
  return isThere ? refused('proto.status', 'the server returned 416') : { kind: 'changed', field: 'size' };
}

/**
 * What kind of content the body calls itself: undefined for an image, a sentence for what only the user's digest can
 * tell from one. Bodies that are not the object's bytes are refused, whatever the status says.
 */
function contentOf(ask: Ask, { headers, url }: Answer): Verdict | string | undefined {
  const names = [ask.name, url === undefined ? undefined : lastSegmentOf(url)];
  if (isEncoded(headers, names) || isCompressedAnew(headers, ask.held, ask.identity.size)) {
    return refused('proto.encoding', 'the body is compressed although no compression was requested');
  }
  const type = (headers.get('content-type') ?? '').replace(/;.*/, '').trim().toLowerCase();
  if (type === 'multipart/byteranges') return refused('proto.range', 'the server sent several ranges in one answer');
  const isPage = type === 'text/html' || type === 'application/xhtml+xml';
  const isDocument = isPage || /^(?:application|text)\/(?:[\w.-]+\+)?(?:json|xml)$/.test(type);
  if (!isDocument || ask.webPageExpected) return undefined;
  // Of the promised length it is the object after all.
  const { size } = ask.identity;
  const fits = size !== undefined && (contentLength(headers) === size || headers.has('content-range'));
  if (fits && !isPage) return undefined;
  const what = isPage
    ? 'the server sent a web page instead of the image, perhaps from a login portal or a proxy'
    : `the server sent a document of type ${type} instead of the image`;
  return ask.digestDecides && (fits || size === undefined) ? what : refused('proto.not-image', what);
}

/** What the headers say beside what the body is of. */
function saidBy(headers: Headers, { headerDigest }: Ask, coversAll: boolean, suspicion: string | undefined) {
  const modifiedAt = dateIn(headers, 'last-modified');
  return { ...headerDigests(headers, coversAll, headerDigest === 'whole'), modifiedAt, suspicion };
}
