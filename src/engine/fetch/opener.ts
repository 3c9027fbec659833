import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import { judge, type Verdict } from '../../core/response.js';
import type { Ticket, TicketNeed } from '../../core/source.js';
import type { Transfer } from '../transfer.js';
import { readRefusal, refusedError, unavailableError } from './refusal.js';
import type { ObjectRequest } from './request.js';

/** Refusals in a row after which a provider that always has another ticket is not believed any more. */
const DENIED_LIMIT = 6;

/** An answer that says something about the object. All others are errors, whatever was asked for. */
export interface Opened {
  readonly exchange: Exchange;
  readonly verdict: Exclude<Verdict, { readonly kind: 'denied' | 'unavailable' | 'refused' }>;
}

/** Asks one server for one object, again and again, and remembers what its permissions came to. */
export interface Opener {
  /**
   * A ticket, a connection, an answer; another ticket at once where permission was refused. The caller closes it.
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
  return { exchange, verdict: judge(request.ask, exchange) };
}

export function createOpener(transfer: Transfer): Opener {
  const { request: asked, ports, counters } = transfer;
  const { source } = asked;
  const { report } = ports;
  let need: TicketNeed = { reason: counters.opened === 0 ? 'first' : 'reconnect' };
  let deniedInRow = 0;

  /** Undefined: permission was refused, and `need` says so to the provider. */
  const openOnce = async (request: ObjectRequest, signal: AbortSignal): Promise<Opened | undefined> => {
    report({ type: 'phase', phase: 'connecting' });
    const wanted = need;
    // A refusal is told once, also where the answer to it is a failure that passes.
    need = { reason: 'reconnect' };
    if (wanted.reason !== 'denied') deniedInRow = 0;
    const ticket = await source.ticket(wanted, signal);
    counters.opened += 1;
    const { exchange, verdict } = await exchangeFor(ticket, request, transfer, signal);
    try {
      report({ type: 'connected', by: ticket.by, from: request.ask.from, status: exchange.status });
      switch (verdict.kind) {
        case 'denied': {
          deniedInRow += 1;
          const refusal = await readRefusal(exchange, ticket.url);
          if (deniedInRow > DENIED_LIMIT)
            throw new AppError('auth.refused', `downloading: the server keeps refusing access (${refusal.status})`);
          need = { reason: 'denied', failed: ticket, refusal };
          return undefined;
        }
        case 'unavailable':
          throw await unavailableError(exchange, ticket.url, verdict.retryAfterMs);
        case 'refused':
          throw await refusedError(source, exchange, ticket.url, verdict);
        case 'part':
        case 'whole':
          deniedInRow = 0;
          return { exchange, verdict };
        default:
          return { exchange, verdict };
      }
    } catch (error) {
      exchange.cancel();
      throw error;
    }
  };

  return {
    async open(request, signal) {
      for (;;) {
        const opened = await openOnce(request, signal);
        if (opened !== undefined) return opened;
      }
    },
  };
}
