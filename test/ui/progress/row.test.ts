import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Phase, TransferEvent } from '#imgdl/core/events.js';
import { renderRow } from '#imgdl/ui/progress/row.js';
import { follow, newState, type TransferState } from '#imgdl/ui/progress/state.js';
import { cellsOf, fitCells } from '#imgdl/ui/text/cells.js';
import { createPalette } from '#imgdl/ui/text/palette.js';
import { anyText } from '../../support/any-text.js';
import { bytes, described, GIB, HOSTILE, MIB, PLAIN, pending, RETRY, unsafe } from '../samples.js';

const UNICODE = { palette: PLAIN, unicode: true };
const ASCII = { palette: PLAIN, unicode: false };

/** 50 MiB/s for `seconds`, an event every half second. */
function running(seconds: number, size: number | null = 4 * GIB, connections = 1): TransferState {
  const start: TransferEvent[] = [
    described('ubuntu-24.04.qcow2', size ?? undefined),
    { type: 'planned', from: 0, size: size ?? undefined, why: '' },
    { type: 'phase', phase: 'transferring' },
  ];
  let state = start.reduce((before, event) => follow(before, event, 0), newState(0));
  for (let ms = 0; ms <= seconds * 1000; ms += 500)
    state = follow(state, bytes(50 * MIB * (ms / 1000), undefined, connections), ms);
  return state;
}

/** 50 MiB/s for 20 s of 4 GiB. */
const GOLDEN: [number, string][] = [
  [0, ''],
  [1, ''],
  [5, ' 24%'],
  [10, '⠋  24%'],
  [20, '⠋  24% ETA 1:02'],
  [30, '⠋  24% 0.9/4.0 GiB ETA 1:02'],
  [40, '⠋ ubuntu-24.…  24% 0.9/4.0 GiB ETA 1:02'],
  [60, '⠋ ubuntu-24.… ━╸──────  24% 0.9/4.0 GiB 50.0 MiB/s ETA 1:02'],
  [80, '⠋ ubuntu-24.04.qcow2 ━━━━━────────────────  24% 0.9/4.0 GiB 50.0 MiB/s ETA 1:02'],
  [120, '⠋ ubuntu-24.04.qcow2 ━━━━━━━╸────────────────────────  24% 0.9/4.0 GiB 50.0 MiB/s ETA 1:02'],
  [10000, '⠋ ubuntu-24.04.qcow2 ━━━━━━━╸────────────────────────  24% 0.9/4.0 GiB 50.0 MiB/s ETA 1:02'],
];

describe('the row at several widths', () => {
  test.each(GOLDEN)('%d columns', (columns, row) => {
    expect(renderRow(running(20), 20_000, columns, UNICODE)).toBe(row);
  });

  test.each([18, 24, 40, 60])(
    'of %i columns keeps its name among others, which alone tells it from them',
    (columns) => {
      const wide = follow(running(0, 600_000), bytes(107_930), 2_000);
      expect(renderRow(wide, 2_000, columns, { ...UNICODE, oneOfSeveral: true })).toMatch(/^⠋ ubuntu\S+ .* 17%/);
      if (columns <= 40) expect(renderRow(wide, 2_000, columns, UNICODE)).not.toContain('ubuntu');
    },
  );

  test('tells how far the verification is, and afterwards nothing of it', () => {
    const verifying = follow(running(20), { type: 'phase', phase: 'verifying' }, 20_000);
    const hashed = follow(verifying, { type: 'hashed', hashed: GIB, size: 4 * GIB }, 21_000);
    expect(renderRow(hashed, 21_000, 80, UNICODE)).toMatch(
      /^\S ubuntu-24.04.qcow2 ━+╸?─+ +25% 1.0\/4.0 GiB verifying$/,
    );
    const publishing = follow(hashed, { type: 'phase', phase: 'publishing' }, 22_000);
    expect(renderRow(publishing, 22_000, 80, UNICODE)).toContain(' 24% ');
    const late: TransferEvent = { type: 'hashed', hashed: 2 * GIB, size: 4 * GIB };
    expect(follow(publishing, late, 23_000)).toBe(publishing);
  });

  test('plain ASCII where box characters are not safe', () => {
    expect(renderRow(running(20), 20_000, 100, ASCII)).toBe(
      '| ubuntu-24.04.qcow2 [=======-----------------------]  24% 0.9/4.0 GiB 50.0 MiB/s ETA 1:02',
    );
  });

  test('an unknown size has neither bar nor percentage', () => {
    const row = renderRow(running(20, null), 20_000, 100, UNICODE);
    expect(row).toMatch(/ubuntu-24\.04\.qcow2 1000\.0 MiB 50\.0 MiB\/s 0:20$/);
    expect(row).not.toContain('%');
  });

  test('several connections are counted', () => {
    expect(renderRow(running(20, 4 * GIB, 4), 20_000, 140, UNICODE)).toContain('4 connections');
  });
});

test.each<[Phase, string]>([
  ['describing', 'asking the server'],
  ['waiting-for-lock', 'waiting for another imgdl'],
  ['waiting-for-image', 'waiting for the image'],
  ['cleaning-up', 'cleaning up on the server'],
  ['connecting', 'connecting'],
  ['verifying', 'verifying'],
  ['publishing', 'publishing'],
])('the phase %s reads "%s" and has no speed', (phase, words) => {
  const row = renderRow(follow(running(20), { type: 'phase', phase }, 20_000), 20_000, 100, UNICODE);
  expect(row).toContain(words);
  expect(row).not.toContain('/s');
});

test('waiting counts down and says why', () => {
  const retried = follow(running(20), RETRY, 20_000);
  const waiting = follow(retried, { type: 'phase', phase: 'waiting' }, 20_000);
  expect(renderRow(waiting, 20_000, 140, UNICODE)).toContain('waiting 0:12, retry 2: The response ended early');
  expect(renderRow(waiting, 25_000, 140, UNICODE)).toContain('waiting 0:07, retry 2');
  expect(renderRow(waiting, 99_000, 140, UNICODE)).toContain('waiting 0:00');
});

test('a retry is forgotten once bytes come again', () => {
  const retried = follow(running(20), RETRY, 20_000);
  expect(renderRow(retried, 20_000, 140, UNICODE)).toContain('retry 2');
  expect(renderRow(follow(retried, bytes(2 * GIB), 21_000), 21_000, 140, UNICODE)).not.toContain('retry');
});

test('the speed fades while nothing comes, and the ETA grows', () => {
  const state = running(20);
  const speed = (now: number): number => Number(/([\d.]+) MiB\/s/.exec(renderRow(state, now, 100, UNICODE))?.[1]);
  expect(speed(20_000)).toBe(50);
  expect(speed(24_000)).toBeLessThan(25);
});

test('a restart begins at zero and never shows a negative speed', () => {
  const restarted = follow(running(20), { type: 'restart', why: 'x', kept: 0, discarded: GIB }, 20_000);
  const row = renderRow(follow(restarted, bytes(MIB, GIB), 21_000), 21_000, 100, UNICODE);
  expect(row).toContain('  0%');
  expect(row).not.toMatch(/-\d+(?:\.\d+)? |ETA -/);
});

test('a restart that keeps something begins there', () => {
  const restarted = follow(running(20), { type: 'restart', why: 'x', kept: GIB, discarded: GIB }, 20_000);
  expect(renderRow(restarted, 20_000, 100, UNICODE)).toContain(' 25%');
});

test('all verified bytes at 100 % still say what happens', () => {
  const full = follow(running(20), bytes(4 * GIB), 90_000);
  expect(renderRow(follow(full, { type: 'phase', phase: 'verifying' }, 90_000), 90_000, 80, UNICODE)).toMatch(
    /100%.*verifying$/,
  );
});

test('an image that is not ready shows how far the server is, and how long that is waited for', () => {
  const state = [pending(0, 0), pending(72_000, 42)].reduce(
    (before, event, at) => follow(before, event, at * 72_000),
    newState(0, 'debian-13'),
  );
  expect(renderRow(state, 73_000, 80, UNICODE)).toBe(
    `⠋ debian-13 ${'━'.repeat(13)}${'─'.repeat(19)}  42% not ready yet, 1:13 of 30:00`,
  );
  expect(renderRow(state, 73_000, 30, UNICODE)).toContain(' 42% not ready');
  const unknown = follow(newState(0, 'debian-13'), pending(0), 0);
  expect(renderRow(unknown, 1_000, 80, UNICODE)).toBe('⠋ debian-13 not ready yet, 0:01 of 30:00');
  const ready = follow(state, { type: 'phase', phase: 'describing' }, 80_000);
  expect(renderRow(ready, 80_000, 80, UNICODE)).toBe('⠋ debian-13 asking the server');
});

test('no name, width, size or phase makes a row as wide as the terminal', () => {
  const phases: Phase[] = [
    'describing',
    'connecting',
    'transferring',
    'waiting',
    'verifying',
    'publishing',
    'waiting-for-lock',
    'waiting-for-image',
  ];
  const colours = createPalette(3);
  fc.assert(
    fc.property(
      fc.oneof(anyText(60), fc.constantFrom('日本語イメージ.qcow2', '🐧🐧🐧🐧🐧🐧🐧🐧.img', 'e\u0301'.repeat(30))),
      fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant(10_000)),
      fc.option(fc.maxSafeNat(), { nil: undefined }),
      fc.maxSafeNat(),
      fc.constantFrom(...phases),
      fc.boolean(),
      (name, columns, size, front, phase, unicode) => {
        let state = follow(newState(0), described(name, size), 0);
        for (const event of [bytes(0), bytes(front, front, 3), RETRY, { type: 'phase', phase } as const])
          state = follow(state, event, 5_000);
        const row = renderRow(state, 6_000, columns, { palette: colours, unicode }).replace(/\x1b\[[\d;]*m/g, '');
        expect(cellsOf(row)).toBeLessThan(Math.max(1, columns));
      },
    ),
    { numRuns: 500 },
  );
});

test.each(HOSTILE)('%s in a name does not get through', (_name, text) => {
  const row = renderRow(follow(newState(0), described(text), 0), 0, 200, UNICODE);
  expect(unsafe(row)).toEqual([]);
  expect(row).toMatch(/^⠋ /);
});

const FAMILY = '👨\u200d👩\u200d👧';

test.each<[string, string, number]>([
  ['ASCII', 'ascii', 5],
  ['nothing', '', 0],
  ['ideographs', '日本', 4],
  ['full-width letters', 'ｆｕｌｌ', 8],
  ['half-width kana', 'ｶﾅ', 2],
  ['syllables of Hangul', '한국', 4],
  ['an accent of its own', 'e\u0301', 1],
  ['many marks on one letter', `a${'\u0301'.repeat(30)}`, 1],
  ['an emoji', '🐧', 2],
  ['an emoji newer than our first table', '\u{1fae8}', 2],
  ['a sign that is wide by its variation selector', '❤\ufe0f', 2],
  ['a digit that is wide by its keycap', '1\ufe0f\u20e3', 2],
  ['a flag', '🇩🇪', 2],
  // A terminal without joining shows three, and some show the joiners.
  ['a family', FAMILY, 8],
  ['half of a surrogate pair, which is shown as a replacement', '\ud800', 1],
  ['our own signs', '⠋━╸─…', 5],
])('%s: %s', (_what, text, cells) => {
  expect(cellsOf(text)).toBe(cells);
});

test.each<[string, string, number, string]>([
  ['an accent', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['a family', `${FAMILY}xy`, 9, `${FAMILY}…`],
  ['a family without room', `${FAMILY}xy`, 8, '…'],
  ['a flag', '🇩🇪🇫🇷', 3, '🇩🇪…'],
  ['a flag without room', '🇩🇪🇫🇷', 2, '…'],
  ['a sign with its selector', '❤\ufe0f❤\ufe0f', 3, '❤\ufe0f…'],
  ['a sign with its selector without room', '❤\ufe0fabc', 2, '…'],
  ['a syllable of jamo', '\u1112\u1161\u11ab\u1112\u1161\u11ab', 5, '\u1112\u1161\u11ab…'],
  ['a syllable of Devanagari', 'नि नि', 3, 'नि…'],
])('a cut never splits %s', (_what, text, cells, fitted) => {
  expect(fitCells(text, cells)).toBe(fitted);
});

test('a cut is in the room, and between characters as they are read', () => {
  const segmenter = new Intl.Segmenter();
  const sign = fc.constantFrom(
    'a',
    'e\u0301',
    '日',
    '🐧',
    FAMILY,
    '🇩🇪',
    '❤\ufe0f',
    '\u1112\u1161',
    '\u200d',
    '\ud800',
    'नि',
  );
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 20 }), fc.integer({ min: 0, max: 40 }), (signs, cells) => {
      const text = signs.join('');
      const fitted = fitCells(text, cells);
      expect(cellsOf(fitted)).toBeLessThanOrEqual(cells);
      const kept = fitted.replace(/…$/, '');
      expect(text.startsWith(kept)).toBe(true);
      const cuts = [...Array.from(segmenter.segment(text), ({ index }) => index), text.length];
      expect(cuts).toContain(kept.length);
    }),
  );
});

test('a cut never splits a wide character', () => {
  expect([0, 1, 2, 3, 4, 5, 6].map((cells) => fitCells('日本語', cells))).toEqual([
    '',
    '…',
    '…',
    '日…',
    '日…',
    '日本…',
    '日本語',
  ]);
});
