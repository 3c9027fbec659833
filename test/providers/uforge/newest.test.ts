import { describe, expect, test } from 'vitest';
import { byAge, utcOf } from '#imgdl/providers/uforge/newest.js';

describe('a time of the server in UTC', () => {
  test.each([
    ['2019-05-02T08:15:00.000Z', '2019-05-02T08:15:00.000Z'],
    ['2019-05-02T08:15:00Z', '2019-05-02T08:15:00.000Z'],
    ['2019-05-02T08:15:00.123456Z', '2019-05-02T08:15:00.123Z'],
    ['2019-05-02T08:15:00.5Z', '2019-05-02T08:15:00.500Z'],
    ['2019-05-02T10:15:00+02:00', '2019-05-02T08:15:00.000Z'],
    ['2019-05-02T10:15:00+0200', '2019-05-02T08:15:00.000Z'],
    ['2019-05-02T08:15:00', '2019-05-02T08:15:00.000Z'],
    [' 2019-05-02T08:15:00Z ', '2019-05-02T08:15:00.000Z'],
    ['9999-12-31T23:59:59-12:00', null],
    ['2019-13-02T08:15:00Z', null],
    ['2 May 2019', null],
    ['1556784900000', null],
    ['', null],
    [undefined, null],
  ])('%s: %s', (text, utc) => {
    expect(utcOf(text)).toBe(utc);
  });
});

test('the newest comes first: by its time, else by its id, and what has no time comes last', () => {
  const made = (id: string, created: string | null) => ({ id, created });
  const old = made('900', '2019-05-02T08:15:00.000Z');
  const young = made('7', '2019-05-02T08:15:00.001Z');
  const twins = [made('99', '2018-01-01T00:00:00.000Z'), made('100', '2018-01-01T00:00:00.000Z')];
  const undated = [made('9999', null), made('10000', null)];
  const sorted = [...undated, ...twins, old, young].sort(byAge);
  expect(sorted.map(({ id }) => id)).toEqual(['7', '900', '100', '99', '10000', '9999']);
});
