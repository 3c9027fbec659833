/**
 * Are two answers the same bytes? The ladder of proof before a resume: provider identity, strong ETag,
 * Last-Modified with size, comparison of an overlap. Never the size alone.
 */
import { createHash } from 'node:crypto';
import type { Digest } from './digest.js';
import type { Headers } from './http.js';
import { dateIn, parseHttpDate, strongLastModified, weakLastModified } from './http-date.js';
import type { Adoption, Identity, Remote, SourceRef } from './source.js';
import { maskKnown } from './vault.js';

export function sameSource(a: SourceRef, b: SourceRef): boolean {
  return a.provider === b.provider && a.endpoint === b.endpoint && a.ref === b.ref;
}

/** Does a part belong to the same service at least? */
export function sameService(a: SourceRef, b: SourceRef): boolean {
  return a.provider === b.provider && a.endpoint === b.endpoint;
}

/** Tells whether two runs want the same object, as far as they know it before its bytes: 16 hex digits. */
export function fingerprintOf({ ref, identity }: Pick<Remote, 'ref' | 'identity'>): string {
  const { size = null, revision = null, digests = [] } = identity;
  const facts = [ref.provider, ref.endpoint, ref.ref, size, revision, ...digests];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

/** Two URLs of one origin and path: what differs may permit (`?md5=…&expires=…`, `?jwt=…`), or select. */
function sameButQuery(a: SourceRef, b: SourceRef): boolean {
  const pathOf = ({ ref }: SourceRef): string => ref.split('?', 1).join();
  return sameService(a, b) && pathOf(a) === pathOf(b);
}

/** What is known of an object that bytes were fetched from, and of one by another URL that is asked for now. */
export interface Kinship {
  readonly part: { readonly source: SourceRef; readonly identity: Identity };
  readonly remote: Pick<Remote, 'ref' | 'identity' | 'validator'>;
  /** A digest of the user's will tell whether the whole is right. */
  readonly userDigest: boolean;
}

/**
 * May bytes of another URL be continued from this one: of a renewed link, of a mirror? Only where an answer can show
 * that it is the same object, or the whole will be proven in the end.
 */
export function adoptionOf({ part, remote, userDigest }: Kinship): Adoption | undefined {
  const { size, digests, etag } = part.identity;
  if (size === undefined || (remote.identity.size ?? size) !== size) return undefined;
  const agree = compareDigestLists(digests, remote.identity.digests);
  if (agree === 'equal' || (userDigest && agree === 'unknown')) return 'digest';
  const isRenewed = remote.validator === 'http' && sameButQuery(part.source, remote.ref);
  return isRenewed && etag !== undefined && agree === 'unknown' ? 'etag' : undefined;
}

/** Could a part of this object be continued from a renewed link, as far as its own answers tell? */
export function isRenewable({ size, etag }: Identity, userDigest: boolean): boolean {
  return size !== undefined && (userDigest || etag !== undefined);
}

/** What of the other object's identity counts for this one: validators are of a URL, digests and sizes of bytes. */
export function adoptedIdentity(known: Identity, adoption: Adoption): Identity {
  const { size, etag } = known;
  return { ...(size === undefined ? {} : { size }), ...(adoption === 'etag' && etag !== undefined ? { etag } : {}) };
}

/**
 * `proven`: continue. `changed`: other bytes, for sure. `overlap`: fetch the last bytes again and compare them.
 */
export type Proof =
  | { readonly kind: 'proven'; readonly by: keyof Identity }
  | { readonly kind: 'changed'; readonly field: keyof Identity }
  | { readonly kind: 'overlap' };

/** Compares what a journal or receipt remembers with what describe() says now. */
export function compareIdentity(known: Identity, now: Identity, validator: Remote['validator']): Proof {
  if (differ(known.size, now.size)) return { kind: 'changed', field: 'size' };
  const digests = compareDigestLists(known.digests, now.digests);
  if (digests === 'differ') return { kind: 'changed', field: 'digests' };
  if (differ(known.revision, now.revision)) return { kind: 'changed', field: 'revision' };
  // An ETag of a UForge or Glance front end may differ per connection: it proves nothing there, and where one was
  // seen the front end may know better than the metadata, so that a look at the bytes decides.
  if (validator === 'provider') {
    return digests === 'equal' && known.etag === undefined ? { kind: 'proven', by: 'digests' } : { kind: 'overlap' };
  }
  if (digests === 'equal') return { kind: 'proven', by: 'digests' };
  if (differInTag(known, now)) return { kind: 'changed', field: 'etag' };
  if (same(known.etag, now.etag)) return { kind: 'proven', by: 'etag' };
  if (differ(anyDate(known), anyDate(now))) return { kind: 'changed', field: 'lastModified' };
  const isDated = known.lastModified === now.lastModified && provesByDate(known) && now.size !== undefined;
  return isDated ? { kind: 'proven', by: 'lastModified' } : { kind: 'overlap' };
}

type Fact = string | number | undefined;

/** Of what nobody has said, nothing differs, and nothing is the same. */
function differ(a: Fact, b: Fact): boolean {
  return a !== undefined && b !== undefined && a !== b;
}

function same(a: Fact, b: Fact): boolean {
  return a !== undefined && a === b;
}

/** Not even weakly the same: two objects, whatever their dates say. Equal weak ones prove nothing. */
function differInTag(a: Identity, b: Identity): boolean {
  const tag = a.etag ?? a.weakEtag;
  const other = b.etag ?? b.weakEtag;
  return tag !== undefined && other !== undefined && !sameTag(quoted(tag), quoted(other));
}

function anyDate({ lastModified, weakLastModified }: Identity): Fact {
  return lastModified ?? weakLastModified;
}

/**
 * What speaks against it that an answer is of the object that bytes in hand are of; undefined: nothing.
 * @param digestProves a digest of the whole decides in the end. Then two mirrors behind one name, which differ in ETag
 * and date, may have the same bytes for all we know
 */
export function differenceIn(
  known: Identity,
  now: Identity,
  validator: Remote['validator'],
  digestProves: boolean,
): keyof Identity | undefined {
  const proof = compareIdentity(known, now, validator);
  if (proof.kind !== 'changed') return undefined;
  const isOfMirror = proof.field === 'etag' || proof.field === 'lastModified';
  return digestProves && isOfMirror ? undefined : proof.field;
}

/** Is the object of a receipt still there? `unproven`: nobody can say; `why` goes to the user. */
export type AnswerProof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'changed'; readonly field: keyof Identity }
  | { readonly kind: 'unproven'; readonly why: string };

/**
 * Compares what a receipt remembers of a server's answer with its answer now. Equal weak ETags are proof in a 304 only,
 * where the server itself has compared them.
 */
export function compareAnswer(known: Identity, now: Identity): AnswerProof {
  const proof = compareIdentity(known, now, 'http');
  if (proof.kind !== 'overlap') return proof;
  const why = same(known.weakEtag, now.weakEtag)
    ? 'the server sent the whole image again although its weak ETag is unchanged'
    : (lackOfProof(now) ?? 'the server no longer sends the headers that would prove it is the same image');
  return { kind: 'unproven', why };
}

/** Why no later answer can prove that the object is still this one; undefined when one can. */
export function lackOfProof(known: Identity): string | undefined {
  if (known.etag !== undefined || known.weakEtag !== undefined || provesByDate(known)) return undefined;
  if (known.lastModified === undefined) return 'the server sends no ETag, and no date old enough to trust';
  if (known.size === undefined) return 'the server sends a date, but neither an ETag nor a size';
  return `the server sends no ETag, and ${known.lastModified} is not a real date`;
}

/** Can it be seen in an answer whether it is of this object? */
export function hasValidator(known: Identity): boolean {
  return known.etag !== undefined || provesByDate(known);
}

function provesByDate({ size, lastModified }: Identity): boolean {
  return size !== undefined && lastModified !== undefined && !isPlaceholder(lastModified);
}

function isPlaceholder(date: string): boolean {
  const ms = parseHttpDate(date);
  return ms !== undefined && isPlaceholderDate(ms);
}

/**
 * All files of a reproducible build have the same date, the first of Unix or the first of ZIP: it dates none of them.
 * @param ms since 1970
 */
export function isPlaceholderDate(ms: number): boolean {
  return ms < Date.UTC(1981, 0);
}

/** What an answer that is not read says of the object: what its fields promise beside what they are of. */
export function withPromised(identity: Identity, promised: readonly Pick<Digest, 'algorithm' | 'hex'>[]): Identity {
  if (promised.length === 0) return identity;
  return { ...identity, digests: promised.map(({ algorithm, hex }) => `${algorithm}:${hex}`) };
}

/** Do the fields of an answer promise other bytes than those that are known? */
export function promisesOther({ digests }: Identity, promised: readonly Digest[]): boolean {
  return compareDigestLists(digests, withPromised({}, promised).digests) === 'differ';
}

/** Equal when at least one algorithm is known to both and none promisesOther. */
function compareDigestLists(a: readonly string[] = [], b: readonly string[] = []): 'equal' | 'differ' | 'unknown' {
  const known = new Map(a.map((entry) => [algorithmOf(entry), entry]));
  const shared = b.filter((entry) => known.has(algorithmOf(entry)));
  if (shared.length === 0) return 'unknown';
  return shared.every((entry) => known.get(algorithmOf(entry)) === entry) ? 'equal' : 'differ';
}

/** @param entry `algorithm:hex` */
function algorithmOf(entry: string): string {
  return entry.slice(0, entry.indexOf(':'));
}

/** Merges what a response adds; facts already known stay. */
export function learn(known: Identity, learned: Identity): Identity {
  return { ...learned, ...known };
}

/**
 * A strong ETag with its quotes; undefined for weak, malformed or absent ones, and for those that are made of a
 * placeholder or hold a secret.
 */
export function strongEtag(headers: Headers): string | undefined {
  const value = headers.get('etag')?.trim();
  return value !== undefined && ETAG.test(value) && isEvidence(value, headers) ? value : undefined;
}

/**
 * An ETag that proves no more than a weak one, as it is written: one with `W/`, or without the quotes that every ETag has
 * (whoever sends such a one compares it as it stands). Undefined for others, and for those made of a placeholder.
 */
export function weakEtag(headers: Headers): string | undefined {
  const value = headers.get('etag')?.trim() ?? '';
  const tag = value.startsWith('W/') ? value.slice(2) : UNQUOTED.test(value) ? quoted(value) : '';
  return ETAG.test(tag) && isEvidence(tag, headers) ? value : undefined;
}

/** The weak comparison of RFC 9110 section 8.8.3.2. */
export function sameTag(a: string, b: string | undefined): boolean {
  return b !== undefined && a.replace(/^W\//, '') === b.replace(/^W\//, '');
}

const quoted = (tag: string): string => (tag.endsWith('"') ? tag : `"${tag}"`);

const ETAG = /^"[\x21\x23-\x7e]{1,256}"$/;
/** Nothing that is a list, begins as a weak one, or means any (`If-None-Match: *`). */
const UNQUOTED = /^(?!w\/|\*$)[\x21\x23-\x2b\x2d-\x7e]{1,256}$/i;

/** Journal and receipt keep an ETag: it must not be the password or the signature that the request had. */
function isEvidence(tag: string, headers: Headers): boolean {
  return !isMadeOfPlaceholder(tag, headers) && maskKnown(tag, 'theirs') === tag;
}

/**
 * nginx makes its ETag of date and size (`"<seconds>-<size>"`, in hex), h2o the same with leading zeros, Apache of size and
 * microseconds, Express (`send`) of milliseconds, aiohttp of nanoseconds: where the date is a placeholder, it says no more
 * than the size.
 */
function isMadeOfPlaceholder(tag: string, headers: Headers): boolean {
  const date = dateIn(headers, 'last-modified');
  if (date === undefined || !isPlaceholderDate(date)) return false;
  const numbers = PER_SECOND.map((factor) => BigInt(date / 1000) * factor);
  const written = new Set(numbers.flatMap((number) => [number.toString(16), number.toString()]));
  return tag
    .slice(1, -1)
    .toLowerCase()
    .split(/[^0-9a-z]+/)
    .some((part) => written.has(part.replace(/^0+(?=.)/, '')));
}

/** Seconds, and their thousandths, millionths and billionths. */
const PER_SECOND = [1n, 1000n, 1_000_000n, 1_000_000_000n] as const;

/** What the headers of an answer say of the object. @param size as its framing says */
export function identityIn(headers: Headers, size: number | undefined): Identity {
  const etag = strongEtag(headers);
  const weak = weakEtag(headers);
  const lastModified = strongLastModified(headers);
  const weakDate = weakLastModified(headers);
  return {
    ...(size === undefined ? {} : { size }),
    ...(etag === undefined ? {} : { etag }),
    ...(weak === undefined ? {} : { weakEtag: weak }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(weakDate === undefined ? {} : { weakLastModified: weakDate }),
  };
}
