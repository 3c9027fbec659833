import { mergeDigests } from '../core/digest.js';
import { withoutResume } from '../core/resume-hint.js';
import type { Remote } from '../core/source.js';
import { createCounters } from './counters.js';
import { refuseConflict, refuseUnknownAlgorithm } from './failure.js';
import { whenReady } from './readiness-wait.js';
import { createRetryBudget, withRetries } from './retry-budget.js';
import type { Transfer, TransferPorts, TransferRequest } from './transfer.js';

/** The beginning of every transfer: what is the object? @throws AppError; the reason of `signal` */
export async function describedTransfer<Ports extends TransferPorts>(
  request: TransferRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<Transfer<Ports>> {
  const retries = createRetryBudget(request.options.retries, request.deadlineAt, ports);
  ports.report({ type: 'phase', phase: 'describing' });
  const remote = await describeObject({ request, ports, retries }, signal).catch((error: unknown) => {
    // What an earlier run may have left is not known yet.
    throw withoutResume(error);
  });
  return { request, ports, remote, retries, counters: createCounters(remote.warnings) };
}

/** Tells what the object is, where it goes, and what the metadata warn of. */
export function reportDescribed({ remote, ports }: Transfer, target: string): void {
  ports.report({ type: 'described', remote, target });
  for (const warning of remote.warnings) ports.report({ type: 'warning', warning });
}

/**
 * Asks for the metadata, again while failures are transient, and while the object is being made where that is waited for.
 * @throws AppError; the reason of `signal`
 */
export async function describeObject(
  transfer: Pick<Transfer, 'request' | 'ports' | 'retries'>,
  signal: AbortSignal,
): Promise<Remote> {
  const { request, retries } = transfer;
  const describe = (): Promise<Remote> => withRetries(() => request.source.describe(signal), retries, signal);
  const remote = await whenReady(describe, transfer, signal);
  refuseUnknownAlgorithm(remote, request.options);
  refuseConflict(mergeDigests(request.options.checksums, remote.digests));
  return remote;
}
