import type { ErrorReport } from '../../core/errors.js';
import type { TransferEvent } from '../../core/events.js';
import type { Palette } from '../text/palette.js';
import type { ProgressMode } from './progress-mode.js';
import type { RunState } from './run-state.js';

/** Where the display goes: stderr, or a list in a test. */
export interface TextSink {
  /** @param done called when the text has left this process, or never can; `--progress json` waits for it */
  write(text: string, done?: () => void): unknown;
}

export interface DisplayOptions {
  readonly mode: ProgressMode;
  /** `-v`: notes, connections, checkpoints as well. `-q` beats it. */
  readonly verbose: boolean;
  readonly stream: TextSink;
  /** Columns of the terminal now; asked before every frame, so that a resize is followed. 0 means unknown: 80. */
  readonly columns: () => number;
  /** Rows of the terminal now; 0 means unknown: 24. */
  readonly rows: () => number;
  readonly palette: Palette;
  /** Box characters, or plain ASCII. */
  readonly unicode: boolean;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Nothing is done: `-n` only says what would be. */
  readonly dryRun?: boolean;
  /** Images of the run. With one there is no total, and no message needs to say whom it is about. */
  readonly count: number;
}

/** An image of the run. */
export interface ShownImage {
  /** From 0, in the order in which they start. */
  readonly at: number;
  /** As it was asked for. Untrusted, as the other. */
  readonly asked: string;
  /** What people know it by now. */
  readonly name: string;
}

/** What happens in a run. `image` absent: it belongs to the run as a whole. */
export type Change =
  | { readonly type: 'event'; readonly event: TransferEvent; readonly image?: ShownImage }
  | { readonly type: 'start'; readonly image: ShownImage }
  /** `bytes`: of the complete file; null when it is not complete. */
  | { readonly type: 'end'; readonly image: ShownImage; readonly bytes: number | null };

/** A failure that is said, for formats that are parsed. */
export interface Failure {
  readonly error: ErrorReport;
  /** The image as it was asked for; absent: the run failed. */
  readonly image?: string;
}

/** One way to show a run; each is a file of this folder. */
export interface Format {
  /** @param run with the change already counted */
  on(change: Change, run: RunState): void;
  say(text: string, failure?: Failure): void;
  /** Called once. What is said afterwards is written all the same. */
  close(): void;
}
