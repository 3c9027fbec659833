import type { EndedImage } from '../app/download.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Outcome } from '../core/outcome.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import type { BatchSummary } from '../ui/document/batch-result.js';
import {
  failureDocument,
  type ResultDocument,
  type ResultError,
  resultDocument,
  resultError,
  signalError,
} from '../ui/document/result.js';
import type { TransferState } from '../ui/progress/state.js';
import type { StatusCounts } from '../ui/text/batch-summary.js';
import { Interrupted } from './signals.js';

/** How one image ended, and what was counted on the way. */
export interface Result extends EndedImage {
  readonly durationMs: number;
  readonly progress: TransferState;
}

/** What the image would print alone. @param shared warnings of the run as a whole */
export function documentOf({ image, end, durationMs, progress }: Result, shared: readonly Warning[]): ResultDocument {
  const facts = { asked: image.source.ref, durationMs };
  const counted = { ...progress, warnings: [...shared, ...progress.warnings] };
  return end.kind === 'done'
    ? resultDocument({ ...end.value, warnings: counted.warnings }, facts)
    : failureDocument(errorOf(end.error, progress), facts, counted);
}

/** What ended it, as a document shows it. A signal's promise depends on what is on the disk. */
export function errorOf(cause: unknown, progress: Pick<TransferState, 'durable'>): ResultError {
  return cause instanceof Interrupted ? signalError(cause.signal, cause.number, progress.durable) : resultError(cause);
}

export function summaryOf(results: readonly Result[], durationMs: number): BatchSummary {
  const sum = { succeeded: 0, failed: 0, bytes: 0, received: 0 };
  for (const { end, progress } of results) {
    if (end.kind === 'done') {
      sum.succeeded += 1;
      sum.bytes += end.value.bytes ?? 0;
      sum.received += end.value.received;
    } else {
      sum.failed += 1;
      sum.received += progress.received;
    }
  }
  return { total: results.length, ...sum, durationMs };
}

export function countsOf(results: readonly Result[]): StatusCounts {
  const counts = new Map<Outcome['status'] | 'size-only', number>();
  const add = (name: Outcome['status'] | 'size-only'): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { end } of results) {
    if (end.kind === 'failed') continue;
    const { status, verified } = end.value;
    add(status);
    if (status !== 'dry-run' && (verified === 'size-only' || verified === 'none')) add('size-only');
  }
  return counts;
}

/** Among several images an error must say whose it is; a log-in that is refused is no single image's. */
export function naming(error: unknown, name: string): unknown {
  const shown = escapeControls(name);
  if (!isAppError(error) || error.code === 'auth.refused' || error.message.includes(shown)) return error;
  return new AppError(error.kind, `${shown}: ${error.message}`, {
    hint: error.hint,
    details: error.details,
    cause: error.cause,
  });
}

/** So many complete files are named. */
const NAMED = 3;

/** A result that cannot be told is no reason to think that there is none, nor to fetch it again. */
export function saying(error: unknown, results: readonly Result[]): unknown {
  const complete = results.flatMap(({ end }) =>
    end.kind === 'done' && end.value.status !== 'dry-run' ? (end.value.path ?? []) : [],
  );
  if (!isAppError(error) || error.code !== 'output.failed' || complete.length === 0) return error;
  const more = complete.length - NAMED;
  const named = complete.slice(0, NAMED).map((path) => shorten(escapeControls(path), 200));
  const files = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return new AppError(error.kind, `${error.message}; ${files} ${complete.length === 1 ? 'is' : 'are'} complete`, {
    hint: complete.length === results.length ? `${error.hint}; there is nothing to download again` : RERUN,
    details: { ...error.details, complete },
    cause: error.cause,
  });
}

const RERUN = 'check where stdout goes, then run again for the rest';
