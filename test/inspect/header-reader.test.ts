import { expect, it } from 'vitest';
import { BUDGET_BYTES, HeaderReader } from '#imgdl/inspect/header-reader.js';

const SIZE = 2 ** 40;

it('reads 1 MiB in all, however often a header points somewhere', async () => {
  let read = 0;
  const image = {
    size: SIZE,
    async read(_offset: number, length: number) {
      read += length;
      return new Uint8Array(length);
    },
  };
  const reader = await HeaderReader.open(image);
  const got: number[] = [];
  for (let at = 1; at < 40; at += 1) got.push((await reader.at(at * 1_000_000_007, 100_000)).length);
  expect(read).toBe(BUDGET_BYTES);
  expect(got.slice(0, 9)).toEqual(Array(9).fill(100_000));
  expect(got.slice(10)).toEqual(Array(29).fill(0));
  expect((await reader.at(10, 100)).length).toBe(100);
});

it('reads nothing where there is nothing', async () => {
  const image = {
    size: 10,
    read: async (offset: number, length: number) => new Uint8Array(10).subarray(offset, offset + length),
  };
  const reader = await HeaderReader.open(image);
  for (const at of [undefined, -1, 10, 2 ** 60]) expect((await reader.at(at, 5)).length).toBe(0);
  expect((await reader.at(8, 5)).length).toBe(2);
});
