import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALGORITHMS } from '#imgdl/core/digest.js';
import { createHashPool, type HashPool } from '#imgdl/engine/digest/hash-pool.js';
import type { Hasher } from '#imgdl/engine/digest/hasher.js';
import { inlineIfSmall } from '#imgdl/engine/digest/inline-hasher.js';
import { scratch } from '../../support/scratch.js';
import { pattern } from '../fakes.js';

const MIB = 1024 * 1024;
const content = pattern(3 * MIB + 17, 5);
const sha256 = (start: number, end: number) => createHash('sha256').update(content.subarray(start, end)).digest('hex');

let directory: string;
let file: FileHandle;
let pool: HashPool;
let threads: number;
let hashers: Hasher[];
const begin = (from = 0, algorithm: Hasher['algorithm'] = 'sha256', size?: number): Hasher => {
  const start = inlineIfSmall((...job) => {
    threads += 1;
    return pool.start(...job);
  });
  const hasher = start(file.fd, algorithm, from, size);
  hashers.push(hasher);
  return hasher;
};
beforeEach(async () => {
  directory = scratch();
  file = await open(join(directory, 'part'), 'w+');
  await file.write(content);
  pool = createHashPool();
  threads = 0;
  hashers = [];
});
afterEach(async () => {
  await Promise.all(hashers.map((hasher) => hasher.close()));
  await pool.close();
  await file.close();
});

describe('what is small is hashed without a thread', () => {
  it.each(ALGORITHMS)('%s of a whole file', async (algorithm) => {
    const hasher = begin(0, algorithm);
    hasher.advance(1024);
    expect(await hasher.mark(1024)).toBe(createHash(algorithm).update(content.subarray(0, 1024)).digest('hex'));
    expect(threads).toBe(0);
  });

  it.each([
    ['nothing', 0, 0],
    ['the largest', 0, MIB],
    ['what follows a prefix', MIB, 2 * MIB],
  ])('%s', async (_, from, end) => {
    const hasher = begin(from);
    hasher.advance(end);
    expect(await hasher.mark(end)).toBe(sha256(from, end));
    expect(threads).toBe(0);
  });

  it('more than one mark, and more bytes meanwhile', async () => {
    const hasher = begin();
    hasher.advance(1000);
    const first = hasher.mark(1000);
    hasher.advance(300_000);
    const second = hasher.mark(300_000);
    hasher.advance(2 * MIB);
    const third = hasher.mark(2 * MIB);
    expect(await Promise.all([first, second, third])).toEqual([
      sha256(0, 1000),
      sha256(0, 300_000),
      sha256(0, 2 * MIB),
    ]);
    expect(threads).toBe(1);
  });
});

describe('a thread is started', () => {
  it('once, for what is larger', async () => {
    const hasher = begin();
    hasher.advance(MIB + 1);
    hasher.advance(2 * MIB);
    await hasher.passed(2 * MIB);
    expect(hasher.position).toBe(2 * MIB);
    hasher.advance(content.byteLength);
    expect(await hasher.mark(content.byteLength)).toBe(sha256(0, content.byteLength));
    expect(threads).toBe(1);
  });

  it.each([
    ['at once for a file that will be larger', 0, MIB + 1, 1],
    ['not for one that will just not be', 0, MIB, 0],
    ['not for a small rest', 2 * MIB, 3 * MIB, 0],
  ])('%s', async (_, from, size, expected) => {
    const hasher = begin(from, 'md5', size);
    expect(threads).toBe(expected);
    hasher.advance(from + 5);
    const md5 = createHash('md5')
      .update(content.subarray(from, from + 5))
      .digest('hex');
    expect(await hasher.mark(from + 5)).toBe(md5);
    expect(threads).toBe(expected);
  });

  it('for a mark beyond what is written, and for who waits', async () => {
    const ahead = begin();
    const digest = ahead.mark(2000);
    ahead.advance(2000);
    expect(await digest).toBe(sha256(0, 2000));
    const waiting = begin();
    waiting.advance(10);
    await waiting.passed(10);
    expect(threads).toBe(2);
  });

  it('never after the end', async () => {
    const hasher = begin();
    hasher.advance(10);
    await hasher.close();
    hasher.advance(2 * MIB);
    await hasher.passed(2 * MIB);
    await expect(hasher.mark(10)).rejects.toMatchObject({ code: 'fs.io' });
    await hasher.close();
    expect(threads).toBe(0);
  });
});

describe('an error of the disk', () => {
  it('is a file that is shorter than told', async () => {
    await file.truncate(100);
    const hasher = begin();
    hasher.advance(200);
    await expect(hasher.mark(200)).rejects.toMatchObject({
      code: 'fs.io',
      message: 'computing the sha256 of the part file: the part file ends at 100, 200 bytes were written',
    });
  });

  it('is a descriptor that cannot be read', async () => {
    const writeOnly = await open(join(directory, 'other'), 'w');
    const hasher = inlineIfSmall(pool.start)(writeOnly.fd, 'sha256', 0);
    hasher.advance(1);
    await expect(hasher.mark(1)).rejects.toMatchObject({ code: 'fs.io' });
    await hasher.close();
    await writeOnly.close();
  });
});
