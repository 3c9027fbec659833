import type { CleanedItem, PartialItem, UnlockedTarget } from '../../core/partial.js';
import type { SourceRef } from '../../core/source.js';
import { tidy } from './json-line.js';

/** One of the `--json` document of `imgdl status`; schema/status.json says the same. Every key is always there. */
interface StatusEntry {
  readonly target: string | null;
  readonly source: SourceRef | null;
  readonly bytes: number;
  readonly size: number | null;
  /** ISO 8601, UTC. */
  readonly updated: string;
  readonly owner: PartialItem['owner'];
}

export interface StatusDocument {
  readonly schema: 1;
  readonly items: readonly StatusEntry[];
}

/** The `--json` document of `imgdl clean`; schema/clean.json says the same. */
export interface CleanDocument {
  readonly schema: 1;
  readonly items: readonly (StatusEntry & Pick<CleanedItem, 'action' | 'reason'>)[];
  /** Of `--unlock`. */
  readonly unlocked: UnlockedTarget | null;
}

export function statusDocument(items: readonly PartialItem[]): StatusDocument {
  return safe({ schema: 1, items: items.map(entryOf) });
}

export function cleanDocument(items: readonly CleanedItem[]): CleanDocument {
  const entries = items.map((item) => ({ ...entryOf(item), action: item.action, reason: item.reason }));
  return safe({ schema: 1, items: entries, unlocked: null });
}

export function unlockDocument(unlocked: UnlockedTarget): CleanDocument {
  return safe({ schema: 1, items: [], unlocked });
}

/** Journals and locks are files that others may have written. A path must be the one to open. */
function safe<T extends object>(document: T): T {
  return tidy(document, new Set(['target']));
}

function entryOf({ target, source, bytes, size, updatedAt, owner }: PartialItem): StatusEntry {
  const from = source === null ? null : { provider: source.provider, endpoint: source.endpoint, ref: source.ref };
  return { target, source: from, bytes, size, updated: new Date(updatedAt).toISOString(), owner };
}
