import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALGORITHMS, type Algorithm } from '#imgdl/core/digest.js';
import { DigestSet } from '#imgdl/engine/digest/digest-set.js';
import type { Hasher, HasherFactory } from '#imgdl/engine/digest/hasher.js';
import type { ReadNow } from '#imgdl/engine/digest/read-ahead.js';
import { createReadAheadPool, type ReadAheadBuffer } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { scratch } from '../../support/scratch.js';
import { startHasher } from '../../support/single-hasher.js';
import { pattern } from '../fakes.js';

const SIZE = 3 * 1024 * 1024 + 17;
const content = pattern(SIZE, 7);
const digestOf = (algorithm: Algorithm, start: number, end: number) =>
  createHash(algorithm).update(content.subarray(start, end)).digest('hex');

let directory: string;
let file: FileHandle;
const started: { close(): Promise<void> }[] = [];
const start = (algorithm: Algorithm = 'sha256', from = 0): Hasher => {
  const hasher = startHasher(file.fd, algorithm, from);
  started.push(hasher);
  return hasher;
};
beforeEach(async () => {
  directory = scratch();
  file = await open(join(directory, 'part'), 'w+');
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.close();
  await file.close();
});
const grow = async (start: number, end: number) => {
  await file.write(content, start, end - start, start);
};

describe('waiting for a digest', () => {
  it('ends when the bytes are hashed, for everybody who waits', async () => {
    const hasher = start();
    await grow(0, SIZE);
    hasher.advance(SIZE);
    await Promise.all([hasher.passed(2_000_000), hasher.passed(2_000_000)]);
    expect(hasher.position).toBeGreaterThanOrEqual(2_000_000);
  });

  it('ends at the very last byte, although a thread does not wake for so few', async () => {
    const hasher = start();
    await grow(0, SIZE);
    for (const end of [SIZE - 5, SIZE - 1, SIZE]) {
      hasher.advance(end);
      await hasher.passed(end);
      expect(hasher.position).toBe(end);
    }
  });

  it.each([
    ['is closed', async (hasher: Hasher) => await hasher.close()],
    ['cannot read its file', async (hasher: Hasher) => hasher.advance(SIZE)],
  ])('ends when the digest %s', async (_, end) => {
    const hasher = start();
    await grow(0, 1000);
    const waited = hasher.passed(SIZE);
    await end(hasher);
    await waited;
    expect(hasher.position).toBeLessThan(SIZE);
    await hasher.passed(SIZE);
  });
});

describe('the digests of a file', () => {
  const MIB = 1024 * 1024;
  /** Digests whose position is what `positions` says, and that note what they are waited for. */
  const setOf = (positions: Map<Algorithm, number>, readNow?: ReadNow, pool = createReadAheadPool()) => {
    const waits: [Algorithm, number][] = [];
    const attached: Algorithm[] = [];
    const start: HasherFactory = (_fd, algorithm, from) => ({
      algorithm,
      from,
      get position() {
        return positions.get(algorithm) ?? 0;
      },
      advance: () => {},
      mark: async () => '',
      async passed(end) {
        waits.push([algorithm, end]);
      },
      attach: () => attached.push(algorithm),
      close: async () => {},
    });
    const part = { fd: 0, ...(readNow !== undefined && { readNow }) };
    return { set: new DigestSet(part, start, pool), waits, attached };
  };

  it('hold up the writing when one lags 24 MiB behind, until it is 1 MiB nearer', async () => {
    const { set, waits } = setOf(new Map([['md5', 4 * MIB]]));
    set.want(['md5', 'sha512']);
    for (const front of [0, 4 * MIB, 24 * MIB]) await set.keepUp(front);
    expect(waits).toEqual([]);
    await set.keepUp(25 * MIB);
    expect(waits).toEqual([['sha512', 2 * MIB]]);
  });

  it('have the file read for them before they are waited for, all from the same buffer', async () => {
    const offsets: number[] = [];
    const positions = new Map<Algorithm, number>();
    const { set, waits, attached } = setOf(positions, (offset) => offsets.push(offset) > 0);
    set.want(['md5', 'sha512']);
    await set.keepUp(24 * MIB);
    expect([offsets, attached]).toEqual([[], []]);
    positions.set('md5', MIB);
    await set.keepUp(24 * MIB + 1);
    expect([offsets[0], offsets.at(-1)]).toEqual([MIB / 8, (6 - 1 / 8) * MIB]);
    positions.set('sha512', 2 * MIB);
    await set.keepUp(26 * MIB);
    // Nothing is overwritten that the slower of them still needs.
    expect(offsets.at(-1)).toBe((7 - 1 / 8) * MIB);
    expect(attached).toEqual(['md5', 'sha512']);
    expect(waits).toEqual([
      ['sha512', MIB + 1],
      ['md5', 3 * MIB],
    ]);
  });

  it('have the buffer to themselves until they are closed, and touch it no more then', async () => {
    const pool = createReadAheadPool();
    const offsets: number[] = [];
    const readNow = (offset: number) => offsets.push(offset) > 0;
    const [first, second] = [1, 2].map(() => {
      const { set, attached } = setOf(new Map(), readNow, pool);
      set.want(['md5']);
      return { set, attached };
    });
    if (first === undefined || second === undefined) throw new Error('there are two');
    for (const { set } of [first, second]) for (const mib of [0, 40]) await set.keepUp(mib * MIB);
    expect([first.attached, second.attached, offsets.length]).toEqual([['md5'], [], 47]);
    const closed = first.set.close();
    for (const mib of [5, 60]) await first.set.keepUp(mib * MIB);
    await closed;
    await first.set.keepUp(70 * MIB);
    expect(offsets.length).toBe(47);
    await second.set.keepUp(40 * MIB);
    expect([second.attached, offsets.length]).toEqual([['md5'], 94]);
    await second.set.close();
  });

  it('one after the other use the same buffer, however many they are', async () => {
    const pool = createReadAheadPool();
    const buffers = new Set<ReadAheadBuffer | undefined>();
    for (let files = 0; files < 5; files += 1) {
      const watched = {
        release: pool.release,
        take() {
          const buffer = pool.take();
          buffers.add(buffer);
          return buffer;
        },
      };
      const { set } = setOf(new Map(), () => true, watched);
      set.want(['md5', 'sha256']);
      for (const mib of [0, 40]) await set.keepUp(mib * MIB);
      await set.close();
    }
    expect([buffers.size, buffers.has(undefined)]).toEqual([1, false]);
  });

  it('have nothing read for them before they have caught up with what an earlier run left', async () => {
    const offsets: number[] = [];
    const positions = new Map<Algorithm, number>([['md5', 100 * MIB]]);
    const { set, attached } = setOf(positions, (offset) => offsets.push(offset) > 0);
    set.want(['md5', 'sha512']);
    for (const mib of [106, 125]) await set.keepUp(mib * MIB);
    expect(attached).toEqual(['md5']);
    const before = offsets.length;
    positions.set('sha512', 99 * MIB);
    for (const mib of [106, 125]) await set.keepUp(mib * MIB);
    expect(attached).toEqual(['md5', 'sha512']);
    // The buffer holds what is beyond the reach of the new one: it stays as it is.
    expect(offsets.length).toBe(before);
  });

  it('hold up nothing while they hash what an earlier run left, until they have caught up', async () => {
    const positions = new Map<Algorithm, number>([['md5', 0]]);
    const { set, waits } = setOf(positions);
    set.want(['md5']);
    await set.keepUp(100 * MIB);
    positions.set('md5', 50 * MIB);
    await set.keepUp(120 * MIB);
    expect(waits).toEqual([]);
    positions.set('md5', 120 * MIB);
    await set.keepUp(121 * MIB);
    positions.set('md5', 122 * MIB);
    await set.keepUp(147 * MIB);
    expect(waits).toEqual([['md5', 124 * MIB]]);
  });
});

describe('a digest that follows a growing file', () => {
  it('tells the digest at every mark, whatever the steps of the front', async () => {
    const hasher = start();
    const marks = [1, 1_000, 1_048_576, 1_048_577, 2_500_000, SIZE];
    let front = 0;
    for (const mark of marks) {
      const digest = hasher.mark(mark);
      for (const step of [mark - 1, mark]) {
        await grow(front, Math.max(front, step));
        front = Math.max(front, step);
        hasher.advance(front);
      }
      expect(await digest).toBe(digestOf('sha256', 0, mark));
    }
  });

  it('tells the digest of all marks that were asked for ahead', async () => {
    const hasher = start();
    const marks = [10, 20, 2_000_000, SIZE];
    const digests = marks.map((mark) => hasher.mark(mark));
    await grow(0, SIZE);
    hasher.advance(SIZE);
    expect(await Promise.all(digests)).toEqual(marks.map((mark) => digestOf('sha256', 0, mark)));
  });

  it('a mark at the front is answered although nothing follows', async () => {
    const hasher = start();
    await grow(0, 100);
    hasher.advance(100);
    while (hasher.position < 100) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await hasher.mark(100)).toBe(digestOf('sha256', 0, 100));
    expect(await hasher.mark(100)).toBe(digestOf('sha256', 0, 100));
  });

  it('a mark at 0 is the digest of nothing', async () => {
    expect(await start('md5').mark(0)).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });

  it('two who ask for one mark get one answer', async () => {
    const hasher = start();
    const both = [hasher.mark(5), hasher.mark(5)];
    await grow(0, 5);
    hasher.advance(5);
    expect(await Promise.all(both)).toEqual([digestOf('sha256', 0, 5), digestOf('sha256', 0, 5)]);
  });

  it('the front never goes back', async () => {
    const hasher = start();
    await grow(0, 50);
    hasher.advance(50);
    hasher.advance(10);
    expect(await hasher.mark(50)).toBe(digestOf('sha256', 0, 50));
  });

  it('a mark that comes too late is an error, not a wrong digest', async () => {
    const hasher = start();
    await grow(0, 50);
    hasher.advance(50);
    while (hasher.position < 50) await new Promise((resolve) => setTimeout(resolve, 1));
    await expect(hasher.mark(40)).rejects.toMatchObject({ code: 'fs.io' });
  });

  it('starts in the middle and hashes from there', async () => {
    await grow(0, SIZE);
    const hasher = start('sha256', 1_000);
    const digest = hasher.mark(SIZE);
    hasher.advance(SIZE);
    expect(await digest).toBe(digestOf('sha256', 1_000, SIZE));
  });

  it('one that starts late catches up with the others', async () => {
    const set = new DigestSet(file, startHasher, createReadAheadPool());
    started.push(set);
    set.want(['sha256']);
    await grow(0, 2_000_000);
    set.advance(2_000_000);
    set.want(['md5', 'sha256']);
    expect(set.running.map((one) => one.algorithm)).toEqual(['sha256', 'md5']);
    const digests = set.mark(SIZE);
    await grow(2_000_000, SIZE);
    set.advance(SIZE);
    expect(Object.fromEntries(await digests)).toEqual({
      sha256: digestOf('sha256', 0, SIZE),
      md5: digestOf('md5', 0, SIZE),
    });
  });

  it('every algorithm is computed by a thread as by hand', async () => {
    await grow(0, 5_000);
    const digests = await Promise.all(
      ALGORITHMS.map(async (algorithm) => {
        const hasher = start(algorithm);
        const digest = hasher.mark(5_000);
        hasher.advance(5_000);
        return await digest;
      }),
    );
    expect(digests).toEqual(ALGORITHMS.map((algorithm) => digestOf(algorithm, 0, 5_000)));
  });

  it('a file that is shorter than told is an error of the disk', async () => {
    const hasher = start();
    await grow(0, 10);
    const digest = hasher.mark(20);
    hasher.advance(20);
    await expect(digest).rejects.toMatchObject({ code: 'fs.io', exit: 12 });
    await expect(hasher.mark(30)).rejects.toMatchObject({ code: 'fs.io' });
  });

  it('a descriptor that cannot be read is an error of the disk', async () => {
    const writeOnly = await open(join(directory, 'other'), 'w');
    const hasher = startHasher(writeOnly.fd, 'sha256', 0);
    const digest = hasher.mark(1);
    hasher.advance(1);
    await expect(digest).rejects.toMatchObject({ code: 'fs.io' });
    await hasher.close();
    await writeOnly.close();
  });

  it('closing ends those who wait, and twice is once', async () => {
    const hasher = start();
    const digest = hasher.mark(10);
    await Promise.all([expect(digest).rejects.toMatchObject({ code: 'fs.io' }), hasher.close()]);
    await hasher.close();
  });
});
