import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock } from '#imgdl/fs/lock.js';
import type { LockPlace } from '#imgdl/fs/lock-file.js';
import { describeSelf, type LockOwner, parseOwner } from '#imgdl/fs/lock-owner.js';
import { scratch } from '../support/scratch.js';
import { codeOf, isRoot, ownerFacts } from './set-up.js';

function placeIn(directory: string): LockPlace {
  return { path: join(directory, '.imgdl-0.lock'), directory, shown: './disk.img' };
}

/** An owner that has ended. */
async function deadOwner(nonce: string): Promise<LockOwner> {
  const self = await describeSelf(ownerFacts());
  return { ...self, pid: spawnSync('true').pid, start: '1', nonce };
}

describe('a lock', () => {
  it('is a complete file that names its owner, private, and gone after unlock', async () => {
    const place = placeIn(scratch());
    const lock = await acquireLock(place, ownerFacts());
    expect(parseOwner(readFileSync(place.path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(place.directory)).toEqual([basename(place.path)]);
    expect(await lock.isHeld()).toBe(true);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
    await lock.unlock();
  });

  it('is refused while its owner lives, with his name and the cure', async () => {
    const place = placeIn(scratch());
    const lock = await acquireLock(place, ownerFacts());
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      exit: 13,
      message: expect.stringMatching(
        new RegExp(`^locking ./disk.img: another imgdl is using it: process ${process.pid} on "`),
      ),
      hint: expect.stringContaining(place.path),
      details: { pid: process.pid },
    });
    expect(await lock.isHeld()).toBe(true);
    expect(readdirSync(place.directory)).toEqual([basename(place.path)]);
  });

  it('that is held is only looked at: who waits for it writes nothing', async () => {
    const place = placeIn(scratch());
    await acquireLock(place, ownerFacts());
    const { mtimeMs } = statSync(place.directory);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    expect(statSync(place.directory).mtimeMs).toBe(mtimeMs);
  });

  it('is ours too where the file system gives our files to another user (NFS root squash)', async () => {
    // Told that we are somebody else, every file of ours looks mapped.
    const mapped = ownerFacts({ uid: 54321 });
    const place = placeIn(scratch());
    writeFileSync(place.path, JSON.stringify(await deadOwner('00000000aaaaaaaa')), { mode: 0o600 });
    const lock = await acquireLock(place, mapped);
    expect(lock.uid).toBe(ownerFacts().uid);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  const others: readonly (readonly [sentence: string, change: Partial<LockOwner>])[] = [
    ['another host', { host: 'other' }],
    ['another machine of this name', { machine: 'cloned' }],
    ['another pid namespace', { pidns: 'pid:[1]' }],
  ];
  it.each(others)('of %s counts as alive', async (_, change) => {
    const place = placeIn(scratch());
    const text = JSON.stringify({ ...(await deadOwner('00000000aaaaaaaa')), ...change });
    writeFileSync(place.path, text, { mode: 0o600 });
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    expect(readFileSync(place.path, 'utf8')).toBe(text);
  });

  const stale: readonly (readonly [sentence: string, change: Partial<LockOwner>])[] = [
    ['a process that has ended', {}],
    ['a process whose pid this one has now', { pid: process.pid }],
    ['a time before the last boot', { boot: 'earlier', pid: process.pid }],
  ];
  it.each(stale)('of %s is taken over, and says so', async (_, change) => {
    const place = placeIn(scratch());
    const dead = { ...(await deadOwner('00000000aaaaaaaa')), ...change };
    writeFileSync(place.path, JSON.stringify(dead), { mode: 0o600 });
    const lock = await acquireLock(place, ownerFacts());
    expect(lock.inherited).toEqual(dead);
    expect(parseOwner(readFileSync(place.path, 'utf8'))?.pid).toBe(process.pid);
    expect(readdirSync(place.directory)).toEqual([basename(place.path)]);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('whose heir died too is taken over through both', async () => {
    const place = placeIn(scratch());
    writeFileSync(place.path, JSON.stringify(await deadOwner('00000000aaaaaaaa')));
    writeFileSync(`${place.path}.00000000aaaaaaaa.heir`, JSON.stringify(await deadOwner('00000000bbbbbbbb')));
    writeFileSync(`${place.path}.00000000cccccccc.new`, JSON.stringify(await deadOwner('00000000cccccccc')));
    const lock = await acquireLock(place, ownerFacts());
    expect(readdirSync(place.directory)).toEqual([basename(place.path)]);
    await lock.unlock();
  });

  it('whose heir is alive is left to him', async () => {
    const place = placeIn(scratch());
    const dead = JSON.stringify(await deadOwner('00000000aaaaaaaa'));
    writeFileSync(place.path, dead);
    const heir = `${place.path}.00000000aaaaaaaa.heir`;
    writeFileSync(heir, JSON.stringify({ ...(await describeSelf(ownerFacts())), nonce: '00000000bbbbbbbb' }));
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    expect([readFileSync(place.path, 'utf8'), existsSync(heir)]).toEqual([dead, true]);
  });

  it.each([
    ['nothing', ''],
    ['something else', 'hello'],
  ])('file with %s in it is not removed: nobody can be proven dead', async (_, text) => {
    const place = placeIn(scratch());
    writeFileSync(place.path, text);
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    expect(readFileSync(place.path, 'utf8')).toBe(text);
  });

  it('name with a planted link or directory is refused and left', async () => {
    const directory = scratch();
    const place = placeIn(directory);
    writeFileSync(join(directory, 'victim'), 'v');
    symlinkSync(join(directory, 'victim'), place.path);
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('fs.unsafe');
    expect(readFileSync(place.path, 'utf8')).toBe('v');
    mkdirSync(join(directory, 'd.lock'));
    expect(await codeOf(acquireLock({ ...place, path: join(directory, 'd.lock') }, ownerFacts()))).toBe('fs.unsafe');
  });

  it.runIf(isRoot)('of another user counts as alive', async () => {
    const place = placeIn(scratch());
    writeFileSync(place.path, JSON.stringify(await deadOwner('00000000aaaaaaaa')), { mode: 0o600 });
    chownSync(place.path, 12345, 12345);
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      details: { uid: 12345 },
    });
  });

  it('unlock leaves a lock that is somebody else’s by now', async () => {
    const place = placeIn(scratch());
    const lock = await acquireLock(place, ownerFacts());
    spawnSync('rm', [place.path]);
    const next = await acquireLock(place, ownerFacts());
    expect([await lock.isHeld(), await next.isHeld()]).toEqual([false, true]);
    await lock.unlock();
    expect(await next.isHeld()).toBe(true);
  });
});

const ROUNDS = 200;

describe('processes racing for one stale lock', () => {
  it(`never own it together (${ROUNDS} rounds)`, { timeout: 120_000 }, async () => {
    const racers = [1, 2, 3].map(() => fork(new URL('./lock-racer.mjs', import.meta.url), { execArgv: [] }));
    try {
      await Promise.all(racers.map(answer));
      for (let round = 0; round < ROUNDS; round += 1) {
        const place = placeIn(scratch());
        const nonces = ['00000000aaaaaaaa', '00000000bbbbbbbb', '00000000cccccccc'];
        writeFileSync(place.path, JSON.stringify(await deadOwner(nonces[0] ?? '')));
        // In every other round an heir died as well.
        if (round % 2 === 1) {
          writeFileSync(`${place.path}.${nonces[0]}.heir`, JSON.stringify(await deadOwner(nonces[1] ?? '')));
        }
        const answers = racers.map(answer);
        for (const racer of racers) racer.send({ place });
        const results = (await Promise.all(answers)).sort();
        expect(results, `round ${round}`).toEqual(['lock.held', 'lock.held', 'won']);
        const unlocked = racers.map(answer);
        for (const racer of racers) racer.send({ unlock: true });
        await Promise.all(unlocked);
        expect(readdirSync(place.directory), `round ${round}`).toEqual([]);
      }
    } finally {
      for (const racer of racers) racer.kill();
    }
  });
});

async function answer(racer: ChildProcess): Promise<string> {
  const [message] = await once(racer, 'message');
  return (message as { result: string }).result;
}
