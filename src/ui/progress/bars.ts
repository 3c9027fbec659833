import { announce, messageLine } from './announcement.js';
import { openRows, type RedrawnRows } from './redrawn-rows.js';
import type { Reporter, ReporterOptions } from './reporter.js';
import { renderRow } from './row.js';
import { follow, newTrack } from './track.js';

/** A transfer that is over at once shows no bar. */
export const DELAY_MS = 500;

/** A progress row on a terminal; messages stay above it. */
export function createBars(options: ReporterOptions): Reporter {
  const { stream, palette, verbose, now, columns } = options;
  let track = newTrack(now());
  let rows: RedrawnRows | undefined;
  let closed = false;

  const show = (): void => {
    rows = openRows((frame) => stream.write(frame), [() => renderRow(track, now(), columns() || 80, options)]);
  };
  const timer = setTimeout(show, DELAY_MS);
  timer.unref();

  return {
    on(event) {
      if (closed) return;
      track = follow(track, event, now());
      const announcement = announce(event);
      // News is what the row shows anyway; only a continuation is worth a line that stays.
      const wanted =
        announcement !== undefined &&
        (announcement.weight === 'must' ||
          (announcement.weight === 'detail' && verbose) ||
          (event.type === 'planned' && event.from > 0));
      if (!wanted) return;
      const line = messageLine(announcement, palette);
      if (rows === undefined) stream.write(line);
      else rows.log(line);
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      rows?.close();
    },
  };
}
