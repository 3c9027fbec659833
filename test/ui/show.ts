import { expect, vi } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import { createDisplay, type Display, type DisplayItem, type DisplayOptions } from '#imgdl/ui/progress/display.js';
import { described, GIB, PLAIN } from './samples.js';
import { Screen } from './screen.js';

export interface Show {
  readonly display: Display;
  readonly screen: Screen;
  readonly frames: readonly string[];
  readonly lines: () => readonly string[];
  readonly pass: (ms: number) => void;
}

/**
 * A display on a terminal that checks every write: known sequences only, the cursor at the start of a line. Time is
 * vitest's, which must be faked.
 */
export function show(mode: DisplayOptions['mode'], count = 1, more: Partial<DisplayOptions> = {}): Show {
  const screen = new Screen(10_000);
  const frames: string[] = [];
  const start = Date.now();
  const display = createDisplay({
    mode,
    count,
    verbose: false,
    columns: () => 80,
    rows: () => 24,
    palette: PLAIN,
    unicode: true,
    now: () => Date.now() - start,
    stream: {
      write(text) {
        frames.push(text);
        screen.write(text);
        expect(screen.column).toBe(0);
      },
    },
    ...more,
  });
  return {
    display,
    screen,
    frames,
    lines: () => (screen.text === '' ? [] : screen.text.split('\n')),
    pass: (ms) => vi.advanceTimersByTime(ms),
  };
}

/** An image whose bytes are about to flow. */
export function begin(display: Display, name: string, size = GIB): DisplayItem {
  const item = display.start(name);
  for (const event of [described(name, size), { type: 'phase', phase: 'transferring' } as const]) item.on(event);
  return item;
}

export interface One extends Show {
  readonly say: (...events: readonly TransferEvent[]) => void;
  readonly close: () => void;
}

/** The display of a run of one image, which has started. */
export function showOne(mode: DisplayOptions['mode'], more: Partial<DisplayOptions> = {}): One {
  const shown = show(mode, 1, more);
  const item = shown.display.start('as it was asked for');
  return {
    ...shown,
    say: (...events) => {
      for (const event of events) item.on(event);
    },
    close: () => shown.display.close(),
  };
}

export interface Session {
  readonly say: (event: TransferEvent, at?: number) => void;
  readonly lines: () => readonly string[];
  readonly close: () => void;
}

/** What a run of one image has written in lines; the time is the caller's. */
export function session(mode: DisplayOptions['mode'], verbose = false): Session {
  const written: string[] = [];
  let now = 0;
  const stream = { write: (text: string) => written.push(text) };
  const { say, close } = showOne(mode, { verbose, stream, now: () => now });
  return {
    say(event, at = now) {
      now = at;
      say(event);
    },
    lines: () => written.join('').split('\n').slice(0, -1),
    close,
  };
}
