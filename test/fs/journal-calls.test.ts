import { linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { JournalContent } from '#imgdl/core/storage.js';
import type { Calls } from '#imgdl/fs/calls.js';
import { continueJournal, createJournal, type DiskJournal, type JournalPlace, readJournal } from '#imgdl/fs/journal.js';
import { CHAIN_START, encodeLine } from '#imgdl/fs/journal-lines.js';
import { FailingCalls, type Failure } from '../support/failing-calls.js';
import { scratch } from '../support/scratch.js';
import { codeOf, HEAD, have, ownerFacts } from './set-up.js';

const UIDS = new Set([ownerFacts().uid]);
const OTHER = { ...HEAD, identity: { size: 7 } };

function placeWith(calls: Calls, directory = scratch()): JournalPlace {
  return { path: join(directory, 'journal'), nextPath: join(directory, 'journal.next'), directory, uids: UIDS, calls };
}

/** A journal that says `have(0, 5)`, on a disk without faults. */
async function written(): Promise<JournalPlace> {
  const place = placeWith(new FailingCalls().calls);
  const journal = await createJournal(place);
  await journal.reset(HEAD, [have(0, 5)]);
  await journal.close();
  return place;
}

async function contentOf(place: JournalPlace): Promise<JournalContent | undefined> {
  const found = await readJournal(place.path, UIDS, new FailingCalls().calls);
  return found?.kind === 'content' ? found.content : undefined;
}

/** All that is done to a journal, and what it says after each step; undefined: nothing that counts. */
const steps: readonly (readonly [work: (journal: DiskJournal) => Promise<void>, after: JournalContent])[] = [
  [(journal) => journal.reset(HEAD, []), { head: HEAD, have: [] }],
  [(journal) => journal.append(have(0, 5)), { head: HEAD, have: [have(0, 5)] }],
  [(journal) => journal.reset(OTHER, [have(0, 3)]), { head: OTHER, have: [have(0, 3)] }],
  [(journal) => journal.append(have(3, 7)), { head: OTHER, have: [have(0, 3), have(3, 7)] }],
];

interface Run {
  readonly error: unknown;
  /** What the journal may say now: what it said before the step that failed, or what the step was to make of it. */
  readonly may: readonly (JournalContent | undefined)[];
}

/** Goes through all steps, closes, and says where it ended. */
async function goThrough(place: JournalPlace): Promise<Run> {
  let before: JournalContent | undefined;
  let journal: DiskJournal;
  try {
    journal = await createJournal(place);
  } catch (error) {
    return { error, may: [undefined] };
  }
  for (const [work, after] of steps) {
    try {
      await work(journal);
    } catch (error) {
      // Nothing more is believed of this disk.
      await expect(journal.append(have(90, 99))).rejects.toBe(error);
      await expect(journal.reset(OTHER, [have(0, 99)])).rejects.toBe(error);
      await journal.close().catch(() => undefined);
      return { error, may: [before, after] };
    }
    before = after;
  }
  return { error: await journal.close().catch((error: unknown) => error), may: [before] };
}

async function check(failure: Failure): Promise<void> {
  const failing = new FailingCalls(failure);
  const place = placeWith(failing.calls);
  const { error, may } = await goThrough(place);
  expect(failing.open, 'every file is closed').toEqual(new Set());
  // A file that was only looked at or synced may fail to close: it is done with.
  if (failing.made[failure.at] !== 'file.close') expect(error).toBeInstanceOf(AppError);
  expect(may).toContainEqual(await contentOf(place));
  if (!failure.forGood) expect(readdirSync(place.directory)).not.toContain(basename(place.nextPath));
  if (may[0] === undefined && may.length === 1 && !failure.forGood) expect(readdirSync(place.directory)).toEqual([]);
  await goOn(place);
}

/** Whatever is left, the next run gets a journal. */
async function goOn({ directory }: JournalPlace): Promise<void> {
  const sound = placeWith(new FailingCalls().calls, directory);
  let journal = await continueJournal(sound);
  if (journal === undefined) {
    rmSync(sound.path, { force: true });
    journal = await createJournal(sound);
  }
  await journal.reset(HEAD, []);
  await journal.append(have(0, 1));
  await journal.close();
  expect(await contentOf(sound)).toEqual({ head: HEAD, have: [have(0, 1)] });
  expect(readdirSync(directory)).toEqual(['journal']);
}

describe('a journal on a disk that fails', () => {
  it.each([
    ['EIO', false],
    ['EIO', true],
    ['ENOSPC', false],
  ])(
    'with %s, for good: %s, says what it said before or what it was to say, and claims no more',
    async (errno, forGood) => {
      const sound = new FailingCalls();
      expect(await goThrough(placeWith(sound.calls))).toEqual({ error: undefined, may: [steps.at(-1)?.[1]] });
      const trials = sound.made.map((name, at) =>
        check({ at, errno, forGood }).catch((error) => {
          throw new Error(`${name} (${at}): ${error.message}`, { cause: error });
        }),
      );
      await Promise.all(trials);
    },
  );

  const words: readonly (readonly [
    sentence: string,
    call: string,
    work: (place: JournalPlace) => Promise<unknown>,
    said: string,
  ])[] = [
    ['created', 'file.write', createJournal, 'creating'],
    ['written', 'file.write', (place) => opened(place, (journal) => journal.append(have(5, 6))), 'writing'],
    ['rewritten', 'file.write', (place) => opened(place, (journal) => journal.reset(HEAD, [])), 'rewriting'],
    ['closed', 'file.close', (place) => opened(place, async () => {}), 'closing'],
    ['cut off', 'file.truncate', continueJournal, 'reading'],
    ['read', 'file.read', (place) => readJournal(place.path, UIDS, place.calls), 'reading'],
  ];
  it.each(words)('that cannot be %s says so', async (_, call, work, said) => {
    const place = said === 'creating' ? placeWith(new FailingCalls().calls) : await written();
    const failing = new FailingCalls({ at: 0, errno: 'EIO', only: call });
    await expect(work({ ...place, calls: failing.calls })).rejects.toMatchObject({
      code: 'fs.io',
      message: `${said} ${place.path}: the disk reported an error (EIO)`,
    });
    expect(failing.open).toEqual(new Set());
  });
});

async function opened(place: JournalPlace, work: (journal: DiskJournal) => Promise<void>): Promise<void> {
  const journal = await continueJournal(place);
  try {
    if (journal === undefined) throw new Error('no journal');
    await work(journal);
  } finally {
    await journal?.close();
  }
}

describe('a journal that is there', () => {
  it('and was written by a newer imgdl is left to it', async () => {
    const sound = new FailingCalls();
    const place = placeWith(sound.calls);
    const text = encodeLine(CHAIN_START, { v: 2 } as never).bytes;
    writeFileSync(place.path, text, { mode: 0o600 });
    await expect(continueJournal(place)).rejects.toMatchObject({
      code: 'fs.newer-part',
      message: `reading ${place.path}: a newer imgdl wrote this file`,
      hint: 'upgrade imgdl, or use --restart to discard the partial download',
    });
    expect([readFileSync(place.path), sound.open]).toEqual([Buffer.from(text), new Set()]);
  });

  const reading: readonly (readonly [sentence: string, work: (place: JournalPlace) => Promise<unknown>])[] = [
    ['gone on with', continueJournal],
    ['read', (place) => readJournal(place.path, UIDS, place.calls)],
  ];
  it.each(reading)('under a second name is not %s: it may be a file of somebody else', async (_, work) => {
    const place = await written();
    linkSync(place.path, join(place.directory, 'second'));
    expect(await codeOf(work(place))).toBe('fs.unsafe');
  });

  it.each(reading)('is closed when it was %s', async (_, work) => {
    const place = await written();
    const sound = new FailingCalls();
    const journal = await work({ ...place, calls: sound.calls });
    if (journal instanceof Object && 'close' in journal) await (journal as DiskJournal).close();
    expect([sound.made.includes('open'), sound.open]).toEqual([true, new Set()]);
  });

  it('may end beyond 64 MiB: no more is read', async () => {
    const place = await written();
    const read: unknown[] = [];
    const calls: Calls = {
      ...new FailingCalls().calls,
      open: async () =>
        Object.assign(Object.create(null), {
          stat: async () => ({
            ...statSync(place.path, { bigint: true }),
            isFile: () => true,
            isSymbolicLink: () => false,
            size: 2n ** 40n,
          }),
          read: async (_: unknown, ...asked: unknown[]) => {
            read.push(asked);
            return { bytesRead: 0 };
          },
          close: async () => {},
        }),
      lstat: async (path) => statSync(path, { bigint: true }),
    };
    expect(await readJournal(place.path, UIDS, calls)).toEqual({ kind: 'unusable', why: 'torn' });
    expect(read).toEqual([[0, 64 * 1024 * 1024, 0]]);
  });

  it('and cannot be trusted is left as it is, and closed', async () => {
    const sound = new FailingCalls();
    const place = placeWith(sound.calls);
    writeFileSync(place.path, 'torn', { mode: 0o600 });
    expect(await continueJournal(place)).toBeUndefined();
    expect([readFileSync(place.path, 'utf8'), sound.open]).toEqual(['torn', new Set()]);
  });
});

describe('what makes a journal durable', () => {
  async function callsOf(
    work: (journal: DiskJournal) => Promise<void>,
    place: JournalPlace,
  ): Promise<readonly string[]> {
    const sound = new FailingCalls();
    const journal = await continueJournal({ ...place, calls: sound.calls });
    const from = sound.made.length;
    await work(journal as DiskJournal);
    const made = sound.made.slice(from);
    await journal?.close();
    return made;
  }

  it('a claim is written and on the disk before append returns', async () => {
    expect(await callsOf((journal) => journal.append(have(5, 6)), await written())).toEqual([
      'file.write',
      'file.datasync',
    ]);
  });

  it('a new journal is on the disk before it takes the name, and the name before reset returns', async () => {
    const made = await callsOf((journal) => journal.reset(OTHER, []), await written());
    expect(made.filter((name) => /write|sync|rename|truncate/.test(name))).toEqual([
      'file.write',
      'file.sync',
      'rename',
      'file.sync',
    ]);
  });

  it('a new one holds two blocks of room, and gives them back before the first head needs them', async () => {
    const failing = new FailingCalls({ at: 1, errno: 'ENOSPC', only: 'open' });
    const place = placeWith(failing.calls);
    const journal = await createJournal(place);
    expect(readFileSync(place.path)).toEqual(Buffer.alloc(8192));
    expect(await codeOf(journal.reset(HEAD, []))).toBe('disk.full');
    expect(statSync(place.path).size).toBe(0);
    await journal.close();
  });

  it('an old one keeps all it says until the new one is there', async () => {
    const place = await written();
    const failing = new FailingCalls({ at: 1, errno: 'ENOSPC', only: 'open' });
    await opened({ ...place, calls: failing.calls }, async (journal) => {
      expect(await codeOf(journal.reset(OTHER, []))).toBe('disk.full');
    });
    expect(await contentOf(place)).toEqual({ head: HEAD, have: [have(0, 5)] });
  });
});
