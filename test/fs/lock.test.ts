import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Calls, THREADED } from '#imgdl/fs/calls.js';
import { acquireLock } from '#imgdl/fs/lock.js';
import type { LockPlace } from '#imgdl/fs/lock-file.js';
import { describeSelf, type LockOwner, parseOwner } from '#imgdl/fs/lock-owner.js';
import { LockSocket } from '#imgdl/fs/lock-socket.js';
import { scratch } from '../support/scratch.js';
import { deadOwner, placeIn } from './lock-set-up.js';
import { codeOf, isRoot, ownerFacts } from './set-up.js';

/** What is there beside a lock that is held: its owner's socket. */
function heldNames(place: LockPlace): readonly string[] {
  const { nonce } = parseOwner(readFileSync(place.path, 'utf8')) ?? { nonce: '' };
  return [`.imgdl-0.${nonce}.sock`, basename(place.path)].sort();
}

function namesIn(place: LockPlace): readonly string[] {
  return readdirSync(place.directory).sort();
}

describe('a lock', () => {
  it('is a complete file that names its owner, private, and gone after unlock', async () => {
    const place = placeIn(scratch());
    const lock = await acquireLock(place, ownerFacts());
    expect(parseOwner(readFileSync(place.path, 'utf8'))).toMatchObject({ pid: process.pid, socket: true });
    expect(namesIn(place)).toEqual(heldNames(place));
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
      hint: 'wait for it, or use --on-busy wait',
      details: { pid: process.pid },
    });
    expect(await lock.isHeld()).toBe(true);
    expect(namesIn(place)).toEqual(heldNames(place));
  });

  it('that is held says for which object, where its owner has said it', async () => {
    const object = '0123456789abcdef';
    const place = { ...placeIn(scratch()), object };
    const lock = await acquireLock(place, ownerFacts());
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({ details: { object } });
    await lock.unlock();
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
    ['another host', { host: 'other', boot: 'b' }],
    ['another machine of this name', { machine: 'cloned' }],
    ['another pid namespace', { pidns: 'pid:[1]' }],
  ];
  it.each(others)('of %s counts as alive on a file system that others have, too', async (_, change) => {
    const place = { ...placeIn(scratch()), local: false };
    const text = JSON.stringify({ ...(await deadOwner('00000000aaaaaaaa')), ...change });
    writeFileSync(place.path, text, { mode: 0o600 });
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      message: expect.stringMatching(/another imgdl may be using it: process \d+ on "/),
      hint: 'nothing here shows whether it is running; if it is not, run imgdl clean --unlock ./disk.img',
      details: { seen: false },
    });
    expect(readFileSync(place.path, 'utf8')).toBe(text);
  });

  const stale: readonly (readonly [sentence: string, change: Partial<LockOwner>])[] = [
    ['a process that has ended', {}],
    ['a process whose pid this one has now', { pid: process.pid }],
    ['a time before the last boot', { boot: 'earlier', pid: process.pid }],
    ...others,
  ];
  it.each(stale)('of %s is taken over on a disk of ours, and says so', async (_, change) => {
    const place = placeIn(scratch());
    const dead = { ...(await deadOwner('00000000aaaaaaaa')), ...change };
    writeFileSync(place.path, JSON.stringify(dead), { mode: 0o600 });
    const lock = await acquireLock(place, ownerFacts());
    expect(lock.inherited).toBe(`process ${dead.pid} on "${dead.host}"`);
    expect(parseOwner(readFileSync(place.path, 'utf8'))?.pid).toBe(process.pid);
    expect(namesIn(place)).toEqual(heldNames(place));
    await lock.unlock();
    expect(namesIn(place)).toEqual([]);
  });

  it('of a living process of a release without sockets is left to it', async () => {
    const place = placeIn(scratch());
    const { socket: _, ...self } = await describeSelf(ownerFacts());
    writeFileSync(place.path, JSON.stringify({ ...self, v: 1 }), { mode: 0o600 });
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'lock.held',
      details: { seen: true },
    });
  });

  it('whose heir died too is taken over through both', async () => {
    const place = placeIn(scratch());
    writeFileSync(place.path, JSON.stringify(await deadOwner('00000000aaaaaaaa')));
    writeFileSync(`${place.path}.00000000aaaaaaaa.heir`, JSON.stringify(await deadOwner('00000000bbbbbbbb')));
    writeFileSync(`${place.path}.00000000cccccccc.new`, JSON.stringify(await deadOwner('00000000cccccccc')));
    const lock = await acquireLock(place, ownerFacts());
    expect(namesIn(place)).toEqual(heldNames(place));
    await lock.unlock();
    expect(namesIn(place)).toEqual([]);
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

  const torn: readonly (readonly [sentence: string, text: string])[] = [
    ['nothing', ''],
    ['half of an owner', '{"v":2,"host":"bo'],
    ['something else', 'hello'],
  ];
  it.each(torn)('file with %s in it, as a power cut leaves it, is taken over on a disk of ours', async (_, text) => {
    const place = placeIn(scratch());
    writeFileSync(place.path, text);
    const lock = await acquireLock(place, ownerFacts());
    expect(lock.inherited).toMatch(/does not name/);
    expect(namesIn(place)).toEqual(heldNames(place));
    await lock.unlock();
    expect(namesIn(place)).toEqual([]);
  });

  it.each(torn)('file with %s in it is not removed elsewhere: nobody can be proven dead', async (_, text) => {
    const place = { ...placeIn(scratch()), local: false };
    writeFileSync(place.path, text);
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('lock.held');
    expect(readFileSync(place.path, 'utf8')).toBe(text);
  });

  const planted: readonly (readonly [sentence: string, plant: (path: string, victim: string) => void])[] = [
    ['symbolic link', (path, victim) => symlinkSync(victim, path)],
    ['dangling symbolic link', (path, victim) => symlinkSync(`${victim}-new`, path)],
    ['pipe', (path) => spawnSync('mkfifo', [path])],
    ['directory', (path) => mkdirSync(path)],
  ];
  it.each(planted)('name with a planted %s is refused and left', async (_, plant) => {
    const directory = scratch();
    const place = placeIn(directory);
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'v');
    plant(place.path, victim);
    const before = lstatSync(place.path);
    expect(await codeOf(acquireLock(place, ownerFacts()))).toBe('fs.unsafe');
    const { ino, mode } = lstatSync(place.path);
    expect([ino, mode]).toEqual([before.ino, before.mode]);
    expect(readFileSync(victim, 'utf8')).toBe('v');
    expect(existsSync(`${victim}-new`)).toBe(false);
  });

  it('name with a planted hard link is given to another file, and the one that it led to stays', async () => {
    const directory = scratch();
    const place = placeIn(directory);
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'v');
    linkSync(victim, place.path);
    const lock = await acquireLock(place, ownerFacts());
    await lock.unlock();
    expect(readFileSync(victim, 'utf8')).toBe('v');
    expect(existsSync(place.path)).toBe(false);
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

describe('what is beside a lock', () => {
  it('of the dead goes with the next lock, sockets too; of the living it stays', async () => {
    const place = placeIn(scratch());
    const living = new LockSocket(place.directory, '.imgdl-0.00000000eeeeeeee.sock');
    await living.listen();
    linkSync(join(place.directory, '.imgdl-0.00000000eeeeeeee.sock'), join(place.directory, 'link'));
    await living.close();
    // The dead one listened; the living one does.
    renameSync(join(place.directory, 'link'), join(place.directory, '.imgdl-0.00000000dddddddd.sock'));
    await living.listen();
    writeFileSync(join(place.directory, '.imgdl-0.00000000ffffffff.sock'), 'no socket');
    const lock = await acquireLock(place, ownerFacts());
    const stay = ['.imgdl-0.00000000eeeeeeee.sock', '.imgdl-0.00000000ffffffff.sock'];
    expect(namesIn(place)).toEqual([...heldNames(place), ...stay].sort());
    await lock.unlock();
    expect(namesIn(place)).toEqual(stay);
    await living.close();
  });

  it('a lock whose socket was swept before it listened is given up, not believed dead by others', async () => {
    const place = placeIn(scratch());
    const racing = { ...placeIn(place.directory), calls: removingSocketBeforeLink(place.directory) };
    expect(await codeOf(acquireLock(racing, ownerFacts()))).toBe('lock.held');
    expect(namesIn(place)).toEqual([]);
    const lock = await acquireLock(place, ownerFacts());
    await lock.unlock();
  });
});

/** The moment of another holder's sweep. */
function removingSocketBeforeLink(directory: string): Calls {
  return {
    ...THREADED,
    link: async (from, to) => {
      for (const name of readdirSync(directory)) if (name.endsWith('.sock')) rmSync(join(directory, name));
      await THREADED.link(from, to);
    },
  };
}
