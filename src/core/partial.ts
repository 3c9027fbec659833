/** What imgdl has left in a directory, or is at work on there: one for each target. */
import type { SourceRef } from './source.js';

/**
 * Who holds it. `running`: a process on this machine. `left-behind`: nobody, its owner has ended. `elsewhere`: a process
 * of another host, as its lock says, which nobody here can see. `unknown`: nothing here tells.
 */
export interface PartialOwner {
  readonly state: 'running' | 'left-behind' | 'elsewhere' | 'unknown';
  readonly pid: number | null;
  /** As the lock says. Not to be trusted. */
  readonly host: string | null;
}

export interface PartialItem {
  /** As the user would type it; null where nothing says what it is called. */
  readonly target: string | null;
  /** What the names of its files have in common: `.imgdl-0123456789abcdef`. */
  readonly files: string;
  readonly source: SourceRef | null;
  /** Bytes that the next run goes on from. */
  readonly bytes: number;
  /** Of the whole file, where a server has said it. */
  readonly size: number | null;
  /** Time of the last change, in milliseconds since 1970. */
  readonly updatedAt: number;
  readonly owner: PartialOwner;
}

/** What became of one of them. */
export interface CleanedItem extends PartialItem {
  readonly action: 'removed' | 'would-remove' | 'kept';
  /** Why it is kept: somebody has or may have it, it is not old enough, or not all of it is ours. */
  readonly reason: 'in-use' | 'newer' | 'not-ours' | null;
}

/** A target whose lock is gone. */
export interface UnlockedTarget {
  /** As the user typed it. */
  readonly target: string;
  /** In words; null when nobody did. */
  readonly heldBy: string | null;
}
