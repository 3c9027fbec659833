import type { Algorithm } from '../core/digest.js';
import type { FileTransfer } from './transfer.js';

/**
 * Digests of the target that is there; tells how far it is with them.
 * @param size of it, in bytes
 * @throws AppError fs.*; the reason of `signal`
 */
export async function digestTarget(
  { workspace, ports }: Pick<FileTransfer, 'workspace' | 'ports'>,
  algorithms: readonly Algorithm[],
  size: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<Algorithm, string>> {
  ports.report({ type: 'phase', phase: 'verifying' });
  return await workspace.digestTarget(algorithms, signal, (hashed) => ports.report({ type: 'hashed', hashed, size }));
}
