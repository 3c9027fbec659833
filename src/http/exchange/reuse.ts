import type { Connection } from '../connection/connection.js';
import { openRoute } from '../connection/route.js';
import { transportError } from '../errors.js';
import { DeadConnection, exchangeOn, type OpenExchange } from './exchange.js';
import type { ExchangeOptions, Request } from './request.js';

/**
 * One request and its answer, on a kept connection where one may be used. Servers close idle connections when they
 * like, also while the next request is on its way: such a request has had no answer, and is sent once more on a new
 * connection (RFC 9112 section 9.3.1).
 *
 * Only a GET that may be repeated comes on a kept connection at all; with anything else that race would be an error.
 *
 * Aborting `signal` ends it at any time; its reason is thrown untouched.
 *
 * @throws AppError net.*, tls.*, proto.*, auth.proxy
 */
export async function openExchange(
  request: Request,
  options: ExchangeOptions,
  signal: AbortSignal,
): Promise<OpenExchange> {
  const kept = request.method === 'GET' && !request.fresh ? await options.pool.take(request.route) : undefined;
  if (kept !== undefined) {
    try {
      return await exchangeOn({ connection: kept, reused: true, request, options, signal });
    } catch (error) {
      if (!(error instanceof DeadConnection)) throw error;
    }
  }
  const connection = await connect(request, options, signal);
  return exchangeOn({ connection, reused: false, request, options, signal });
}

async function connect(
  { method, route }: Request,
  { attempted, addresses, connectMs, buffers, share }: ExchangeOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const said = attempted(method, route.url);
  try {
    return await openRoute(route, { attempted: said, addresses, connectMs, signal }, buffers, share);
  } catch (error) {
    throw signal.aborted ? signal.reason : transportError(error, { attempted: said, step: 'connect' });
  }
}
