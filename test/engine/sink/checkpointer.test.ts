import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Journal, JournalHave, PartFile } from '#imgdl/core/storage.js';
import { Checkpointer } from '#imgdl/engine/sink/checkpointer.js';
import { JournalClaims } from '#imgdl/engine/sink/journal-claims.js';
import { fakeClock } from '../../support/fake-clock.js';
import { type FakeDisk, fakeDisk, HEAD_SOURCE, turn } from '../fakes.js';

const MIB = 1024 * 1024;

/** A checkpointer over a file of which `written` says how far it is there. */
function bench(disk: FakeDisk = fakeDisk({ weightless: true }), lineUpTo = line) {
  const clock = fakeClock();
  const journal = new JournalClaims(
    { journal: disk.journal, source: HEAD_SOURCE, identity: {}, kept: undefined },
    Number.POSITIVE_INFINITY,
  );
  const file = { written: 0, scattered: false, lineUpTo };
  let ended = 0;
  const onEnd = (): void => {
    ended += 1;
  };
  const checkpoints = new Checkpointer(disk.part, journal, file, { clock, report: () => {}, onEnd });
  const types = (): readonly string[] => disk.events.map(({ type }) => type);
  return { clock, file, checkpoints, disk, types, ended: () => ended };
}

async function line(end: number): Promise<JournalHave> {
  return { t: 'have', start: 0, end, digests: { sha256: 'x' } };
}

/** A promise that is kept when the test says so. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await turn();
}

describe('a checkpoint is due', () => {
  it.each([
    ['not before anything is written', 0, false, 60_000, false],
    ['not with less than 32 MiB within 5 s', 32 * MIB - 1, false, 4_999, false],
    ['with 32 MiB', 32 * MIB, false, 0, true],
    ['with a single byte after 5 s', 1, false, 5_000, true],
    ['not with less than 16 MiB and bytes beyond them', 16 * MIB - 1, true, 0, false],
    ['with 16 MiB and bytes beyond them', 16 * MIB, true, 0, true],
  ])('%s', async (_, written, scattered, passedMs, due) => {
    const { checkpoints, clock, file, disk } = bench();
    Object.assign(file, { written, scattered });
    clock.pass(passedMs);
    checkpoints.startIfDue();
    await turns();
    expect([disk.lines().length, checkpoints.durable]).toEqual(due ? [1, written] : [0, 0]);
  });

  it('again at the end of one, when enough has come meanwhile', async () => {
    const sync = gate();
    const made = bench(fakeDisk({ weightless: true, onSync: () => sync.opened }));
    made.file.written = 32 * MIB;
    made.checkpoints.startIfDue();
    made.file.written = 64 * MIB;
    sync.open();
    await turns();
    expect(made.disk.lines().map(({ end }) => end)).toEqual([32 * MIB, 64 * MIB]);
    expect(made.ended()).toBe(2);
  });
});

describe('a checkpoint', () => {
  it('asks for the digest before the sync, and claims after both', async () => {
    const asked: (readonly string[])[] = [];
    const made = bench(undefined, (end) => {
      asked.push(made.types());
      return line(end);
    });
    made.file.written = 10;
    await made.checkpoints.claimAll();
    expect(asked).toEqual([[]]);
    expect(made.types()).toEqual(['sync-begins', 'synced', 'reset', 'have']);
  });

  it('claims what was written when it began, and no more', async () => {
    const sync = gate();
    const made = bench(fakeDisk({ weightless: true, onSync: () => sync.opened }));
    made.file.written = 10;
    const room = made.checkpoints.makeRoom();
    made.file.written = 20;
    sync.open();
    await room;
    expect(made.checkpoints.durable).toBe(10);
    await made.checkpoints.claimAll();
    expect(made.disk.lines().map(({ end }) => end)).toEqual([10, 20]);
  });

  it.each([
    ['sync', { onSync: () => Promise.reject(new AppError('fs.io', 'syncing: EIO')) }, line],
    ['digest', {}, () => Promise.reject(new AppError('fs.io', 'reading back: EIO'))],
  ])('whose %s fails is the last, and everybody who waits hears of it', async (_, options, lineUpTo) => {
    const made = bench(fakeDisk({ weightless: true, ...options }), lineUpTo);
    made.file.written = 40 * MIB;
    const both = await Promise.allSettled([made.checkpoints.makeRoom(), made.checkpoints.claimAll()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const before = made.types();
    made.checkpoints.startIfDue();
    await expect(made.checkpoints.claimAll()).rejects.toMatchObject({ code: 'fs.io' });
    await expect(made.checkpoints.makeRoom()).rejects.toMatchObject({ code: 'fs.io' });
    await expect(made.checkpoints.rewind(0)).rejects.toMatchObject({ code: 'fs.io' });
    expect(made.types()).toEqual(before);
    expect(made.disk.lines()).toEqual([]);
  });

  it('whose digest fails has ended its sync before anybody hears of it', async () => {
    const sync = gate();
    const made = bench(fakeDisk({ weightless: true, onSync: () => sync.opened }), () => Promise.reject(new Error('x')));
    made.file.written = 10;
    let heard = false;
    const claimed = made.checkpoints.claimAll().catch(() => {
      heard = true;
    });
    await turns();
    expect(heard).toBe(false);
    sync.open();
    await claimed;
    expect(made.types()).toEqual(['sync-begins', 'synced']);
  });
});

describe('close() and rewind()', () => {
  it.each([
    ['close()', (checkpoints: Checkpointer) => checkpoints.close()],
    ['rewind()', (checkpoints: Checkpointer) => checkpoints.rewind(0)],
  ])('%s waits for the running checkpoint, and none begins after it', async (_, end) => {
    const sync = gate();
    const made = bench(fakeDisk({ weightless: true, onSync: () => sync.opened }));
    made.file.written = 32 * MIB;
    made.checkpoints.startIfDue();
    made.file.written = 64 * MIB;
    let ended = false;
    const ending = end(made.checkpoints).then(() => {
      ended = true;
    });
    await turns();
    expect([ended, made.types()]).toEqual([false, ['sync-begins']]);
    sync.open();
    await ending;
    const before = made.types();
    made.checkpoints.startIfDue();
    await expect(made.checkpoints.makeRoom()).rejects.toMatchObject({ code: 'bug' });
    await turns();
    expect(made.types()).toEqual(before);
    expect(before.filter((type) => type === 'have')).toHaveLength(1);
  });

  it('rewind() takes the claims back before the bytes, up to the end of a claim', async () => {
    const made = bench();
    for (const written of [10, 20, 30]) {
      made.file.written = written;
      await made.checkpoints.claimAll();
    }
    made.disk.events.length = 0;
    await made.checkpoints.rewind(25);
    expect(made.disk.events).toEqual([
      {
        type: 'reset',
        head: expect.anything(),
        have: [await line(10), await line(20)],
      },
      { type: 'truncated', size: 20 },
    ]);
    expect(made.checkpoints.durable).toBe(20);
  });
});

describe('a rewind that fails is the failure of all that follows', () => {
  it.each([
    ['the journal cannot be written', 'reset'],
    ['the file cannot be cut', 'truncate'],
  ] as const)('%s', async (_, step) => {
    const disk = fakeDisk({ weightless: true });
    const full = new AppError('disk.full', 'writing: no space is left');
    let isFull = false;
    const unlessFull = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isFull) throw full;
      return await work();
    };
    const reset: Journal['reset'] = (head, have) => unlessFull(() => disk.journal.reset(head, have));
    const truncate: PartFile['truncate'] = (size) => unlessFull(() => disk.part.truncate(size));
    const { checkpoints, file } = bench({
      ...disk,
      ...(step === 'reset' ? { journal: { ...disk.journal, reset } } : {}),
      ...(step === 'truncate' ? { part: { ...disk.part, truncate } } : {}),
    });
    file.written = 8 * MIB;
    await checkpoints.claimAll();
    isFull = true;
    file.written = 12 * MIB;
    await expect(checkpoints.rewind(0)).rejects.toBe(full);
    // Whoever settles after a failure must hear of this one, and not that the file is closed.
    await expect(checkpoints.claimAll()).rejects.toBe(full);
  });
});
