import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProgressMode } from '#imgdl/ui/progress/progress-mode.js';
import { bytes, described, GIB, RETRY } from '../samples.js';
import { begin, show } from '../show.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MODES: readonly ProgressMode[] = ['bar', 'line', 'json', 'none', 'silent', 'json-errors'];

test.each(MODES)('in mode %s an image is called by the user, then by its target', (mode) => {
  const { display } = show(mode, 3, { stream: { write() {} } });
  const item = display.start('debian*');
  expect(item.name).toBe('debian*');
  item.on(described('images/debian-13.qcow2', GIB));
  expect(item.name).toBe('debian-13.qcow2');
  item.end(GIB);
  expect(item.name).toBe('debian-13.qcow2');
  display.close();
});

test.each(MODES.flatMap((mode) => [1, 3].map((count) => [mode, count] as const)))(
  'in mode %s with %i images nothing but what is said comes after the end, and no timer stays',
  (mode, count) => {
    const frames: string[] = [];
    const { display, pass } = show(mode, count, { stream: { write: (text) => frames.push(text) } });
    const item = begin(display, 'a');
    item.on(bytes(0));
    pass(1_000);
    display.close();
    display.close();
    const before = frames.length;
    item.on(RETRY);
    item.on(bytes(GIB));
    item.end(null);
    item.end(GIB);
    display.on(RETRY);
    pass(60_000);
    expect(frames).toHaveLength(before);
    expect(vi.getTimerCount()).toBe(0);
    display.say('imgdl: the end\n');
    expect(frames.at(-1)).toContain('imgdl: the end');
  },
);
