import type { Phase, TransferEvent } from '../../core/events.js';
import type { SourceRef, Warning } from '../../core/source.js';
import { nextSpeed, type Speed, speedAt } from './speed.js';

/**
 * How far one image has come: the one counting of progress. The display draws it, and the document of a failure or a
 * signal is made of it. Times are of the monotonic clock, in milliseconds; null in what documents show means unknown.
 */
export interface TransferState {
  /** What people know it by: as asked for, then its file. Undefined: not known yet. Untrusted. */
  readonly shown: string | undefined;
  /** The target as the user would type it. */
  readonly path: string | null;
  /** The object as it was described. Undefined: it was not yet. */
  readonly source: SourceRef | undefined;
  /** The image's title where it has one, as in the document of a success. */
  readonly name: string | null;
  /** Whose it is, where the server says so. */
  readonly owner: string | null;
  readonly size: number | undefined;
  /** Contiguous bytes written, from 0. */
  readonly front: number;
  /** Bytes that the next run can continue from. */
  readonly durable: number;
  /** Body bytes of this run. */
  readonly received: number;
  /** Bytes of an earlier process that are still part of the file. */
  readonly resumedFrom: number | null;
  /** Connections opened. */
  readonly attempts: number;
  /** Most connections at once. */
  readonly connections: number;
  /** Connections now. */
  readonly open: number;
  readonly phase: Phase;
  /** Retries since the last one after which bytes arrived. */
  readonly retries: number;
  readonly waiting: { readonly until: number; readonly why: string } | undefined;
  /** It is not ready yet, and imgdl waits for it. */
  readonly pending: Pending | undefined;
  /** How far its verification is; undefined while nothing is verified, or at its very beginning. */
  readonly hashing: { readonly hashed: number; readonly size: number } | undefined;
  readonly warnings: readonly Warning[];
  readonly startedAt: number;
  readonly speed: Speed | undefined;
}

/** How far the server is with it, where it says so, and how long it is waited for. */
export interface Pending {
  readonly percent: number | undefined;
  readonly since: number;
  readonly until: number;
}

/** An image of which nothing has happened yet. */
export function newState(now: number, shown?: string): TransferState {
  return {
    shown,
    path: null,
    source: undefined,
    name: null,
    owner: null,
    size: undefined,
    front: 0,
    durable: 0,
    received: 0,
    resumedFrom: null,
    attempts: 0,
    connections: 0,
    open: 0,
    phase: 'describing',
    retries: 0,
    waiting: undefined,
    pending: undefined,
    hashing: undefined,
    warnings: [],
    startedAt: now,
    speed: undefined,
  };
}

/** The next state. Pure; events that say nothing about progress leave it as it is. */
export function follow(state: TransferState, event: TransferEvent, now: number): TransferState {
  switch (event.type) {
    case 'phase':
      return inPhase(state, event.phase);
    case 'pending': {
      const pending = { percent: event.error.pending?.percent, since: now - event.waitedMs, until: now + event.leftMs };
      return { ...state, phase: 'waiting-for-image', waiting: undefined, pending, retries: 0 };
    }
    case 'described': {
      const { remote, target } = event;
      const file = target.split('/').findLast((part) => part !== '');
      return {
        ...state,
        shown: file ?? state.shown ?? remote.label,
        path: target,
        source: remote.ref,
        name: remote.label ?? remote.name ?? state.name,
        owner: remote.owner ?? state.owner,
        size: remote.identity.size ?? state.size,
      };
    }
    case 'planned': {
      const { from, size } = event;
      return { ...state, front: from, durable: from, resumedFrom: keptOf(from), size: size ?? state.size };
    }
    case 'connected':
      // A connection counts once its answer has come.
      return { ...state, attempts: state.attempts + 1, connections: Math.max(1, state.connections) };
    case 'bytes':
      return {
        ...state,
        front: event.front,
        received: event.received,
        size: event.size ?? state.size,
        open: event.connections,
        connections: Math.max(state.connections, event.connections),
        retries: event.front > state.front ? 0 : state.retries,
        speed: nextSpeed(state.speed, event.received, now),
      };
    case 'checkpoint':
      return { ...state, durable: event.durable };
    case 'hashed':
      // A word that comes late, from a thread, is none of the next phase.
      if (state.phase !== 'verifying') return state;
      return { ...state, hashing: { hashed: event.hashed, size: event.size } };
    case 'retry':
      return { ...state, retries: event.attempt, waiting: { until: now + event.inMs, why: event.error.kind.cause } };
    case 'restart': {
      const { kept } = event;
      return { ...state, front: kept, durable: kept, resumedFrom: keptOf(Math.min(kept, state.resumedFrom ?? 0)) };
    }
    case 'warning':
      return { ...state, warnings: [...state.warnings, event.warning] };
    case 'outdated':
    case 'note':
      return state;
  }
}

/** What belongs to another phase is over. */
function inPhase(state: TransferState, phase: Phase): TransferState {
  const waiting = phase === 'waiting' ? state.waiting : undefined;
  const pending = phase === 'waiting-for-image' ? state.pending : undefined;
  return { ...state, phase, waiting, pending, hashing: undefined };
}

/** Bytes per millisecond now; it fades while nothing comes. Undefined until it means something. */
export function speedOf(state: TransferState, now: number): number | undefined {
  return speedAt(state.speed, now);
}

/** Milliseconds left at this speed; undefined when nobody can say. */
export function etaMs(state: TransferState, now: number): number | undefined {
  const speed = speedOf(state, now);
  // Below a byte a second the answer would be a joke.
  if (speed === undefined || state.size === undefined || speed < 0.001) return undefined;
  return Math.max(0, state.size - state.front) / speed;
}

/** None is not zero: the run is then no continuation. */
function keptOf(bytes: number): number | null {
  return bytes > 0 ? bytes : null;
}
