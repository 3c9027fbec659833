import type { TransferEvent } from '../../core/events.js';
import { createBars } from './bars.js';
import { createEvents } from './events.js';
import type { Change, DisplayOptions, Failure, Format, ShownImage } from './format.js';
import { createLines } from './lines.js';
import { createMessages } from './messages.js';
import { endImage, followImage, newRun, startImage } from './run-state.js';

export type { DisplayOptions, Failure, TextSink } from './format.js';

/** Shows a run of one image or of several while it goes on. */
export interface Display {
  /** What belongs to the run as a whole. */
  on(event: TransferEvent): void;
  /** An image that starts now. */
  start(name: string): DisplayItem;
  /**
   * Lines that stay, with their ends; also after close().
   * @param failure what the lines tell, where it is a failure: `--progress json` makes an `error` event of it
   */
  say(text: string, failure?: Failure): void;
  /** Removes what is redrawn; what was said stays. Safe to call twice; must be called, or a timer keeps the process. */
  close(): void;
}

export interface DisplayItem {
  /** What the image is called: by the user, then by its target. */
  readonly name: string;
  on(event: TransferEvent): void;
  /** @param bytes of the complete file; null when it is not complete */
  end(bytes: number | null): void;
}

/** The display for a mode (progress-mode.ts decides it). */
export function createDisplay(options: DisplayOptions): Display {
  const { now, count } = options;
  const format = formatOf(options);
  let run = newRun(count, now());
  let started = 0;
  let closed = false;
  const tell = (change: Change): void => {
    if (!closed) format.on(change, run);
  };
  return {
    on: (event) => tell({ type: 'event', event }),
    start(asked) {
      const at = started;
      started += 1;
      // One image is known by its file alone: nothing needs to tell it from others.
      run = startImage(run, at, now(), count === 1 ? undefined : asked);
      let name = asked;
      const image = (): ShownImage => ({ at, asked, name });
      tell({ type: 'start', image: image() });
      return {
        get name() {
          return name;
        },
        on(event) {
          run = followImage(run, at, event, now());
          name = run.active.get(at)?.shown ?? name;
          tell({ type: 'event', event, image: image() });
        },
        end(bytes) {
          if (!run.active.has(at)) return;
          run = endImage(run, at, bytes);
          tell({ type: 'end', image: image(), bytes });
        },
      };
    },
    say: (text, failure) => format.say(text, failure),
    close() {
      if (closed) return;
      closed = true;
      format.close();
    },
  };
}

function formatOf(options: DisplayOptions): Format {
  switch (options.mode) {
    case 'bar':
      return createBars(options);
    case 'line':
      return createLines(options);
    case 'json':
      return createEvents(options);
    case 'none':
      return createMessages(options);
    case 'json-errors':
      return { ...createEvents(options), on() {} };
    case 'silent':
      return { on() {}, say: (text) => void options.stream.write(text), close() {} };
  }
}
