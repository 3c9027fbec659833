import { type BigIntStatsFs, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { THREADED } from '#imgdl/fs/calls.js';
import { acquireLock, lookAtLock } from '#imgdl/fs/lock.js';
import { describeSelf } from '#imgdl/fs/lock-owner.js';
import { scratch } from '../support/scratch.js';
import { deadOwner, placeIn } from './lock-set-up.js';
import { codeOf, ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const WAIT = 'wait for it, or use --on-busy wait';
/** On one file system each: what statfs(2) calls it. */
const NFS = { ...THREADED, statfs: async () => ({ type: 0x6969n }) as BigIntStatsFs };
const EXT4 = { ...THREADED, statfs: async () => ({ type: 0xef53n }) as BigIntStatsFs };

async function writeOwner(path: string, change: object = {}): Promise<void> {
  writeFileSync(path, JSON.stringify({ ...(await deadOwner(NONCE)), host: 'box', ...change }), { mode: 0o600 });
}

/** Of whom nobody here can say whether he lives. */
const UNSEEN = { machine: 'cloned', pid: 7 };

describe('who looks at a lock', () => {
  it('hears of nobody where there is none', async () => {
    expect(await lookAtLock(placeIn(scratch()), ownerFacts())).toBeUndefined();
  });

  it('hears which owner has ended', async () => {
    const place = placeIn(scratch());
    await writeOwner(place.path, { pid: 7, boot: 'earlier' });
    expect(await lookAtLock(place, ownerFacts())).toBe('process 7 on "box"');
  });

  it('hears that a torn one names none', async () => {
    const place = placeIn(scratch());
    writeFileSync(place.path, '', { mode: 0o600 });
    expect(await lookAtLock(place, ownerFacts())).toBe('an owner that the lock file does not name');
  });

  it('hears that the owner lives, whatever the user says of him', async () => {
    const place = placeIn(scratch(), { overrule: true });
    const lock = await acquireLock(place, ownerFacts());
    await expect(lookAtLock(place, ownerFacts())).rejects.toMatchObject({ code: 'lock.held', hint: WAIT });
    await lock.unlock();
  });

  it('hears that nobody can see him, unless the user says that he has ended', async () => {
    const place = placeIn(scratch(), { local: false });
    await writeOwner(place.path, UNSEEN);
    expect(await codeOf(lookAtLock(place, ownerFacts()))).toBe('lock.held');
    expect(await lookAtLock({ ...place, overrule: true }, ownerFacts())).toBe('process 7 on "box"');
  });

  it('refuses a link, of whichever user', async () => {
    const place = placeIn(scratch());
    symlinkSync('elsewhere', place.path);
    for (const facts of [ownerFacts(), ownerFacts({ uid: 54321 })]) {
      await expect(lookAtLock(place, facts)).rejects.toMatchObject({
        code: 'fs.unsafe',
        message: `locking ${place.path}: it is a link or not a regular file`,
      });
    }
  });

  it('leaves no trace', async () => {
    const place = placeIn(scratch(), { local: false });
    await writeOwner(place.path, UNSEEN);
    const before = readFileSync(place.path, 'utf8');
    for (const facts of [ownerFacts(), ownerFacts({ uid: 54321 })]) {
      expect(await codeOf(lookAtLock(place, facts))).toBe('lock.held');
    }
    expect([readdirSync(place.directory), readFileSync(place.path, 'utf8')]).toEqual([['.imgdl-0.lock'], before]);
  });
});

describe('the words for a lock that is held', () => {
  const rows: readonly (readonly [
    sentence: string,
    owner: object,
    facts: Parameters<typeof ownerFacts>[0],
    calls: typeof NFS,
    said: { readonly message: string; readonly hint: string; readonly details: object },
  ])[] = [
    [
      'by somebody whom nobody here can see',
      UNSEEN,
      {},
      EXT4,
      {
        message: 'locking ./disk.img: another imgdl may be using it: process 7 on "box"',
        hint: 'nothing here shows whether it is running; if it is not, run imgdl clean --unlock ./disk.img',
        details: { pid: 7, host: 'box', seen: false },
      },
    ],
    [
      'on a file system that other hosts have, too',
      UNSEEN,
      {},
      NFS,
      {
        message:
          'locking ./disk.img: another imgdl may be using it: process 7 on "box"; the directory is on NFS, so it may be running on another host',
        hint: 'nothing here shows whether it is running; if it is not, run imgdl clean --unlock ./disk.img',
        details: { pid: 7, host: 'box', seen: false, fileSystem: 'NFS' },
      },
    ],
    [
      'by another user',
      {},
      { uid: 54321 },
      EXT4,
      {
        message: `locking ./disk.img: another imgdl is using it: user ${ownerFacts().uid}`,
        hint: `${WAIT}; if it is no longer running, run as that user: imgdl clean --unlock ./disk.img`,
        details: { uid: ownerFacts().uid },
      },
    ],
  ];
  it.each(rows)('%s', async (_, owner, facts, calls, said) => {
    const place = placeIn(scratch(), { local: false, calls });
    await writeOwner(place.path, owner);
    const error = await lookAtLock(place, ownerFacts(facts)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'lock.held', message: said.message, hint: said.hint });
    expect((error as { details: object }).details).toEqual({ ...said.details, lock: place.path });
  });

  it('name no process where the lock names none', async () => {
    const place = placeIn(scratch(), { local: false, calls: EXT4 });
    writeFileSync(place.path, '', { mode: 0o600 });
    const error = await lookAtLock(place, ownerFacts()).catch((thrown: unknown) => thrown);
    expect((error as { details: object }).details).toEqual({ seen: false, lock: place.path });
  });

  it('show a host and a name as what they are: foreign text', async () => {
    const place = placeIn(scratch(), { local: false, shown: './a b\n.img', calls: EXT4 });
    await writeOwner(place.path, { ...UNSEEN, host: 'a\x1b[2Jb' });
    const error = await lookAtLock(place, ownerFacts()).catch((thrown: unknown) => thrown);
    const { message, hint, details } = error as { message: string; hint: string; details: object };
    const said = [message, hint, ...Object.values(details)].join('');
    expect([...said].filter((character) => character < ' ')).toEqual([]);
  });

  it('that a process without a socket holds are those of a living one', async () => {
    const place = placeIn(scratch(), { calls: EXT4 });
    await writeOwner(place.path, { ...(await describeSelf(ownerFacts())), nonce: NONCE, socket: false });
    await expect(lookAtLock(place, ownerFacts())).rejects.toMatchObject({ hint: WAIT, details: { seen: true } });
  });
});
