import { describe, expect, it } from 'vitest';
import { isUnavailable, retryAfter } from '#imgdl/core/unavailable.js';

describe('a status of a server that is only unable to answer now', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 507, 508, 511, 520, 524, 599, 600])('%i', (status) => {
    expect(isUnavailable(status)).toBe(true);
  });

  it.each([200, 206, 304, 400, 401, 403, 404, 407, 409, 413, 416, 418, 451, 499, 501, 505])('not %i', (status) => {
    expect(isUnavailable(status)).toBe(false);
  });
});

describe('the wait that a server asks for', () => {
  const now = 'Sat, 21 Nov 2026 08:00:00 GMT';
  it.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['seconds between blanks', { 'retry-after': ' 120 ' }, 120_000],
    ['none', { 'retry-after': '0' }, 0],
    ['longer than a number can tell is long, not unknown', { 'retry-after': '9'.repeat(400) }, Number.MAX_SAFE_INTEGER],
    ['a date, by the clock of the server', { 'retry-after': 'Sat, 21 Nov 2026 08:01:00 GMT', date: now }, 60_000],
    ['a date that is over', { 'retry-after': 'Sat, 21 Nov 2026 07:00:00 GMT', date: now }, 0],
    ['a date without a clock to measure it by', { 'retry-after': now }, undefined],
    ['nothing', { date: now }, undefined],
    ['an empty field', { 'retry-after': '', date: now }, undefined],
    ['a sign', { 'retry-after': '+5' }, undefined],
    ['an exponent', { 'retry-after': '1e3' }, undefined],
    ['two values', { 'retry-after': '1, 2' }, undefined],
    ['digits of another script', { 'retry-after': '١٢' }, undefined],
  ])('%s', (_, headers, retryAfterMs) => {
    expect(retryAfter(new Map(Object.entries(headers)))).toEqual(retryAfterMs === undefined ? {} : { retryAfterMs });
  });
});
