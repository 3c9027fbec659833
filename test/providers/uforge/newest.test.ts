import { expect, test } from 'vitest';
import { byAge } from '#imgdl/providers/uforge/newest.js';

test('the newest comes first: by its time, else by its id, and what has no time comes last', () => {
  const made = (id: string, created: string | null) => ({ id, created });
  const old = made('900', '2019-05-02T08:15:00.000Z');
  const young = made('7', '2019-05-02T08:15:00.001Z');
  const twins = [made('99', '2018-01-01T00:00:00.000Z'), made('100', '2018-01-01T00:00:00.000Z')];
  const undated = [made('9999', null), made('10000', null)];
  const sorted = [...undated, ...twins, old, young].sort(byAge);
  expect(sorted.map(({ id }) => id)).toEqual(['7', '900', '100', '99', '10000', '9999']);
});
