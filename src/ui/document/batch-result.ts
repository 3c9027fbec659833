import type { ResultDocument } from './result.js';

/** The `--json` document of several images, and of a list of any length; schema/result.json says the same. */
export interface BatchDocument {
  readonly schema: 1;
  /** What each would have printed alone, in the order given. */
  readonly items: readonly ResultDocument[];
  readonly summary: BatchSummary;
}

export interface BatchSummary {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Bytes of the complete files. */
  readonly bytes: number;
  /** Body bytes received in this run. */
  readonly received: number;
  readonly durationMs: number;
}

export function batchDocument(items: readonly ResultDocument[], summary: BatchSummary): BatchDocument {
  return { schema: 1, items, summary: { ...summary, durationMs: Math.round(summary.durationMs) } };
}
