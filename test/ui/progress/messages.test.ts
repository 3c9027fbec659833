import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { ProgressMode } from '#imgdl/ui/progress/progress-mode.js';
import { bytes, described, GIB, HOSTILE, MIB, pending, RETRY, unsafe } from '../samples.js';
import { begin, session, show, showOne } from '../show.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const PLANNED: TransferEvent = { type: 'planned', from: 0, size: 4 * GIB, why: 'nothing is on disk' };

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
      { ...pending(0), error: new AppError('not-ready.queued', text, { pending: {} }) } as TransferEvent,
    ];
    for (const event of events) say(event);
    expect(lines().length).toBeGreaterThanOrEqual(4);
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
  say(pending(0, 42));
  expect(lines()).toEqual([]);
});

test.each(EVENTS)('silence: %s is not told with -q, even with -v', (_name, event) => {
  const { say, lines } = session('silent', true);
  say(event);
  expect(lines()).toEqual([]);
});

test.each<ProgressMode>(['line', 'bar'])('a dry run in mode %s says nothing as if it were done', (mode) => {
  const { say, lines, close } = showOne(mode, { dryRun: true });
  say({ type: 'planned', from: MIB, size: 1000 * MIB, why: 'kept from an earlier run' });
  say({ type: 'outdated', why: 'the remote image changed (etag)' });
  close();
  expect(lines()).toEqual(['imgdl: would download again: the remote image changed (etag)']);
});

test('a secret in a message is masked', () => {
  const { say, lines } = session('line', true);
  say({ type: 'note', message: 'GET https://u:pw@h/x?downloadId=SECRET1' });
  expect(lines()[0]).toBe('imgdl: GET https://***@h/x?downloadId=***');
});

describe('among several images', () => {
  test('what an image says begins with its name', () => {
    const { display, lines } = show('line', 2);
    const item = begin(display, 'a.img');
    item.on({ type: 'planned', from: 512 * MIB, size: GIB, why: 'the same image' });
    item.on(RETRY);
    display.on({ type: 'warning', warning: { code: 'x.y', message: 'of the run' } });
    expect(lines()).toEqual([
      'imgdl: a.img: resuming at 512.0 MiB (50%): the same image',
      expect.stringMatching(/^imgdl: a\.img: net\.truncated: .*retry 2/),
      'imgdl: warning: of the run',
    ]);
  });

  test('among many images a warning of one kind comes three times', () => {
    const { display, lines } = show('line', 100);
    for (let at = 0; at < 100; at += 1) {
      display.start(`image-${at}`).on({ type: 'warning', warning: { code: 'verify.size-only', message: 'no digest' } });
    }
    expect(lines()).toHaveLength(3);
    expect(lines().at(-1)).toMatch(/more of these/);
  });

  test('silent says nothing but what must be said', () => {
    const { display, lines } = show('silent', 2);
    begin(display, 'a').on(RETRY);
    display.on({ type: 'warning', warning: { code: 'x.y', message: 'z' } });
    display.say('imgdl: an error\n');
    expect(lines()).toEqual(['imgdl: an error']);
  });
});
