import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CODES, type Code } from '#imgdl/core/error-codes.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import { createDisplay, type Display } from '#imgdl/ui/progress/display.js';
import { QUEUE_LIMIT } from '#imgdl/ui/progress/event-queue.js';
import { createPalette } from '#imgdl/ui/text/palette.js';
import { anyText } from '../../support/any-text.js';
import { EVENTS } from '../arbitrary.js';
import { bytes, described, GIB, HOSTILE, MIB, pending, RETRY } from '../samples.js';

const SCHEMA = JSON.parse(readFileSync(new URL('../../../schema/event.json', import.meta.url), 'utf8')) as object;
const valid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMA);
type Told = Record<string, unknown> & { readonly type: string; readonly t: number };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Reader {
  readonly display: Display;
  /** Every line that was written, each checked against the schema. */
  readonly events: () => readonly Told[];
  readonly text: () => string;
  /** The reader takes what was written. */
  readonly take: () => void;
}

/** @param keepsUp whether each write is taken at once */
function reader(count = 2, keepsUp = true, verbose = true): Reader {
  const writes: string[] = [];
  const open: (() => void)[] = [];
  const start = Date.now();
  const display = createDisplay({
    mode: 'json',
    count,
    verbose,
    columns: () => 80,
    rows: () => 24,
    palette: createPalette(3),
    unicode: true,
    now: () => Date.now() - start,
    stream: {
      write(text, done) {
        writes.push(text);
        if (done === undefined) return;
        if (keepsUp) done();
        else open.push(done);
      },
    },
  });
  const text = (): string => writes.join('');
  return {
    display,
    text,
    take: () => {
      for (const done of open.splice(0)) done();
    },
    events: () =>
      text()
        .split('\n')
        .slice(0, -1)
        .map((line) => {
          const event = JSON.parse(line) as Told;
          expect(valid(event), `${line}: ${JSON.stringify(valid.errors)}`).toBe(true);
          return event;
        }),
  };
}

test('a run, event by event', () => {
  const { display, events } = reader();
  display.on({ type: 'warning', warning: { code: 'a.b', message: 'of the run' } });
  const item = display.start('debian*');
  item.on(pending(0));
  item.on(pending(2_000, 42));
  item.on(described('debian-13.qcow2', GIB));
  item.on({ type: 'planned', from: 0, size: GIB, why: '' });
  item.on(bytes(0));
  vi.advanceTimersByTime(1_000);
  item.on(bytes(MIB));
  item.on(RETRY);
  item.end(GIB);
  const image = 'debian*';
  expect(events()).toEqual([
    { v: 1, t: 0, image: null, type: 'warning', code: 'a.b', message: 'of the run' },
    { v: 1, t: 0, image, type: 'start', number: 1, count: 2 },
    {
      ...{ v: 1, t: 0, image, type: 'pending', code: 'not-ready.generating', percent: null },
      ...{ waitedMs: 0, leftMs: 1_800_000, inMs: 2_000 },
      message: 'downloading image 7: the image is still being generated',
    },
    {
      ...{ v: 1, t: 0, image, type: 'pending', code: 'not-ready.generating', percent: 42 },
      ...{ waitedMs: 2_000, leftMs: 1_798_000, inMs: 2_000 },
      message: 'downloading image 7: the image is still being generated (42 %)',
    },
    { v: 1, t: 0, image, type: 'described', target: 'debian-13.qcow2', name: 'debian-13.qcow2', size: GIB },
    { v: 1, t: 0, image, type: 'planned', from: 0, size: GIB, why: '' },
    { v: 1, t: 0, image, type: 'bytes', front: 0, received: 0, connections: 1, size: GIB, speed: null, etaMs: null },
    {
      ...{ v: 1, t: 1_000, image, type: 'bytes', front: MIB, received: MIB, connections: 1, size: GIB },
      ...{ speed: MIB, etaMs: 1_023_000 },
    },
    {
      ...{ v: 1, t: 1_000, image, type: 'retry', attempt: 2, inMs: 12_000, code: 'net.truncated' },
      message: 'reading https://glance/v2/images/1/file: the body ended early',
    },
    { v: 1, t: 1_000, image, type: 'end', bytes: GIB },
  ]);
});

describe('what is said', () => {
  test.each(Object.keys(CODES) as Code[])('a failure with %s is an error event', (code) => {
    const { display, events } = reader();
    const error = new AppError(code, 'reading: failed', { hint: 'look' });
    display.say('imgdl: \u001b[31mx\u001b[39m\n', { error: error.toJSON(), image: 'a' });
    const { exit } = error;
    expect(events()).toEqual([
      { v: 1, t: 0, image: 'a', type: 'error', code, exit, message: 'reading: failed', hint: 'look' },
    ]);
  });

  test('the end by a signal is one of the run, also after the display is closed', () => {
    const { display, events } = reader();
    display.close();
    const error = { code: 'signal', exit: 130, message: 'stopped by SIGINT', hint: null, details: {} };
    display.say('imgdl: stopped\n', { error });
    expect(events()).toMatchObject([{ image: null, type: 'error', code: 'signal', exit: 130, hint: null }]);
  });

  test('any other line is a message, without its colours and its end', () => {
    const { display, events } = reader();
    display.say('imgdl: \u001b[32mall 3 images\u001b[39m: done\n');
    expect(events()).toMatchObject([{ image: null, type: 'message', message: 'imgdl: all 3 images: done' }]);
  });
});

test.each(Object.entries<fc.Arbitrary<TransferEvent>>(EVENTS))(
  'every %s event is one line that fits the schema, whatever is in it',
  (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, anyText(), fc.boolean(), (event, name, ofImage) => {
        const { display, events, text } = reader();
        if (ofImage) display.start(name).on(event);
        else display.on(event);
        expect(events().at(-1)).toMatchObject({ type });
        expect(text().replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u);
      }),
      { numRuns: 40 },
    );
  },
);

test.each(HOSTILE)('%s in any text stays inside its event', (_what, hostile) => {
  const { display, events, text } = reader();
  const item = display.start(hostile);
  item.on({ type: 'note', message: hostile });
  item.on({ type: 'warning', warning: { code: 'a.b', message: hostile } });
  display.say(hostile);
  expect(events().map(({ type }) => type)).toEqual(['start', 'note', 'warning', 'message']);
  expect(text()).not.toMatch(/[^\P{C}\n]|\\ud[89a-f]/u);
  expect(text().length).toBeLessThan(40_000);
});

test('a secret in a text is masked, the target is the one to open', () => {
  const { display, events } = reader();
  const item = display.start('https://u:pw@h/x?downloadId=SECRET1');
  item.on(described('token=x.img'));
  item.on({ type: 'note', message: 'GET https://u:pw@h/x?downloadId=SECRET1' });
  expect(JSON.stringify(events())).not.toMatch(/SECRET1|:pw@/);
  expect(events()[1]).toMatchObject({ target: 'token=x.img' });
});

test('a note comes with -v only: there may be one for each request', () => {
  const told = [true, false].map((verbose) => {
    const { display, events } = reader(1, true, verbose);
    display.on({ type: 'note', message: 'GET http://host/x: 200' });
    return events().map(({ type }) => type);
  });
  expect(told).toEqual([['note'], []]);
});

test('with -q an error is an event, and the only one', () => {
  const written: string[] = [];
  const display = createDisplay({
    mode: 'json-errors',
    count: 1,
    verbose: true,
    columns: () => 80,
    rows: () => 24,
    palette: createPalette(3),
    unicode: true,
    now: () => 0,
    stream: { write: (text) => void written.push(text) },
  });
  const item = display.start('a');
  item.on(bytes(1));
  display.on({ type: 'warning', warning: { code: 'a.b', message: 'w' } });
  item.end(null);
  display.close();
  display.say('x', { error: new AppError('net.reset', 'cut').toJSON(), image: 'a' });
  expect(written.map((line) => JSON.parse(line))).toMatchObject([{ type: 'error', image: 'a', code: 'net.reset' }]);
});

test('bytes come at most four times a second for each image', () => {
  const { display, events } = reader();
  const items = [display.start('a'), display.start('b')];
  for (let ms = 0; ms < 2_000; ms += 10) {
    for (const item of items) item.on(bytes(ms));
    vi.advanceTimersByTime(10);
  }
  expect(events().filter(({ type, image }) => type === 'bytes' && image === 'a')).toHaveLength(8);
  expect(events().filter(({ type, image }) => type === 'bytes' && image === 'b')).toHaveLength(8);
});

describe('a reader that stands still', () => {
  test('makes no memory grow, loses bytes first, and is told how many', () => {
    const { display, events, text, take } = reader(2, false);
    const item = display.start('a');
    let told = 1;
    const warn = (message: string): void => {
      item.on({ type: 'warning', warning: { code: 'a.b', message } });
      told += 1;
    };
    warn('before');
    for (let at = 0; at < 20_000; at += 1) {
      item.on(bytes(at));
      vi.advanceTimersByTime(250);
    }
    warn('after');
    told += 20_000;
    const stuck = text().length;
    expect(stuck).toBeLessThan(1_000);
    take();
    expect(text().length - stuck).toBeLessThanOrEqual(QUEUE_LIMIT + 200);
    const taken = events();
    expect(taken.filter(({ type }) => type === 'warning')).toHaveLength(2);
    const dropped = taken.at(-1);
    expect(dropped).toMatchObject({ type: 'dropped', image: null });
    expect(taken.length - 1 + Number(dropped?.['events'])).toBe(told);
    const times = taken.map(({ t }) => t);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('keeps of all kinds no more than the limit, and the last error', () => {
    const { display, text, take } = reader(2, false);
    const item = display.start('a');
    for (let at = 0; at < 2_000; at += 1) {
      item.on({ type: 'note', message: 'n'.repeat(1_000) });
      item.on({ type: 'warning', warning: { code: 'a.b', message: 'w'.repeat(1_000) } });
    }
    display.say('x', { error: new AppError('net.reset', 'the last').toJSON() });
    const stuck = text().length;
    take();
    expect(text().length - stuck).toBeLessThanOrEqual(QUEUE_LIMIT + 200);
    expect(text()).toContain('the last');
    expect(text().slice(stuck)).not.toContain('nnn');
  });
});
