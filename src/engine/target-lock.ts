import { AppError } from '../core/errors.js';
import type { Lock, Workspace } from '../core/storage.js';
import type { FileTransfer } from './transfer.js';

const POLL_MS = 500;

/**
 * Takes the lock of the target; waits for it with `--on-busy wait`.
 * @throws AppError lock.held, fs.*; the reason of `signal`
 */
export async function acquireLock(transfer: FileTransfer, signal: AbortSignal): Promise<Lock> {
  const { workspace, request, ports } = transfer;
  let told = false;
  for (;;) {
    try {
      return await workspace.lock();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'lock.held' || request.options.onBusy === 'fail') throw error;
      // Whoever cannot be seen from here cannot be seen to end either.
      if (error.details['seen'] === false) throw error;
      if (!told) ports.report({ type: 'phase', phase: 'waiting-for-lock' });
      told = true;
      await ports.clock.sleep(POLL_MS, signal);
    }
  }
}

/** A run that was killed after publishing has left its lock: nobody else would ever come for it. */
export async function removeStaleLock(workspace: Workspace): Promise<void> {
  try {
    const lock = await workspace.lock();
    await lock.unlock();
  } catch (error) {
    // It is alive, or the directory is read-only: both are no business of a run that changes nothing.
    if (!(error instanceof AppError)) throw error;
  }
}
