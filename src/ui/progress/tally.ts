import type { TransferEvent } from '../../core/events.js';
import type { Warning } from '../../core/source.js';

/** What is known of a run at any moment: a failure's or signal's document is made of it. Null: not known. */
export interface Tally {
  readonly path: string | null;
  /** The image's title where it has one, as in the document of a success. */
  readonly name: string | null;
  /** Bytes that the next run can continue from. */
  readonly durable: number;
  readonly received: number;
  /** Bytes of an earlier process that are still part of the file. */
  readonly resumedFrom: number | null;
  readonly attempts: number;
  readonly connections: number;
  readonly warnings: readonly Warning[];
}

export const EMPTY_TALLY: Tally = {
  path: null,
  name: null,
  durable: 0,
  received: 0,
  resumedFrom: null,
  attempts: 0,
  connections: 0,
  warnings: [],
};

/** The next tally. Pure. A connection counts once its answer has come. */
export function count(tally: Tally, event: TransferEvent): Tally {
  switch (event.type) {
    case 'described':
      return { ...tally, path: event.target, name: event.remote.label ?? event.remote.name ?? tally.name };
    case 'planned':
      return { ...tally, durable: event.from, resumedFrom: keptOf(event.from) };
    case 'restart':
      return { ...tally, durable: event.kept, resumedFrom: keptOf(Math.min(event.kept, tally.resumedFrom ?? 0)) };
    case 'checkpoint':
      return { ...tally, durable: event.durable };
    case 'connected':
      return { ...tally, attempts: tally.attempts + 1, connections: Math.max(1, tally.connections) };
    case 'bytes':
      return { ...tally, received: event.received, connections: Math.max(tally.connections, event.connections) };
    case 'warning':
      return { ...tally, warnings: [...tally.warnings, event.warning] };
    default:
      return tally;
  }
}

/** None is not zero: the run is then no continuation. */
function keptOf(bytes: number): number | null {
  return bytes > 0 ? bytes : null;
}
