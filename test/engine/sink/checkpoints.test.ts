/**
 * Checkpoints never overlap: whatever a caller does, and in whatever order the disk answers, one sync and one journal
 * line follow the other, and what was given up is not claimed afterwards.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Journal, PartFile } from '#imgdl/core/storage.js';
import { createReadAheadPool } from '#imgdl/engine/digest/read-ahead-buffer.js';
import { type FileSink, openFileSink } from '#imgdl/engine/sink/file-sink.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { type DiskEvent, fakeDisk, fakeHashers, HEAD_SOURCE, prematureClaims } from '../fakes.js';

const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(16 * MIB);
const EIO = new AppError('fs.io', 'syncing: EIO');

type Act = 'accept' | 'out of order' | 'settle' | 'pass' | 'restart' | 'rewind' | 'compare';

/** A disk that answers when the scheduler says so, and tells of calls that overlap. */
function scheduledDisk(s: fc.Scheduler, failingSync: number | undefined) {
  const disk = fakeDisk({ weightless: true });
  const overlaps: string[] = [];
  const busy = { sync: 0, journal: 0 };
  let syncs = 0;
  /** One call at a time: the second one is noted. */
  const alone = async <T>(what: keyof typeof busy, name: string, work: () => Promise<T>): Promise<T> => {
    if (busy[what] > 0) overlaps.push(name);
    busy[what] += 1;
    try {
      return await work();
    } finally {
      busy[what] -= 1;
    }
  };
  const answer = (name: string) => s.schedule(Promise.resolve(), name);
  const part: PartFile = {
    ...disk.part,
    async write(offset, chunks) {
      await answer('write');
      await disk.part.write(offset, chunks);
    },
    sync: () =>
      alone('sync', 'sync', async () => {
        disk.events.push({ type: 'sync-begins' });
        syncs += 1;
        const failing = syncs === failingSync;
        await answer('sync');
        if (failing) throw EIO;
        disk.events.push({ type: 'synced' });
      }),
    async truncate(size) {
      await answer('truncate');
      await disk.part.truncate(size);
    },
  };
  const journal: Journal = {
    ...disk.journal,
    append: (line) =>
      alone('journal', 'append', async () => {
        await answer('append');
        await disk.journal.append(line);
      }),
    reset: (head, have) =>
      alone('journal', 'reset', async () => {
        await answer('reset');
        await disk.journal.reset(head, have);
      }),
  };
  return { disk, part, journal, overlaps, syncs: () => syncs };
}

/** Lines that claim no more than a line before them, since the last reset. */
function repeated(events: readonly DiskEvent[]): readonly number[] {
  const found: number[] = [];
  let claimed = 0;
  for (const event of events) {
    if (event.type === 'reset') claimed = event.have.at(-1)?.end ?? 0;
    if (event.type !== 'have') continue;
    if (event.line.end <= claimed) found.push(event.line.end);
    claimed = event.line.end;
  }
  return found;
}

/** What the journal heard between the reset that gives bytes up and the truncation that removes them. */
function lateLines(events: readonly DiskEvent[]): readonly string[] {
  const heard = events.filter(({ type }) => type === 'have' || type === 'reset' || type === 'truncated');
  return heard.flatMap(({ type }, at) => {
    const before = heard[at - 1];
    return type === 'truncated' && before !== undefined && before.type !== 'reset' ? [before.type] : [];
  });
}

async function act(what: Act, sink: FileSink, clock: FakeClock): Promise<void> {
  switch (what) {
    case 'accept':
      return await sink.accept(CHUNK);
    case 'out of order': {
      const at = sink.held;
      await sink.scatter?.accept(CHUNK, at + CHUNK.byteLength);
      return await sink.scatter?.accept(CHUNK, at);
    }
    case 'settle':
      return await sink.settle();
    case 'pass':
      return clock.pass(5_000);
    case 'restart':
      return await sink.rewind(0);
    case 'rewind':
      return await sink.rewind(sink.durable);
    case 'compare':
      await sink.matches(CHUNK.subarray(0, 10), Math.max(0, sink.held - 10));
  }
}

interface Played {
  readonly events: readonly DiskEvent[];
  readonly overlaps: readonly string[];
  /** How many journal lines and syncs there were when the first act failed, when close() came back, and long after. */
  readonly counts: { readonly atFailure?: Counts; readonly closed: Counts; readonly later: Counts };
}

interface Counts {
  readonly lines: number;
  readonly syncs: number;
}

async function play(s: fc.Scheduler, acts: readonly Act[], several: boolean, failingSync?: number): Promise<Played> {
  const { disk, part, journal, overlaps, syncs } = scheduledDisk(s, failingSync);
  const clock = fakeClock();
  const startHasher = fakeHashers(disk.bytes, { constant: true }).start;
  const count = (): Counts => ({ lines: disk.events.filter(({ type }) => type === 'have').length, syncs: syncs() });
  let atFailure: Counts | undefined;
  const whole = async (): Promise<void> => {
    const input = {
      part,
      journal,
      source: HEAD_SOURCE,
      identity: {},
      kept: undefined,
      digests: [],
      startHasher,
      readAheadPool: createReadAheadPool(),
    };
    const sink = await openFileSink(input, { clock, report: () => {} });
    disk.events.length = 0;
    await sink.learned({}, []);
    if (several) sink.scatter?.onMoved(() => {});
    for (const what of acts) {
      await act(what, sink, clock).catch((error: unknown) => {
        expect(error).toBe(EIO);
        atFailure ??= count();
      });
    }
    await sink.close();
  };
  await s.waitFor(whole());
  const closed = count();
  await s.waitIdle();
  return { events: disk.events, overlaps, counts: { ...(atFailure && { atFailure }), closed, later: count() } };
}

const ACTS: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Act>('accept') },
    { weight: 2, arbitrary: fc.constant<Act>('out of order') },
    { weight: 3, arbitrary: fc.constant<Act>('settle') },
    { weight: 2, arbitrary: fc.constant<Act>('pass') },
    { weight: 2, arbitrary: fc.constantFrom<Act>('restart', 'rewind', 'compare') },
  ),
  { minLength: 3, maxLength: 30, size: 'max' },
);

/** What must be empty, whatever was played. */
const RULES: readonly (readonly [sentence: string, offences: (played: Played) => readonly unknown[]])[] = [
  ['one sync, and one call to the journal, ends before the next begins', ({ overlaps }) => overlaps],
  ['no bytes are claimed twice', ({ events }) => repeated(events)],
  ['nothing is claimed between the reset that gives bytes up and their removal', ({ events }) => lateLines(events)],
  ['nothing is claimed before it is durable', ({ events }) => prematureClaims(events)],
  [
    'nothing begins once the sink is closed: it would meet closed files',
    ({ counts: { closed, later } }) => (later.lines + later.syncs > closed.lines + closed.syncs ? [later] : []),
  ],
];

describe('in whatever order the disk answers', () => {
  it('checkpoints keep every rule above', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), ACTS, fc.boolean(), async (s, acts, several) => {
        const played = await play(s, acts, several);
        const found = RULES.map(([sentence, offences]) => ({ sentence, offences: offences(played) }));
        expect(found.filter(({ offences }) => offences.length > 0)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('after a failed sync nothing more is synced or claimed', async () => {
    const failing = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), ACTS, fc.boolean(), failing, async (s, acts, several, at) => {
        const { counts } = await play(s, acts, several, at);
        expect(counts.later.syncs).toBeLessThanOrEqual(at);
        if (counts.atFailure !== undefined) expect(counts.later).toEqual(counts.atFailure);
      }),
      { numRuns: 100 },
    );
  });
});
