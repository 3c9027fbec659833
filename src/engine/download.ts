import { AppError } from '../core/errors.js';
import { compareIdentity } from '../core/identity.js';
import type { Outcome } from '../core/outcome.js';
import { type Plan, plan } from '../core/plan.js';
import type { Lock, Workspace } from '../core/storage.js';
import { playRound, type Round } from './attempt.js';
import { isStill } from './confirm.js';
import { mismatchError, namedFailure, refusalOf, refuseUnknownAlgorithm } from './failure.js';
import {
  type DownloadPorts,
  type DownloadRequest,
  dryRunOutcome,
  lacksReceipt,
  outcomeOf,
  type Planned,
  provenOutcome,
  type Run,
  recordReceipt,
} from './outcome.js';
import { changedError, createAttempts, withAttempts } from './retry-budget.js';
import { tellOutdated } from './warnings.js';

const LOCK_POLL_MS = 500;
/** Refusals that do not depend on what another imgdl may be doing right now. */
const TARGET_CODES: ReadonlySet<string> = new Set(['fs.exists', 'fs.symlink', 'fs.type']);

/**
 * Brings one remote object into one file: describe, look at the disk, plan, fetch, verify, publish.
 *
 * Nothing unverified is ever visible under the target's name. When it throws, what can be continued is kept and the
 * previous target is untouched.
 *
 * @throws AppError with the exit code of what went wrong; the reason of `signal` when it is aborted
 */
export async function download(request: DownloadRequest, ports: DownloadPorts, signal: AbortSignal): Promise<Outcome> {
  const { source, options } = request;
  const attempts = createAttempts(options.retries, request.deadlineAt, ports);
  ports.report({ type: 'phase', phase: 'describing' });
  const remote = await withAttempts(() => source.describe(signal), attempts, signal);
  refuseUnknownAlgorithm(remote, options);
  const workspace = await ports.place(remote);
  ports.report({ type: 'described', remote, target: workspace.target });
  for (const warning of remote.warnings) ports.report({ type: 'warning', warning });
  const tally = { received: 0, attempts: 0, startsFromZero: false, warnings: [...remote.warnings] };
  const run: Run = { request, ports, remote, workspace, attempts, tally };
  try {
    return await carryOut(run, signal);
  } catch (error) {
    throw namedFailure(error, workspace.target, source.ref, tally);
  }
}

async function carryOut(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { workspace } = run;
  // What can be said without owning the target is said without leaving a trace beside it.
  const first = await planFor(run, signal);
  if (run.request.options.dryRun) return dryRunOutcome(run, first);
  const { plan: early } = first;
  const settled = early.kind === 'skip' || (early.kind === 'refuse' && TARGET_CODES.has(early.code));
  if (settled && first.local.lockSeen === true) await sweepLock(workspace);
  if (early.kind === 'skip' && !lacksReceipt(run, first)) return provenOutcome(run, first, early.status);
  if (settled && early.kind === 'refuse') throw refusalOf(workspace.target, early);

  const lock = await acquire(run, signal);
  try {
    return await whileOwned(run, signal);
  } finally {
    await lock.release();
  }
}

/** A run that was killed after publishing has left its lock: nobody else would ever come for it. */
async function sweepLock(workspace: Workspace): Promise<void> {
  try {
    const lock = await workspace.lock();
    await lock.release();
  } catch (error) {
    // It is alive, or the directory is read-only: both are no business of a run that changes nothing.
    if (!(error instanceof AppError)) throw error;
  }
}

async function planFor(run: Run, signal: AbortSignal): Promise<Planned> {
  const { workspace, request, remote } = run;
  const local = await workspace.inspect();
  const receipt = local.target.kind === 'file' ? await workspace.readReceipt() : undefined;
  const input = { source: request.source.ref, remote, local, receipt, options: request.options };
  const first = plan(input);
  if (first.kind !== 'hash-target') return { plan: first, local, receipt, targetDigests: undefined };
  run.ports.report({ type: 'phase', phase: 'verifying' });
  const targetDigests = await workspace.digestTarget(first.algorithms, signal);
  const second = plan({ ...input, targetDigests });
  if (second.kind === 'hash-target') throw new AppError('bug', 'planning: hashing the target is asked for twice');
  return { plan: second, local, receipt, targetDigests };
}

/** Everything that happens while the target is ours. */
async function whileOwned(run: Run, signal: AbortSignal): Promise<Outcome> {
  const planned = await planFor(run, signal);
  switch (planned.plan.kind) {
    case 'skip': {
      const proven = provenOutcome(run, planned, planned.plan.status);
      const { bytes, verified, digests } = proven;
      if (lacksReceipt(run, planned) && bytes !== null)
        await recordReceipt(run, { identity: run.remote.identity, bytes, verified, digests });
      return proven;
    }
    case 'confirm':
      return await confirmTarget(run, planned, planned.plan, signal);
    case 'refuse':
      throw refusalOf(run.workspace.target, planned.plan);
    case 'fetch':
      return await fetchAndPublish(run, planned, planned.plan, signal);
    case 'finish': {
      // Killed between link and unlink: the file was verified before it was linked. Planning again says how it stands.
      await run.workspace.finishPublished();
      const again = await planFor(run, signal);
      if (again.plan.kind === 'skip') return provenOutcome(run, again, again.plan.status);
      // What was verified then may not be what is asked for now: another --checksum, another remote object.
      if (again.plan.kind === 'fetch') return await fetchAndPublish(run, again, again.plan, signal);
      if (again.plan.kind === 'refuse' && again.targetDigests !== undefined)
        throw refusalOf(run.workspace.target, again.plan);
      const { target } = again.local;
      return outcomeOf(run, {
        status: 'complete',
        bytes: target.kind === 'file' ? target.size : null,
        verified: 'size-only',
      });
    }
  }
}

async function confirmTarget(
  run: Run,
  planned: Planned,
  confirm: Extract<Plan, { kind: 'confirm' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const proof = await isStill(run, confirm.unless, signal);
  if (proof.kind === 'proven') return provenOutcome(run, planned, 'complete');
  const why = proof.kind === 'changed' ? `it exists, and the remote image changed (${proof.field})` : confirm.why;
  throw refusalOf(run.workspace.target, { ...confirm, why });
}

/** One restart is allowed: after a change of the remote object, or after a digest that does not match. */
async function fetchAndPublish(
  run: Run,
  planned: Planned,
  fetch: Extract<Plan, { kind: 'fetch' }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { request, ports } = run;
  ports.report({ type: 'planned', from: fetch.from, size: fetch.known.size, why: fetch.why });
  if (fetch.outdated !== undefined) tellOutdated(fetch.outdated, run.tally, ports.report);
  let round: Round = { remote: run.remote, plan: fetch, restarted: false };
  for (;;) {
    const result = await playRound(run, round, signal);
    switch (result.kind) {
      case 'published':
        return result.outcome;
      case 'unchanged':
        return provenOutcome(run, planned, 'unchanged');
      case 'mismatch':
        if (!round.restarted) break;
        throw mismatchError(result.checked, result.computed);
      case 'changed':
        if (!round.restarted && request.options.onChange === 'restart') break;
        throw changedError(result.field, request.options.onChange === 'fail');
    }
    const why = result.kind === 'changed' ? `the remote image changed (${result.field})` : 'a digest does not match';
    const { discarded } = result;
    const startingAgain = (): void => ports.report({ type: 'restart', why, kept: 0, discarded });
    // Bytes of a wrong digest are gone by now; those of a changed object are kept until it is sure that it has changed.
    if (result.kind === 'mismatch') startingAgain();
    const remote = await withAttempts(() => request.source.describe(signal), run.attempts, signal);
    refuseUnknownAlgorithm(remote, request.options);
    // One answer of another length (a maintenance page) is not a change that the metadata know nothing of.
    if (result.kind === 'changed' && result.field === 'size' && remote.validator === 'provider') {
      const proof = compareIdentity(round.remote.identity, remote.identity, 'provider');
      if (proof.kind !== 'changed' && remote.identity.size !== undefined) {
        throw new AppError('proto.size', 'downloading: the server announces a size that differs from its metadata', {
          hint: 'run again: the partial download is kept',
        });
      }
    }
    if (result.kind === 'changed') startingAgain();
    const again = { ...fetch, mode: 'fresh' as const, from: 0, known: remote.identity, unless: undefined };
    run.attempts.startOver();
    round = { remote, plan: again, restarted: true };
  }
}

async function acquire(run: Run, signal: AbortSignal): Promise<Lock> {
  const { workspace, request, ports } = run;
  let told = false;
  for (;;) {
    try {
      return await workspace.lock();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'lock.held' || request.options.onBusy === 'fail') throw error;
      if (!told) ports.report({ type: 'phase', phase: 'waiting-for-lock' });
      told = true;
      await ports.clock.sleep(LOCK_POLL_MS, signal);
    }
  }
}
