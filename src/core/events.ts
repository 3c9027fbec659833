import type { AppError } from './errors.js';
import type { Remote, Warning } from './source.js';

export type Phase =
  | 'describing'
  | 'waiting-for-lock'
  | 'waiting-for-image'
  | 'connecting'
  | 'transferring'
  | 'waiting'
  | 'verifying'
  | 'publishing'
  | 'cleaning-up';

/** What happens in a transfer, as it happens. Text in here is untrusted where it says so; renderers escape it. */
export type TransferEvent =
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'described'; readonly remote: Remote; readonly target: string }
  | { readonly type: 'planned'; readonly from: number; readonly size: number | undefined; readonly why: string }
  /** `front`: contiguous bytes, from 0. `received`: body bytes of this run. `size`: the total as soon as it is known. */
  | {
      readonly type: 'bytes';
      readonly front: number;
      readonly received: number;
      readonly connections: number;
      readonly size?: number;
    }
  | { readonly type: 'checkpoint'; readonly durable: number }
  /** While a file is verified: so much of it, from 0, has been read back. */
  | { readonly type: 'hashed'; readonly hashed: number; readonly size: number }
  | { readonly type: 'connected'; readonly by: string; readonly from: number; readonly status: number }
  | { readonly type: 'retry'; readonly error: AppError; readonly attempt: number; readonly inMs: number }
  /**
   * The object is still being made, as `error` says. `waitedMs`: since that was first seen, so that 0 is the first.
   * `leftMs`: until the wait is over.
   */
  | {
      readonly type: 'pending';
      readonly error: AppError;
      readonly waitedMs: number;
      readonly leftMs: number;
      readonly inMs: number;
    }
  /**
   * Bytes were given up, and the rest is fetched again. `kept`: contiguous bytes, from 0, that stay: none, or what a
   * checkpoint of an earlier run proves. `discarded`: those that do not.
   */
  | { readonly type: 'restart'; readonly why: string; readonly kept: number; readonly discarded: number }
  /** `--update` replaces the target that is there. */
  | { readonly type: 'outdated'; readonly why: string }
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'note'; readonly message: string };

export type Report = (event: TransferEvent) => void;
