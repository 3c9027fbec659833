import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import { bytes, described, GIB, HOSTILE, MIB, RETRY, unsafe } from '../samples.js';
import { Screen } from '../screen.js';
import { begin, show, showOne } from '../show.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const START: TransferEvent[] = [
  described('ubuntu-24.04.qcow2', 4 * GIB),
  { type: 'planned', from: 0, size: 4 * GIB, why: '' },
  { type: 'phase', phase: 'transferring' },
];

describe('the bar of one image', () => {
  test('is not shown for what is over within half a second', () => {
    const { say, pass, close, frames } = showOne('bar');
    say(...START, bytes(GIB));
    pass(490);
    close();
    pass(5000);
    expect(frames).toEqual([]);
  });

  test('shows one row and rests on the line below it', () => {
    const { say, pass, close, screen } = showOne('bar');
    say(...START, bytes(0));
    pass(1000);
    say(bytes(GIB));
    pass(1000);
    expect(screen.text).toMatch(/^\S ubuntu-24\.04\.qcow2 ━+╸?─+ {2}25% 1\.0\/4\.0 GiB .*MiB\/s ETA \d:\d\d$/);
    expect([screen.row, screen.column]).toEqual([1, 0]);
    close();
  });

  test('goes away when it is closed, and its timer with it', () => {
    const { say, pass, close, screen } = showOne('bar');
    say(...START, bytes(0));
    pass(1000);
    close();
    close();
    expect(screen.text).toBe('');
    expect([screen.row, screen.column]).toEqual([0, 0]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('messages stay above it, in order, also the last one before the end', () => {
    const { say, pass, close, screen } = showOne('bar');
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
    const { say, pass, close, screen } = showOne('bar');
    say(described('a.img', 4 * GIB), { type: 'planned', from: GIB, size: 4 * GIB, why: 'the same image' });
    pass(1000);
    close();
    expect(screen.text).toBe('imgdl: resuming at 1.0 GiB (25%): the same image');
  });

  test.each([0, 1, 2, 10, 40, 80, 10_000])('fits into %d columns', (columns) => {
    const { say, pass, close, frames } = showOne('bar', { columns: () => columns });
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
    let width = 120;
    const { say, pass, close, screen } = showOne('bar', { columns: () => width });
    say(...START, bytes(0));
    pass(1000);
    const wide = screen.text.length;
    width = 40;
    pass(200);
    expect(wide).toBeGreaterThan(60);
    expect(screen.text.length).toBeLessThan(40);
    close();
  });

  test('an event after the end changes nothing', () => {
    const { say, pass, close, frames } = showOne('bar');
    say(...START);
    pass(1000);
    close();
    const count = frames.length;
    say(RETRY, bytes(GIB));
    pass(1000);
    expect(frames).toHaveLength(count);
  });

  test('a frame is one write that begins and ends at the start of a line', () => {
    const { say, pass, close, frames } = showOne('bar');
    say(...START, bytes(MIB));
    pass(2000);
    for (const frame of frames.slice(1)) expect(frame).toMatch(/^\x1b\[1A\x1b\[1G[^\n]*\n\x1b\[1G\x1b\[0K$/);
    close();
  });
});

test.each(HOSTILE)('%s in a name does not reach the terminal', (_name, text) => {
  const { say, pass, close, screen } = showOne('bar');
  say(described(text, 4 * GIB), { type: 'phase', phase: 'transferring' }, bytes(MIB));
  pass(1000);
  expect(screen.text).toMatch(/^\S .*0% 1\.0 MiB\/4\.0 GiB/);
  expect(screen.text).not.toMatch(/##|[^\P{C}\n]/u);
  close();
});

test('a closed bar leaves no signal handler behind, and takes none while it runs', () => {
  const before = [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  const { say, pass, close } = showOne('bar');
  say(...START);
  pass(1000);
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(before);
  close();
});

describe('the rows of several images', () => {
  test('one for each image on its way, and the total below', () => {
    const { display, lines, pass } = show('bar', 3);
    const [first, second] = [begin(display, 'a.img'), begin(display, 'b.img')];
    first.on(bytes(0));
    second.on(bytes(0));
    pass(1000);
    first.on(bytes(512 * MIB));
    second.on(bytes(256 * MIB));
    pass(500);
    expect(lines()).toEqual([
      expect.stringMatching(/^\S a\.img ━+─+ {2}50% 0\.5\/1\.0 GiB/),
      expect.stringMatching(/^\S b\.img ━+╸?─+ {2}25% 256\.0 MiB\/1\.0 GiB|^\S b\.img .*25% 0\.2\/1\.0 GiB/),
      expect.stringMatching(/^\S 0 of 3 images 768\.0 MiB .*MiB\/s/),
    ]);
    display.close();
    expect(lines()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [24, 8],
    [8, 5],
    [3, 0],
    [0, 8],
  ])('a terminal of %i rows shows %i of them', (rows, expected) => {
    const { display, lines, pass } = show('bar', 12, { rows: () => rows });
    for (let at = 0; at < 8; at += 1) begin(display, `image-${at}`);
    pass(1000);
    expect(lines()).toHaveLength(expected + 1);
    expect(lines().at(-1)).toContain('0 of 12 images');
    display.close();
  });

  test('go with their images at the end, and leave nothing behind', () => {
    const { display, lines, pass } = show('bar', 4);
    const items = ['a', 'b', 'c', 'd'].map((name) => begin(display, name));
    pass(1000);
    expect(lines()).toHaveLength(5);
    for (const [at, item] of items.entries()) {
      item.end(at === 1 ? null : GIB);
      display.say(`imgdl: ${item.name} is over, and this line is longer than what is left of any row\n`);
      pass(300);
      expect(lines()).toHaveLength(at + 1 + 3 - at + 1);
      expect(lines().at(-1)).toContain(`${at + 1} of 4 images${at === 0 ? '' : ', 1 failed'}`);
    }
    display.close();
    expect(lines()).toEqual(['a', 'b', 'c', 'd'].map((name) => expect.stringMatching(`^imgdl: ${name} is over`)));
  });

  test('several lines at once are not mixed with the rows they are written over', () => {
    const { display, lines, pass } = show('bar', 8);
    for (let at = 0; at < 8; at += 1) begin(display, `image-${at}`);
    pass(1000);
    for (let at = 0; at < 6; at += 1) display.say(`imgdl: ${at}\n`);
    pass(300);
    expect(lines().slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5].map((at) => `imgdl: ${at}`));
    expect(lines()).toHaveLength(6 + 9);
    display.close();
  });
});

test.each(HOSTILE)('%s in a name among several does not reach the terminal', (_, text) => {
  const written: string[] = [];
  const { display, pass } = show('bar', 2, { stream: { write: (frame) => written.push(frame) } });
  const item = begin(display, text);
  item.on(RETRY);
  display.start(text).on(RETRY);
  pass(1000);
  display.close();
  expect(unsafe(written.join('').replace(/\x1b\[0J/g, ''))).toEqual([]);
});
