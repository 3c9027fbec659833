import type { TransferEvent } from '../../core/events.js';
import { announce, messageLine } from './announcement.js';
import { DELAY_MS } from './bars.js';
import { createFleet, type Fleet } from './fleet.js';
import { progressLine } from './lines.js';
import { openRows, type RedrawnRows } from './redrawn-rows.js';
import type { ReporterOptions } from './reporter.js';
import { renderRow } from './row.js';

/** Shows several transfers to a person while they run. */
export interface Board {
  /** What belongs to no image. */
  on(event: TransferEvent): void;
  /** An image that starts now. */
  start(name: string): BoardItem;
  /** Lines that stay, with their ends. */
  say(text: string): void;
  /** Removes what is redrawn; what was said stays. Safe to call twice; must be called, or a timer keeps the process. */
  close(): void;
}

export interface BoardItem {
  /** What the image is called: by the user, then by its target. */
  readonly name: string;
  on(event: TransferEvent): void;
  /** @param bytes of the complete file; null when it is not complete */
  end(bytes: number | null): void;
}

export interface BoardOptions extends ReporterOptions {
  /** Images of the run. */
  readonly count: number;
  /** Rows of the terminal now; 0 means unknown: 24. */
  readonly rows: () => number;
}

/** With more images than this a line for each would bury what matters. */
export const FEW = 20;
/** Rows of images at once; the rest is in the total. */
const MOST_ROWS = 8;
/** What is left of the terminal: the total, the empty line of the cursor, the command above. */
const OTHER_ROWS = 3;
/** So often a warning of one kind is shown among many images. */
const MOST_ALIKE = 3;
const TOTAL_STEPS = 10;
const TOTAL_LEAST_MS = 1_000;
const TOTAL_MOST_MS = 30_000;

/** The board for a mode (progress-mode.ts decides it). */
export function createBoard(options: BoardOptions): Board {
  const { mode, now, count, stream } = options;
  const fleet = createFleet(count, now());
  const words = mode === 'silent' ? () => undefined : wording(options);
  const view = mode === 'bar' ? rowsView(fleet, options) : mode === 'line' ? linesView(fleet, options) : PLAIN_VIEW;
  const write = (text: string): void => {
    if (!view.log(text)) stream.write(text);
  };
  const tell = (event: TransferEvent, name?: string): void => {
    const line = words(event, name);
    if (line !== undefined) write(line);
  };
  return {
    on: (event) => tell(event),
    start(name) {
      const member = fleet.start(name, now());
      return {
        get name() {
          return member.name;
        },
        on(event) {
          member.on(event, now());
          tell(event, member.name);
          view.changed();
        },
        end(bytes) {
          member.end(bytes);
          view.changed();
        },
      };
    },
    say: write,
    close: () => view.close(),
  };
}

/** What is redrawn or said of the whole. */
interface View {
  /** True: the text is on its way; false: nobody keeps the screen, write it. */
  log(text: string): boolean;
  changed(): void;
  close(): void;
}

const PLAIN_VIEW: View = { log: () => false, changed() {}, close() {} };

/** A row for each image on its way, as many as fit, and below them the total. */
function rowsView(fleet: Fleet, options: BoardOptions): View {
  const { stream, now, columns } = options;
  let rows: RedrawnRows | undefined;
  let slots = 0;
  let closed = false;
  const style = { ...options, oneOfSeveral: true };
  const render = (track: Parameters<typeof renderRow>[0] | undefined): string =>
    track === undefined ? '' : renderRow(track, now(), columns() || 80, style);
  const room = (): number =>
    Math.max(0, Math.min(MOST_ROWS, fleet.count - fleet.finished, (options.rows() || 24) - OTHER_ROWS));
  const show = (): void => {
    slots = Math.min(room(), fleet.active.length);
    const images = Array.from({ length: slots }, (_, slot) => () => render(fleet.active[slot]));
    rows = openRows((frame) => stream.write(frame), [...images, () => render(fleet.total())]);
  };
  const timer = setTimeout(show, DELAY_MS);
  timer.unref();
  return {
    log(text) {
      if (rows === undefined || closed) return false;
      rows.log(text);
      return true;
    },
    changed() {
      for (; rows !== undefined && !closed && slots > room(); slots -= 1) rows.drop(slots - 1);
    },
    close() {
      if (closed) return;
      clearTimeout(timer);
      rows?.close();
      closed = true;
    },
  };
}

/** A line of the total at every tenth or every 30 s. */
function linesView(fleet: Fleet, { stream, now }: BoardOptions): View {
  let step = 0;
  let saidAt = now();
  return {
    log: () => false,
    changed() {
      if (fleet.finished === fleet.count) return;
      const at = now();
      if (at - saidAt < TOTAL_LEAST_MS) return;
      const total = fleet.total();
      const share = total.size === undefined ? fleet.finished / fleet.count : total.front / Math.max(1, total.size);
      const reached = Math.floor(share * TOTAL_STEPS);
      if (reached <= step && at - saidAt < TOTAL_MOST_MS) return;
      step = Math.max(step, reached);
      saidAt = at;
      stream.write(`imgdl: ${total.name}: ${progressLine(total, at)}\n`);
    },
    close() {},
  };
}

/** Which events are worth a line, and the line. Among many images only what must be known, and not again and again. */
function wording({ mode, palette, verbose, count }: BoardOptions) {
  const alike = new Map<string, number>();
  return (event: TransferEvent, name: string | undefined): string | undefined => {
    const announcement = announce(event);
    if (announcement === undefined) return undefined;
    const continues = event.type === 'planned' && event.from > 0 && mode !== 'none' && count <= FEW;
    const wanted = announcement.weight === 'must' || (announcement.weight === 'detail' && verbose) || continues;
    if (!wanted) return undefined;
    if (event.type !== 'warning' || count <= FEW || verbose) return messageLine(announcement, palette, name);
    const times = (alike.get(event.warning.code) ?? 0) + 1;
    alike.set(event.warning.code, times);
    if (times > MOST_ALIKE) return undefined;
    const text = times < MOST_ALIKE ? announcement.text : `${announcement.text} (use -v to see more of these)`;
    return messageLine({ ...announcement, text }, palette, name);
  };
}
