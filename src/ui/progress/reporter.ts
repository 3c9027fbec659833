import type { TransferEvent } from '../../core/events.js';
import type { Palette } from '../text/palette.js';
import { announce, messageLine } from './announcement.js';
import { createBars } from './bars.js';
import { createLines } from './lines.js';
import type { ProgressMode } from './progress-mode.js';

/** Shows a transfer to a person while it runs. */
export interface Reporter {
  on(event: TransferEvent): void;
  /** Removes what is redrawn; what was said stays. Safe to call twice; must be called, or a timer keeps the process. */
  close(): void;
}

/** Where text for people goes: stderr, or a list in a test. */
export interface TextSink {
  write(text: string): unknown;
}

export interface ReporterOptions {
  readonly mode: ProgressMode;
  /** `-v`: notes, connections, checkpoints as well. `-q` beats it. */
  readonly verbose: boolean;
  readonly stream: TextSink;
  /** Columns of the terminal now; asked before every frame, so that a resize is followed. 0 means unknown: 80. */
  readonly columns: () => number;
  readonly palette: Palette;
  readonly unicode: boolean;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

/** The reporter for a mode (progress-mode.ts decides it). */
export function createReporter(options: ReporterOptions): Reporter {
  switch (options.mode) {
    case 'bar':
      return createBars(options);
    case 'line':
      return createLines(options);
    case 'none':
      return createMessages(options);
    case 'silent':
      return { on: () => {}, close: () => {} };
  }
}

function createMessages({ stream, palette, verbose }: ReporterOptions): Reporter {
  return {
    on(event) {
      const announcement = announce(event);
      if (announcement === undefined) return;
      if (announcement.weight === 'must' || (announcement.weight === 'detail' && verbose)) {
        stream.write(messageLine(announcement, palette));
      }
    },
    close() {},
  };
}
