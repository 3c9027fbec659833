import { appendFileSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Identity } from '#imgdl/core/source.js';
import { continueJournal, createJournal, type DiskJournal, type JournalPlace, readJournal } from '#imgdl/fs/journal.js';
import { decodeJournal } from '#imgdl/fs/journal-lines.js';
import { scratch } from '../support/scratch.js';
import { codeOf, HEAD, have, ownerFacts } from './set-up.js';

function newPlace(): JournalPlace {
  const directory = scratch();
  const uids = new Set([ownerFacts().uid]);
  return { path: join(directory, 'journal'), nextPath: join(directory, 'journal.next'), directory, uids };
}

async function write(place: JournalPlace, work: (journal: DiskJournal) => Promise<unknown>): Promise<void> {
  const journal = await createJournal(place);
  try {
    await work(journal);
  } finally {
    await journal.close();
  }
}

async function read(place: JournalPlace) {
  const found = await readJournal(place.path, place.uids);
  return found?.kind === 'content' ? found.content : found;
}

describe('a journal on disk', () => {
  it('claims nothing without a head', async () => {
    const place = newPlace();
    await write(place, async (journal) => {
      expect(journal.content).toBeUndefined();
      await expect(journal.append(have(0, 1))).rejects.toMatchObject({
        code: 'bug',
        message: `writing ${place.path}: a claim without a head`,
      });
    });
    expect(decodeJournal(readFileSync(place.path))).toEqual({ kind: 'unusable', why: 'torn' });
  });

  it('keeps the order of calls that nobody waited for', async () => {
    const place = newPlace();
    const claims = Array.from({ length: 20 }, (_, index) => have(index, index + 1));
    await write(place, async (journal) => {
      await Promise.all([journal.reset(HEAD, []), ...claims.map((claim) => journal.append(claim))]);
    });
    expect(await read(place)).toEqual({ head: HEAD, have: claims });
  });

  it('is closed after the claims that nobody waited for', async () => {
    const place = newPlace();
    const journal = await createJournal(place);
    await journal.reset(HEAD, []);
    const writing = journal.append(have(0, 5));
    await journal.close();
    await writing;
    await journal.close();
    expect(await read(place)).toEqual({ head: HEAD, have: [have(0, 5)] });
  });

  it('says for which name it is, where there is one', async () => {
    const place = { ...newPlace(), target: 'disk.img' };
    await write(place, (journal) => journal.reset(HEAD, []));
    expect(await read(place)).toEqual({ head: { ...HEAD, target: 'disk.img' }, have: [] });
  });

  it('says after reset exactly what reset says, and goes on from there', async () => {
    const place = newPlace();
    const other = { ...HEAD, identity: { size: 7 } };
    await write(place, async (journal) => {
      await journal.reset(HEAD, []);
      await journal.append(have(0, 5));
      await journal.reset(other, [have(0, 3)]);
      await journal.append(have(3, 7));
      const { dev, ino } = statSync(place.path, { bigint: true });
      expect(journal.inode).toEqual({ dev, ino });
    });
    expect(await read(place)).toEqual({ head: other, have: [have(0, 3), have(3, 7)] });
    expect(readdirSync(place.directory)).toEqual([basename(place.path)]);
  });

  it('keeps all there is to an identity', async () => {
    const place = newPlace();
    const identity: Identity = {
      size: 1,
      revision: 'é',
      digests: ['md5:x'],
      etag: '"1"',
      lastModified: 'Sat, 21 Nov 2026 00:00:00 GMT',
    };
    await write(place, (journal) => journal.reset({ ...HEAD, identity }, []));
    expect(await read(place)).toEqual({ head: { ...HEAD, identity }, have: [] });
  });

  it('cuts a torn tail off before it goes on', async () => {
    const place = newPlace();
    await write(place, async (journal) => {
      await journal.reset(HEAD, []);
      await journal.append(have(0, 5));
    });
    appendFileSync(place.path, '0123456789abcdef\t{"t":"have","start":5,"end":99');
    const journal = await continueJournal(place);
    await journal?.append(have(5, 6));
    expect(await read(place)).toEqual({ head: HEAD, have: [have(0, 5), have(5, 6)] });
    await journal?.reset(HEAD, [have(0, 6)]);
    await journal?.close();
    expect(await read(place)).toEqual({ head: HEAD, have: [have(0, 6)] });
  });

  it('does not bring a claim back to life that stood behind a damaged one', async () => {
    const place = newPlace();
    await write(place, async (journal) => {
      await journal.reset(HEAD, []);
      for (const start of [0, 10, 20]) await journal.append(have(start, start + 10));
    });
    writeFileSync(place.path, readFileSync(place.path, 'utf8').replace('"start":10,', '"start":11,'));
    const journal = await continueJournal(place);
    expect(journal?.content?.have).toEqual([have(0, 10)]);
    // The very line that was damaged: the chain of what once followed fits again.
    await journal?.append(have(10, 20));
    await journal?.close();
    expect(await read(place)).toEqual({ head: HEAD, have: [have(0, 10), have(10, 20)] });
  });

  it('does not replace a file that was put in its place', async () => {
    const place = newPlace();
    await write(place, async (journal) => {
      await journal.reset(HEAD, []);
      renameSync(place.path, join(dirname(place.path), 'moved'));
      writeFileSync(place.path, 'theirs');
      await expect(journal.reset(HEAD, [])).rejects.toMatchObject({
        code: 'fs.unsafe',
        message: `rewriting ${place.path}: it was replaced in the meantime`,
      });
      expect(await codeOf(journal.append(have(0, 1)))).toBe('fs.unsafe');
    });
    expect(readFileSync(place.path, 'utf8')).toBe('theirs');
  });

  it('is absent when it is absent', async () => {
    const place = newPlace();
    expect([await read(place), await continueJournal(place)]).toEqual([undefined, undefined]);
  });
});
