import { formatAmount, formatDuration, formatSpeed, percentOf } from '../text/format.js';
import type { Change, DisplayOptions, Format } from './format.js';
import { wording } from './messages.js';
import { type RunState, totalOf } from './run-state.js';
import { etaMs, type Pending, speedOf, type TransferState } from './state.js';

/** A line per this many percent … */
const STEP_PERCENT = 10;
/** … but not more often than this, … */
const LEAST_MS = 1_000;
/** … and one after this time in any case: a log that stands still looks dead. */
const MOST_MS = 30_000;

/**
 * Plain lines for logs: messages, and how far the image or all of them have come, every 10 % or 30 s. Nothing is ever
 * redrawn.
 */
export function createLines(options: DisplayOptions): Format {
  const { stream, now, count } = options;
  const words = wording(options);
  let saidPercent = 0;
  let saidAt = now();

  return {
    on(change, run) {
      const at = now();
      const line = words(change);
      if (line !== undefined) stream.write(line);
      const state = count === 1 ? run.active.get(0) : totalOf(run);
      if (state === undefined) return;
      if (count === 1 && isNewStart(change)) {
        saidPercent = state.phase === 'verifying' ? 0 : stepOf(state, run);
        saidAt = at;
      }
      if (!isProgress(change, state, run)) return;
      const reached = stepOf(state, run);
      const newStep = reached > saidPercent && at - saidAt >= LEAST_MS;
      if (!newStep && at - saidAt < MOST_MS) return;
      saidPercent = Math.max(saidPercent, reached);
      saidAt = at;
      stream.write(`imgdl: ${count === 1 ? '' : `${state.shown}: `}${progressLine(state, at)}\n`);
    },
    say: (text) => void stream.write(text),
    close() {},
  };
}

/** The message of it says how far the image is. */
function isNewStart(change: Change): boolean {
  if (change.type !== 'event') return false;
  const { event } = change;
  if (event.type === 'phase') return event.phase === 'verifying';
  return event.type === 'planned' || event.type === 'restart' || (event.type === 'pending' && event.waitedMs === 0);
}

/**
 * Reconnecting in vain is told by its own lines; "0 B, 0 B/s" between them says nothing. Nor does the first sight of an
 * image that is not ready, which has a message.
 */
function isProgress(change: Change, state: TransferState, run: RunState): boolean {
  if (run.finished === run.count) return false;
  if (change.type !== 'event') return change.type === 'end';
  const { event } = change;
  if (event.type === 'pending') return event.waitedMs > 0 && state.pending !== undefined;
  return event.type === 'hashed' || (event.type === 'bytes' && state.received > 0);
}

/** `40%, 1.6/4.0 GiB, 56.9 MiB/s, 42 s left`, as far as it is known. */
function progressLine(state: TransferState, now: number): string {
  if (state.pending !== undefined) return pendingLine(state.pending, now);
  if (state.hashing !== undefined) return hashingLine(state.hashing);
  const percent = percentOf(state.front, state.size);
  const speed = speedOf(state, now);
  const left = etaMs(state, now);
  return [
    percent === undefined ? undefined : `${percent}%`,
    formatAmount(state.front, state.size),
    speed === undefined ? undefined : formatSpeed(speed),
    left === undefined ? undefined : `${formatDuration(left < 10_000 ? Math.round(left / 1000) * 1000 : left)} left`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** `not ready yet, 42%, waited 1 min 12 s of 30 min`. */
function pendingLine({ percent, since, until }: Pending, now: number): string {
  const far = percent === undefined ? '' : ` ${percent}%,`;
  return `not ready yet,${far} waited ${formatDuration(now - since)} of ${formatDuration(until - since)}`;
}

/** `verifying: 40%, 1.6/4.0 GiB`. */
function hashingLine({ hashed, size }: NonNullable<TransferState['hashing']>): string {
  return `verifying: ${percentOf(hashed, size) ?? 0}%, ${formatAmount(hashed, size)}`;
}

/** Where sizes are not known the images that are over count. */
function stepOf({ front, size, pending, hashing }: TransferState, { finished, count }: RunState): number {
  const come = hashing === undefined ? percentOf(front, size) : percentOf(hashing.hashed, hashing.size);
  const percent = pending === undefined ? (come ?? (100 * finished) / count) : (pending.percent ?? 0);
  return Math.floor(percent / STEP_PERCENT);
}
