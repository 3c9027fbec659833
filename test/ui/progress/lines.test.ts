import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import { bytes, described, GIB, MIB, pending, RETRY } from '../samples.js';
import { begin, session, show } from '../show.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PLANNED: TransferEvent = { type: 'planned', from: 0, size: 4 * GIB, why: 'nothing is on disk' };

describe('lines of one image', () => {
  test('tell the start and one line per 10 %', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2', 1000 * MIB));
    say({ ...PLANNED, size: 1000 * MIB });
    say({ type: 'phase', phase: 'transferring' });
    for (let ms = 0; ms <= 20_000; ms += 100) say(bytes(50 * MIB * (ms / 1000)), ms);
    expect(lines()[0]).toBe('imgdl: disk.qcow2: 1000.0 MiB');
    expect(lines()[1]).toBe('imgdl: 10%, 100.0/1000.0 MiB, 50.0 MiB/s, 18 s left');
    expect(lines().map((line) => /(\d+)%/.exec(line)?.[1])).toEqual([
      undefined,
      '10',
      '20',
      '30',
      '40',
      '50',
      '60',
      '70',
      '80',
      '90',
      '100',
    ]);
  });

  test('tell how far the verification is: a line per 10 %, or 30 s', () => {
    const { say, lines } = session('line');
    say({ type: 'phase', phase: 'verifying' }, 0);
    for (let ms = 100; ms <= 20_000; ms += 100)
      say({ type: 'hashed', hashed: 50 * MIB * (ms / 1000), size: 1000 * MIB }, ms);
    expect(lines().slice(0, 3)).toEqual([
      'imgdl: verifying',
      'imgdl: verifying: 10%, 100.0/1000.0 MiB',
      'imgdl: verifying: 20%, 200.0/1000.0 MiB',
    ]);
    expect(lines()).toHaveLength(11);
    const slow = session('line');
    slow.say({ type: 'phase', phase: 'verifying' }, 0);
    for (let ms = 100; ms <= 95_000; ms += 100)
      slow.say({ type: 'hashed', hashed: MIB * (ms / 1000), size: 4 * GIB }, ms);
    expect(slow.lines().slice(1)).toEqual([30, 60, 90].map((mib) => expect.stringContaining(`, ${mib}.0 MiB/4.0 GiB`)));
  });

  test('a fast download has at most one line per second', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2', 1000 * MIB));
    say({ type: 'planned', from: 0, size: 1000 * MIB, why: '' });
    for (let ms = 0; ms <= 2000; ms += 10) say(bytes(500 * MIB * (ms / 1000)), ms);
    expect(lines()).toHaveLength(3);
  });

  test('a slow download has a line every 30 s', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2', 4 * GIB));
    say(PLANNED);
    for (let ms = 0; ms <= 95_000; ms += 500) say(bytes(1024 * (ms / 1000)), ms);
    expect(lines()).toHaveLength(4);
    expect(lines()[1]).toBe('imgdl: 0%, 30.0 KiB/4.0 GiB, 1.0 KiB/s, 48 d 13 h left');
  });

  test('an unknown size has a line every 30 s', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2'));
    for (let ms = 0; ms <= 65_000; ms += 500) say(bytes(MIB * (ms / 1000)), ms);
    expect(lines()).toEqual(['imgdl: disk.qcow2', 'imgdl: 30.0 MiB, 1.0 MiB/s', 'imgdl: 60.0 MiB, 1.0 MiB/s']);
  });

  test('nothing is said of progress while nothing came', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2'));
    for (let ms = 0; ms <= 95_000; ms += 500) say(bytes(0), ms);
    say(bytes(MIB), 96_000);
    expect(lines()).toEqual(['imgdl: disk.qcow2', expect.stringMatching(/^imgdl: 1\.0 MiB/)]);
  });

  test('a restart counts its steps from zero again', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2', 1000 * MIB));
    say({ type: 'planned', from: 500 * MIB, size: 1000 * MIB, why: 'the same image' });
    say({ type: 'restart', why: 'the server ignores Range', kept: 0, discarded: 500 * MIB }, 1000);
    say(bytes(150 * MIB), 5000);
    expect(lines().slice(1)).toEqual([
      'imgdl: resuming at 500.0 MiB (50%): the same image',
      'imgdl: the server ignores Range: starting again, 500.0 MiB discarded',
      'imgdl: 15%, 150.0/1000.0 MiB',
    ]);
  });

  test('a restart that keeps something counts its steps from there', () => {
    const { say, lines } = session('line');
    say(described('disk.qcow2', 1000 * MIB));
    say({ type: 'planned', from: 700 * MIB, size: 1000 * MIB, why: 'the same image' });
    say({ type: 'restart', why: 'the disk has other bytes', kept: 400 * MIB, discarded: 300 * MIB }, 1000);
    say(bytes(450 * MIB), 5000);
    say(bytes(550 * MIB), 10_000);
    expect(lines().slice(2)).toEqual([
      'imgdl: the disk has other bytes: resuming at 400.0 MiB, 300.0 MiB discarded',
      expect.stringMatching(/^imgdl: 55%, 550\.0\/1000\.0 MiB/),
    ]);
  });

  test('a wait tells at once what for, then every 10 % and 30 s how far it is', () => {
    const { say, lines } = session('line');
    for (let ms = 0; ms <= 60_000; ms += 2_000) say(pending(ms, Math.min(10, ms / 2_000)), ms);
    say(pending(62_000, 35), 62_000);
    say({ type: 'phase', phase: 'describing' }, 64_000);
    say(described('disk.qcow2', 1000 * MIB), 64_000);
    say({ ...PLANNED, size: 1000 * MIB }, 64_000);
    say(bytes(150 * MIB), 66_000);
    expect(lines()).toEqual([
      'imgdl: downloading image 7: the image is still being generated (0 %); waiting for up to 30 min',
      'imgdl: not ready yet, 10%, waited 20 s of 30 min',
      'imgdl: not ready yet, 10%, waited 50 s of 30 min',
      'imgdl: not ready yet, 35%, waited 1 min 2 s of 30 min',
      'imgdl: disk.qcow2: 1000.0 MiB',
      'imgdl: 15%, 150.0/1000.0 MiB',
    ]);
  });

  test('a wait for what nobody knows how far it is has a line every 30 s', () => {
    const { say, lines } = session('line');
    for (let ms = 0; ms <= 65_000; ms += 5_000) say(pending(ms), ms);
    expect(lines().slice(1)).toEqual([
      'imgdl: not ready yet, waited 30 s of 30 min',
      'imgdl: not ready yet, waited 1 min of 30 min',
    ]);
  });

  test('nothing is said after close', () => {
    const { say, lines, close } = session('line');
    close();
    say(RETRY);
    expect(lines()).toEqual([]);
  });
});

describe('lines of several images', () => {
  test('the wait for one of them is told once', () => {
    const { display, lines } = show('line', 2);
    const item = display.start('debian-13');
    for (const ms of [0, 2_000, 40_000]) item.on(pending(ms, 42));
    expect(lines()).toEqual([
      'imgdl: debian-13: downloading image 7: the image is still being generated (42 %); waiting for up to 30 min',
    ]);
  });

  test('the total comes at every tenth, at most once a second, and after 30 s', () => {
    const { display, lines, pass } = show('line', 2);
    const [first, second] = [begin(display, 'a'), begin(display, 'b')];
    first.on(bytes(1));
    second.on(bytes(1));
    for (let at = 1; at <= 100; at += 1) {
      pass(100);
      first.on(bytes((at / 100) * GIB));
    }
    expect(lines().length).toBeGreaterThanOrEqual(4);
    expect(lines().length).toBeLessThanOrEqual(5);
    expect(lines()[0]).toMatch(/^imgdl: 0 of 2 images: 10%, 0\.2\/2\.0 GiB, .*\/s, .* left$/);
    const before = lines().length;
    pass(31_000);
    first.on(bytes(GIB));
    expect(lines()).toHaveLength(before + 1);
  });
});
