/**
 * What to do about one target: a pure function of what the remote says, what is on disk and what the user wants.
 */

import { claimsOf, claimsUpTo } from './claims.js';
import type { Algorithm, Digest } from './digest.js';
import { mergeDigests, voiceOf } from './digest.js';
import type { Code } from './error-codes.js';
import {
  adoptedIdentity,
  adoptionOf,
  compareIdentity,
  lackOfProof,
  type Proof,
  sameService,
  sameSource,
  withPromised,
} from './identity.js';
import { type Outdated, outdatedBy } from './outdated.js';
import { lackOfRoom } from './room.js';
import type { Adoption, Identity, Remote, SourceRef } from './source.js';
import type { JournalContent, LocalFacts, Receipt } from './storage.js';
import type { TransferOptions } from './transfer-options.js';
import { decisiveDigests } from './verification.js';

export interface PlanInput {
  readonly remote: Remote;
  readonly local: LocalFacts;
  readonly receipt: Receipt | undefined;
  readonly options: Pick<TransferOptions, 'force' | 'update' | 'restart' | 'onChange' | 'checksums'>;
  /** Digests of the existing target, once a `hash-target` plan has asked for them. */
  readonly targetDigests?: ReadonlyMap<Algorithm, string>;
  /** There was no target, and the run that this one has waited for was to make it, of this very object. */
  readonly awaited?: boolean;
}

/** A part of another source may be of the same bytes: of a link that was renewed, of a mirror. An answer shows it. */
export interface Adopted {
  readonly by: Adoption;
  /** The other source, for the user. */
  readonly of: string;
  /** What is done when it is not so. */
  readonly orElse: 'fresh' | 'refuse';
}

const NOT_KNOWN = 'it exists, and no digest is known to compare it with';

export type Plan =
  /** The existing target must be hashed before anything can be said; then plan again. */
  | { readonly kind: 'hash-target'; readonly algorithms: readonly Algorithm[] }
  /** Nothing to fetch: the target is there and proven. */
  | { readonly kind: 'skip'; readonly status: 'complete' | 'unchanged'; readonly why: string }
  /** Killed between link and unlink: only the left-overs go. */
  | { readonly kind: 'finish' }
  | {
      readonly kind: 'fetch';
      /** `fresh` gives up what is there of a part. */
      readonly mode: 'fresh' | 'continue';
      /** Bytes of an earlier run that are claimed. */
      readonly from: number;
      readonly replace: boolean;
      /** Identity the kept bytes belong to, or of the receipt. */
      readonly known: Identity;
      /** The part came from another source; undefined: from this one. */
      readonly adopts: Adopted | undefined;
      /** The target is what its receipt says, and the source has no metadata: ask first whether it is still this one. */
      readonly unless: Identity | undefined;
      /** `--update` and a target that is known not to do, or that nothing can prove. */
      readonly outdated: Outdated | undefined;
      readonly why: string;
    }
  /** Ask so, where the target may not be replaced: only the answer that nothing changed is of use. */
  | { readonly kind: 'confirm'; readonly unless: Identity; readonly why: string }
  /** Nothing is known of the remote object: ask what its size, time and digests are. */
  | {
      readonly kind: 'compare';
      readonly size: number;
      readonly modifiedAt: number | undefined;
      /** The run that this one has waited for made it: only what speaks against it counts. */
      readonly awaited: boolean;
    }
  /** The run that this one has waited for made it, and no metadata will ever say more of it than its size. */
  | { readonly kind: 'accept'; readonly size: number }
  | { readonly kind: 'refuse'; readonly code: Code; readonly why: string };

export function plan(input: PlanInput): Plan {
  const target = planTarget(input);
  if (target.kind !== 'go') return target;
  return planPart(input, target);
}

interface Go extends Pick<Extract<Plan, { kind: 'fetch' }>, 'replace' | 'unless' | 'outdated'> {
  readonly kind: 'go';
}
type TargetPlan = Exclude<Plan, { kind: 'fetch' }> | Go;

const go = (replace: boolean, facts: Partial<Go> = {}): Go => ({
  kind: 'go',
  replace,
  unless: undefined,
  outdated: undefined,
  ...facts,
});

function planTarget(input: PlanInput): TargetPlan {
  const { target } = input.local;
  switch (target.kind) {
    case 'absent':
      return go(input.options.force || input.options.update);
    case 'directory':
      return { kind: 'refuse', code: 'fs.type', why: 'it is a directory' };
    case 'other':
      return { kind: 'refuse', code: 'fs.type', why: 'it is not a regular file' };
    case 'symlink':
      if (!input.options.force) return { kind: 'refuse', code: 'fs.symlink', why: 'it is a symbolic link' };
      return go(true);
    case 'file':
      return target.isPart ? { kind: 'finish' } : planExisting(input, target);
  }
}

type ExistingFile = Extract<LocalFacts['target'], { kind: 'file' }>;

/** A regular file is in the way: is it what would be fetched? */
function planExisting(input: PlanInput, { size, modifiedAt }: ExistingFile): TargetPlan {
  const { remote, receipt, options, targetDigests, awaited = false } = input;
  const own = ownReceipt(input, size);
  const promised = mergeDigests(options.checksums, remote.digests, own?.unchanged ? own.digests : []);
  const otherSize = remote.identity.size !== undefined && remote.identity.size !== size;
  // Without metadata (a plain URL) the receipt can only be used to ask the server, if its answer can prove anything.
  const asks = own !== undefined && own.proof.kind !== 'changed' && remote.validator === 'http' && own.canBeAsked;
  const wanted = otherSize ? [] : mergeDigests(promised, asks ? own.digests : []);

  if (wanted.length > 0 && targetDigests === undefined) {
    return { kind: 'hash-target', algorithms: [...new Set(wanted.map((digest) => digest.algorithm))] };
  }
  const decisive = decisiveDigests(wanted);
  const [first] = decisive;
  const fits = ({ algorithm, hex }: Digest): boolean => targetDigests?.get(algorithm) === hex;
  const matches = first !== undefined && decisive.every(fits);
  if (matches && promised.length > 0) {
    return { kind: 'skip', status: options.update ? 'unchanged' : 'complete', why: `its ${first.algorithm} matches` };
  }
  if (options.update || options.force) {
    if (asks && matches) return go(true, { unless: own.wanted });
    const doubts = { remote, receipt, size, proof: own?.proof, wanted: decisive, found: targetDigests };
    return go(true, options.update ? { outdated: outdatedBy(doubts) } : {});
  }
  if (otherSize)
    return {
      kind: 'refuse',
      code: 'fs.exists',
      why: `it exists with ${size} bytes, but the remote image has ${remote.identity.size}`,
    };
  if (asks && matches) return { kind: 'confirm', unless: own.wanted, why: NOT_KNOWN };
  if (!asks && promised.length === 0) {
    if (remote.validator === 'http') return { kind: 'compare', size, modifiedAt, awaited };
    if (awaited) return { kind: 'accept', size };
  }
  const differing = decisiveDigests(promised).find((digest) => !fits(digest));
  const why = differing === undefined ? NOT_KNOWN : `it exists, and its ${differing.algorithm} does not match`;
  return { kind: 'refuse', code: 'fs.exists', why };
}

/** What a receipt says, where it is of this object and this file. */
interface OwnReceipt {
  /** What an answer has to say of an object that is still this one. */
  readonly wanted: Identity;
  /** An answer can show that. */
  readonly canBeAsked: boolean;
  /** Against what metadata say now. */
  readonly proof: Proof;
  /** Metadata vouch for it, if by nothing but the provider's revision. */
  readonly unchanged: boolean;
  /** The first of them: one is enough to know the file again. */
  readonly digests: readonly Digest[];
}

function ownReceipt({ receipt, remote }: PlanInput, size: number): OwnReceipt | undefined {
  if (receipt === undefined || !sameSource(receipt.source, remote.ref) || receipt.bytes !== size) return undefined;
  const { identity } = receipt;
  const proof = compareIdentity(identity, remote.identity, remote.validator);
  const sameRevision = identity.revision !== undefined && identity.revision === remote.identity.revision;
  // What did not match was somebody's word about other bytes.
  const kept = receipt.digests.filter(({ matched }) => matched !== false);
  return {
    wanted: withPromised(identity, kept),
    canBeAsked: lackOfProof(identity) === undefined || kept.some(({ from }) => from === 'header'),
    proof,
    unchanged: proof.kind === 'proven' || (proof.kind === 'overlap' && sameRevision),
    digests: receipt.digests.slice(0, 1).map(({ algorithm, hex }) => ({ algorithm, hex, from: 'receipt' })),
  };
}

function planPart(input: PlanInput, { replace, unless, outdated }: Go): Plan {
  const { remote, options, local } = input;
  const fresh = (why: string): Plan =>
    checkSpace(input, {
      kind: 'fetch',
      mode: 'fresh',
      from: 0,
      replace,
      known: remote.identity,
      adopts: undefined,
      unless,
      outdated,
      why,
    });
  const { part } = local;
  if (part.kind === 'none') return fresh('nothing downloaded yet');
  if (options.restart) return fresh('--restart discards the partial download');
  if (part.kind === 'unusable') {
    if (part.why === 'newer')
      return { kind: 'refuse', code: 'fs.newer-part', why: 'a newer imgdl wrote the partial download' };
    return fresh('the partial download has no valid journal');
  }
  const { journal } = part;
  const { head } = journal;
  // A claim of which bytes are missing cannot be proven any more.
  const { end: from } = claimsUpTo(claimsOf(journal.have), part.size);
  if (from === 0) return fresh('the partial download is still empty');
  const continued = (facts: Pick<FetchPlan, 'known' | 'adopts' | 'why'>): Plan =>
    checkSpace(input, { kind: 'fetch', mode: 'continue', from, replace, unless: undefined, outdated, ...facts });
  if (!sameSource(head.source, remote.ref)) {
    const of = labelOf(head.source);
    // A name that leads to another image than last night is what --update is for.
    const orElse = options.update && sameService(head.source, remote.ref) ? 'fresh' : 'refuse';
    const by = adoptionBy(input, journal);
    if (by !== undefined) {
      const known = { ...adoptedIdentity(head.identity, by), ...remote.identity };
      return continued({ known, adopts: { by, of, orElse }, why: `kept from ${of}` });
    }
    return orElse === 'fresh'
      ? fresh('the name now refers to a different image than the partial download')
      : { kind: 'refuse', code: 'fs.other-part', why: otherPart(of) };
  }
  const proof = compareIdentity(head.identity, remote.identity, remote.validator);
  if (proof.kind === 'changed') {
    if (options.onChange === 'fail')
      return { kind: 'refuse', code: 'changed.remote', why: `its ${proof.field} changed since the partial download` };
    return fresh(`the remote image changed (${proof.field}): the partial download is no longer usable`);
  }
  const known = { ...head.identity, ...remote.identity };
  return continued({ known, adopts: undefined, why: 'kept from an earlier run' });
}

type FetchPlan = Extract<Plan, { kind: 'fetch' }>;

/** What a part of another source is, in words. */
export function otherPart(of: string): string {
  return `the partial download next to it belongs to ${of}`;
}

function labelOf({ endpoint, ref }: SourceRef): string {
  return `${endpoint}${ref.startsWith('/') ? '' : '/'}${ref}`;
}

function adoptionBy({ remote, options }: PlanInput, { head }: JournalContent): Adoption | undefined {
  const userDigest = options.checksums.some((digest) => voiceOf(digest) === 'user');
  return adoptionOf({ part: head, remote, userDigest });
}

/**
 * Refuses before the first byte what cannot fit. The blocks of a part, whatever its journal is worth, count as free:
 * what is continued has them already, and a fresh start removes the part before it writes.
 */
function checkSpace(input: PlanInput, fetch: FetchPlan): Plan {
  const { freeBytes, part } = input.local;
  const size = fetch.known.size;
  if (freeBytes === undefined || size === undefined) return fetch;
  const held = part.kind === 'none' ? 0 : part.size;
  const why = lackOfRoom({ size, held, free: freeBytes });
  return why === undefined ? fetch : { kind: 'refuse', code: 'disk.full', why };
}
