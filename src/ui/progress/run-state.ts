import type { TransferEvent } from '../../core/events.js';
import { nextSpeed, type Speed } from './speed.js';
import { follow, newState, type TransferState } from './state.js';

/** The images of one run, as numbers that a reader wants to know. Nothing is kept of an image that is over but its share. */
export interface RunState {
  /** Images of the run, those that have not started among them. */
  readonly count: number;
  readonly finished: number;
  readonly failed: number;
  /** Those on their way by their numbers, the earliest first. */
  readonly active: ReadonlyMap<number, TransferState>;
  /** What those that are over add up to. */
  readonly over: Share;
  readonly startedAt: number;
  readonly speed: Speed | undefined;
}

/** What an image adds to the sum. */
interface Share {
  readonly front: number;
  readonly durable: number;
  readonly received: number;
  readonly attempts: number;
  /** Images whose size is known, and the sum of these sizes. */
  readonly sized: number;
  readonly sizes: number;
}

/** Before so many sizes are known, nobody can say how large the rest is. */
const ENOUGH_SIZES = 8;

export function newRun(count: number, now: number): RunState {
  const over = { front: 0, durable: 0, received: 0, attempts: 0, sized: 0, sizes: 0 };
  return { count, finished: 0, failed: 0, active: new Map(), over, startedAt: now, speed: undefined };
}

/** @param shown what people know the image by until its file has a name */
export function startImage(run: RunState, image: number, now: number, shown?: string): RunState {
  return { ...run, active: new Map(run.active).set(image, newState(now, shown)) };
}

/** What happens to an image that is over is ignored. */
export function followImage(run: RunState, image: number, event: TransferEvent, now: number): RunState {
  const before = run.active.get(image);
  if (before === undefined) return run;
  const next = { ...run, active: new Map(run.active).set(image, follow(before, event, now)) };
  return event.type === 'bytes' ? { ...next, speed: nextSpeed(run.speed, shareOf(next).received, now) } : next;
}

/** @param bytes of the complete file; null when it is not complete */
export function endImage(run: RunState, image: number, bytes: number | null): RunState {
  const last = run.active.get(image);
  if (last === undefined) return run;
  const active = new Map(run.active);
  active.delete(image);
  const reached = bytes ?? last.front;
  const over = sum(run.over, share({ ...last, front: reached, size: reached }));
  return { ...run, active, over, finished: run.finished + 1, failed: run.failed + (bytes === null ? 1 : 0) };
}

/** All images as if they were one; what it is shown as says how many are done. */
export function totalOf(run: RunState): TransferState {
  const { count, finished, failed, startedAt, speed } = run;
  const { front, durable, received, attempts, sized, sizes } = shareOf(run);
  // Where some sizes are not known yet, the rest is taken to be like those that are.
  const estimate = sized < ENOUGH_SIZES ? undefined : Math.round((sizes / sized) * count);
  const open = [...run.active.values()].reduce((all, state) => all + state.open, 0);
  return {
    ...newState(startedAt, `${finished} of ${count} images${failed === 0 ? '' : `, ${failed} failed`}`),
    phase: 'transferring',
    size: sized === count ? sizes : estimate,
    front,
    durable,
    received,
    attempts,
    open,
    connections: open,
    speed,
  };
}

function shareOf(run: RunState): Share {
  return [...run.active.values()].map(share).reduce(sum, run.over);
}

function share({ front, durable, received, attempts, size }: TransferState): Share {
  return { front, durable, received, attempts, sized: size === undefined ? 0 : 1, sizes: size ?? 0 };
}

function sum(a: Share, b: Share): Share {
  return {
    front: a.front + b.front,
    durable: a.durable + b.durable,
    received: a.received + b.received,
    attempts: a.attempts + b.attempts,
    sized: a.sized + b.sized,
    sizes: a.sizes + b.sizes,
  };
}
