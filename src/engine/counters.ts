import type { Warning } from '../core/source.js';

/** What is counted over all attempts of one transfer. */
export interface Counters {
  /** Body bytes received; an overlap is received twice. */
  received: number;
  /** Connections opened. */
  opened: number;
  /** Most connections at once; undefined before the first byte. */
  mostAtOnce?: number;
  /** What is on disk lets the next run continue. */
  isKept: boolean;
  /** The server was seen to be unable to continue in the middle. */
  startsFromZero: boolean;
  readonly warnings: Warning[];
}

/** @param warnings that describe() came with */
export function createCounters(warnings: readonly Warning[] = []): Counters {
  return { received: 0, opened: 0, isKept: false, startsFromZero: false, warnings: [...warnings] };
}
