import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Calls, direct } from '#imgdl/fs/calls.js';
import { acquireLock } from '#imgdl/fs/lock.js';
import type { LockPlace } from '#imgdl/fs/lock-file.js';
import { describeSelf, parseOwner } from '#imgdl/fs/lock-owner.js';
import { FailingCalls } from '../support/failing-calls.js';
import { scratch } from '../support/scratch.js';
import { deadOwner, placeIn, plantDeadSocket } from './lock-set-up.js';
import { codeOf, ownerFacts } from './set-up.js';

const NONCE = '00000000aaaaaaaa';
const DIRECT = new FailingCalls().calls;

async function textOfDead(nonce = NONCE, change: object = {}): Promise<string> {
  return JSON.stringify({ ...(await deadOwner(nonce)), ...change });
}

async function textOfLiving(nonce: string): Promise<string> {
  return JSON.stringify({ ...(await describeSelf(ownerFacts())), nonce });
}

/** A lock with a dead owner, whose heir died too, and so on: so many in all. */
async function plantDead(place: LockPlace, owners: number): Promise<void> {
  let path = place.path;
  for (let number = 0; number < owners; number += 1) {
    const nonce = String(number).padStart(16, '0');
    writeFileSync(path, await textOfDead(nonce), { mode: 0o600 });
    path = `${place.path}.${nonce}.heir`;
  }
}

/** Something that others do right before a name is linked. */
function beforeLinking(suffix: string, happens: () => void): Calls {
  return {
    ...DIRECT,
    link: async (from, to) => {
      if (to.endsWith(suffix)) happens();
      await DIRECT.link(from, to);
    },
  };
}

describe('a lock of the dead', () => {
  it('is taken over through eight of them, one after the other', async () => {
    const place = placeIn(scratch(), { calls: DIRECT });
    await plantDead(place, 8);
    const lock = await acquireLock(place, ownerFacts());
    expect(parseOwner(readFileSync(place.path, 'utf8'))?.pid).toBe(process.pid);
    expect(readdirSync(place.directory)).toHaveLength(2);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('is left where nine of them died while taking over: something else is wrong there', async () => {
    const place = placeIn(scratch(), { calls: DIRECT });
    await plantDead(place, 9);
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      details: { seen: true },
    });
    expect(readdirSync(place.directory)).toHaveLength(9);
  });

  it('goes with its socket, also where nobody else could know that it may go', async () => {
    const place = placeIn(scratch(), { local: false, calls: DIRECT });
    writeFileSync(place.path, await textOfDead(), { mode: 0o600 });
    await plantDeadSocket(place.directory, `.imgdl-0.${NONCE}.sock`);
    const lock = await acquireLock(place, ownerFacts());
    expect(existsSync(join(place.directory, `.imgdl-0.${NONCE}.sock`))).toBe(false);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('leaves a socket of that name where the dead one had none', async () => {
    const place = placeIn(scratch(), { local: false, calls: DIRECT });
    writeFileSync(place.path, await textOfDead(NONCE, { socket: false }), { mode: 0o600 });
    await plantDeadSocket(place.directory, `.imgdl-0.${NONCE}.sock`);
    const lock = await acquireLock(place, ownerFacts());
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([`.imgdl-0.${NONCE}.sock`]);
  });

  it('is not taken from an heir who was here before: his lock stays, and ours of the heir goes', async () => {
    const directory = scratch();
    const path = join(directory, '.imgdl-0.lock');
    const theirs = await textOfLiving('00000000bbbbbbbb');
    writeFileSync(path, await textOfDead(), { mode: 0o600 });
    const calls = beforeLinking('.heir', () => {
      rmSync(path);
      writeFileSync(path, theirs, { mode: 0o600 });
    });
    expect(await codeOf(acquireLock(placeIn(directory, { calls }), ownerFacts()))).toBe('lock.held');
    expect([readdirSync(directory), readFileSync(path, 'utf8')]).toEqual([[basename(path)], theirs]);
  });

  it('is taken anew where it went in the meantime', async () => {
    const directory = scratch();
    const path = join(directory, '.imgdl-0.lock');
    writeFileSync(path, await textOfDead(), { mode: 0o600 });
    const place = placeIn(directory, { calls: beforeLinking('.heir', () => rmSync(path)) });
    const lock = await acquireLock(place, ownerFacts());
    expect([lock.inherited, await lock.isHeld()]).toEqual([undefined, true]);
    await lock.unlock();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('that is torn is another one as soon as its file was touched, though the inode is the same', async () => {
    const directory = scratch();
    const path = join(directory, '.imgdl-0.lock');
    writeFileSync(path, '', { mode: 0o600 });
    const nameOf = (): string => {
      const { ino, ctimeNs } = statSync(path, { bigint: true });
      return `${path}.${ino}-${ctimeNs}.heir`;
    };
    const first = nameOf();
    const replaced: (readonly [by: string, then: string])[] = [];
    const calls: Calls = {
      ...beforeLinking('.heir', () => {
        while (nameOf() === first) chmodSync(path, 0o600);
      }),
      rename: async (from, to) => {
        replaced.push([from, nameOf()]);
        await DIRECT.rename(from, to);
      },
    };
    const lock = await acquireLock(placeIn(directory, { calls }), ownerFacts());
    expect(replaced).toHaveLength(1);
    expect(replaced[0]?.[0]).toBe(replaced[0]?.[1]);
    expect(replaced[0]?.[0]).not.toBe(first);
    await lock.unlock();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('stays where it cannot be replaced, and nobody is called its heir', async () => {
    const place = placeIn(scratch(), { calls: new FailingCalls({ only: 'rename', at: 0, errno: 'EIO' }).calls });
    writeFileSync(place.path, await textOfDead(), { mode: 0o600 });
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      message: 'locking ./disk.img: the disk reported an error (EIO)',
    });
    expect(readdirSync(place.directory)).toEqual(['.imgdl-0.lock']);
  });

  it('of whom nobody here can say that he died is taken over when the user says so, and only then', async () => {
    const place = placeIn(scratch(), { local: false, calls: DIRECT });
    writeFileSync(place.path, await textOfDead(NONCE, { machine: 'cloned' }), { mode: 0o600 });
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    const lock = await acquireLock({ ...place, overrule: true }, ownerFacts());
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });
});

describe('what is left beside a lock', () => {
  const left = `.imgdl-0.lock.${NONCE}.new`;

  async function withLeft(names: () => Promise<readonly string[]>): Promise<LockPlace> {
    const place = placeIn(scratch(), { calls: DIRECT, names });
    writeFileSync(join(place.directory, left), await textOfDead());
    return place;
  }

  it('is what the run has listed, where the lock was free', async () => {
    for (const listed of [[], [left]]) {
      const place = await withLeft(async () => listed);
      const lock = await acquireLock(place, ownerFacts());
      await lock.unlock();
      expect(readdirSync(place.directory)).toEqual(listed.length === 0 ? [left] : []);
    }
  });

  it('is listed anew where somebody died as its owner: that may have been a moment ago', async () => {
    const place = await withLeft(async () => []);
    writeFileSync(place.path, await textOfDead('00000000bbbbbbbb'), { mode: 0o600 });
    const lock = await acquireLock(place, ownerFacts());
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('of our own file goes at the end where it could not go at first', async () => {
    const place = placeIn(scratch(), { calls: new FailingCalls({ only: 'unlink', at: 0, errno: 'EIO' }).calls });
    const lock = await acquireLock({ ...place, names: async () => [] }, ownerFacts());
    expect(readdirSync(place.directory)).toHaveLength(3);
    await lock.unlock();
    expect(readdirSync(place.directory)).toEqual([]);
  });
});

describe('a lock on a file system that does strange things', () => {
  it('is ours although the answer was lost and the second one says that it is taken (NFS)', async () => {
    const link: Calls['link'] = async (from, to) => {
      await DIRECT.link(from, to);
      await DIRECT.link(from, to);
    };
    const place = placeIn(scratch(), { calls: { ...DIRECT, link } });
    const lock = await acquireLock(place, ownerFacts());
    expect([lock.inherited, await lock.isHeld()]).toEqual([undefined, true]);
    await lock.unlock();
  });

  it('is not ours where something removes it right away', async () => {
    const link: Calls['link'] = async (from, to) => {
      await DIRECT.link(from, to);
      rmSync(to);
    };
    const place = placeIn(scratch(), { calls: { ...DIRECT, link } });
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      message: 'locking ./disk.img: something else removed it right away',
      hint: 'run the same command again',
    });
    expect(readdirSync(place.directory)).toEqual([]);
  });

  it('is given up after a thousand turns in which it was taken and gone again', async () => {
    let turns = 0;
    const link: Calls['link'] = async () => {
      turns += 1;
      throw Object.assign(new Error('taken'), { code: 'EEXIST' });
    };
    const place = placeIn(scratch(), { calls: { ...direct(), link } });
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      message: 'locking ./disk.img: too many processes are competing for it',
    });
    expect([turns, readdirSync(place.directory)]).toEqual([1000, []]);
  });

  it('of ours that vanished does not make the lock of another user ours', async () => {
    const lstat: Calls['lstat'] = async (path) => (path.endsWith('.new') ? undefined : await DIRECT.lstat(path));
    const place = placeIn(scratch(), { calls: { ...DIRECT, lstat } });
    writeFileSync(place.path, await textOfDead(), { mode: 0o600 });
    await expect(acquireLock(place, ownerFacts({ uid: 54321 }))).rejects.toMatchObject({
      code: 'lock.held',
      details: { uid: ownerFacts().uid },
    });
  });
});
