import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HasherFactory } from '#imgdl/engine/digests.js';
import { createHashPool, type HashPool } from '#imgdl/engine/hash-pool.js';
import { smallFirst } from '#imgdl/engine/small-hasher.js';
import { pattern } from './fakes.js';

const CONTENT = pattern(1024 * 1024);
const sha256 = (from: number, end: number) => createHash('sha256').update(CONTENT.subarray(from, end)).digest('hex');

let directory: string;
let file: FileHandle;
let pool: HashPool;
let start: HasherFactory;
let threads: number;
const onWorker = (_worker: Worker) => {
  threads += 1;
};
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imgdl-small-'));
  file = await open(join(directory, 'part'), 'w+');
  pool = createHashPool();
  start = smallFirst(pool.start);
  threads = 0;
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  await pool.close();
  await file.close();
  rmSync(directory, { recursive: true });
});

it('a small file needs no thread, whatever is asked of it', async () => {
  await file.write(CONTENT.subarray(0, 1024));
  const hasher = start(file.fd, 'sha256', 0);
  expect(await hasher.mark(0)).toBe(sha256(0, 0));
  hasher.advance(1000);
  expect(await hasher.mark(1000)).toBe(sha256(0, 1000));
  hasher.advance(1024);
  expect([await hasher.mark(1024), await hasher.mark(1024)]).toEqual([sha256(0, 1024), sha256(0, 1024)]);
  expect([hasher.algorithm, hasher.from, hasher.position]).toEqual(['sha256', 0, 1024]);
  await hasher.close();
  expect(threads).toBe(0);
});

it('a file that grows gets a thread, and the same digests', async () => {
  await file.write(CONTENT);
  const hasher = start(file.fd, 'sha256', 0);
  hasher.advance(5);
  expect(await hasher.mark(5)).toBe(sha256(0, 5));
  expect(threads).toBe(0);
  const ahead = hasher.mark(CONTENT.byteLength);
  hasher.advance(500_000);
  await hasher.passed(400_000);
  expect(hasher.position).toBeGreaterThanOrEqual(400_000);
  hasher.advance(CONTENT.byteLength);
  expect(await ahead).toBe(sha256(0, CONTENT.byteLength));
  expect(threads).toBe(1);
  await hasher.close();
});

it('a mark ahead of the writing is told when the bytes are there, in order with those after it', async () => {
  await file.write(CONTENT.subarray(0, 3000));
  const hasher = start(file.fd, 'sha256', 1000);
  const marks = [hasher.mark(2000), hasher.mark(3000)];
  hasher.advance(3000);
  expect(await Promise.all(marks)).toEqual([sha256(1000, 2000), sha256(1000, 3000)]);
  await hasher.close();
});

it('says what is read back from the disk, not what was to be there', async () => {
  await file.write(CONTENT.subarray(0, 500));
  const hasher = start(file.fd, 'sha256', 0);
  hasher.advance(1000);
  await expect(hasher.mark(1000)).rejects.toMatchObject({
    code: 'fs.io',
    message: expect.stringMatching(/ends at 500, 1000 bytes/),
  });
});

it('is not read any more once it is closed', async () => {
  const hasher = start(file.fd, 'sha256', 0);
  await hasher.close();
  hasher.advance(CONTENT.byteLength);
  await expect(hasher.mark(0)).rejects.toMatchObject({ code: 'fs.io' });
  await hasher.passed(9);
  expect(threads).toBe(0);
});
