import type { Algorithm } from '../../core/digest.js';
import type { ReadAheadBuffer } from './read-ahead-buffer.js';

/** What a digest thread is started with. */
export interface ThreadInput {
  readonly algorithm: Algorithm;
  /** One BigInt64 that counts what there is to look at; the thread sleeps on it. */
  readonly wakeups: SharedArrayBuffer;
}

/** Indices of the BigInt64 cells that both sides share for each job. A 64-bit cell holds every offset exactly. */
export const CELL = {
  /** Bytes before this offset are written. The main thread writes it. */
  limit: 0,
  /** Bytes before this offset are hashed. The digest thread writes it. */
  position: 1,
  /** The digest thread need not be woken for a limit below this one. The digest thread writes it. */
  wakeAt: 2,
  /** The main thread waits until the bytes before this offset are hashed; 0: it does not. Both sides write it. */
  notifyAt: 3,
} as const;
export const CELL_COUNT = 4;

/** Jobs are numbered per thread and a number is never used twice. */
export type ToThread =
  | {
      readonly type: 'open';
      readonly job: number;
      readonly fd: number;
      readonly from: number;
      readonly cells: SharedArrayBuffer;
    }
  | { readonly type: 'mark'; readonly job: number; readonly end: number }
  /** Part of the file may be in this buffer from now on. */
  | { readonly type: 'attach'; readonly job: number; readonly buffer: ReadAheadBuffer }
  /** Answered by `closed`: the descriptor is not touched any more. */
  | { readonly type: 'close'; readonly job: number };

export type FromThread =
  | { readonly type: 'mark'; readonly job: number; readonly end: number; readonly hex: string }
  /** The position has come to notifyAt. */
  | { readonly type: 'passed'; readonly job: number }
  /** The job has ended. */
  | { readonly type: 'error'; readonly job: number; readonly message: string }
  | { readonly type: 'closed'; readonly job: number };
