import type { Transport } from '../../core/http.js';
import { parseContentRange, parseDecimal } from '../../core/ranges.js';
import type { Refusal, Remote, Source, Ticket, TicketNeed } from '../../core/source.js';
import { authorise, type Credentials } from './credentials.js';
import { documentType } from './document.js';
import type { ImageFacts } from './image.js';
import { givenLink, type KeyLink, keyLedger, keyLink } from './keys.js';
import { readMetadata } from './metadata.js';
import { fallbackName, labelOf, lastSegment, nameOf } from './naming.js';
import type { Via } from './options.js';
import { requireReady } from './readiness.js';
import { documentForKey, keySpent, type RefusalContext, refusalError, wrongResource } from './refusal.js';
import { describeResource, downloadsUrl, type GivenKey, pathOf, type Resource } from './resource.js';

export interface SourceSetup {
  readonly resource: Resource;
  readonly credentials?: Credentials;
  /** The user's own one-time id. */
  readonly given?: GivenKey;
  readonly via: Via;
  /** How to log in, as a hint for where there are no credentials. */
  readonly cure: string;
  readonly transport: Transport;
  note(message: string): void;
}

/** What a ticket rests on; decides what is tried when it is refused. */
type Rung =
  | { readonly kind: 'given'; readonly link: KeyLink }
  | { readonly kind: 'credentials' }
  | { readonly kind: 'key'; readonly link: KeyLink; readonly other: boolean };

/**
 * An image of UForge.
 *
 * The ladder of permission: the user's own one-time id, once; credentials on the plain path; a fresh key under the
 * usual parameter; a fresh key under the other one. A refusal leads one rung down, for the rest of the run. Nothing
 * that authorises ever travels beside a key.
 */
export function uforgeSource(setup: SourceSetup): Source {
  const { resource, credentials, given, via, cure, transport } = setup;
  const ledger = keyLedger();
  const rungs = new WeakMap<Ticket, Rung>();
  let givenUsed = false;
  /** The last ticket was the user's own one-time id: what is wrong with the data may be the id's fault. */
  let onGiven = false;
  let credentialsRefused = false;
  let other = false;
  let describedSize: number | undefined;

  const afterGiven = via === 'key' ? 'a new one-time download id' : 'credentials';
  const what = `downloading ${describeResource(resource)}`;
  const context = (authorised: RefusalContext['authorised']): RefusalContext => ({
    what,
    authorised,
    endpoint: resource.base.endpoint,
    ...(authorised === 'nothing' ? { cure } : {}),
  });

  const readReady = async (signal: AbortSignal): Promise<ImageFacts> => {
    const image = await readMetadata(resource, credentials, transport, cure, signal);
    requireReady(image, what);
    return image;
  };

  const issue = (rung: Rung, parts: Omit<Ticket, 'singleUse'>): Ticket => {
    const ticket: Ticket = { ...parts, singleUse: rung.kind !== 'credentials' };
    rungs.set(ticket, rung);
    onGiven = rung.kind === 'given';
    if (rung.kind !== 'credentials') ledger.handOut(rung.link);
    return ticket;
  };
  const accept = { accept: '*/*' };

  const freshKey = async (need: TicketNeed, signal: AbortSignal): Promise<Ticket> => {
    const image = await readReady(signal);
    const link = keyLink(resource, image, other, what);
    // Metadata may name a key again that the failed connection never spent. Once refused, or while another
    // connection may be about to spend it, it counts as spent.
    const again = need.reason === 'first' || need.reason === 'reconnect';
    if (ledger.wasRefused(link) || (ledger.wasHandedOut(link) && !again)) {
      const hint = 'use --via credentials: the server keeps returning the same one-time download id';
      throw keySpent(need.reason === 'denied' ? need.refusal : undefined, context('key'), hint);
    }
    return issue({ kind: 'key', link, other }, { url: link.url, headers: accept, by: 'one-time download id' });
  };

  /** Goes one rung down, or throws when there is none. */
  const descend = (rung: Rung, refusal: Refusal): void => {
    switch (rung.kind) {
      case 'given':
        if (credentials === undefined) throw keySpent(refusal, context('key'));
        setup.note(`the one-time download id was refused (HTTP ${refusal.status}); continuing with ${afterGiven}`);
        return;
      case 'credentials': {
        if (via === 'auto') {
          setup.note(
            `the credentials were refused for the download (HTTP ${refusal.status}); continuing with one-time download ids`,
          );
          credentialsRefused = true;
          return;
        }
        // The same credentials were good enough for the metadata.
        const byKeys = 'use --via auto: this server may require one-time download ids';
        throw (
          refusalError(refusal, { ...context('credentials'), cure: byKeys }) ??
          keySpent(refusal, context('credentials'))
        );
      }
      case 'key':
        ledger.refused(rung.link);
        if (rung.other) throw refusalError(refusal, context('key')) ?? keySpent(refusal, context('key'));
        setup.note(
          `the one-time download id was refused (HTTP ${refusal.status}); trying another parameter with a new one`,
        );
        other = true;
    }
  };

  return {
    ref: { provider: 'uforge', endpoint: resource.base.endpoint, ref: pathOf(resource) },

    /** A key is good for one connection, and an old one is never used again: no keys are spent on pieces. */
    get allowsExtra() {
      return credentials !== undefined && via !== 'key' && !credentialsRefused;
    },

    async describe(signal) {
      if (given !== undefined && credentials === undefined) return blindRemote(resource, given);
      const image = await readReady(signal);
      // Better said before anything is written than at the first connection.
      if (credentials === undefined || via === 'key') keyLink(resource, image, false, what);
      const remote = remoteOf(resource, image);
      describedSize = remote.identity.size;
      return remote;
    },

    async ticket(need, signal) {
      if (need.reason === 'denied') descend(rungs.get(need.failed) ?? { kind: 'credentials' }, need.refusal);
      if (given !== undefined && !givenUsed) {
        givenUsed = true;
        const link = givenLink(resource, given);
        return issue({ kind: 'given', link }, { url: link.url, headers: accept, by: 'one-time download id' });
      }
      if (credentials !== undefined && via !== 'key' && !credentialsRefused) {
        const { url, headers, by } = authorise(resource.base, downloadsUrl(resource), credentials);
        return issue({ kind: 'credentials' }, { url, headers: { ...accept, ...headers }, by });
      }
      // The given id is gone and nobody can ask for another.
      if (given !== undefined && credentials === undefined) throw keySpent(undefined, context('key'));
      return freshKey(need, signal);
    },

    explain(refusal) {
      if (onGiven) {
        const size = announcedSize(refusal);
        // A page first: its length is no image's.
        const document = refusal.status === 200 || refusal.status === 206 ? documentType(refusal.headers) : undefined;
        if (document === 'html' || (document !== undefined && (size === undefined || size !== describedSize))) {
          return documentForKey(what, document, refusal.status);
        }
        if (size !== undefined && describedSize !== undefined && size !== describedSize) {
          return wrongResource(what, size, describedSize);
        }
      }
      return refusalError(refusal, context(credentials === undefined ? 'nothing' : 'credentials'));
    },
  };
}

/** Total size of the object in an answer that has it: another one than described means that the id was for another image. */
function announcedSize(refusal: Refusal): number | undefined {
  if (refusal.status === 200) return parseDecimal(refusal.headers.get('content-length') ?? '');
  if (refusal.status !== 206) return undefined;
  const range = parseContentRange(refusal.headers.get('content-range') ?? '');
  return range?.total;
}

function remoteOf(resource: Resource, image: ImageFacts): Remote {
  const name = nameOf(image);
  const label = labelOf(image);
  return {
    ...(name === undefined ? {} : { name }),
    ...(label === undefined ? {} : { label }),
    fallbackName: fallbackName(resource),
    identity: image.identity,
    digests: image.digests,
    opener: 'range',
    headerDigest: 'body',
    validator: 'provider',
    warnings: image.warnings,
  };
}

/** A bare one-time id: metadata would need credentials, and every other request would spend the id. */
function blindRemote(resource: Resource, given: GivenKey): Remote {
  const name = lastSegment(given.url?.pathname);
  return {
    ...(name === undefined ? {} : { name }),
    fallbackName: fallbackName(resource),
    identity: {},
    digests: [],
    opener: 'range',
    headerDigest: 'body',
    validator: 'provider',
    warnings: [],
  };
}
