import type { Algorithm } from '../core/types.js';

/** What main thread and digest thread share. */
export interface WorkerInput {
  readonly fd: number;
  readonly algorithm: Algorithm;
  /** First byte of the hashed range. */
  readonly from: number;
  /** BigInt64 cells, see {@link CELL}. */
  readonly shared: SharedArrayBuffer;
}

/** Indices of the shared cells. */
export const CELL = {
  /** Counts changes; the worker waits on it. */
  sequence: 0,
  /** Bytes before this offset are written. */
  limit: 1,
  /** Bytes before this offset are hashed. */
  position: 2,
} as const;
export const CELL_COUNT = 3;

export type ToWorker = { readonly type: 'mark'; readonly end: number } | { readonly type: 'close' };
export type FromWorker =
  | { readonly type: 'mark'; readonly end: number; readonly hex: string }
  | { readonly type: 'error'; readonly message: string };
