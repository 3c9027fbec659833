import { AppError } from '../core/errors.js';
import { fingerprintOf } from '../core/identity.js';
import type { Lock, Workspace } from '../core/storage.js';
import type { FileTransfer } from './transfer.js';

const POLL_MS = 500;

export interface AcquiredLock {
  readonly lock: Lock;
  /** Whoever had it last wanted the same object. */
  readonly afterTwin: boolean;
}

/**
 * Takes the lock of the target; waits for it with `--on-busy wait`.
 * @throws AppError lock.held, fs.*; the reason of `signal`
 */
export async function acquireLock(transfer: FileTransfer, signal: AbortSignal): Promise<AcquiredLock> {
  const { workspace, request, ports, remote } = transfer;
  const object = fingerprintOf(remote);
  let told = false;
  let afterTwin = false;
  for (;;) {
    try {
      return { lock: await workspace.lock(object), afterTwin };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'lock.held' || request.options.onBusy === 'fail') throw error;
      // Whoever cannot be seen from here cannot be seen to end either.
      if (error.details['seen'] === false) throw error;
      if (!told) ports.report({ type: 'phase', phase: 'waiting-for-lock' });
      told = true;
      afterTwin = error.details['object'] === object;
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
