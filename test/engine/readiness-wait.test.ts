import { describe, expect, test } from 'vitest';
import { AppError, type Pending } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { Remote, Source } from '#imgdl/core/source.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { describedTransfer } from '#imgdl/engine/description.js';
import { type FakeClock, fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { eventsOf } from './fakes.js';
import { play, remoteOf, tickets } from './script.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function making(percent?: number, hint = 'run the same command again when it is complete'): AppError {
  const pending: Pending = percent === undefined ? {} : { percent };
  const far = percent === undefined ? '' : ` (${percent} %)`;
  return new AppError('not-ready.generating', `downloading image 7: it is being made${far}`, { hint, pending });
}
const DOWN = new AppError('http.unavailable', 'reading image 7: the server is down (HTTP 503)');
const FAILED = new AppError('not-ready.failed', 'downloading image 7: the generation failed', {
  hint: 'make it again',
});

/** What describe() comes to at a moment, in milliseconds. */
type Server = (now: number, question: number) => Remote | AppError;

interface Given extends Partial<Omit<Source, 'describe'>> {
  readonly options?: Partial<TransferOptions>;
  readonly deadlineAt?: number;
  readonly random?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TransferEvent) => void;
}

async function asking(server: Server, { options, deadlineAt, random, signal, onEvent, ...more }: Given = {}) {
  const clock: FakeClock = fakeClock(random);
  const events: TransferEvent[] = [];
  /** When the server was asked. */
  const asked: number[] = [];
  const source: Source = {
    ...tickets().source,
    ...more,
    async describe() {
      asked.push(clock.now());
      const answer = server(clock.now(), asked.length);
      if (answer instanceof AppError) throw answer;
      return answer;
    },
  };
  const report = (event: TransferEvent): void => {
    events.push(event);
    onEvent?.(event);
  };
  const request = {
    source,
    options: transferOptions(options),
    tool: 'imgdl 0',
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
  };
  const ports = { transport: play().transport, clock, report, ...runResources() };
  const outcome = await describedTransfer(request, ports, signal ?? new AbortController().signal).then(
    ({ remote }) => remote,
    (error: unknown) => error,
  );
  return { outcome, asked, events, clock, pending: eventsOf(events, 'pending') };
}

/** Ready at a moment, being made until then. */
const readyAt =
  (ms: number, percent?: (now: number) => number): Server =>
  (now) =>
    now >= ms ? remoteOf() : making(percent?.(now));

describe('an image that is not ready', () => {
  test('is not waited for unless somebody says so, and the hint tells how', async () => {
    const { outcome, asked, pending } = await asking(readyAt(10_000, () => 42));
    expect(outcome).toMatchObject({ code: 'not-ready.generating', exit: 5 });
    expect((outcome as AppError).hint).toBe('run the same command again when it is complete, or use --wait 30m');
    expect([asked, pending]).toEqual([[0], []]);
  });

  test('is asked for after 2 s, then ever more slowly, at most every 30 s', async () => {
    const { outcome, asked } = await asking(readyAt(3 * MINUTE), { options: { waitMs: HOUR } });
    expect(outcome).toMatchObject({ ref: expect.anything() });
    const pauses = asked.slice(1).map((at, before) => at - (asked[before] ?? 0));
    expect(pauses.slice(0, 4)).toEqual([2_000, 3_000, 4_500, 6_750]);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.slice(-3)).toEqual([30_000, 30_000, 30_000]);
  });

  test('leaves a part of each pause to chance, so that several images do not ask all at once', async () => {
    const { asked } = await asking(readyAt(3 * MINUTE), { options: { waitMs: HOUR }, random: 1 });
    expect(asked.slice(0, 3)).toEqual([0, 1_800, 4_500]);
  });

  test.each<[string, Given, string]>([
    ['the user says', { options: { waitMs: HOUR } }, '1h'],
    ['its source says', { defaultWaitMs: 5 * MINUTE }, '5m'],
    ['the user says, whatever its source does', { defaultWaitMs: HOUR, options: { waitMs: 90_000 } }, '90s'],
    ['the user says, which is less than a pause', { options: { waitMs: 1 } }, '1ms'],
  ])('is waited for as long as %s, to the last moment; then exit 5 says how long that was', async (_, given, said) => {
    const { outcome, asked } = await asking(() => making(42), given);
    expect(outcome).toMatchObject({ code: 'not-ready.generating', exit: 5 });
    expect((outcome as AppError).message).toBe(`downloading image 7: it is being made (42 %); imgdl waited ${said}`);
    expect((outcome as AppError).hint).toBe('run the same command again, or give it more time with --wait');
    expect(asked.at(-1)).toBe(given.options?.waitMs ?? given.defaultWaitMs);
  });

  test('that is ready at the last moment is not missed', async () => {
    const { outcome } = await asking(readyAt(HOUR), { options: { waitMs: HOUR } });
    expect(outcome).toEqual(remoteOf());
  });

  test('tells how far the server is with it and how long it has been waited for; 0 is the first', async () => {
    const { events, pending } = await asking(
      readyAt(5_000, (now) => now / 100),
      { options: { waitMs: MINUTE } },
    );
    expect(pending.map(({ error, ...times }) => [error.pending?.percent, times])).toEqual([
      [0, { type: 'pending', waitedMs: 0, leftMs: 60_000, inMs: 2_000 }],
      [20, { type: 'pending', waitedMs: 2_000, leftMs: 58_000, inMs: 3_000 }],
    ]);
    expect(eventsOf(events, 'phase').map(({ phase }) => phase)).toEqual([
      'describing',
      'waiting-for-image',
      'describing',
    ]);
  });

  test('of a dry run is asked for once: the hint tells what the real run would do', async () => {
    const { outcome, asked } = await asking(readyAt(10_000), { options: { dryRun: true, waitMs: 1_800_000 } });
    expect([asked, (outcome as AppError).exit]).toEqual([[0], 5]);
    expect((outcome as AppError).hint).toBe('without --dry-run, imgdl waits up to 30m');
  });
});

describe('what ends a wait at once', () => {
  test.each<[string, AppError]>([
    ['an image that failed', FAILED],
    ['an image that is gone', new AppError('not-found.image', 'there is no such image')],
    ['credentials that are refused now', new AppError('auth.refused', 'refused')],
    ['an answer that makes no sense', new AppError('proto.answer', 'what?')],
  ])('%s', async (_, error) => {
    const { outcome, asked } = await asking((now) => (now < 2_000 ? making() : error), { options: { waitMs: HOUR } });
    expect(outcome).toBe(error);
    expect(asked).toEqual([0, 2_000]);
  });

  test('the signal of the run, in the middle of a pause', async () => {
    const stopping = new AbortController();
    const reason = new Error('SIGINT');
    const { outcome, asked } = await asking(() => making(), {
      options: { waitMs: HOUR },
      signal: stopping.signal,
      onEvent: (event) => {
        if (event.type === 'pending' && event.waitedMs > 10_000) stopping.abort(reason);
      },
    });
    expect(outcome).toBe(reason);
    expect(asked.length).toBeLessThan(6);
  });

  test('the deadline, which a pause does not outlast: exit 6', async () => {
    const { outcome, asked } = await asking(() => making(42), { options: { waitMs: HOUR }, deadlineAt: 7_000 });
    expect(outcome).toMatchObject({ code: 'net.deadline', exit: 6, message: expect.stringContaining('(42 %)') });
    expect(asked).toEqual([0, 2_000, 5_000, 7_000]);
  });
});

describe('a server that fails now and then during a wait', () => {
  test('has its retries anew after every answer', async () => {
    // Nine of ten questions get a 503: more in all than the budget has, never more in a row.
    const server: Server = (now, question) => (now >= HOUR / 2 ? remoteOf() : question % 10 === 0 ? making() : DOWN);
    const { outcome, events } = await asking(server, { options: { waitMs: HOUR, retries: 9 } });
    expect(outcome).toEqual(remoteOf());
    expect(eventsOf(events, 'retry').length).toBeGreaterThan(50);
  });

  test('and does not come back ends the run with its own error, when the retries are used up', async () => {
    const { outcome } = await asking((now) => (now < 2_000 ? making() : DOWN), {
      options: { waitMs: HOUR, retries: 2 },
    });
    expect(outcome).toMatchObject({
      code: 'http.unavailable',
      exit: 6,
      message: expect.stringContaining('3 attempts'),
    });
  });

  test('does not make the wait longer', async () => {
    const server: Server = (_now, question) => (question % 2 === 0 ? making() : DOWN);
    const { outcome, clock } = await asking(server, { options: { waitMs: MINUTE, retries: 3 } });
    expect(outcome).toMatchObject({ code: 'not-ready.generating', message: expect.stringContaining('waited 1m') });
    expect(clock.now()).toBeLessThan(MINUTE + 5_000);
  });
});
