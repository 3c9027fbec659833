import { formatAmount, formatDuration, formatSpeed, percentOf } from '../text/format.js';
import { announce, messageLine } from './announcement.js';
import type { Reporter, ReporterOptions } from './reporter.js';
import { etaMs, follow, newTrack, speedOf, type Track } from './track.js';

/** A line per this many percent … */
const STEP_PERCENT = 10;
/** … but not more often than this, … */
const LEAST_MS = 1_000;
/** … and one after this time in any case: a log that stands still looks dead. */
const MOST_MS = 30_000;

/** Plain lines for logs: start, continue, every 10 % or 30 s, retries, restarts, warnings. Nothing is ever redrawn. */
export function createLines({ stream, palette, verbose, now }: ReporterOptions): Reporter {
  let track = newTrack(now());
  let saidPercent = 0;
  let saidAt = now();
  let closed = false;

  return {
    on(event) {
      if (closed) return;
      const at = now();
      track = follow(track, event, at);
      const announcement = announce(event);
      if (announcement !== undefined && (verbose || announcement.weight !== 'detail')) {
        stream.write(messageLine(announcement, palette));
      }
      if (event.type === 'planned' || event.type === 'restart') {
        saidPercent = stepOf(track);
        saidAt = at;
      }
      // Reconnecting in vain is told by its own lines; "0 B, 0 B/s" between them says nothing.
      if (event.type !== 'bytes' || event.received === 0) return;
      const newStep = stepOf(track) > saidPercent && at - saidAt >= LEAST_MS;
      if (!newStep && at - saidAt < MOST_MS) return;
      saidPercent = stepOf(track);
      saidAt = at;
      stream.write(`imgdl: ${progressLine(track, at)}\n`);
    },
    close() {
      closed = true;
    },
  };
}

/** `40%, 1.6/4.0 GiB, 56.9 MiB/s, 42 s left`, as far as it is known. */
export function progressLine(track: Track, now: number): string {
  const percent = percentOf(track.front, track.size);
  const speed = speedOf(track, now);
  const left = etaMs(track, now);
  return [
    percent === undefined ? undefined : `${percent}%`,
    formatAmount(track.front, track.size),
    speed === undefined ? undefined : formatSpeed(speed),
    left === undefined ? undefined : `${formatDuration(left < 10_000 ? Math.round(left / 1000) * 1000 : left)} left`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function stepOf(track: Track): number {
  return Math.floor((percentOf(track.front, track.size) ?? 0) / STEP_PERCENT);
}
