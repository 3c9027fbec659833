import { AppError } from '../core/errors.js';

/** The object is not what the bytes in hand belong to; the caller decides by `--on-change`. */
export class RemoteChanged extends Error {
  override readonly name = 'RemoteChanged';
  constructor(readonly field: string) {
    super(`the remote object changed (${field})`);
  }
}

/** The error for a change that may not, or not again, be answered by a restart. */
export function changedError(field: string, kept: boolean): AppError {
  return new AppError(
    'changed.remote',
    `downloading: the remote object is not the one the partial download came from (${field} differs)`,
    {
      hint: kept ? 'run again with --on-change restart, or with --restart' : 'run again when the object is stable',
      details: { field },
    },
  );
}
