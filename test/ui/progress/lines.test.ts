import { describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { ProgressMode } from '#imgdl/ui/progress/progress-mode.js';
import { createReporter } from '#imgdl/ui/progress/reporter.js';
import { bytes, described, GIB, HOSTILE, MIB, PLAIN, RETRY, unsafe } from '../samples.js';

interface Session {
  readonly say: (event: TransferEvent, at?: number) => void;
  readonly lines: () => readonly string[];
  readonly close: () => void;
}

function session(mode: ProgressMode, verbose = false): Session {
  const written: string[] = [];
  let now = 0;
  const reporter = createReporter({
    mode,
    verbose,
    stream: { write: (text) => written.push(text) },
    columns: () => 80,
    palette: PLAIN,
    unicode: true,
    now: () => now,
  });
  return {
    say(event, at = now) {
      now = at;
      reporter.on(event);
    },
    lines: () => written.join('').split('\n').slice(0, -1),
    close: () => reporter.close(),
  };
}

const PLANNED: TransferEvent = { type: 'planned', from: 0, size: 4 * GIB, why: 'nothing is on disk' };

describe('plain lines', () => {
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

  test('nothing is said after close', () => {
    const { say, lines, close } = session('line');
    close();
    say(RETRY);
    expect(lines()).toEqual([]);
  });
});

const EVENTS: [string, TransferEvent, string][] = [
  [
    'a retry',
    RETRY,
    'imgdl: net.truncated: reading https://glance/v2/images/1/file: the body ended early; trying again in 12 s (retry 2)',
  ],
  [
    'a retry at once',
    { type: 'retry', error: new AppError('net.reset', 'reading: reset'), attempt: 1, inMs: 0 },
    'imgdl: net.reset: reading: reset; trying again now (retry 1)',
  ],
  [
    'a restart says what was given up and why',
    { type: 'restart', why: 'the server ignores Range', kept: 0, discarded: 1.25 * GIB },
    'imgdl: the server ignores Range: starting again, 1.2 GiB discarded',
  ],
  [
    'why --update downloads again',
    { type: 'outdated', why: 'the remote image changed (etag)' },
    'imgdl: downloading again: the remote image changed (etag)',
  ],
  [
    'a restart without a loss',
    { type: 'restart', why: 'the digest did not match', kept: 0, discarded: 0 },
    'imgdl: the digest did not match: starting again',
  ],
  ['a warning', { type: 'warning', warning: { code: 'x.y', message: 'no checksum' } }, 'imgdl: warning: no checksum'],
  [
    'the wait for a lock',
    { type: 'phase', phase: 'waiting-for-lock' },
    'imgdl: another imgdl is using this target: waiting',
  ],
];

const DETAILS: [string, TransferEvent, string][] = [
  ['a note', { type: 'note', message: 'token renewed' }, 'imgdl: token renewed'],
  [
    'a connection',
    { type: 'connected', by: 'one-time download id', from: MIB, status: 206 },
    'imgdl: connected with one-time download id at 1.0 MiB, status 206',
  ],
  ['a checkpoint', { type: 'checkpoint', durable: 64 * MIB }, 'imgdl: safe on disk: 64.0 MiB'],
  ['why it starts at zero', PLANNED, 'imgdl: plan: nothing is on disk'],
];

describe.each<ProgressMode>(['line', 'none', 'bar'])('in mode %s', (mode) => {
  test.each(EVENTS)('%s is told', (_name, event, line) => {
    const { say, lines, close } = session(mode);
    say(event);
    expect(lines()).toEqual([line]);
    close();
  });

  test.each(DETAILS)('%s is told with -v only', (_name, event, line) => {
    const quiet = session(mode);
    quiet.say(event);
    expect(quiet.lines()).toEqual([]);
    quiet.close();
    const verbose = session(mode, true);
    verbose.say(event);
    expect(verbose.lines()).toEqual([line]);
    verbose.close();
  });

  test.each(HOSTILE)('%s does not get through in any event', (_name, text) => {
    const { say, lines, close } = session(mode, true);
    const events: TransferEvent[] = [
      described(text, 1),
      { type: 'planned', from: 1, size: 2, why: text },
      { type: 'retry', error: new AppError('net.reset', text), attempt: 1, inMs: 0 },
      { type: 'restart', why: text, kept: 0, discarded: 0 },
      { type: 'warning', warning: { code: 'x', message: text } },
      { type: 'note', message: text },
      { type: 'connected', by: text, from: 0, status: 200 },
    ];
    for (const event of events) say(event);
    expect(lines().length).toBeGreaterThanOrEqual(5);
    expect(lines().filter((line) => !line.startsWith('imgdl: '))).toEqual([]);
    expect(unsafe(lines().join('\n'))).toEqual([]);
    close();
  });
});

test('mode none tells no progress', () => {
  const { say, lines } = session('none');
  say(described('disk.qcow2', 1000 * MIB));
  say({ type: 'planned', from: MIB, size: 1000 * MIB, why: '' });
  for (let ms = 0; ms <= 95_000; ms += 500) say(bytes(MIB * ms), ms);
  expect(lines()).toEqual([]);
});

test.each(EVENTS)('silence: %s is not told with -q, even with -v', (_name, event) => {
  const { say, lines } = session('silent', true);
  say(event);
  expect(lines()).toEqual([]);
});

test('a secret in a message is masked', () => {
  const { say, lines } = session('line', true);
  say({ type: 'note', message: 'GET https://u:pw@h/x?downloadId=SECRET1' });
  expect(lines()[0]).toBe('imgdl: GET https://***@h/x?downloadId=***');
});
