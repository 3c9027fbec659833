import { checkDigests, mergeDigests, verifiedBy } from '../core/digest.js';
import { CODES } from '../core/error-codes.js';
import { AppError } from '../core/errors.js';
import type { Plan } from '../core/plan.js';
import { escapeControls } from '../core/redact.js';
import type {
  Algorithm,
  CheckedDigest,
  Clock,
  LocalFacts,
  Outcome,
  Receipt,
  Remote,
  Report,
  Source,
  TransferOptions,
  Transport,
  Warning,
  Workspace,
} from '../core/types.js';
import type { Attempts } from './attempts.js';
import type { HasherFactory } from './digests.js';
import type { Tally } from './fetch.js';

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
    connections: run.tally.attempts > 0 ? 1 : 0,
    warnings: run.tally.warnings,
    name: run.remote.label ?? run.remote.name ?? null,
    ...facts,
  };
}

/** The target that is there is proven: what it was proven by is what was hashed. */
export function provenOutcome(run: Run, planned: Planned, status: 'complete' | 'unchanged'): Outcome {
  const { local, targetDigests, receipt } = planned;
  const fromReceipt = (receipt?.digests ?? []).map(({ algorithm, hex }) => ({
    algorithm,
    hex,
    from: 'metadata' as const,
  }));
  const promised = mergeDigests(run.request.options.checksums, run.remote.digests, fromReceipt);
  const checked = checkDigests(
    promised.filter((digest) => targetDigests?.has(digest.algorithm)),
    targetDigests ?? new Map(),
  );
  return outcomeOf(run, {
    status: run.request.options.dryRun ? 'dry-run' : status,
    bytes: local.target.kind === 'file' ? local.target.size : null,
    verified: verifiedBy(checked, true),
    digests: checked,
  });
}

/** @throws AppError where the plan is to refuse: a dry run fails as the real one would */
export function dryRunOutcome(run: Run, planned: Planned): Outcome {
  if (planned.plan.kind === 'refuse') throw refusalOf(run, planned.plan);
  const from = planned.plan.kind === 'fetch' ? planned.plan.from : 0;
  if (planned.plan.kind === 'fetch') {
    run.ports.report({ type: 'planned', from, size: planned.plan.known.size, why: planned.plan.why });
  }
  const promised = mergeDigests(run.request.options.checksums, run.remote.digests);
  return outcomeOf(run, {
    status: 'dry-run',
    bytes: run.remote.identity.size ?? null,
    digests: promised.map((digest) => ({ ...digest, matched: null })),
    resumedFrom: from > 0 ? from : null,
  });
}

export function refusalOf(run: Run, refused: Extract<Plan, { kind: 'refuse' }>): AppError {
  const attempt = refused.code === 'disk.full' ? 'checking the free space for' : 'looking at';
  return new AppError(refused.code, `${attempt} ${escapeControls(run.workspace.target)}: ${refused.why}`, {
    hint: CODES[refused.code].cure,
    details: { path: run.workspace.target },
  });
}

/** What was computed in place of a promise that was not kept. */
export function withComputed(
  checked: readonly CheckedDigest[],
  computed: ReadonlyMap<Algorithm, string>,
): readonly CheckedDigest[] {
  return [
    ...checked,
    ...[...computed].map(([algorithm, hex]) => ({ algorithm, hex, from: 'computed' as const, matched: null })),
  ];
}

/** @param consequence what it means for what is on disk or was streamed */
export function mismatchError(checked: readonly CheckedDigest[], consequence = 'nothing was published'): AppError {
  const wrong = checked.filter((digest) => digest.matched === false);
  const got = (algorithm: Algorithm): string =>
    checked.find((digest) => digest.algorithm === algorithm && digest.from === 'computed')?.hex ?? '';
  const list = wrong.map((digest) => `${digest.algorithm} is not ${digest.hex} (${digest.from})`).join(', ');
  return new AppError('integrity.digest', `verifying: ${list}`, {
    hint: `ask the owner of the image; ${consequence}`,
    details: Object.fromEntries(
      wrong
        .map((digest) => [`${digest.algorithm}.expected`, digest.hex])
        .concat(wrong.map((digest) => [`${digest.algorithm}.got`, got(digest.algorithm)])),
    ),
  });
}

/** A digest nobody here can compute is no reason to accept less: only the user's own checksum is. */
export function refuseUnknownAlgorithm(remote: Remote, options: TransferOptions): void {
  const unknown = remote.warnings.find((warning) => warning.code === 'integrity.algorithm');
  if (unknown === undefined || options.checksums.length > 0) return;
  throw new AppError('integrity.algorithm', `checking the metadata: ${unknown.message}`, {
    hint: 'give a digest that you trust with --checksum ALGO:HEX',
  });
}
