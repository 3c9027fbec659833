import type { Algorithm } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { type Plan, plan } from '../core/plan.js';
import type { LocalFacts, Receipt } from '../core/storage.js';
import { digestTarget } from './target-digest.js';
import type { FileTransfer } from './transfer.js';

/** A plan with what it was made of. */
export interface Planned {
  readonly plan: Exclude<Plan, { kind: 'hash-target' }>;
  readonly local: LocalFacts;
  readonly receipt: Receipt | undefined;
  readonly targetDigests: ReadonlyMap<Algorithm, string> | undefined;
}

/**
 * Looks at the disk and plans; hashes the target where the plan depends on that.
 * @param awaited as in PlanInput
 * @throws AppError fs.*
 */
export async function makePlan(transfer: FileTransfer, signal: AbortSignal, awaited = false): Promise<Planned> {
  const { workspace, request, remote } = transfer;
  // Before a byte is fetched, or a key spent: a target without the receipt that was asked for is downloaded night after night.
  if (request.options.receipt || request.options.update) await workspace.expectReceipt();
  const local = await workspace.inspect();
  const receipt = local.target.kind === 'file' ? await workspace.readReceipt() : undefined;
  const input = { remote, local, receipt, options: request.options, awaited };
  const first = plan(input);
  if (first.kind !== 'hash-target') return { plan: first, local, receipt, targetDigests: undefined };
  const size = local.target.kind === 'file' ? local.target.size : 0;
  const targetDigests = await digestTarget(transfer, first.algorithms, size, signal);
  const second = plan({ ...input, targetDigests });
  if (second.kind === 'hash-target') throw new AppError('bug', 'planning: hashing the target is asked for twice');
  return { plan: second, local, receipt, targetDigests };
}
