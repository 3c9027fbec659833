import type { CheckedDigest, Verified } from './digest.js';
import type { SourceRef, Warning } from './source.js';

export type Status = 'downloaded' | 'resumed' | 'complete' | 'unchanged' | 'failed' | 'dry-run';

/** What a transfer came to. The `--json` document is made of it (ui/document/result.ts). */
export interface Outcome {
  readonly status: Exclude<Status, 'failed'>;
  readonly path: string | null;
  readonly bytes: number | null;
  readonly verified: Verified;
  readonly digests: readonly CheckedDigest[];
  /** Body bytes received in this run. */
  readonly received: number;
  /** Bytes kept from an earlier process; null unless resumed. */
  readonly resumedFrom: number | null;
  /** Connections opened. */
  readonly attempts: number;
  /** Most connections at once. */
  readonly connections: number;
  readonly warnings: readonly Warning[];
  /** The object as it was described. */
  readonly source: SourceRef;
  readonly name: string | null;
  /** Whose it is, where the server says so. */
  readonly owner: string | null;
  /** What a dry run would have done; absent otherwise. */
  readonly would?: 'download' | 'continue' | 'replace' | 'nothing';
}
