import type { AppError } from '../../core/errors.js';
import type { Refusal, Ticket, TicketNeed } from '../../core/source.js';
import { doing, type ImageAccess, readReady, refusalContext } from './access.js';
import { keyLedger } from './key-ledger.js';
import { givenLink, type KeyLink, keyLink } from './keys.js';
import { authorise, type Credentials } from './login/credentials.js';
import { ParameterOrder } from './parameter-order.js';
import { keySpent, pageForKey, refusalError } from './refusal.js';
import { downloadsUrl } from './resource.js';

/** What a ticket rests on; decides what is tried when it is refused. */
type Basis = { readonly kind: 'credentials' } | { readonly kind: 'given' | 'key'; readonly link: KeyLink };

/**
 * What the next ticket rests on, in the order of what is tried. `nothing`: the user's one-time id is gone, and without
 * credentials nobody can ask for another.
 */
const STAGES = ['given', 'credentials', 'key', 'nothing'] as const;
type Stage = (typeof STAGES)[number];

const ACCEPT = { accept: '*/*' };

/**
 * So often fresh keys may be refused, under every parameter, before the refusal is believed. Some servers void a key
 * as soon as somebody looks at the image again: two runs that do so in step refuse each other until one is slower.
 */
const ROUNDS = 5;

/**
 * Permission for the data of one image.
 *
 * In this order: the user's own one-time id, once; credentials on the plain path; fresh keys, under the parameters in
 * their order. After a refusal the next is tried, for the rest of the run. Nothing that authorises ever travels beside
 * a key.
 */
export class Tickets {
  readonly #access: ImageAccess;
  readonly #keys = keyLedger();
  readonly #order = new ParameterOrder();
  readonly #bases = new WeakMap<Ticket, Basis>();
  #stage: Stage;
  #latest: Basis | undefined;
  /** The connection before was refused without a word about it: the round of keys goes on. */
  #inRound = false;
  /** Rounds of fresh keys that were all refused. */
  #rounds = 0;

  constructor(access: ImageAccess) {
    this.#access = access;
    this.#stage = access.given === undefined ? afterGiven(access) : 'given';
  }

  /** A key is good for one connection, and an old one is never used again: none is spent on a single segment. */
  mayBeMany(): boolean {
    return (this.#stage === 'given' ? afterGiven(this.#access) : this.#stage) === 'credentials';
  }

  /** The last ticket was the user's own one-time id: what is wrong with the data may be the id's fault. */
  lastWasGiven(): boolean {
    return this.#latest?.kind === 'given';
  }

  /**
   * A web page came instead of the data. In answer to a fresh key that may be how the server refuses it: the next
   * connection goes on in the order of what is tried, once through it.
   * @returns the error; undefined where the last ticket was no fresh key
   */
  refusedByPage(status: number): AppError | undefined {
    if (this.#latest?.kind !== 'key') return undefined;
    this.#keys.refused(this.#latest.link);
    this.#inRound = this.#order.refused() !== 'nothing';
    return pageForKey({ ...refusalContext(this.#access, 'key'), transient: this.#inRound }, status);
  }

  /** @throws AppError when no permission can be had (any more) */
  async next(need: TicketNeed, signal: AbortSignal): Promise<Ticket> {
    if (need.reason === 'again' && this.#isTheOnlyOne(need.unspent)) return need.unspent;
    if (need.reason === 'denied') this.#refused(this.#bases.get(need.failed) ?? { kind: 'credentials' }, need.refusal);
    else if (!this.#inRound) this.#order.newRound();
    this.#inRound = false;
    const { resource, credentials, given } = this.#access;
    if (this.#stage === 'given' && given !== undefined) {
      this.#advance(afterGiven(this.#access));
      return this.#keyed('given', givenLink(resource, given));
    }
    if (this.#stage === 'credentials' && credentials !== undefined) return this.#plain(credentials);
    if (this.#stage === 'nothing') throw keySpent(undefined, refusalContext(this.#access, 'key'));
    return await this.#freshKey(need, signal);
  }

  /** The user's own one-time id, and nobody can ask for another. */
  #isTheOnlyOne(ticket: Ticket): boolean {
    return this.#stage === 'nothing' && this.#bases.get(ticket)?.kind === 'given';
  }

  #plain(credentials: Credentials): Ticket {
    const { resource } = this.#access;
    const { url, headers, by } = authorise(resource.base, downloadsUrl(resource), credentials);
    return this.#issue({ kind: 'credentials' }, { url, headers: { ...ACCEPT, ...headers }, by, singleUse: false });
  }

  #keyed(kind: 'given' | 'key', link: KeyLink): Ticket {
    this.#keys.handOut(link);
    return this.#issue({ kind, link }, { url: link.url, headers: ACCEPT, by: 'one-time key', singleUse: true });
  }

  #issue(basis: Basis, ticket: Ticket): Ticket {
    this.#bases.set(ticket, basis);
    this.#latest = basis;
    return ticket;
  }

  async #freshKey(need: TicketNeed, signal: AbortSignal): Promise<Ticket> {
    const image = await readReady(this.#access, signal);
    const linkNow = (): KeyLink =>
      keyLink(this.#access.resource, image, this.#order.now === 'other', doing(this.#access));
    // Metadata may name a key again that the failed connection never spent. Once refused, or while another
    // connection may be about to spend it, it counts as spent.
    const again = need.reason === 'first' || need.reason === 'reconnect' || need.reason === 'again';
    const isSpent = (link: KeyLink): boolean =>
      this.#keys.wasRefused(link) || (this.#keys.wasHandedOut(link) && !again);
    let link = linkNow();
    // Still the key that was refused: what is left is that it was sent under the wrong parameter.
    if (isSpent(link) && this.#order.skip()) link = linkNow();
    if (isSpent(link)) {
      const hint = 'use --via credentials: the server keeps returning the same one-time download id';
      throw keySpent(need.reason === 'denied' ? need.refusal : undefined, refusalContext(this.#access, 'key'), hint);
    }
    return this.#keyed('key', link);
  }

  /** Goes on to what is tried next. @throws AppError when there is nothing */
  #refused(basis: Basis, refusal: Refusal): void {
    const { via, credentials } = this.#access;
    switch (basis.kind) {
      case 'given': {
        if (credentials === undefined) throw keySpent(refusal, refusalContext(this.#access, 'key'));
        const next = via === 'key' ? 'a new one-time download id' : 'credentials';
        this.#access.note(`the one-time download id was refused (HTTP ${refusal.status}); continuing with ${next}`);
        return;
      }
      case 'credentials':
        if (via !== 'auto') throw credentialsRefused(this.#access, refusal);
        this.#access.note(
          `the credentials were refused for the download (HTTP ${refusal.status}); continuing with one-time download ids`,
        );
        this.#advance('key');
        return;
      case 'key':
        this.#keyRefused(basis.link, refusal);
        return;
    }
  }

  #keyRefused(link: KeyLink, refusal: Refusal): void {
    this.#keys.refused(link);
    const next = this.#order.refused();
    if (next === 'nothing') {
      const context = this.#endOfRound();
      throw refusalError(refusal, context) ?? keySpent(refusal, context);
    }
    const way = next === 'same' ? 'trying a new one' : 'trying another parameter with a new one';
    this.#access.note(`the one-time download id was refused (HTTP ${refusal.status}); ${way}`);
  }

  /** With how such a refusal is told. Where every key was another one, somebody else may have voided them: worth a wait. */
  #endOfRound() {
    this.#rounds += 1;
    const transient = this.#rounds < ROUNDS && !this.#order.skipped;
    return { ...refusalContext(this.#access, 'key'), transient };
  }

  /** Never back: several connections may be refused, one after the other. */
  #advance(stage: Stage): void {
    if (STAGES.indexOf(stage) > STAGES.indexOf(this.#stage)) this.#stage = stage;
  }
}

function afterGiven({ given, credentials, via }: ImageAccess): Stage {
  if (credentials === undefined) return given === undefined ? 'key' : 'nothing';
  return via === 'key' ? 'key' : 'credentials';
}

/** The same credentials were good enough for the metadata. */
function credentialsRefused(access: ImageAccess, refusal: Refusal): Error {
  const context = refusalContext(access, 'credentials');
  const cure = 'use --via auto: this server may require one-time download ids';
  return refusalError(refusal, { ...context, cure }) ?? keySpent(refusal, context);
}
