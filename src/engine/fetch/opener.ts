import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import { isRenewable } from '../../core/identity.js';
import { judge, type Verdict } from '../../core/response.js';
import type { Ticket, TicketNeed } from '../../core/source.js';
import type { Transfer } from '../transfer.js';
import { readRefusal, refusedError, unavailableError } from './refusal.js';
import type { ObjectRequest } from './request.js';
import { singlePart } from './single-part.js';

/** Refusals in a row after which a provider that always has another ticket is not believed any more. */
const DENIED_LIMIT = 6;

/** An answer that says something about the object. All others are errors, whatever was asked for. */
export interface Opened {
  readonly exchange: Exchange;
  readonly verdict: Exclude<Verdict, { readonly kind: 'denied' | 'unavailable' | 'refused' | 'simpler' | 'multipart' }>;
  /** What it answers: the request, or a simpler one. */
  readonly request: ObjectRequest;
}

/** Asks one server for one object, again and again, and remembers what its permissions came to. */
export interface Opener {
  /** The last request had a Range. */
  readonly isRanged: boolean;
  /**
   * A ticket, a connection, an answer. Another ticket at once where permission was refused, a simpler request where how
   * it was asked is in the way. The caller closes it.
   * @throws AppError of the ticket, of the connection, or of an answer that is no answer: http.unavailable, proto.*,
   * auth.*, …
   */
  open(request: ObjectRequest, signal: AbortSignal): Promise<Opened>;
}

/** RFC 9111 section 5.2.1.4: no cache answers without asking the server. */
const PAST_CACHES = { 'cache-control': 'no-cache' } as const;

/**
 * Uses one permission for one connection, and judges the answer. The caller closes the exchange.
 * @throws AppError net.*, …
 */
export async function exchangeFor(
  ticket: Ticket,
  request: ObjectRequest,
  { ports, pastCaches }: Transfer,
  signal: AbortSignal,
): Promise<{ readonly exchange: Exchange; readonly verdict: Verdict }> {
  const headers = { ...ticket.headers, ...request.headers, ...(pastCaches ? PAST_CACHES : {}) };
  const exchange = await ports.transport.open({ url: ticket.url, headers, fresh: ticket.singleUse }, signal);
  const verdict = judge(request.ask, exchange);
  if (verdict.kind !== 'multipart') return { exchange, verdict };
  try {
    const part = await singlePart(exchange, verdict.boundary);
    return { exchange: part, verdict: judge(request.ask, part) };
  } catch (error) {
    exchange.cancel();
    throw error;
  }
}

export function createOpener(transfer: Transfer): Opener {
  return new TicketedOpener(transfer);
}

/** A refused request, and how to ask instead. */
interface Again {
  readonly again: ObjectRequest;
}

class TicketedOpener implements Opener {
  readonly #transfer: Transfer;
  #need: TicketNeed;
  #isRanged = false;
  #deniedInRow = 0;
  /** A Range that met a 403, while the same is asked for without it: was it the Range, or was it the permission? */
  #suspect: ObjectRequest | undefined;

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
    this.#need = { reason: transfer.counters.opened === 0 ? 'first' : 'reconnect' };
  }

  get isRanged(): boolean {
    return this.#isRanged;
  }

  async open(request: ObjectRequest, signal: AbortSignal): Promise<Opened> {
    this.#suspect = undefined;
    for (let asked = request; ; ) {
      const result = await this.#openOnce(asked, signal);
      if (!('again' in result)) return result;
      asked = result.again;
    }
  }

  async #openOnce(request: ObjectRequest, signal: AbortSignal): Promise<Opened | Again> {
    const { request: asked, ports, counters } = this.#transfer;
    ports.report({ type: 'phase', phase: 'connecting' });
    this.#isRanged = request.ask.ranged;
    const wanted = this.#need;
    // A refusal is told once, also where the answer to it is a failure that passes.
    this.#need = { reason: 'reconnect' };
    if (wanted.reason !== 'denied' && wanted.reason !== 'again') this.#deniedInRow = 0;
    const ticket = await asked.source.ticket(wanted, signal);
    counters.opened += 1;
    const { exchange, verdict } = await exchangeFor(ticket, request, this.#transfer, signal);
    try {
      ports.report({ type: 'connected', by: ticket.by, from: request.ask.from, status: exchange.status });
      return await this.#decide(ticket, request, exchange, verdict);
    } catch (error) {
      exchange.cancel();
      throw error;
    }
  }

  async #decide(ticket: Ticket, request: ObjectRequest, exchange: Exchange, verdict: Verdict): Promise<Opened | Again> {
    switch (verdict.kind) {
      case 'denied':
        return await this.#denied(ticket, request, exchange, verdict.perhapsRange);
      case 'simpler':
        exchange.cancel();
        // What refused the request for how it was made has not looked at the permission; what sent bytes has used it.
        if (exchange.status >= 300) this.#need = { reason: 'again', unspent: ticket };
        return { again: request.without(verdict.without) };
      case 'unavailable':
        throw await unavailableError(exchange, ticket.url, verdict.retryAfterMs);
      case 'refused':
        throw await refusedError(this.#transfer.request.source, exchange, ticket.url, verdict);
      case 'multipart':
        throw new AppError('bug', 'opening: the part of a multipart body is not one itself');
      case 'part':
      case 'whole':
        this.#deniedInRow = 0;
        return { exchange, verdict, request };
      default:
        return { exchange, verdict, request };
    }
  }

  /** @throws AppError auth.refused where a provider that always has another ticket is not believed any more */
  async #denied(ticket: Ticket, request: ObjectRequest, exchange: Exchange, perhapsRange: boolean): Promise<Again> {
    if (perhapsRange && !ticket.singleUse && this.#suspect === undefined) {
      exchange.cancel();
      this.#suspect = request;
      this.#need = { reason: 'again', unspent: ticket };
      return { again: request.without('range') };
    }
    this.#deniedInRow += 1;
    const refusal = await readRefusal(exchange, ticket.url);
    if (this.#deniedInRow > DENIED_LIMIT)
      throw new AppError('auth.refused', `downloading: the server keeps refusing access (${refusal.status})`);
    const { held, identity, digestDecides } = request.ask;
    const needsDigest = held > 0 && !isRenewable(identity, digestDecides);
    this.#need = { reason: 'denied', failed: ticket, refusal, ...(needsDigest ? { needsDigest } : {}) };
    // A refused key is spent. The next one goes without a Range that nothing depends on, or that was refused before.
    if (perhapsRange && (request.ask.held === 0 || this.#deniedInRow > 1)) return { again: request.without('range') };
    // It was not the Range.
    const again = this.#suspect ?? request;
    return { again };
  }
}
