import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Algorithm } from '#imgdl/core/digest.js';
import { DigestSet } from '#imgdl/engine/digest/digest-set.js';
import { ReadAhead, type ReadNow } from '#imgdl/engine/digest/read-ahead.js';
import { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { type ReadAheadView, viewReadAhead } from '#imgdl/engine/digest/read-ahead-view.js';
import { scratch } from '../../support/scratch.js';
import { startHasher } from '../../support/single-hasher.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK = 128 * KIB;

/** Byte of the file at `offset`: all of a block are alike, and those that share a place in the buffer differ. */
const byteAt = (offset: number): number => Math.floor(offset / BLOCK) % 251;

const aheadOf = (read: ReadNow): ReadAhead => {
  const buffer = createReadAheadPool().take();
  if (buffer === undefined) throw new Error('nobody else has it');
  return new ReadAhead(buffer, read);
};

/** Notes what is read. */
function reading() {
  const offsets: number[] = [];
  const read = (offset: number, into: Uint8Array): boolean => {
    offsets.push(offset / BLOCK);
    into.fill(byteAt(offset));
    return true;
  };
  return { offsets, read };
}

describe('the buffer', () => {
  it('is one, which one file after the other has', () => {
    const pool = createReadAheadPool();
    const buffer = pool.take();
    expect([buffer?.bytes.byteLength, pool.take()]).toEqual([6 * MIB, undefined]);
    if (buffer !== undefined) pool.release(buffer);
    expect(pool.take()).toBe(buffer);
  });

  it('shows nothing of the file before', () => {
    const pool = createReadAheadPool();
    const buffer = pool.take();
    if (buffer === undefined) throw new Error('nobody else has it');
    new ReadAhead(buffer, reading().read).fill(5 * MIB, 0);
    expect(viewReadAhead(buffer).at(MIB)).toBeDefined();
    new ReadAhead(buffer, reading().read);
    expect(viewReadAhead(buffer).at(MIB)).toBeUndefined();
  });
});

describe('what is read ahead of a digest', () => {
  it('begins a little before it, whole blocks of what is written, and follows the writing', () => {
    const { offsets, read } = reading();
    const ahead = aheadOf(read);
    const at = 4 * MIB + 1;
    ahead.fill(5 * MIB, at);
    expect(offsets).toEqual([34, 35, 36, 37, 38, 39]);
    ahead.fill(5 * MIB + BLOCK - 1, at);
    ahead.fill(5 * MIB + BLOCK, at);
    expect(offsets.slice(6)).toEqual([40]);
  });

  it('is nothing, as long as no whole block is written that far ahead', () => {
    const { offsets, read } = reading();
    aheadOf(read).fill(3 * BLOCK - 1, BLOCK);
    expect(offsets).toEqual([]);
  });

  it('ends 6 MiB after it at most, and goes on when it has passed a block', () => {
    const { offsets, read } = reading();
    const ahead = aheadOf(read);
    const last = [0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK].map((stands) => {
      ahead.fill(100 * MIB, stands);
      return offsets.at(-1);
    });
    expect(last).toEqual([47, 47, 48, 48, 49]);
    expect(offsets).toHaveLength(49);
  });

  it('begins again before a digest that has overtaken it', () => {
    const { offsets, read } = reading();
    const ahead = aheadOf(read);
    ahead.fill(3 * BLOCK, 0);
    ahead.fill(100 * MIB, 50 * MIB);
    expect(offsets.slice(0, 4)).toEqual([1, 2, 401, 402]);
  });

  it('does not run away from a digest that is still on its way there', () => {
    const { offsets, read } = reading();
    const ahead = aheadOf(read);
    const front = 200 * MIB;
    for (const stands of [100 * MIB, 100 * MIB + 1, 100 * MIB + BLOCK]) ahead.fill(front, stands);
    expect([offsets[0], offsets.at(-1)]).toEqual([801, 848]);
    expect(viewReadAhead(ahead.buffer).at(100 * MIB + BLOCK)?.[0]).toBe(byteAt(100 * MIB + BLOCK));
  });

  it('ends where the file cannot be read at once, and goes on there', () => {
    let willing = 2;
    const offsets: number[] = [];
    const ahead = aheadOf((offset) => {
      offsets.push(offset / BLOCK);
      willing -= 1;
      return willing >= 0;
    });
    const view = viewReadAhead(ahead.buffer);
    ahead.fill(MIB, 0);
    expect(offsets).toEqual([1, 2, 3]);
    expect([view.at(3 * BLOCK - 1)?.byteLength, view.at(3 * BLOCK)]).toEqual([1, undefined]);
    willing = 9;
    ahead.fill(MIB, 0);
    expect(offsets).toEqual([1, 2, 3, 3, 4, 5, 6, 7]);
  });

  it('is seen by block, and as a gap before it', () => {
    const ahead = aheadOf(reading().read);
    const view = viewReadAhead(ahead.buffer);
    expect([view.at(0), view.gapEnd(0)]).toEqual([undefined, Number.POSITIVE_INFINITY]);
    ahead.fill(4 * BLOCK, 0);
    expect([view.at(BLOCK - 1), view.gapEnd(5)]).toEqual([undefined, BLOCK]);
    expect(view.at(BLOCK)).toEqual(new Uint8Array(BLOCK).fill(1));
    expect(view.at(3 * BLOCK - 7)).toEqual(new Uint8Array(7).fill(2));
    expect([view.at(4 * BLOCK), view.gapEnd(4 * BLOCK)]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  });
});

afterEach(() => vi.restoreAllMocks());

/** Calls `then` after every change of a cell, or every look at one: where another thread may come in between. */
function between(call: 'store' | 'load', then: () => void): void {
  const original = Atomics[call] as (...args: unknown[]) => bigint;
  vi.spyOn(Atomics, call).mockImplementation(((...args: unknown[]) => {
    const value = original(...args);
    then();
    return value;
  }) as typeof Atomics.load);
}

it('a digest that looks while all is moved on sees nothing of another place', () => {
  const ahead = aheadOf(reading().read);
  const view = viewReadAhead(ahead.buffer);
  ahead.fill(MIB, 0);
  let moves = 1;
  between('load', () => {
    moves -= 1;
    if (moves === 0) ahead.fill(90 * MIB, 50 * MIB);
  });
  expect([view.at(50 * MIB), moves]).toEqual([undefined, -1]);
});

/** A digest thread, step by step: it looks for bytes, and some time later it has hashed them and stores its position. */
class Reader {
  stored = 0;
  /** Undefined until it knows of the buffer. */
  view: ReadAheadView | undefined;
  held: { readonly bytes: Uint8Array | undefined; readonly length: number } | undefined;

  /** @returns what it would have hashed wrongly */
  step(written: number): string | undefined {
    if (this.held === undefined) {
      const bytes = this.view?.at(this.stored);
      const gapEnd = this.view?.gapEnd(this.stored) ?? written;
      const length = bytes?.byteLength ?? Math.min(written, this.stored + BLOCK, gapEnd) - this.stored;
      if (length > 0) this.held = { bytes, length };
      return undefined;
    }
    const { bytes, length } = this.held;
    const expected = byteAt(this.stored);
    const wrong = bytes !== undefined && (bytes[0] !== expected || bytes[length - 1] !== expected);
    if (bytes !== undefined && this.stored + length > written) return `${this.stored}+${length} is not written`;
    this.stored += length;
    this.held = undefined;
    return wrong ? `wrong bytes before ${this.stored}` : undefined;
  }
}

it('no digest is ever shown bytes of another place, whatever the order in which threads take their steps', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ grow: fc.integer({ min: 0, max: 3 * MIB }) }) },
    { weight: 8, arbitrary: fc.record({ reader: fc.nat(2), times: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 6, arbitrary: fc.record({ fill: fc.array(fc.nat(7), { maxLength: 200 }) }) },
    // One that hashes what an earlier run left knows of the buffer later than the others.
    { weight: 1, arbitrary: fc.constant({ joins: 2 } as const) },
  );
  let meanwhile: number[] = [];
  let go: (index: number) => void = () => {};
  let busy = false;
  /** While the other side is at work readers take steps: 0 to 2 is that one, more is none. */
  const interrupt = (): void => {
    if (busy) return;
    busy = true;
    go(meanwhile.pop() ?? 7);
    busy = false;
  };
  between('store', interrupt);
  let shown = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      let written = 0;
      const wrong: string[] = [];
      const ahead = aheadOf((offset, into) => {
        interrupt();
        into.fill(byteAt(offset), 0, 1);
        interrupt();
        into.fill(byteAt(offset));
        return true;
      });
      const readers = [new Reader(), new Reader(), new Reader()];
      for (const reader of readers.slice(0, 2)) reader.view = viewReadAhead(ahead.buffer);
      go = (index) => {
        const reader = readers[index];
        const complaint = reader?.step(written);
        if (complaint !== undefined) wrong.push(complaint);
        if (reader?.held?.bytes !== undefined) shown += 1;
      };
      for (const one of steps) {
        if ('grow' in one) written += one.grow;
        else if ('times' in one) for (let i = 0; i < one.times; i += 1) go(one.reader);
        else if ('joins' in one) for (const reader of readers) reader.view ??= viewReadAhead(ahead.buffer);
        else {
          meanwhile = one.fill;
          const looking = readers.filter(({ view }) => view !== undefined);
          ahead.fill(written, Math.min(...looking.map(({ stored }) => stored)));
        }
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(shown).toBeGreaterThan(1_000);
});

describe('digest threads', () => {
  const inFile = async (work: (fd: number, file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<void> => {
    const file = await open(join(scratch(), 'part'), 'w+');
    try {
      await work(file.fd, file);
    } finally {
      await file.close();
    }
  };

  it('take what was read ahead, and read the rest of the file themselves', async () => {
    await inFile(async (fd, file) => {
      const size = 2 * MIB + 5;
      await file.write(Buffer.alloc(size, 'f'));
      const ahead = aheadOf((_, into) => into.fill('m'.charCodeAt(0)).length > 0);
      ahead.fill(size, MIB);
      const hasher = startHasher(fd, 'sha256', 0);
      hasher.attach?.(ahead.buffer);
      const digests = [MIB + BLOCK + 9, size].map((end) => hasher.mark(end));
      hasher.advance(size);
      // As the bytes differ, the digest tells where they came from.
      const seen = Buffer.concat([
        Buffer.alloc(MIB + BLOCK, 'f'),
        Buffer.alloc(MIB - BLOCK, 'm'),
        Buffer.alloc(5, 'f'),
      ]);
      const sha256 = (end: number) => createHash('sha256').update(seen.subarray(0, end)).digest('hex');
      expect(await Promise.all(digests)).toEqual([sha256(MIB + BLOCK + 9), sha256(size)]);
      await hasher.close();
    });
  });

  it('compute the digests of the file, two of them at different speeds, while it is written and read for them', async () => {
    await inFile(async (fd, file) => {
      let blocks = 0;
      const readNow = (offset: number, into: Uint8Array): boolean => {
        blocks += 1;
        return readSync(fd, into, 0, into.length, offset) === into.length;
      };
      const set = new DigestSet({ fd, readNow }, startHasher, createReadAheadPool());
      const algorithms: readonly Algorithm[] = ['md5', 'sha512'];
      set.want(algorithms);
      await set.keepUp(0);
      const byHand = algorithms.map((algorithm) => createHash(algorithm));
      const size = 180 * MIB;
      const chunk = Buffer.alloc(640 * KIB);
      for (let at = 0; at < size; at += chunk.length) {
        for (let word = 0; word < chunk.length; word += 4 * KIB) chunk.writeUInt32LE(at + word, word);
        await file.write(chunk, 0, chunk.length, at);
        for (const hash of byHand) hash.update(chunk);
        const end = at + chunk.length;
        // In bursts: the digests lag at once, and between the bursts they overtake what was read for them.
        if (at % (60 * MIB) >= 35 * MIB) {
          set.advance(end);
          await set.keepUp(end);
        }
        if (end % (60 * MIB) === 0) await Promise.all(set.running.map((hasher) => hasher.passed(end)));
      }
      const digests = await set.mark(size);
      expect([...digests.values()]).toEqual(byHand.map((hash) => hash.digest('hex')));
      await set.close();
      expect(blocks).toBeGreaterThan(100);
    });
  });
});
