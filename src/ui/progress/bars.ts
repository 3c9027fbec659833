import type { DisplayOptions, Format } from './format.js';
import { wording } from './messages.js';
import { openRows, type RedrawnRows } from './redrawn-rows.js';
import { renderRow } from './row.js';
import { newRun, type RunState, totalOf } from './run-state.js';
import { newState, type TransferState } from './state.js';

/** A run that is over at once shows no bar. */
const DELAY_MS = 500;
/** Rows of images at once; the rest is in the total. */
const MOST_ROWS = 8;
/** What is left of the terminal: the total, the empty line of the cursor, the command above. */
const OTHER_ROWS = 3;

/**
 * Rows on a terminal; messages stay above them. One image has its row from the beginning to the end. Of several each
 * has a row while it is on its way, as many as fit, and below them is the total.
 */
export function createBars(options: DisplayOptions): Format {
  const { stream, now, columns, count } = options;
  const words = wording(options);
  const style = { ...options, oneOfSeveral: count > 1 };
  let run = newRun(count, now());
  let only = newState(now());
  let rows: RedrawnRows | undefined;
  let slots = 0;

  const render = (state: TransferState | undefined): string =>
    state === undefined ? '' : renderRow(state, now(), columns() || 80, style);
  const nth = (slot: number): TransferState | undefined => [...run.active.values()][slot];
  const show = (): void => {
    slots = count === 1 ? 0 : Math.min(roomFor(run, options), run.active.size);
    const images = Array.from({ length: slots }, (_, slot) => () => render(nth(slot)));
    const last = () => render(count === 1 ? only : totalOf(run));
    rows = openRows((frame) => stream.write(frame), [...images, last]);
  };
  const timer = setTimeout(show, DELAY_MS);
  timer.unref();
  const write = (text: string): void => {
    if (rows === undefined) stream.write(text);
    else rows.log(text);
  };

  return {
    on(change, next) {
      run = next;
      only = nth(0) ?? only;
      const line = words(change);
      if (line !== undefined) write(line);
      for (; rows !== undefined && slots > roomFor(run, options); slots -= 1) rows.drop(slots - 1);
    },
    say: write,
    close() {
      clearTimeout(timer);
      rows?.close();
      rows = undefined;
    },
  };
}

function roomFor(run: RunState, { rows }: DisplayOptions): number {
  return Math.max(0, Math.min(MOST_ROWS, run.count - run.finished, (rows() || 24) - OTHER_ROWS));
}
