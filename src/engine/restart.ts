import { AppError } from '../core/errors.js';
import { compareIdentity } from '../core/identity.js';
import type { Outcome } from '../core/outcome.js';
import { type Adopted, otherPart } from '../core/plan.js';
import type { Remote } from '../core/source.js';
import { type Attempt, type AttemptResult, attemptDownload, type FetchPlan } from './attempt.js';
import { describeObject } from './description.js';
import { mismatchError, refusalOf } from './failure.js';
import { changedError } from './remote-changed.js';
import type { FileTransfer } from './transfer.js';
import { warn, warnOutdated } from './warnings.js';

/** Why an attempt came to nothing. */
type Failed = Extract<AttemptResult, { kind: 'changed' | 'mismatch' }>;

/**
 * Fetches and publishes. One restart is allowed: after a change of the remote object, or after a digest that does not
 * match.
 * @returns `unchanged` when the target turned out to be current
 * @throws AppError; the reason of `signal`
 */
export async function fetchWithRestart(
  transfer: FileTransfer,
  plan: FetchPlan,
  signal: AbortSignal,
): Promise<Outcome | 'unchanged'> {
  const { report } = transfer.ports;
  report({ type: 'planned', from: plan.from, size: plan.known.size, why: plan.why });
  if (plan.outdated !== undefined) warnOutdated(transfer, plan.outdated);
  let attempt: Attempt = { transfer, plan, restarted: false };
  for (;;) {
    const result = await attemptDownload(attempt, signal);
    if (result.kind === 'published') return result.outcome;
    if (result.kind === 'unchanged') return 'unchanged';
    refuseRestart(attempt, result);
    attempt = await restarted(attempt, result, signal);
  }
}

/** A part of another source, and an answer that shows that it is not of the same bytes. */
function notAdopted({ plan }: Attempt, result: Failed): Adopted | undefined {
  return result.kind === 'changed' && result.discarded <= plan.from ? plan.adopts : undefined;
}

/** What differs in these is another image, whatever a digest of the user's says. */
const OF_BYTES: ReadonlySet<string> = new Set(['content', 'size', 'digests']);

/**
 * @throws AppError integrity.digest, changed.remote where the result is final; fs.other-part where the part is another's,
 * and not ours to give up
 */
function refuseRestart(attempt: Attempt, result: Failed): void {
  const { transfer, restarted } = attempt;
  const { onChange } = transfer.request.options;
  if (result.kind === 'mismatch') {
    if (restarted) throw mismatchError(result);
    return;
  }
  const adopted = notAdopted(attempt, result);
  if (adopted?.orElse === 'refuse') {
    const why = `${otherPart(adopted.of)}, and this image is another one (${result.field} differs)`;
    const hint = OF_BYTES.has(result.field) ? 'use --restart to discard it, or a different -o path' : undefined;
    throw refusalOf(transfer.workspace.target, { kind: 'refuse', code: 'fs.other-part', why }, hint);
  }
  if (restarted || (onChange !== 'restart' && adopted === undefined))
    throw changedError(result.field, onChange === 'fail');
}

/** The second attempt, with what the metadata say now. */
async function restarted({ transfer, plan }: Attempt, result: Failed, signal: AbortSignal): Promise<Attempt> {
  const why = result.kind === 'changed' ? `the remote image changed (${result.field})` : 'a digest does not match';
  const { discarded } = result;
  const reportRestart = (): void => transfer.ports.report({ type: 'restart', why, kept: 0, discarded });
  // Bytes of a wrong digest are gone by now; those of a changed object are kept until it is sure that it has changed.
  if (result.kind === 'mismatch') reportRestart();
  const remote = await describeObject(transfer, signal);
  if (result.kind === 'changed') {
    refuseOtherSize(transfer.remote, remote, result.field);
    reportRestart();
  }
  for (const warning of remote.warnings) warn(transfer, warning);
  transfer.retries.startOver();
  const again: FetchPlan = {
    ...plan,
    mode: 'fresh',
    from: 0,
    known: remote.identity,
    adopts: undefined,
    unless: undefined,
  };
  const pastCaches = result.kind === 'mismatch';
  return { transfer: { ...transfer, remote, pastCaches }, plan: again, restarted: true };
}

/** One answer of another length (a maintenance page) is not a change that the metadata know nothing of. */
function refuseOtherSize(before: Remote, now: Remote, field: string): void {
  if (field !== 'size' || now.validator !== 'provider' || now.identity.size === undefined) return;
  if (compareIdentity(before.identity, now.identity, 'provider').kind === 'changed') return;
  throw new AppError('proto.size', 'downloading: the server announces a size that differs from its metadata', {
    hint: 'run again: the partial download is kept',
  });
}
