import { MultiBar } from 'cli-progress';
import { announce, messageLine } from './announcement.js';
import { FrameStream } from './frame-stream.js';
import type { Reporter, ReporterOptions } from './reporter.js';
import { renderRow } from './row.js';
import { follow, newTrack } from './track.js';

/** A transfer that is over at once shows no bar. */
const DELAY_MS = 500;
const FRAMES_PER_SECOND = 10;

/**
 * A progress row on a terminal, redrawn ten times a second; messages stay above it.
 *
 * `kill -9` may come at any byte, so nothing is ever switched that would need switching back: the cursor stays
 * visible, line wrapping on, no other screen, no scroll region. Between two frames the cursor rests at the start of
 * the empty line below the row, which is where the shell's prompt belongs.
 */
export function createBars(options: ReporterOptions): Reporter {
  const { stream, palette, verbose, now, columns } = options;
  let track = newTrack(now());
  let bars: MultiBar | undefined;
  let closed = false;

  const show = (): void => {
    bars = openBars(
      (frame) => stream.write(frame),
      () => renderRow(track, now(), columns() || 80, options),
    );
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
      if (bars === undefined) stream.write(line);
      else bars.log(line);
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      // stop() forgets messages that wait for the next frame.
      bars?.update();
      bars?.stop();
    },
  };
}

function openBars(write: (frame: string) => void, row: () => string): MultiBar {
  const frames = new FrameStream(write);
  const bars = new MultiBar({
    stream: frames,
    fps: FRAMES_PER_SECOND,
    format: row,
    forceRedraw: true,
    clearOnComplete: true,
    // `true` means "leave the terminal's setting alone": `false` would send ESC [ ? 7 l.
    linewrap: true,
    hideCursor: false,
    // It would take SIGINT and SIGTERM away from the process.
    gracefulExit: false,
    noTTYOutput: false,
  });
  bars.on('update-post', () => frames.flush());
  bars.on('stop', () => frames.flush());
  bars.create(1, 0);
  // An empty last row: cli-progress leaves the cursor there.
  bars.create(1, 0, {}, { format: () => '' });
  bars.update();
  return bars;
}
