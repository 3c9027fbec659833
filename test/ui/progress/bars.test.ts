import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import { createBars } from '#imgdl/ui/progress/bars.js';
import { bytes, described, GIB, HOSTILE, MIB, PLAIN, RETRY } from '../samples.js';
import { Screen } from '../screen.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Show {
  readonly screen: Screen;
  readonly frames: string[];
  readonly say: (...events: TransferEvent[]) => void;
  readonly pass: (ms: number) => void;
  readonly resize: (columns: number) => void;
  readonly close: () => void;
}

/** Bars on a terminal that checks every frame: known sequences only, no wrapped row, cursor at the start of a line. */
function show(columns = 80): Show {
  const screen = new Screen(10_000);
  const frames: string[] = [];
  const start = Date.now();
  let width = columns;
  const bars = createBars({
    mode: 'bar',
    verbose: false,
    columns: () => width,
    palette: PLAIN,
    unicode: true,
    now: () => Date.now() - start,
    stream: {
      write(frame) {
        frames.push(frame);
        screen.write(frame);
        expect(screen.column).toBe(0);
      },
    },
  });
  return {
    screen,
    frames,
    say: (...events) => {
      for (const event of events) bars.on(event);
    },
    pass: (ms) => vi.advanceTimersByTime(ms),
    resize: (to) => {
      width = to;
    },
    close: () => bars.close(),
  };
}

const START: TransferEvent[] = [
  described('ubuntu-24.04.qcow2', 4 * GIB),
  { type: 'planned', from: 0, size: 4 * GIB, why: '' },
  { type: 'phase', phase: 'transferring' },
];

describe('the bar', () => {
  test('is not shown for what is over within half a second', () => {
    const { say, pass, close, frames } = show();
    say(...START, bytes(GIB));
    pass(490);
    close();
    pass(5000);
    expect(frames).toEqual([]);
  });

  test('shows one row and rests on the line below it', () => {
    const { say, pass, close, screen } = show();
    say(...START, bytes(0));
    pass(1000);
    say(bytes(GIB));
    pass(1000);
    expect(screen.text).toMatch(/^\S ubuntu-24\.04\.qcow2 ━+╸?─+ {2}25% 1\.0\/4\.0 GiB .*MiB\/s ETA \d:\d\d$/);
    expect([screen.row, screen.column]).toEqual([1, 0]);
    close();
  });

  test('goes away when it is closed, and its timer with it', () => {
    const { say, pass, close, screen } = show();
    say(...START, bytes(0));
    pass(1000);
    close();
    close();
    expect(screen.text).toBe('');
    expect([screen.row, screen.column]).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('messages stay above it, in order, also the last one before the end', () => {
    const { say, pass, close, screen } = show();
    say(...START, { type: 'warning', warning: { code: 'a.b', message: 'early' } });
    pass(1000);
    say(RETRY);
    pass(1000);
    say({ type: 'restart', why: 'the server ignores Range', kept: 0, discarded: 1.25 * GIB });
    pass(1000);
    expect(screen.text.split('\n').map((row) => row.slice(0, 24))).toEqual([
      'imgdl: warning: early',
      'imgdl: net.truncated: re',
      'imgdl: the server ignore',
      expect.stringMatching(/^\S ubuntu-24\.04\.qcow2 /),
    ]);
    say({ type: 'warning', warning: { code: 'a.b', message: 'late' } });
    close();
    expect(screen.text.split('\n').at(-1)).toBe('imgdl: warning: late');
    expect(screen.text.split('\n')).toHaveLength(4);
  });

  test('a continuation is said once and stays', () => {
    const { say, pass, close, screen } = show();
    say(described('a.img', 4 * GIB), { type: 'planned', from: GIB, size: 4 * GIB, why: 'the same image' });
    pass(1000);
    close();
    expect(screen.text).toBe('imgdl: resuming at 1.0 GiB (25%): the same image');
  });

  test.each([0, 1, 2, 10, 40, 80, 10_000])('fits into %d columns', (columns) => {
    const { say, pass, close, frames } = show(columns);
    const narrow = new Screen(columns === 0 ? 80 : columns);
    say(...START, bytes(0));
    pass(1000);
    say(bytes(GIB));
    pass(1000);
    close();
    for (const frame of frames) {
      narrow.write(frame);
      expect(narrow.column).toBe(0);
    }
    expect(frames.length).toBeGreaterThan(10);
    expect(narrow.wraps).toBe(0);
  });

  test('follows a resize', () => {
    const { say, pass, resize, close, screen } = show(120);
    say(...START, bytes(0));
    pass(1000);
    const wide = screen.text.length;
    resize(40);
    pass(200);
    expect(wide).toBeGreaterThan(60);
    expect(screen.text.length).toBeLessThan(40);
    close();
  });

  test('an event after the end changes nothing', () => {
    const { say, pass, close, frames } = show();
    say(...START);
    pass(1000);
    close();
    const count = frames.length;
    say(RETRY, bytes(GIB));
    pass(1000);
    expect(frames).toHaveLength(count);
  });

  test('a frame is one write that begins and ends at the start of a line', () => {
    const { say, pass, close, frames } = show();
    say(...START, bytes(MIB));
    pass(2000);
    for (const frame of frames.slice(1)) expect(frame).toMatch(/^\x1b\[1A\x1b\[1G[^\n]*\n\x1b\[1G\x1b\[0K$/);
    close();
  });
});

test.each(HOSTILE)('%s in a name does not reach the terminal', (_name, text) => {
  const { say, pass, close, screen } = show();
  say(described(text, 4 * GIB), { type: 'phase', phase: 'transferring' }, bytes(MIB));
  pass(1000);
  expect(screen.text).toMatch(/^\S .*0% 1\.0 MiB\/4\.0 GiB/);
  expect(screen.text).not.toMatch(/##|[^\P{C}\n]/u);
  close();
});

test('a closed bar leaves no signal handler behind, and takes none while it runs', () => {
  const before = [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  const { say, pass, close } = show();
  say(...START);
  pass(1000);
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(before);
  close();
});
