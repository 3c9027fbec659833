import type { TransferEvent } from '../core/events.js';
import { type BoardOptions, createBoard } from '../ui/progress/board.js';
import { createReporter } from '../ui/progress/reporter.js';

export interface Display {
  on(event: TransferEvent): void;
  start(name: string): DisplayItem;
  say(text: string): void;
  close(): void;
}

export interface DisplayItem {
  readonly name: string;
  on(event: TransferEvent): void;
  end(bytes: number | null): void;
}

/** The two displays of today in the shape of the one to come. */
export function createDisplay(options: BoardOptions): Display {
  if (options.count > 1) return createBoard(options);
  const reporter = createReporter(options);
  return {
    on: (event) => reporter.on(event),
    start: (name) => ({ name, on: (event) => reporter.on(event), end() {} }),
    say: (text) => options.stream.write(text),
    close: () => reporter.close(),
  };
}
