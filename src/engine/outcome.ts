import type { Digest } from '../core/digest.js';
import { mergeDigests } from '../core/digest.js';
import { compareIdentity, sameSource } from '../core/identity.js';
import type { Outcome } from '../core/outcome.js';
import type { Receipt } from '../core/storage.js';
import { verify } from '../core/verification.js';
import { refusalOf } from './failure.js';
import type { Planned } from './planning.js';
import type { FileTransfer, Transfer } from './transfer.js';
import { warnOutvoted } from './warnings.js';

/** An outcome with what every transfer counts; `facts` add to it. */
export function outcomeOf(
  { counters, remote }: Transfer,
  facts: Pick<Outcome, 'path' | 'status'> & Partial<Outcome>,
): Outcome {
  return {
    bytes: null,
    verified: 'none',
    digests: [],
    received: counters.received,
    resumedFrom: null,
    attempts: counters.opened,
    connections: counters.mostAtOnce ?? (counters.opened > 0 ? 1 : 0),
    warnings: counters.warnings,
    source: remote.ref,
    name: remote.label ?? remote.name ?? null,
    owner: remote.owner ?? null,
    ...facts,
  };
}

/**
 * The target that is there is proven, by what was hashed. Our own receipt proves no more than the run that wrote it.
 */
export function provenOutcome(transfer: FileTransfer, planned: Planned, status: 'complete' | 'unchanged'): Outcome {
  const { local, targetDigests = new Map(), receipt } = planned;
  const promised = mergeDigests(
    transfer.request.options.checksums,
    transfer.remote.digests,
    receiptDigests(receipt),
    // A receipt of another object or of earlier bytes is no promise about this file.
  ).filter(({ algorithm, hex, from }) =>
    from === 'receipt' ? targetDigests.get(algorithm) === hex : targetDigests.has(algorithm),
  );
  const { checked, outvoted } = verify(promised, targetDigests, true);
  warnOutvoted(transfer, outvoted);
  const vouched = promised.filter(({ from }) => from !== 'receipt');
  const ours = vouched.length < promised.length;
  const byOthers = verify(vouched, targetDigests, true).verified;
  return outcomeOf(transfer, {
    path: transfer.workspace.target,
    status: transfer.request.options.dryRun ? 'dry-run' : status,
    bytes: local.target.kind === 'file' ? local.target.size : null,
    verified: byOthers === 'size-only' && ours ? (receipt?.verified ?? byOthers) : byOthers,
    digests: checked,
    ...(transfer.request.options.dryRun ? { would: 'nothing' } : {}),
  });
}

function receiptDigests(receipt: Receipt | undefined): readonly Digest[] {
  return (receipt?.digests ?? []).map(({ algorithm, hex }) => ({ algorithm, hex, from: 'receipt' }));
}

/** @throws AppError where the plan is to refuse: a dry run fails as the real one would */
export function dryRunOutcome(
  transfer: FileTransfer,
  planned: Planned,
  plan: Exclude<Planned['plan'], { kind: 'confirm' | 'compare' }>,
): Outcome {
  const { local } = planned;
  if (plan.kind === 'skip') return provenOutcome(transfer, planned, plan.status);
  if (plan.kind === 'refuse') throw refusalOf(transfer.workspace.target, plan);
  const from = plan.kind === 'fetch' ? plan.from : 0;
  if (plan.kind === 'fetch') transfer.ports.report({ type: 'planned', from, size: plan.known.size, why: plan.why });
  const promised = mergeDigests(transfer.request.options.checksums, transfer.remote.digests);
  const replaces = local.target.kind !== 'absent';
  const isThere = plan.kind === 'finish' || plan.kind === 'accept';
  return outcomeOf(transfer, {
    path: transfer.workspace.target,
    status: 'dry-run',
    bytes: transfer.remote.identity.size ?? null,
    digests: promised.map((digest) => ({ ...digest, matched: null })),
    resumedFrom: from > 0 ? from : null,
    would: isThere ? 'nothing' : from > 0 ? 'continue' : replaces ? 'replace' : 'download',
  });
}

/** Does the user want a receipt, and is there none yet that speaks of this object? */
export function lacksReceipt(transfer: FileTransfer, planned: Planned): boolean {
  const { request, remote } = transfer;
  const { options } = request;
  if (!options.receipt && !options.update) return false;
  const { receipt } = planned;
  if (receipt === undefined || !sameSource(receipt.source, remote.ref)) return true;
  return compareIdentity(receipt.identity, remote.identity, remote.validator).kind === 'changed';
}

/** Writes what the target is, whence and who vouches for it, where the user wants that. @throws AppError fs.*, disk.* */
export async function recordReceipt(
  transfer: FileTransfer,
  facts: Pick<Receipt, 'identity' | 'bytes' | 'verified' | 'digests'>,
): Promise<void> {
  const { request, ports, workspace, remote } = transfer;
  if (!request.options.receipt && !request.options.update) return;
  await workspace.writeReceipt({
    schema: 1,
    tool: request.tool,
    source: { ...remote.ref, name: remote.label ?? remote.name ?? null },
    finishedAt: new Date(ports.clock.wall()).toISOString(),
    ...facts,
  });
}
