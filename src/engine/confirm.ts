import { judge } from '../core/judge.js';
import type { Identity } from '../core/types.js';
import { withAttempts } from './attempts.js';
import type { Run } from './run.js';
import { wishFor } from './wish.js';

/**
 * Asks a server whether its object is still the one of the receipt, and takes no byte of it.
 * @throws AppError of the connection
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
      exchange.cancel();
      return judge(wish.ask, exchange).kind === 'unchanged';
    },
    attempts,
    signal,
  );
}
