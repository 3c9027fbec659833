import type { TransferEvent } from '../../core/events.js';
import { createDisplay, type DisplayOptions } from './display.js';

// Until cli/ shows one image as it shows several.
export type ReporterOptions = Omit<DisplayOptions, 'count' | 'rows'>;

export interface Reporter {
  on(event: TransferEvent): void;
  close(): void;
}

export function createReporter(options: ReporterOptions): Reporter {
  const display = createDisplay({ ...options, rows: () => 0, count: 1 });
  const item = display.start('');
  return { on: (event) => item.on(event), close: () => display.close() };
}
