import type { Clock } from '../core/clock.js';
import type { Algorithm, Digest } from '../core/digest.js';
import { checkDigests, mergeDigests, verifiedBy } from '../core/digest.js';
import type { Report } from '../core/events.js';
import type { Transport } from '../core/http.js';
import { compareIdentity, sameSource } from '../core/identity.js';
import type { ConnectionBudget, Pace } from '../core/limits.js';
import type { Outcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import type { Remote, Source, Warning } from '../core/source.js';
import type { LocalFacts, Receipt, Workspace } from '../core/storage.js';
import type { TransferOptions } from '../core/transfer-options.js';
import type { HasherFactory } from './digest/hasher.js';
import type { ReadAheadPool } from './digest/read-ahead-buffer.js';
import { refusalOf } from './failure.js';
import type { Tally } from './fetch/fetch.js';
import type { Attempts } from './retry-budget.js';

export interface DownloadRequest {
  readonly source: Source;
  readonly options: TransferOptions;
  /** Value of clock.now() at which `--deadline` is over. */
  readonly deadlineAt?: number;
  /** `imgdl 1.2.3`, for receipts. */
  readonly tool: string;
}

export interface DownloadPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly report: Report;
  /** Decides where the bytes of this remote object go. @throws AppError usage.output, fs.* */
  place(remote: Remote): Promise<Workspace>;
  /** startHasher(), or a test's own that holds a digest back. */
  readonly startHasher: HasherFactory;
  /** One for all images of a process. Absent: digests that lag read the file themselves. */
  readonly readAheadPool?: ReadAheadPool;
  /** `--limit-rate`. */
  readonly pace?: Pace;
  /** Shared by all images of a process. Absent: `connections` alone decides. */
  readonly budget?: ConnectionBudget;
}

/** One run: what was asked for and what is known once the object is described and its place is chosen. */
export interface Run {
  readonly request: DownloadRequest;
  readonly ports: DownloadPorts;
  readonly remote: Remote;
  readonly workspace: Workspace;
  readonly attempts: Attempts;
  readonly tally: Tally;
}

/** A plan with what it was made of. */
export interface Planned {
  readonly plan: Exclude<Plan, { kind: 'hash-target' }>;
  readonly local: LocalFacts;
  readonly receipt: Receipt | undefined;
  readonly targetDigests: ReadonlyMap<Algorithm, string> | undefined;
}

export function warn(run: Pick<Run, 'tally' | 'ports'>, warning: Warning): void {
  run.tally.warnings.push(warning);
  run.ports.report({ type: 'warning', warning });
}

export function outcomeOf(run: Run, facts: Pick<Outcome, 'status'> & Partial<Outcome>): Outcome {
  return {
    path: run.workspace.target,
    bytes: null,
    verified: 'none',
    digests: [],
    received: run.tally.received,
    resumedFrom: null,
    attempts: run.tally.attempts,
    connections: run.tally.connections ?? (run.tally.attempts > 0 ? 1 : 0),
    warnings: run.tally.warnings,
    name: run.remote.label ?? run.remote.name ?? null,
    ...facts,
  };
}

/**
 * The target that is there is proven, by what was hashed. Our own receipt proves no more than the run that wrote it.
 */
export function provenOutcome(run: Run, planned: Planned, status: 'complete' | 'unchanged'): Outcome {
  const { local, targetDigests = new Map(), receipt } = planned;
  const promised = mergeDigests(run.request.options.checksums, run.remote.digests, receiptDigests(receipt));
  const checked = checkDigests(
    promised.filter((digest) => targetDigests.has(digest.algorithm)),
    targetDigests,
    // A receipt of another object or of earlier bytes is no promise about this file.
  ).filter((digest) => digest.from !== 'receipt' || digest.matched === true);
  const vouched = checked.filter((digest) => digest.from !== 'receipt');
  const ours = checked.some((digest) => digest.from === 'receipt' && digest.matched === true);
  const byOthers = verifiedBy(vouched, true);
  return outcomeOf(run, {
    status: run.request.options.dryRun ? 'dry-run' : status,
    bytes: local.target.kind === 'file' ? local.target.size : null,
    verified: byOthers === 'size-only' && ours ? (receipt?.verified ?? byOthers) : byOthers,
    digests: checked,
    ...(run.request.options.dryRun ? { would: 'nothing' } : {}),
  });
}

function receiptDigests(receipt: Receipt | undefined): readonly Digest[] {
  return (receipt?.digests ?? []).map(({ algorithm, hex }) => ({ algorithm, hex, from: 'receipt' }));
}

/** @throws AppError where the plan is to refuse: a dry run fails as the real one would */
export function dryRunOutcome(run: Run, planned: Planned): Outcome {
  const { plan, local } = planned;
  if (plan.kind === 'skip') return provenOutcome(run, planned, plan.status);
  if (plan.kind === 'refuse' || plan.kind === 'confirm') throw refusalOf(run.workspace.target, plan);
  const from = plan.kind === 'fetch' ? plan.from : 0;
  if (plan.kind === 'fetch') run.ports.report({ type: 'planned', from, size: plan.known.size, why: plan.why });
  const promised = mergeDigests(run.request.options.checksums, run.remote.digests);
  const replaces = local.target.kind !== 'absent';
  return outcomeOf(run, {
    status: 'dry-run',
    bytes: run.remote.identity.size ?? null,
    digests: promised.map((digest) => ({ ...digest, matched: null })),
    resumedFrom: from > 0 ? from : null,
    would: plan.kind === 'finish' ? 'nothing' : from > 0 ? 'continue' : replaces ? 'replace' : 'download',
  });
}

/** Does the user want a receipt, and is there none yet that speaks of this object? */
export function lacksReceipt(run: Run, planned: Planned): boolean {
  const { options, source } = run.request;
  if (!options.receipt && !options.update) return false;
  const { receipt } = planned;
  if (receipt === undefined || !sameSource(receipt.source, source.ref)) return true;
  return compareIdentity(receipt.identity, run.remote.identity, run.remote.validator).kind === 'changed';
}

/** Writes what the target is, whence and who vouches for it, where the user wants that. @throws AppError fs.*, disk.* */
export async function recordReceipt(
  run: Run,
  facts: Pick<Receipt, 'identity' | 'bytes' | 'verified' | 'digests'>,
): Promise<void> {
  const { request, ports, workspace, remote } = run;
  if (!request.options.receipt && !request.options.update) return;
  await workspace.writeReceipt({
    schema: 1,
    tool: request.tool,
    source: { ...request.source.ref, name: remote.label ?? remote.name ?? null },
    finishedAt: new Date(ports.clock.wall()).toISOString(),
    ...facts,
  });
}
