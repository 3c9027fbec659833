import type { TransferEvent } from '../core/events.js';
import type { Outcome } from '../core/outcome.js';
import { withoutResume } from '../core/resume-hint.js';
import type { Source } from '../core/source.js';
import { settled } from './queue.js';
import { createRetryBudget, withRetries } from './retry-budget.js';
import type { TransferPorts, TransferRequest } from './transfer.js';

/** Is it made for this run alone? Then it is gone afterwards, and a part of it is worth nothing. */
export function isMadeForRun(source: Source): boolean {
  return source.open !== undefined;
}

/** What a rehearsal tells: the rest comes again. */
const OF_REHEARSAL: ReadonlySet<TransferEvent['type']> = new Set(['phase', 'retry']);

/**
 * Carries a transfer out. What it is of is made on the server before, where its source says so, and removed there
 * afterwards, whatever became of it.
 *
 * Making takes the server minutes, so the transfer is rehearsed: a target that exists is refused before, not after.
 *
 * @param transfer download() or stream()
 * @throws AppError of the source or the transfer; the reason of `signal`
 */
export async function withObjectMade<Ports extends TransferPorts>(
  request: TransferRequest,
  ports: Ports,
  signal: AbortSignal,
  transfer: (request: TransferRequest, ports: Ports) => Promise<Outcome>,
): Promise<Outcome> {
  const { source, options } = request;
  if (!isMadeForRun(source) || options.dryRun) return await transfer(request, ports);
  const rehearsal = { ...request, options: { ...options, dryRun: true } };
  const report = (event: TransferEvent): void => {
    if (OF_REHEARSAL.has(event.type)) ports.report(event);
  };
  const rehearsed = await transfer(rehearsal, { ...ports, report });
  // The target is there already, as the user's checksum proves.
  if (rehearsed.would === 'nothing') return await transfer(request, ports);
  const ended = await settled(async () => {
    const retries = createRetryBudget(options.retries, request.deadlineAt, ports);
    await withRetries(async () => await source.open?.(signal), retries, signal);
    const made = await settled(() => transfer(request, ports));
    ports.report({ type: 'phase', phase: 'cleaning-up' });
    return made;
  });
  // Also where making it failed: nobody else knows how far that came.
  const warnings = (await source.close?.()) ?? [];
  for (const warning of warnings) ports.report({ type: 'warning', warning });
  const last = ended.kind === 'failed' ? ended : ended.value;
  if (last.kind === 'failed') throw withoutResume(last.error);
  return { ...last.value, warnings: [...last.value.warnings, ...warnings] };
}
