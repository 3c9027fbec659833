import { createRequire } from 'node:module';
import { FrameStream } from './frame-stream.js';

const require = createRequire(import.meta.url);

const FRAMES_PER_SECOND = 10;
/** From the cursor to the end of the screen (ECMA-48, ED). */
const CLEAR_DOWN = '\u001b[0J';

/** Rows that are drawn again and again at the bottom of a terminal; lines that stay go above them. */
export interface RedrawnRows {
  /** Puts a line, with its end, above the rows. */
  log(line: string): void;
  /** Gives up the row at this index of those that are left. */
  drop(index: number): void;
  /** Takes the rows away; what was logged stays. */
  close(): void;
}

/**
 * Draws rows ten times a second.
 *
 * `kill -9` may come at any byte, so nothing is ever switched that would need switching back: the cursor stays
 * visible, line wrapping on, no other screen, no scroll region. Between two frames the cursor rests at the start of
 * the empty line below the rows, which is where the shell's prompt belongs.
 *
 * @param rows each gives its row as it is now, cut to the width of the terminal
 */
export function openRows(write: (frame: string) => void, rows: readonly (() => string)[]): RedrawnRows {
  // Loaded with the first row: most runs show none, or are over before.
  const { MultiBar } = require('cli-progress') as typeof import('cli-progress');
  const frames = new FrameStream(write);
  const bars = new MultiBar({
    stream: frames,
    fps: FRAMES_PER_SECOND,
    forceRedraw: true,
    clearOnComplete: true,
    // `true` means "leave the terminal's setting alone": `false` would send ESC [ ? 7 l.
    linewrap: true,
    hideCursor: false,
    // It would take SIGINT and SIGTERM away from the process.
    gracefulExit: false,
    noTTYOutput: false,
  });
  // Logged lines are written over the rows, and cli-progress clears the first of these only.
  let logged = false;
  bars.on('redraw-pre', () => {
    if (logged) frames.write(CLEAR_DOWN);
    logged = false;
  });
  bars.on('update-post', () => frames.flush());
  bars.on('stop', () => frames.flush());
  const drawn = rows.map((row) => bars.create(1, 0, {}, { format: row }));
  // An empty last row: cli-progress leaves the cursor there.
  bars.create(1, 0, {}, { format: () => '' });
  bars.update();
  return {
    log(line) {
      logged = true;
      bars.log(line);
    },
    drop(index) {
      const [bar] = drawn.splice(index, 1);
      if (bar !== undefined) bars.remove(bar);
    },
    close() {
      // stop() forgets lines that wait for the next frame.
      bars.update();
      bars.stop();
    },
  };
}
