import type { Phase, TransferEvent } from '../../core/events.js';

/** One transfer as far as a reader wants to know of it. Times are of the monotonic clock, in milliseconds. */
export interface Track {
  /** Untrusted; undefined until described. */
  readonly name: string | undefined;
  readonly size: number | undefined;
  /** Contiguous bytes written, from 0. */
  readonly front: number;
  readonly phase: Phase;
  readonly connections: number;
  /** Retries since the last one that brought bytes. */
  readonly retries: number;
  readonly waiting: { readonly until: number; readonly why: string } | undefined;
  readonly startedAt: number;
  readonly speed: Speed | undefined;
}

/** An average that forgets: what was received counts less the longer ago it was. */
interface Speed {
  readonly bytesPerMs: number;
  readonly at: number;
  readonly received: number;
  readonly samples: number;
}

/** After this time a change of speed is shown for two thirds. */
const MEMORY_MS = 4_000;
/** Shorter intervals say more about buffers than about the line. */
const SAMPLE_MS = 250;

export function newTrack(now: number): Track {
  return {
    name: undefined,
    size: undefined,
    front: 0,
    phase: 'describing',
    connections: 0,
    retries: 0,
    waiting: undefined,
    startedAt: now,
    speed: undefined,
  };
}

/** The next state. Pure; events that say nothing about progress leave it as it is. */
export function follow(track: Track, event: TransferEvent, now: number): Track {
  switch (event.type) {
    case 'phase':
      return { ...track, phase: event.phase, waiting: event.phase === 'waiting' ? track.waiting : undefined };
    case 'described': {
      const name = event.target.split('/').findLast((part) => part !== '') ?? event.remote.label;
      return { ...track, name, size: event.remote.identity.size ?? track.size };
    }
    case 'planned':
      return { ...track, front: event.from, size: event.size ?? track.size };
    case 'bytes':
      return {
        ...track,
        front: event.front,
        size: event.size ?? track.size,
        connections: event.connections,
        retries: event.front > track.front ? 0 : track.retries,
        speed: nextSpeed(track.speed, event.received, now),
      };
    case 'retry':
      return {
        ...track,
        retries: event.attempt,
        waiting: { until: now + event.inMs, why: event.error.kind.cause },
      };
    case 'restart':
      return { ...track, front: event.kept };
    default:
      return track;
  }
}

/** Bytes per millisecond now; it fades while nothing comes. Undefined until it means something. */
export function speedOf(track: Track, now: number): number | undefined {
  const { speed } = track;
  if (speed === undefined || speed.samples === 0) return undefined;
  const silentMs = now - speed.at - 2 * SAMPLE_MS;
  return silentMs > 0 ? speed.bytesPerMs * Math.exp(-silentMs / MEMORY_MS) : speed.bytesPerMs;
}

/** Milliseconds left at this speed; undefined when nobody can say. */
export function etaMs(track: Track, now: number): number | undefined {
  const speed = speedOf(track, now);
  // Below a byte a second the answer would be a joke.
  if (speed === undefined || track.size === undefined || speed < 0.001) return undefined;
  return Math.max(0, track.size - track.front) / speed;
}

function nextSpeed(speed: Speed | undefined, received: number, now: number): Speed {
  if (speed === undefined) return { bytesPerMs: 0, at: now, received, samples: 0 };
  const elapsedMs = now - speed.at;
  if (elapsedMs < SAMPLE_MS) return speed;
  const current = (received - speed.received) / elapsedMs;
  // The first samples count fully, else the display would climb from zero for seconds.
  const weight = Math.max(1 - Math.exp(-elapsedMs / MEMORY_MS), 1 / (speed.samples + 1));
  return {
    bytesPerMs: speed.bytesPerMs + weight * (current - speed.bytesPerMs),
    at: now,
    received,
    samples: speed.samples + 1,
  };
}
