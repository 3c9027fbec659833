/** A target that is there, and a server that has to say whether it is its object. */
import type { Digest } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import type { Plan } from '../core/plan.js';
import { likeness } from '../core/same-time.js';
import type { Identity } from '../core/source.js';
import { verify } from '../core/verification.js';
import { isStill } from './confirm.js';
import { algorithmsFor } from './digest/digest-set.js';
import { refusalOf } from './failure.js';
import { type BodyVerdict, requireProof } from './fetch/known-object.js';
import { outcomeOf, provenOutcome, recordReceipt } from './outcome.js';
import type { Planned } from './planning.js';
import { askServer } from './question.js';
import { digestTarget } from './target-digest.js';
import type { FileTransfer } from './transfer.js';

type PlanOf<Kind> = Extract<Plan, { kind: Kind }>;

/** Is it still the object of the receipt? @throws AppError fs.exists where it is not, and what asking throws */
export async function confirmTarget(
  transfer: FileTransfer,
  planned: Planned,
  confirm: PlanOf<'confirm'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const proof = await isStill(transfer, confirm.unless, signal);
  if (proof.kind === 'proven') return provenOutcome(transfer, planned, 'complete');
  const why = proof.kind === 'changed' ? `it exists, and the remote image changed (${proof.field})` : confirm.why;
  throw refusalOf(transfer.workspace.target, { ...confirm, why });
}

/**
 * Is it what the server has? By the digests in its answer, since mirrors and copies do not keep times; else by size and
 * time.
 * @throws AppError fs.exists where it is not, or nobody can tell; integrity.unproven where a digest is required
 */
export async function compareTarget(
  transfer: FileTransfer,
  plan: PlanOf<'compare'>,
  signal: AbortSignal,
): Promise<Outcome> {
  const answer = await describedBy(transfer, signal);
  const { learned, digests } = answer;
  const isOtherSize = learned.size !== undefined && learned.size !== plan.size;
  const isProven = (digests.length > 0 && !isOtherSize) || requireLikeness(transfer, plan, answer);
  // The object may have changed since the other run began: the validators of this answer are not those of its bytes.
  const identity = isProven ? learned : { size: plan.size };
  return await completeBy(transfer, { size: plan.size, identity, digests }, signal);
}

/**
 * Another run has just made it of this very object, and verified it.
 * @throws AppError integrity.unproven where a digest is required
 */
export async function acceptTarget(
  transfer: FileTransfer,
  { size }: PlanOf<'accept'>,
  signal: AbortSignal,
): Promise<Outcome> {
  requireProof(transfer.request.options.require, size, []);
  return await completeBy(transfer, { size, identity: transfer.remote.identity, digests: [] }, signal);
}

interface TargetProof {
  readonly size: number;
  readonly identity: Identity;
  readonly digests: readonly Digest[];
}

/** @throws AppError fs.exists where a digest does not match; fs.* */
async function completeBy(
  transfer: FileTransfer,
  { size, identity, digests }: TargetProof,
  signal: AbortSignal,
): Promise<Outcome> {
  const { receipt, dryRun } = transfer.request.options;
  const algorithms = digests.length > 0 || receipt ? algorithmsFor(digests) : [];
  const computed = algorithms.length > 0 ? await digestTarget(transfer, algorithms, size, signal) : new Map();
  const { checked, wrong, verified } = verify(digests, computed, true);
  const [first] = wrong;
  if (first !== undefined) throw refusal(transfer, `it exists, and its ${first.algorithm} does not match`);
  const proven = { bytes: size, verified, digests: checked };
  if (!dryRun) await recordReceipt(transfer, { identity, ...proven });
  const status = dryRun ? ({ status: 'dry-run', would: 'nothing' } as const) : ({ status: 'complete' } as const);
  return outcomeOf(transfer, { path: transfer.workspace.target, ...status, ...proven });
}

async function describedBy(transfer: FileTransfer, signal: AbortSignal): Promise<BodyVerdict> {
  const reply = await askServer(transfer, {}, signal);
  if (reply.kind === 'described') return reply.answer;
  throw new AppError('bug', 'asking the server: an unconditional request came back unchanged');
}

/**
 * @returns false where nothing but the run that was waited for vouches for the file
 * @throws AppError fs.exists, integrity.unproven
 */
function requireLikeness(transfer: FileTransfer, plan: PlanOf<'compare'>, answer: BodyVerdict): boolean {
  const found = likeness(plan, { size: answer.learned.size, modifiedAt: answer.modifiedAt });
  if (found.kind !== 'same' && !(plan.awaited && found.kind === 'unknown')) throw refusal(transfer, found.why);
  requireProof(transfer.request.options.require, plan.size, []);
  return found.kind === 'same';
}

function refusal({ workspace }: FileTransfer, why: string): AppError {
  return refusalOf(workspace.target, { kind: 'refuse', code: 'fs.exists', why });
}
