import { basename } from 'node:path';
import type { Outcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import { describedTransfer, reportDescribed } from './description.js';
import { acceptTarget, compareTarget, confirmTarget } from './existing-target.js';
import { namedFailure, refusalOf } from './failure.js';
import { inspectTarget } from './inspection.js';
import { withAnswerListed, withListed } from './listing.js';
import { dryRunOutcome, lacksReceipt, outcomeOf, provenOutcome, recordReceipt } from './outcome.js';
import { makePlan, type Planned } from './planning.js';
import { askServer } from './question.js';
import { fetchWithRestart } from './restart.js';
import { acquireLock, removeStaleLock } from './target-lock.js';
import type { DownloadPorts, FileTransfer, TransferRequest } from './transfer.js';

/** Refusals that do not depend on what another imgdl may be doing right now. */
const TARGET_CODES: ReadonlySet<string> = new Set(['fs.exists', 'fs.symlink', 'fs.type']);

/**
 * Downloads one remote object into one file: describe, look at the disk, plan, fetch, verify, publish.
 *
 * Nothing unverified is ever visible under the target's name. When it throws, what can be continued is kept and the
 * previous target is untouched.
 *
 * @throws AppError with the exit code of what went wrong; the reason of `signal` when it is aborted
 */
export async function download(request: TransferRequest, ports: DownloadPorts, signal: AbortSignal): Promise<Outcome> {
  const described = await describedTransfer(request, ports, signal);
  const workspace = await ports.place(described.remote);
  reportDescribed(described, workspace.target);
  try {
    const transfer = withListed({ ...described, workspace }, basename(workspace.target));
    const outcome = await carryOut(await listedByAnswer(transfer, signal), signal);
    if (outcome.status === 'complete' || outcome.status === 'unchanged') await workspace.keepTarget();
    await inspectTarget(transfer, outcome);
    return outcome;
  } catch (error) {
    throw namedFailure(error, workspace.target, described.remote.ref, described.counters);
  }
}

/** Whether the target that is there is the image may depend on a digest that only an answer leads to. */
async function listedByAnswer(transfer: FileTransfer, signal: AbortSignal): Promise<FileTransfer> {
  if (transfer.lookUp === undefined) return transfer;
  const { target } = await transfer.workspace.inspect();
  if (target.kind !== 'file' && !transfer.request.options.dryRun) return transfer;
  const reply = await askServer(transfer, {}, signal);
  return reply.kind === 'described' ? withAnswerListed(transfer, reply.url) : transfer;
}

async function carryOut(transfer: FileTransfer, signal: AbortSignal): Promise<Outcome> {
  const { workspace, request } = transfer;
  // What can be said without owning the target is said without leaving a trace beside it.
  const planned = await makePlan(transfer, signal);
  const { plan, local } = planned;
  if (request.options.dryRun) return await dryRun(transfer, planned, signal);
  const isRefused = plan.kind === 'refuse' && TARGET_CODES.has(plan.code);
  const isSettled = plan.kind === 'skip' && !lacksReceipt(transfer, planned);
  // Asking leaves no trace, either.
  const isAsked = plan.kind === 'compare' && !request.options.receipt;
  // Only where it is not taken for good: one that could not be given back would be our own.
  if ((isRefused || isSettled || isAsked) && local.lockSeen === true) await removeStaleLock(workspace);
  if (isRefused) throw refusalOf(workspace.target, plan);
  if (isSettled) return provenOutcome(transfer, planned, plan.status);
  if (isAsked) return await compareTarget(transfer, plan, signal);

  const { lock, afterTwin } = await acquireLock(transfer, signal);
  try {
    return await whileOwned(transfer, afterTwin && local.target.kind === 'absent', signal);
  } finally {
    await lock.unlock();
  }
}

/** Asks what the real run would ask, and changes nothing. */
async function dryRun(transfer: FileTransfer, planned: Planned, signal: AbortSignal): Promise<Outcome> {
  const { plan } = planned;
  if (plan.kind === 'confirm') return await confirmTarget(transfer, planned, plan, signal);
  if (plan.kind === 'compare') return await compareTarget(transfer, plan, signal);
  return dryRunOutcome(transfer, planned, plan);
}

/** Everything that happens while the target is ours. @param awaited as in PlanInput */
async function whileOwned(transfer: FileTransfer, awaited: boolean, signal: AbortSignal): Promise<Outcome> {
  const planned = await makePlan(transfer, signal, awaited);
  const { plan } = planned;
  switch (plan.kind) {
    case 'skip':
      return await skip(transfer, planned, plan.status);
    case 'confirm':
      return await confirmTarget(transfer, planned, plan, signal);
    case 'compare':
      return await compareTarget(transfer, plan, signal);
    case 'accept':
      return await acceptTarget(transfer, plan, signal);
    case 'refuse':
      throw refusalOf(transfer.workspace.target, plan);
    case 'fetch':
      return await fetchPlanned(transfer, planned, plan, signal);
    case 'finish':
      return await finish(transfer, signal);
  }
}

async function skip(
  transfer: FileTransfer,
  planned: Planned,
  status: Extract<Plan, { kind: 'skip' }>['status'],
): Promise<Outcome> {
  const proven = provenOutcome(transfer, planned, status);
  const { bytes, verified, digests } = proven;
  if (lacksReceipt(transfer, planned) && bytes !== null)
    await recordReceipt(transfer, { identity: transfer.remote.identity, bytes, verified, digests });
  return proven;
}

async function fetchPlanned(
  transfer: FileTransfer,
  planned: Planned,
  plan: Extract<Plan, { kind: 'fetch' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome = await fetchWithRestart(transfer, plan, signal);
  return outcome === 'unchanged' ? provenOutcome(transfer, planned, 'unchanged') : outcome;
}

/** Killed between link and unlink: the file was verified before it was linked. Planning again says how it stands. */
async function finish(transfer: FileTransfer, signal: AbortSignal): Promise<Outcome> {
  const { workspace } = transfer;
  await workspace.finishPublished();
  const planned = await makePlan(transfer, signal);
  const { plan, local, targetDigests } = planned;
  if (plan.kind === 'skip') return provenOutcome(transfer, planned, plan.status);
  // What was verified then may not be what is asked for now: another --checksum, another remote object.
  if (plan.kind === 'fetch') return await fetchPlanned(transfer, planned, plan, signal);
  if (plan.kind === 'refuse' && targetDigests !== undefined) throw refusalOf(workspace.target, plan);
  const bytes = local.target.kind === 'file' ? local.target.size : null;
  return outcomeOf(transfer, { path: workspace.target, status: 'complete', bytes, verified: 'size-only' });
}
