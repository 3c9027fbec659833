import type { Exchange } from '../../core/types.js';
import type { Pool } from '../connection/pool.js';
import { DeadConnection, type Hop, type HopOptions, startHop } from './exchange.js';

/**
 * One request and its answer, on a kept connection where one may be used. Servers close idle connections when they
 * like, also while the next request is on its way: such a request has had no answer, and is sent once more on a new
 * connection (RFC 9112 section 9.3.1).
 *
 * Only a GET that may be repeated comes on a kept connection at all; with anything else that race would be an error.
 */
export async function send(hop: Hop, options: HopOptions, pool: Pool, signal: AbortSignal): Promise<Exchange> {
  const kept = hop.method === 'GET' && !hop.fresh ? await pool.take(hop.route) : undefined;
  try {
    return await startHop(hop, options, pool, kept, signal);
  } catch (error) {
    if (!(error instanceof DeadConnection)) throw error;
    return await startHop(hop, options, pool, undefined, signal);
  }
}
