import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ImageStream } from '#imgdl/app/image-stream.js';

test.each([
  ['small chunks', 100],
  ['chunks beyond every high-water mark', 100_000],
])('an error comes after every byte that was written before it, however slowly they are read: %s', async (_, size) => {
  const image = new ImageStream(async (to) => {
    const memory = Buffer.alloc(size);
    for (let at = 0; at < 5; at += 1) await to.write(memory.fill(at));
    throw new Error('the digest does not match');
  });
  const read: number[] = [];
  const loop = async (): Promise<void> => {
    for await (const chunk of image) {
      await delay(5);
      read.push(...new Set<number>(chunk));
    }
  };
  await expect(loop()).rejects.toThrow('the digest does not match');
  await expect(image.outcome).rejects.toThrow('the digest does not match');
  expect(read).toEqual([0, 1, 2, 3, 4]);
});
