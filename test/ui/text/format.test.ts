import { describe, expect, test } from 'vitest';
import {
  formatAmount,
  formatBytes,
  formatClock,
  formatDuration,
  formatSpeed,
  percentOf,
} from '#imgdl/ui/text/format.js';

const KIB = 1024;
const GIB = KIB ** 3;

describe('bytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [GIB, '1.0 GiB'],
    [2 ** 31, '2.0 GiB'],
    [2 ** 33 + 1, '8.0 GiB'],
    [2 ** 53 - 1, '7.9 PiB'],
    [-5, '0 B'],
    [0.7, '0 B'],
  ])('%d are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [GIB, 4 * GIB, '1.0/4.0 GiB'],
    [0, 4 * GIB, '0.0/4.0 GiB'],
    [512 * KIB, 4 * GIB, '512.0 KiB/4.0 GiB'],
    [1000 * KIB * KIB, 4 * GIB, '0.9/4.0 GiB'],
    [4 * GIB - 1, 4 * GIB, '3.9/4.0 GiB'],
    [100, 512, '100/512 B'],
    [GIB, undefined, '1.0 GiB'],
    [0, 0, '0/0 B'],
  ])('%d of %s is %s', (done, size, text) => {
    expect(formatAmount(done, size)).toBe(text);
  });

  test('a speed is per second', () => {
    expect(formatSpeed((50 * KIB * KIB) / 1000)).toBe('50.0 MiB/s');
  });
});

test.each([
  ['nothing', 0, 10, 0],
  ['one byte short of all is not 100', 2 ** 40 - 1, 2 ** 40, 99],
  ['all', 10, 10, 100],
  ['an empty object is complete', 0, 0, 100],
  ['more than all', 11, 10, 100],
  ['an unknown size has no percentage', 5, undefined, undefined],
])('percent: %s', (_name, done, size, percent) => {
  expect(percentOf(done, size)).toBe(percent);
});

test.each([
  [0, '0 s', '0:00'],
  [400, '0.4 s', '0:00'],
  [9_960, '10 s', '0:10'],
  [51_000, '51 s', '0:51'],
  [59_700, '1 min', '1:00'],
  [72_000, '1 min 12 s', '1:12'],
  [3_600_000, '1 h', '1:00:00'],
  [7_500_000, '2 h 5 min', '2:05:00'],
  [273_600_000, '3 d 4 h', '3d 04h'],
  [-1, '0 s', '0:00'],
])('%d ms are %s, or %s on a running display', (ms, words, clock) => {
  expect([formatDuration(ms), formatClock(ms)]).toEqual([words, clock]);
});
