import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { JournalHave, PartFile } from '#imgdl/core/storage.js';
import type { HasherFactory } from '#imgdl/engine/digest/hasher.js';
import { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { type FileSink, openFileSink } from '#imgdl/engine/sink/file-sink.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { scratch } from '../../support/scratch.js';
import { startHasher } from '../../support/single-hasher.js';
import {
  eventsOf,
  type FakeDisk,
  fakeDisk,
  fakeHashers,
  HEAD_SOURCE,
  pattern,
  prematureClaims,
  sha256,
  turn,
} from '../fakes.js';

const MIB = 1024 * 1024;

interface Bench {
  readonly sink: FileSink;
  readonly disk: FakeDisk;
  readonly clock: FakeClock;
  readonly events: readonly TransferEvent[];
}

interface BenchOptions {
  readonly disk?: FakeDisk;
  readonly kept?: readonly JournalHave[];
  readonly digests?: readonly Digest[];
  readonly startHasher?: HasherFactory;
  readonly part?: PartFile;
  readonly journal?: FakeDisk['journal'];
  readonly reserve?: (size: number, held: number) => Promise<void>;
}

async function bench(options: BenchOptions = {}): Promise<Bench> {
  const disk = options.disk ?? fakeDisk();
  const clock = fakeClock();
  const events: TransferEvent[] = [];
  const sink = await openFileSink(
    {
      part: options.part ?? disk.part,
      journal: options.journal ?? disk.journal,
      source: HEAD_SOURCE,
      identity: { size: 1 },
      kept: options.kept,
      digests: options.digests ?? [],
      startHasher: options.startHasher ?? fakeHashers(disk.bytes).start,
      readAheadPool: createReadAheadPool(),
      ...(options.reserve && { reserve: options.reserve }),
    },
    { clock, report: (event) => events.push(event) },
  );
  return { sink, disk, clock, events };
}

/** Writes all of `content` from where the sink stands, a checkpoint falling due now and then. */
async function feed({ sink, clock }: Bench, content: Buffer, step: number): Promise<void> {
  if (sink.held === 0) await sink.learned({ size: content.byteLength }, []);
  while (sink.held < content.byteLength) {
    clock.pass(2_600);
    await sink.accept(content.subarray(sink.held, sink.held + step));
    await turn();
  }
}

const delays = (turns: readonly number[]) => {
  let next = 0;
  return async () => {
    for (let i = turns[next++ % turns.length] ?? 0; i > 0; i -= 1) await turn();
  };
};

describe('bytes are written, then synced, then claimed', () => {
  const content = pattern(5_000);

  it('whatever the order in which writes and syncs finish', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 100, max: 2_000 }),
        async (writes, syncs, step) => {
          const disk = fakeDisk({ beforeWrite: delays(writes), onSync: delays(syncs) });
          const made = await bench({ disk });
          await feed(made, content, step);
          await made.sink.settle();
          expect(prematureClaims(disk.events)).toEqual([]);
          expect(disk.lines().at(-1)).toMatchObject({ start: 0, end: 5_000, digests: { sha256: sha256(content) } });
          expect(made.sink.durable).toBe(5_000);
          for (const line of disk.lines()) expect(line.digests.sha256).toBe(sha256(content.subarray(0, line.end)));
          await made.sink.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('the head is written with the first claim, as the last answer before it said', async () => {
    const made = await bench();
    await made.sink.learned({ size: 5_000 }, []);
    await made.sink.learned({ size: 5_000, etag: '"2"' }, []);
    await made.sink.accept(content.subarray(0, 1_000));
    expect(made.disk.events.filter(({ type }) => type === 'reset')).toEqual([]);
    await made.sink.settle();
    expect(made.disk.events.filter(({ type }) => type === 'reset' || type === 'have')).toEqual([
      {
        type: 'reset',
        head: { t: 'head', v: 1, source: HEAD_SOURCE, identity: { size: 5_000, etag: '"2"' } },
        have: [],
      },
      { type: 'have', line: expect.objectContaining({ start: 0, end: 1_000 }) },
    ]);
    await made.sink.close();
  });

  it('a small file that is whole is claimed no more, unless it was begun to', async () => {
    const made = await bench();
    await made.sink.learned({ size: 5_000 }, []);
    await made.sink.accept(content);
    await made.sink.complete();
    expect([made.disk.bytes().equals(content), made.disk.lines(), made.sink.durable]).toEqual([true, [], 0]);
    expect(await made.sink.digestAll(5_000)).toEqual(new Map([['sha256', sha256(content)]]));
    await made.sink.close();

    const slow = await bench();
    await slow.sink.learned({ size: 5_000 }, []);
    await slow.sink.accept(content.subarray(0, 1_000));
    await slow.sink.settle();
    await slow.sink.accept(content.subarray(1_000));
    await slow.sink.complete();
    expect(slow.sink.durable).toBe(5_000);
    await slow.sink.close();
  });

  it('a larger file is claimed to its end before anything else is done with it', async () => {
    const large = pattern(MIB);
    const made = await bench();
    await made.sink.learned({ size: MIB }, []);
    await made.sink.accept(large);
    await made.sink.complete();
    expect(made.disk.lines()).toMatchObject([{ start: 0, end: MIB }]);
    expect(prematureClaims(made.disk.events)).toEqual([]);
    await made.sink.close();
  });

  it('room is asked for once an answer tells the size, before a byte of it, and again for another size', async () => {
    const asked: string[] = [];
    const reserve = async (size: number, held: number) => void asked.push(`${size}, ${held} held`);
    const { disk, sink } = await bench({ reserve });
    await sink.learned({}, []);
    await sink.learned({ size: 5_000 }, []);
    expect(disk.events.filter(({ type }) => type === 'written')).toEqual([]);
    await sink.accept(content.subarray(0, 1_000));
    await sink.settle();
    await sink.learned({ size: 5_000 }, []);
    await sink.rewind(0);
    await sink.learned({ size: 6_000 }, []);
    expect(asked).toEqual(['5000, 0 held', '6000, 0 held']);
    await sink.close();
  });

  it('a small file that could not be written is not complete', async () => {
    const part = { ...fakeDisk().part, write: () => Promise.reject(new AppError('disk.full', 'writing')) };
    const made = await bench({ part });
    await made.sink.learned({ size: 5_000 }, []);
    await made.sink.accept(content);
    await expect(made.sink.complete()).rejects.toMatchObject({ code: 'disk.full' });
    await made.sink.close();
  });

  it('a sync that returns before it is done is caught: the control of the test above', async () => {
    const disk = fakeDisk({ onSync: delays([3]) });
    const part = { ...disk.part, sync: async () => void disk.part.sync() };
    const made = await bench({ disk, part });
    await feed(made, content, 1_000);
    await made.sink.settle();
    expect(prematureClaims(disk.events)).not.toEqual([]);
    await made.sink.close();
  });

  it('a write that returns before it is done is caught, too', async () => {
    const disk = fakeDisk({ beforeWrite: delays([5]) });
    const part: PartFile = { ...disk.part, write: async (offset, chunks) => void disk.part.write(offset, chunks) };
    const made = await bench({ disk, part, startHasher: fakeHashers(disk.bytes, { constant: true }).start });
    await feed(made, content, 1_000);
    await made.sink.settle();
    expect(prematureClaims(disk.events)).not.toEqual([]);
    await made.sink.close();
  });

  it('after a failed sync nothing more is claimed, and the error is told', async () => {
    const failed = new AppError('fs.io', 'syncing: EIO');
    const disk = fakeDisk({
      onSync: async (count) => {
        if (count >= 2) throw failed;
      },
    });
    const made = await bench({ disk });
    await expect(feed(made, content, 500)).rejects.toBe(failed);
    const claimed = disk.lines();
    expect(claimed).toHaveLength(1);
    await expect(made.sink.settle()).rejects.toBe(failed);
    await expect(made.sink.accept(content)).rejects.toBe(failed);
    expect(disk.lines()).toEqual(claimed);
    expect(made.sink.durable).toBe(claimed[0]?.end);
    await made.sink.close();
  });

  it('what was written before a full disk is claimed, and the error is told', async () => {
    const full = new AppError('disk.full', 'writing: ENOSPC');
    const disk = fakeDisk({
      beforeWrite: async (offset) => {
        if (offset >= 2_000) throw full;
      },
    });
    const made = await bench({ disk });
    await expect(feed(made, content, 500).then(() => made.sink.settle())).rejects.toBe(full);
    await expect(made.sink.settle()).rejects.toBe(full);
    expect(disk.lines().at(-1)?.end).toBe(2_000);
    // What the failed write may have left there takes the room of the claim.
    const types = disk.events.map((event) => (event.type === 'truncated' ? `truncated to ${event.size}` : event.type));
    expect(types.lastIndexOf('truncated to 2000')).toBeGreaterThan(types.lastIndexOf('written'));
    await made.sink.close();
  });

  it('a digest that cannot be computed claims nothing', async () => {
    const disk = fakeDisk();
    const broken: HasherFactory = (fd, algorithm, from) => ({
      ...fakeHashers(disk.bytes).start(fd, algorithm, from),
      mark: () => Promise.reject(new AppError('fs.io', 'reading back: EIO')),
    });
    const made = await bench({ disk, startHasher: broken });
    await expect(feed(made, content, 500).then(() => made.sink.settle())).rejects.toMatchObject({ code: 'fs.io' });
    expect(disk.lines()).toEqual([]);
    await made.sink.close();
  });
});

describe('unclaimed bytes', () => {
  const CHUNK = 256 * 1024;
  const chunk = Buffer.alloc(CHUNK);

  /** Accepts until one call does not come back, at most `total` bytes. Tells the most that was unclaimed. */
  async function fill({ sink }: Bench, total: number): Promise<{ worst: number; stuck: Promise<void> | undefined }> {
    let worst = 0;
    while (sink.held < total) {
      let back = false;
      const accepted = sink.accept(chunk).then(() => {
        back = true;
      });
      for (let i = 0; i < 50 && !back; i += 1) await turn();
      worst = Math.max(worst, sink.held - sink.durable);
      if (!back) return { worst, stuck: accepted };
    }
    return { worst, stuck: undefined };
  }

  it('are never more than 64 MiB when the disk does not sync, and reading pauses in steps of 2 s until then', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const disk = fakeDisk({ weightless: true, onSync: () => gate });
    const made = await bench({ disk, startHasher: fakeHashers(disk.bytes, { constant: true }).start });
    await made.sink.learned({}, []);
    const { worst, stuck } = await fill(made, 80 * MIB);
    expect(stuck).toBeDefined();
    expect(worst).toBe(64 * MIB);
    expect(made.clock.sleeps.length).toBeGreaterThanOrEqual((4 * MIB) / CHUNK);
    expect(Math.max(...made.clock.sleeps)).toBe(2_000);
    release();
    await stuck;
    expect((await fill(made, 100 * MIB)).worst).toBeLessThanOrEqual(64 * MIB);
    await made.sink.settle();
    expect(disk.lines().at(-1)?.end).toBe(100 * MIB);
    expect(prematureClaims(disk.events)).toEqual([]);
    await made.sink.close();
  });

  it('are never more than 64 MiB when the digest comes late', async () => {
    const disk = fakeDisk({ weightless: true });
    const hashers = fakeHashers(disk.bytes, { constant: true, held: () => true });
    const made = await bench({ disk, startHasher: hashers.start });
    await made.sink.learned({}, []);
    const { worst, stuck } = await fill(made, 80 * MIB);
    expect(stuck).toBeDefined();
    expect(worst).toBe(64 * MIB);
    hashers.release();
    await stuck;
    await made.sink.settle();
    expect(made.sink.durable).toBe(made.sink.held);
    await made.sink.close();
  });

  it('are claimed every 32 MiB by a quick disk, without a pause', async () => {
    const disk = fakeDisk({ weightless: true });
    const made = await bench({ disk, startHasher: fakeHashers(disk.bytes, { constant: true }).start });
    await made.sink.learned({}, []);
    expect((await fill(made, 100 * MIB)).stuck).toBeUndefined();
    expect(made.clock.sleeps).toEqual([]);
    expect(eventsOf(made.events, 'checkpoint').length).toBe(3);
    await made.sink.close();
  });

  it('are claimed after 5 s by a slow network', async () => {
    const made = await bench();
    await made.sink.learned({}, []);
    await made.sink.accept(Buffer.alloc(10));
    made.clock.pass(4_999);
    await made.sink.accept(Buffer.alloc(10));
    await turn();
    expect(made.disk.lines()).toEqual([]);
    made.clock.pass(1);
    await made.sink.accept(Buffer.alloc(10));
    for (let i = 0; i < 5; i += 1) await turn();
    expect(made.disk.lines()).toHaveLength(1);
    await made.sink.close();
  });
});

describe('what an earlier run left', () => {
  const content = pattern(60, 3);
  const line = (start: number, end: number): JournalHave => ({
    t: 'have',
    start,
    end,
    digests: { sha256: sha256(content.subarray(start, end)) },
  });
  /** Prefix checkpoints at 10, 20, 30; tail checkpoints at 40 and 50. */
  const kept = [line(0, 10), line(0, 20), line(0, 30), line(30, 40), line(30, 50)];
  const left = content.subarray(0, 50);

  it.each([0, 9, 10, 19, 20, 29, 30, 39, 40, 49])(
    'byte %i flipped: good up to the checkpoint before it',
    async (at) => {
      const directory = scratch();
      const path = join(directory, 'part');
      const damaged = Buffer.from(left);
      damaged[at] = 255 - (damaged[at] ?? 0);
      writeFileSync(path, damaged);
      const file = await open(path, 'r');
      const disk = fakeDisk({ content: damaged });
      // The digest threads read a real file, the rest is recorded in memory.
      const part = { ...disk.part, fd: file.fd };
      const made = await bench({ disk, part, kept, startHasher });
      const good: number[] = [];
      made.sink.onDisproved((end) => good.push(end));
      expect(await made.sink.digestAll(50).catch(() => 'failed')).toBe(false);
      expect(good).toEqual([Math.floor(at / 10) * 10]);
      await made.sink.close();
      await file.close();
    },
  );

  it('is proven when no byte is flipped', async () => {
    const made = await bench({ disk: fakeDisk({ content: left }), kept });
    const good: number[] = [];
    made.sink.onDisproved((end) => good.push(end));
    expect(await made.sink.keptIsGood()).toBe(true);
    expect(await made.sink.digestAll(50)).toEqual(new Map([['sha256', sha256(left)]]));
    expect(good).toEqual([]);
    expect([made.sink.kept, made.sink.held, made.sink.durable]).toEqual([50, 50, 50]);
    await made.sink.close();
  });

  it('a disproof that came before anybody listened is told to who listens then', async () => {
    const damaged = Buffer.from(left);
    damaged[15] = 255 - (damaged[15] ?? 0);
    const made = await bench({ disk: fakeDisk({ content: damaged }), kept });
    expect(await made.sink.keptIsGood()).toBe(false);
    const good: number[] = [];
    made.sink.onDisproved((end) => good.push(end));
    expect(good).toEqual([10]);
    await made.sink.close();
  });

  it('a digest thread that fails says nothing about the bytes: they are kept, and the error is told', async () => {
    const disk = fakeDisk({ content: left });
    const good = fakeHashers(disk.bytes);
    const broken: HasherFactory = (fd, algorithm, from) => ({
      ...good.start(fd, algorithm, from),
      mark: () => Promise.reject(new AppError('fs.io', 'starting a thread: out of memory')),
    });
    const made = await bench({ disk, kept, startHasher: broken });
    const disproved: number[] = [];
    made.sink.onDisproved((end) => disproved.push(end));
    await expect(made.sink.keptIsGood()).rejects.toMatchObject({ code: 'fs.io' });
    await expect(made.sink.accept(content.subarray(50))).rejects.toMatchObject({ code: 'fs.io' });
    expect([disproved, disk.bytes().equals(left)]).toEqual([[], true]);
    await made.sink.close();
  });

  it('after a rewind the rest is fetched again, and only the good claims stand', async () => {
    const damaged = Buffer.from(left);
    damaged[25] = 255 - (damaged[25] ?? 0);
    const disk = fakeDisk({ content: damaged });
    const made = await bench({ disk, kept });
    expect(await made.sink.keptIsGood()).toBe(false);
    await made.sink.rewind(20);
    expect(disk.lines()).toEqual(kept.slice(0, 2));
    expect([made.sink.kept, made.sink.held, made.sink.durable, disk.bytes().byteLength]).toEqual([20, 20, 20, 20]);
    await feed(made, content, 7);
    await made.sink.settle();
    expect(await made.sink.digestAll(60)).toEqual(new Map([['sha256', sha256(content)]]));
    expect(disk.bytes()).toEqual(content);
    expect(prematureClaims(disk.events)).toEqual([]);
    await made.sink.close();
  });

  it('bytes beyond the claims are cut off', async () => {
    const disk = fakeDisk({ content: Buffer.concat([left, Buffer.alloc(99)]) });
    const made = await bench({ disk, kept });
    expect(disk.bytes()).toEqual(left);
    await made.sink.close();
  });

  it('claims beyond the end of the file do not count, and no zeros take their place', async () => {
    const disk = fakeDisk({ content: content.subarray(0, 33) });
    const made = await bench({ disk, kept });
    expect([made.sink.held, made.sink.kept, disk.bytes().byteLength]).toEqual([30, 30, 30]);
    expect(await made.sink.keptIsGood()).toBe(true);
    await made.sink.close();
  });

  it('while it is hashed again, checkpoints cover what came since; then the whole', async () => {
    const disk = fakeDisk({ content: content.subarray(0, 30) });
    const hashers = fakeHashers(disk.bytes, { held: ({ from }) => from === 0 });
    const made = await bench({ disk, kept: kept.slice(0, 3), startHasher: hashers.start });
    await made.sink.accept(content.subarray(30, 45));
    await made.sink.settle();
    expect(disk.lines().at(-1)).toEqual(line(30, 45));
    await made.sink.accept(content.subarray(45, 50));
    await made.sink.settle();
    expect(disk.lines().at(-1)).toEqual(line(30, 50));
    hashers.release();
    expect(await made.sink.keptIsGood()).toBe(true);
    await made.sink.accept(content.subarray(50));
    await made.sink.settle();
    expect(disk.lines().at(-1)).toEqual(line(0, 60));
    expect(prematureClaims(disk.events)).toEqual([]);
    await made.sink.close();
  });

  it('a digest that is promised late is computed from the first byte', async () => {
    const disk = fakeDisk({ content: left });
    const made = await bench({ disk, kept });
    await made.sink.learned({}, [{ algorithm: 'sha1', hex: '', from: 'header' }]);
    await made.sink.accept(content.subarray(50));
    const computed = await made.sink.digestAll(60);
    expect(computed !== false && [...computed.keys()].sort()).toEqual(['sha1', 'sha256']);
    await made.sink.close();
  });

  it('given up from the start: the claims go before the bytes', async () => {
    const disk = fakeDisk({ content: left });
    const made = await bench({ disk, kept });
    disk.events.length = 0;
    await made.sink.rewind(0);
    expect(disk.events.slice(0, 2)).toEqual([
      { type: 'reset', head: { t: 'head', v: 1, source: HEAD_SOURCE, identity: { size: 1 } }, have: [] },
      { type: 'truncated', size: 0 },
    ]);
    expect([made.sink.held, made.sink.kept, made.sink.durable]).toEqual([0, 0, 0]);
    await made.sink.close();
  });

  it('what comes again is compared with the disk, those bytes in flight too', async () => {
    const made = await bench({ disk: fakeDisk({ content: left }), kept });
    await made.sink.accept(content.subarray(50));
    expect(await made.sink.matches(content.subarray(40), 40)).toBe(true);
    expect(await made.sink.matches(content, 0)).toBe(true);
    expect(await made.sink.matches(content.subarray(0, 20), 40)).toBe(false);
    await made.sink.close();
  });
});

describe('a digest is told where the file will end', () => {
  const promise: Digest = { algorithm: 'md5', hex: '0'.repeat(32), from: 'metadata' };
  it.each([
    ['by what is known before the first answer', [promise], 1],
    ['by the first answer', [], 5_000],
  ])('%s', async (_, digests, expected) => {
    const told: unknown[] = [];
    const { start } = fakeHashers(() => Buffer.alloc(0));
    const startHasher: HasherFactory = (fd, algorithm, from, size) => {
      told.push(size);
      return start(fd, algorithm, from);
    };
    const { sink } = await bench({ startHasher, digests });
    await sink.learned({ size: 5_000 }, digests);
    expect(told).toEqual([expected]);
    await sink.close();
  });
});

describe('a digest that has kept up', () => {
  it('has the part file read for it when it lags', async () => {
    const offsets: number[] = [];
    const disk = fakeDisk();
    const part = { ...disk.part, readNow: (offset: number) => offsets.push(offset) > 0 };
    const { start } = fakeHashers(disk.bytes, { held: () => true });
    const { sink } = await bench({ part, disk, startHasher: start });
    await sink.learned({ size: 40 * MIB }, []);
    for (let mib = 0; mib < 28; mib += 1) await sink.accept(Buffer.alloc(MIB));
    expect(offsets.length).toBeGreaterThan(0);
    expect(Math.max(...offsets)).toBeLessThan(28 * MIB);
    await sink.close();
  });

  it('is not left behind: bytes wait for it, and go on when it comes nearer', async () => {
    let hashed = 0;
    let letGo = (): void => {};
    const startHasher: HasherFactory = (_fd, algorithm, from) => ({
      algorithm,
      from,
      get position() {
        return hashed;
      },
      advance: () => {},
      mark: async () => '',
      passed: () => new Promise((resolve) => (letGo = resolve)),
      close: async () => {},
    });
    const { sink } = await bench({ startHasher });
    await sink.learned({ size: 40 * MIB }, []);
    for (let mib = 0; mib < 24; mib += 1) await sink.accept(Buffer.alloc(MIB));
    let taken = false;
    const waiting = (async () => {
      for (let mib = 0; mib < 4; mib += 1) await sink.accept(Buffer.alloc(MIB));
      taken = true;
    })();
    for (let i = 0; i < 50; i += 1) await turn();
    expect(taken).toBe(false);
    hashed = 28 * MIB;
    letGo();
    await waiting;
    expect(sink.held).toBe(28 * MIB);
    await sink.close();
  });
});

describe('how far the digests are', () => {
  /** A digest that comes as far as somebody waits for; from `fails` on it does not. */
  const following =
    (fails = Number.POSITIVE_INFINITY): HasherFactory =>
    (_fd, algorithm, from) => {
      let position = from;
      return {
        algorithm,
        from,
        get position() {
          return position;
        },
        advance() {},
        mark: async () => 'x',
        async passed(end) {
          if (end < fails) position = end;
        },
        close: async () => {},
      };
    };
  const told = async (hashing: HasherFactory, bytes: number): Promise<readonly number[]> => {
    const made = await bench({ startHasher: hashing });
    await feed(made, Buffer.alloc(bytes), MIB);
    const positions: number[] = [];
    await made.sink.whileHashing((hashed) => positions.push(hashed / MIB));
    await made.sink.close();
    return positions;
  };

  it('is told every 8 MiB, but for the end', async () => {
    expect(await told(following(), 25 * MIB)).toEqual([8, 16, 24]);
  });

  it('is not told of a small file', async () => {
    expect(await told(following(), 8 * MIB)).toEqual([]);
  });

  it('is told no more after one has failed', async () => {
    expect(await told(following(10 * MIB), 25 * MIB)).toEqual([8]);
  });
});

describe('who waits for room hears that there will never be any', () => {
  const broken = new AppError('fs.io', 'writing: Input/output error');
  const fails = async (): Promise<never> => Promise.reject(broken);
  const disk = fakeDisk();
  const CASES: readonly (readonly [string, BenchOptions])[] = [
    ['a sync fails', { disk: fakeDisk({ onSync: fails }) }],
    ['the journal cannot be written', { journal: { ...disk.journal, append: fails } }],
    ['a write fails', { disk: fakeDisk({ beforeWrite: fails }) }],
  ];
  it.each(CASES)('%s', async (_, options) => {
    const it = await bench(options);
    await it.sink.learned({ size: 100 * MIB }, []);
    let told = 0;
    it.sink.onMoved(() => {
      told = failureOf(it.sink) === broken ? told + 1 : told;
    });
    expect(failureOf(it.sink)).toBeUndefined();
    it.clock.pass(6_000);
    await it.sink.accept(Buffer.alloc(MIB)).catch(() => undefined);
    for (let turns = 0; turns < 10; turns += 1) await turn();
    expect(told).toBeGreaterThan(0);
    await it.sink.close();
  });

  it('what an earlier run left cannot be read back', async () => {
    const content = Buffer.alloc(2 * MIB);
    const { start } = fakeHashers(() => content);
    const startHasher: HasherFactory = (...args) => Object.assign(start(...args), { mark: fails });
    const kept: JournalHave[] = [{ t: 'have', start: 0, end: 2 * MIB, digests: { sha256: 'a'.repeat(64) } }];
    const it = await bench({ disk: fakeDisk({ content }), kept, startHasher });
    const told = new Promise<void>((resolve) => it.sink.onMoved(resolve));
    await told;
    expect(failureOf(it.sink)).toBe(broken);
    await it.sink.close();
  });
});

function failureOf(sink: FileSink): unknown {
  try {
    sink.throwFailure();
    return undefined;
  } catch (error) {
    return error;
  }
}
