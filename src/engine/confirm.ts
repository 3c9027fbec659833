import { judge } from '../core/judge.js';
import type { Identity } from '../core/types.js';
import { withAttempts } from './attempts.js';
import { unavailableError } from './refusal.js';
import type { Run } from './run.js';
import { wishFor } from './wish.js';

/**
 * Asks a server whether its object is still the one of the receipt, and takes no byte of it.
 * @throws AppError of the connection, http.unavailable
 */
export async function isStill(run: Run, unless: Identity, signal: AbortSignal): Promise<boolean> {
  const { request, ports, remote, attempts, tally } = run;
  return await withAttempts(
    async () => {
      ports.report({ type: 'phase', phase: 'connecting' });
      const ticket = await request.source.ticket({ reason: 'first' }, signal);
      const wish = wishFor(0, {}, remote, false, unless);
      tally.attempts += 1;
      const exchange = await ports.transport.open(
        { url: ticket.url, headers: { ...ticket.headers, ...wish.headers }, fresh: ticket.singleUse },
        signal,
      );
      try {
        const verdict = judge(wish.ask, exchange);
        // A server that is down says nothing about the object.
        if (verdict.kind === 'unavailable') throw await unavailableError(exchange, ticket.url, verdict.retryAfterMs);
        return verdict.kind === 'unchanged';
      } finally {
        exchange.cancel();
      }
    },
    attempts,
    signal,
  );
}
