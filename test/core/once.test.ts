import { expect, test } from 'vitest';
import { oncePer } from '#imgdl/core/once.js';

test('a thing is made once for each owner, also when it is nothing', () => {
  const made: object[] = [];
  const of = oncePer((owner: { readonly thing?: string }) => {
    made.push(owner);
    return owner.thing;
  });
  const [a, b, none] = [{ thing: 'a' }, { thing: 'b' }, {}];
  expect([of(a), of(b), of(none), of(a), of(none), of(b)]).toEqual(['a', 'b', undefined, 'a', undefined, 'b']);
  expect(made).toEqual([a, b, none]);
});

test('a promise that is rejected is kept: what failed is not tried again', async () => {
  let tries = 0;
  const of = oncePer(async (_owner: object) => {
    tries += 1;
    throw new Error('no');
  });
  const owner = {};
  await expect(of(owner)).rejects.toThrow('no');
  await expect(of(owner)).rejects.toThrow('no');
  expect(tries).toBe(1);
});
