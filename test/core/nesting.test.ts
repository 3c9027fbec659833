import { expect, test } from 'vitest';
import { isTooDeep } from '#imgdl/core/nesting.js';

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let tree: unknown = { type: 'scalar' };
  for (let level = 0; level < depth; level += 1) tree = wrap(tree);
  return tree;
}

test.each<[string, (inner: unknown) => unknown]>([
  ['by values', (inner) => ({ items: [{ value: inner }] })],
  ['by keys', (inner) => ({ items: [{ key: inner, value: null }] })],
])('%s: 200 levels are fine, 201 are not', (_what, wrap) => {
  expect([200, 201, 100_000].map((depth) => isTooDeep([nested(depth, wrap)]))).toEqual([false, true, true]);
});
