import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHashPool, type HashPool } from '#imgdl/engine/digest/hash-pool.js';
import { scratch } from '../../support/scratch.js';
import { pattern } from '../fakes.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** Takes a thread long enough to be interrupted, and no room on the disk. */
const LONG = 2 * GIB;
const DIGEST = new URL('../../../dist/engine/digest/', import.meta.url).href;

let directory: string;
let pool: HashPool;
let threads: Worker[];
let names = 0;
const files: FileHandle[] = [];
const onWorker = (worker: Worker) => threads.push(worker);
beforeEach(() => {
  directory = scratch();
  pool = createHashPool();
  threads = [];
  process.on('worker', onWorker);
});
afterEach(async () => {
  process.off('worker', onWorker);
  await pool.close();
  for (const file of files.splice(0)) await file.close();
});

const file = async (content: Uint8Array = Buffer.alloc(0), at = 0): Promise<FileHandle> => {
  names += 1;
  const handle = await open(join(directory, String(names)), 'w+');
  files.push(handle);
  await handle.write(content, 0, content.byteLength, at);
  return handle;
};
const sparse = async (size: number): Promise<FileHandle> => {
  const handle = await file();
  await handle.truncate(size);
  return handle;
};
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('digest threads that files share', () => {
  it('any number of files, in any steps, have the digests that each would have alone', {
    timeout: 60_000,
  }, async () => {
    const step = fc.record({ file: fc.nat(4), bytes: fc.integer({ min: 1, max: 300_000 }), mark: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const jobs = await Promise.all(
          [0, 1, 2, 3, 4].map(async (seed) => {
            const total = steps.reduce((sum, one) => sum + (one.file === seed ? one.bytes : 0), 0);
            const handle = await file();
            return { content: pattern(total, seed + 1), handle, front: 0, hasher: pool.start(handle.fd, 'sha256', 0) };
          }),
        );
        const told: Promise<string>[] = [];
        const expected: string[] = [];
        for (const { file: at, bytes, mark } of steps) {
          const job = jobs[at];
          if (job === undefined) throw new Error('no such file');
          const end = job.front + bytes;
          if (mark) {
            told.push(job.hasher.mark(end));
            expected.push(sha256(job.content.subarray(0, end)));
          }
          await job.handle.write(job.content, job.front, bytes, job.front);
          job.front = end;
          job.hasher.advance(end);
        }
        expect(await Promise.all(told)).toEqual(expected);
        await Promise.all(jobs.map((job) => job.hasher.close()));
        for (const handle of files.splice(0)) await handle.close();
      }),
      { numRuns: 12 },
    );
    expect(threads).toHaveLength(1);
  });

  it('there is one thread for each algorithm that is asked for, and none before', async () => {
    expect(threads).toHaveLength(0);
    const { fd } = await file(Buffer.from('x'));
    for (const algorithm of ['md5', 'sha512', 'md5', 'sha512', 'md5'] as const) {
      const hasher = pool.start(fd, algorithm, 0);
      const digest = hasher.mark(1);
      hasher.advance(1);
      expect(await digest).toBe(createHash(algorithm).update('x').digest('hex'));
      await hasher.close();
    }
    expect(threads).toHaveLength(2);
  });

  it('a small file does not wait for a large one', async () => {
    const large = pool.start((await sparse(LONG)).fd, 'sha256', 0);
    large.advance(LONG);
    while (large.position === 0) await sleep(1);
    const small = pool.start((await file(pattern(3 * MIB))).fd, 'sha256', 0);
    const digest = small.mark(3 * MIB);
    const before = large.position;
    small.advance(3 * MIB);
    expect(await digest).toBe(sha256(pattern(3 * MIB)));
    // Three turns of the small file, and what passed while the two messages were on their way.
    expect(large.position).toBeGreaterThan(before);
    expect(large.position).toBeLessThan(LONG / 2);
  });

  it('a thread that sleeps is woken by every advance, however small, without a mark', async () => {
    const handle = await file(pattern(3 * MIB));
    const hasher = pool.start(handle.fd, 'sha256', 0);
    let end = 0;
    for (const step of [1, 1, MIB, 3, 300_000, 7, 262_144, 262_143, 5]) {
      end += step;
      hasher.advance(end);
      while (hasher.position < end) await sleep(1);
      // Long enough for it to fall asleep for good now and then.
      if (step % 2 === 1) await sleep(50);
    }
    expect(await hasher.mark(end)).toBe(sha256(pattern(3 * MIB).subarray(0, end)));
  });

  it('a resume may ask for as many marks at once as a slow run made checkpoints in a week', {
    timeout: 60_000,
  }, async () => {
    const content = pattern(120_000);
    const hasher = pool.start((await file(content)).fd, 'sha256', 0);
    const digests = Array.from({ length: 120_000 }, (_, at) => hasher.mark(at + 1));
    hasher.advance(120_000);
    const told = await Promise.all(digests);
    for (const end of [1, 60_000, 120_000]) expect(told[end - 1]).toBe(sha256(content.subarray(0, end)));
  });

  it('offsets are exact beyond 2^32 and up to 2^53', async () => {
    const start = 2 ** 40 - 3;
    const handle = await file(Buffer.from('across'), start);
    const hasher = pool.start(handle.fd, 'sha256', start);
    const digests = [start + 3, start + 6].map((end) => hasher.mark(end));
    hasher.advance(start + 6);
    expect(await Promise.all(digests)).toEqual([sha256(Buffer.from('acr')), sha256(Buffer.from('across'))]);
    expect(hasher.position).toBe(start + 6);
    const last = pool.start(handle.fd, 'sha256', Number.MAX_SAFE_INTEGER);
    expect(await last.mark(Number.MAX_SAFE_INTEGER)).toBe(sha256(Buffer.alloc(0)));
    expect([last.from, last.position]).toEqual([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  });
});

describe('the trouble of one file', () => {
  it('fails its own digest and no other', async () => {
    const content = pattern(2 * MIB);
    const good = pool.start((await file(content)).fd, 'sha256', 0);
    const digest = good.mark(content.byteLength);
    good.advance(MIB);
    const short = pool.start((await file(Buffer.alloc(10))).fd, 'sha256', 0);
    const errors: unknown[] = [];
    threads[0]?.on('message', (message) => message.type === 'error' && errors.push(message.job));
    const lost = short.mark(20);
    short.advance(20);
    await expect(lost).rejects.toMatchObject({ code: 'fs.io', message: expect.stringMatching(/ends at 10, 20 bytes/) });
    const writeOnly = await open(join(directory, 'write-only'), 'w');
    files.push(writeOnly);
    const unreadable = pool.start(writeOnly.fd, 'sha256', 0);
    unreadable.advance(1);
    await expect(unreadable.mark(1)).rejects.toMatchObject({ code: 'fs.io', message: expect.stringMatching(/EBADF/) });
    good.advance(content.byteLength);
    expect(await digest).toBe(sha256(content));
    await Promise.all([short.close(), unreadable.close(), good.close()]);
    expect(threads).toHaveLength(1);
    // Each was given up at its first error.
    expect(errors).toEqual([2, 3]);
  });

  it('a mark that comes too late fails its own digest and no other', async () => {
    const { fd } = await file(Buffer.alloc(50));
    const [late, good] = [pool.start(fd, 'sha256', 0), pool.start(fd, 'sha256', 0)];
    late.advance(50);
    while (late.position < 50) await sleep(1);
    await expect(late.mark(40)).rejects.toMatchObject({ code: 'fs.io' });
    good.advance(50);
    expect(await good.mark(50)).toBe(sha256(Buffer.alloc(50)));
  });

  it('the death of a thread fails all its digests at once, and the next start makes a new one', async () => {
    const { fd } = await sparse(LONG);
    const hashers = [pool.start(fd, 'sha256', 0), pool.start(fd, 'sha256', 0)];
    const other = pool.start(fd, 'md5', 0);
    const digests = hashers.map((hasher) => hasher.mark(LONG));
    const failed = Promise.all(
      digests.map((digest) =>
        expect(digest).rejects.toMatchObject({ code: 'fs.io', message: expect.stringMatching(/thread ended early/) }),
      ),
    );
    for (const hasher of hashers) hasher.advance(LONG);
    while (hashers[1]?.position === 0) await sleep(1);
    await threads[0]?.terminate();
    await failed;
    await expect(hashers[0]?.mark(1)).rejects.toMatchObject({ code: 'fs.io' });
    await Promise.all(hashers.map((hasher) => hasher.close()));

    expect(await other.mark(0)).toBe(createHash('md5').digest('hex'));
    const again = pool.start(fd, 'sha256', 0);
    expect(await again.mark(0)).toBe(sha256(Buffer.alloc(0)));
    expect(threads).toHaveLength(3);
  });
});

describe('after close()', () => {
  it('of a digest, the descriptor is not read any more: another file may have its number', async () => {
    const hasher = pool.start((await sparse(LONG)).fd, 'sha256', 0);
    hasher.advance(LONG);
    while (hasher.position === 0) await sleep(1);
    await hasher.close();
    const position = hasher.position;
    expect(position).toBeLessThan(LONG);
    hasher.advance(LONG);
    await sleep(60);
    expect(hasher.position).toBe(position);
  });

  it('of a digest, the thread serves the others', async () => {
    const { fd } = await file(Buffer.from('abc'));
    const [closed, open] = [pool.start(fd, 'sha256', 0), pool.start(fd, 'sha256', 0)];
    const lost = closed.mark(3);
    const digest = open.mark(3);
    await Promise.all([expect(lost).rejects.toMatchObject({ code: 'fs.io' }), closed.close()]);
    await closed.close();
    open.advance(3);
    expect(await digest).toBe(sha256(Buffer.from('abc')));
  });

  it('of the pool, its digests have failed and no descriptor is read', async () => {
    const hasher = pool.start((await sparse(LONG)).fd, 'sha256', 0);
    const digest = hasher.mark(LONG);
    const failed = expect(digest).rejects.toMatchObject({ code: 'fs.io' });
    hasher.advance(LONG);
    while (hasher.position === 0) await sleep(1);
    await pool.close();
    await failed;
    const position = hasher.position;
    await sleep(60);
    expect(hasher.position).toBe(position);
    await hasher.close();
  });
});

describe('a process', () => {
  const run = (script: string) => {
    const source = `import { createHashPool } from ${JSON.stringify(new URL('hash-pool.js', DIGEST).href)};
      import { openSync } from 'node:fs';
      const fd = openSync(${JSON.stringify(fileURLToPath(import.meta.url))});
      const pool = createHashPool();
      const hasher = pool.start(fd, 'sha256', 0);
      ${script}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  };

  it('ends although a pool and a digest are open', { timeout: 60_000 }, () => {
    expect(run('hasher.advance(100);')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['for a digest', `setTimeout(() => hasher.advance(100), 50); await hasher.mark(100);`],
    ['for a descriptor to be let go', `await hasher.close();`],
    ['for the threads to end', `await pool.close();`],
    ['for the threads to end with a digest open', `hasher.mark(100).catch(() => {}); await pool.close();`],
    ['for one after the other', `await Promise.all([hasher.close(), pool.close()]);`],
  ])('does not end while somebody waits %s', { timeout: 60_000 }, (_, script) => {
    expect(run(`${script} console.log('done');`)).toEqual({ status: 0, stdout: 'done\n', stderr: '' });
  });
});
