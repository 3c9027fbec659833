import {
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CleanWish, cleanDirectory, partialsIn, unlockPath } from '#imgdl/app/partials.js';
import type { CleanedItem, PartialItem } from '#imgdl/core/partial.js';
import { CHAIN_START, encodeLine } from '#imgdl/fs/journal-lines.js';
import { socketName } from '#imgdl/fs/lock-file.js';
import { describeSelf, type LockOwner } from '#imgdl/fs/lock-owner.js';
import { LockSocket } from '#imgdl/fs/lock-socket.js';
import { ownerOf } from '#imgdl/fs/partial-owner.js';
import { breakLock, lockOwner, lockTarget } from '#imgdl/fs/target-lock.js';
import { findTargetPlace, type TargetPlace } from '#imgdl/fs/target-place.js';
import { scratch } from '../support/scratch.js';
import { bench, beside, codeOf, HEAD, have, isRoot, ownerFacts } from './set-up.js';

const NOBODY = 65_534;
const NONCE = '00000000aaaaaaaa';
const HOUR = 3_600_000;
const signal = new AbortController().signal;

/** A target with a part of 1000 bytes, of which 600 are claimed; nothing open, no lock. */
async function leave(target: string): Promise<void> {
  const { workspace } = await bench(target);
  const lock = await workspace.lock();
  const { part, journal } = await workspace.open('fresh');
  await part.write(0, [Buffer.alloc(1000)]);
  await journal.reset(HEAD, []);
  await journal.append(have(0, 600));
  await part.close();
  await journal.close();
  await lock.unlock();
}

async function plantLock(target: string, changes: Partial<LockOwner> = {}): Promise<void> {
  const owner = { ...(await describeSelf(ownerFacts())), nonce: NONCE, socket: true, ...changes };
  writeFileSync(beside(target, 'lock'), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
}

const hostAt = (cwd: string) => ({ cwd, owner: ownerFacts() });
const status = async (directory: string): Promise<readonly PartialItem[]> => await partialsIn('.', hostAt(directory));
async function clean(directory: string, wish: Partial<CleanWish> = {}): Promise<readonly CleanedItem[]> {
  const all = { olderThanMs: undefined, dryRun: false, now: Date.now(), ...wish };
  const { items, error } = await cleanDirectory('.', all, hostAt(directory), signal);
  expect(error).toBeUndefined();
  return items;
}
const ownFiles = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.startsWith('.imgdl-'));

describe('a partial download', () => {
  it('is shown by the name of its target, with its source and what is kept of it', async () => {
    const directory = scratch();
    await leave(join(directory, 'disk.img'));
    const before = readdirSync(directory);
    const [item, ...more] = await partialsIn('sub/..', hostAt(directory));
    expect([item, more]).toMatchObject([
      {
        target: 'disk.img',
        source: HEAD.source,
        bytes: 600,
        size: 1000,
        owner: { state: 'left-behind', pid: null, host: null },
      },
      [],
    ]);
    expect(Math.abs((item?.updatedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(readdirSync(directory)).toEqual(before);
  });

  it('in another directory has the path that one would type', async () => {
    const directory = scratch();
    mkdirSync(join(directory, 'sub'));
    await leave(join(directory, 'sub', 'disk.img'));
    expect((await partialsIn('sub/', hostAt(directory)))[0]?.target).toBe('sub/disk.img');
    expect(await codeOf(partialsIn('nowhere', hostAt(directory)))).toBe('fs.no-directory');
  });

  const names: readonly (readonly [
    sentence: string,
    change: (target: string) => Promise<void> | void,
    target: string | null,
    bytes: number,
  ])[] = [
    [
      'whose journal is of 0.1.0, and names none',
      (target) => {
        const head = encodeLine(CHAIN_START, HEAD);
        const line = encodeLine(head.chain, have(0, 600));
        writeFileSync(beside(target, 'journal'), Buffer.concat([head.bytes, line.bytes]));
      },
      null,
      600,
    ],
    [
      'of 0.1.0 beside the file that it replaces',
      (target) => {
        writeFileSync(beside(target, 'journal'), encodeLine(CHAIN_START, HEAD).bytes);
        writeFileSync(target, 'old');
      },
      'disk.img',
      0,
    ],
    ['without a journal', (target) => rmSync(beside(target, 'journal')), null, 0],
    [
      'without a journal, but with a lock',
      async (target) => {
        rmSync(beside(target, 'journal'));
        await plantLock(target, { target: 'disk.img', pid: 2 ** 22 + 1 });
      },
      'disk.img',
      0,
    ],
    [
      'whose journal was moved here from another target',
      (target) => {
        const other = join(target, '..', 'other.img');
        renameSync(beside(target, 'journal'), beside(other, 'journal'));
        renameSync(beside(target, 'part'), beside(other, 'part'));
      },
      null,
      600,
    ],
  ];
  it.each(names)('%s', async (_, change, target, bytes) => {
    const directory = scratch();
    await leave(join(directory, 'disk.img'));
    await change(join(directory, 'disk.img'));
    expect((await status(directory)).map((item) => [item.target, item.bytes])).toEqual([[target, bytes]]);
    // Whatever it is called, nobody is working on it.
    expect((await clean(directory)).map(({ action }) => action)).toEqual(['removed']);
    expect(ownFiles(directory)).toEqual([]);
  });
});

/** What the lock says, whether its socket answers, and who is told to hold it. */
const owners: readonly (readonly [
  sentence: string,
  lock: Partial<LockOwner> | 'none' | 'empty',
  answers: boolean,
  state: PartialItem['owner']['state'],
])[] = [
  ['of a process that is there', {}, true, 'running'],
  ['of a container of another host name whose socket answers', { host: 'c1', pidns: 'pid:[1]' }, true, 'running'],
  ['whose lock was removed by hand while its owner works', 'none', true, 'running'],
  ['of a process that has ended', { pid: 2 ** 22 + 1 }, false, 'left-behind'],
  ['of a machine of another name that had this disk', { host: 'c1', machine: 'm', boot: 'b' }, false, 'left-behind'],
  ['whose lock was torn', 'empty', false, 'left-behind'],
];

describe('the owner', () => {
  it.each(owners)('%s', async (_, lock, answers, state) => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await leave(target);
    if (lock === 'empty') writeFileSync(beside(target, 'lock'), '', { mode: 0o600 });
    else if (lock !== 'none') await plantLock(target, lock);
    const socket = new LockSocket(directory, socketName(beside(target, 'lock'), NONCE));
    if (answers) await socket.listen();
    try {
      expect((await status(directory)).map(({ owner }) => owner.state)).toEqual([state]);
      const before = readdirSync(directory).sort();
      const isAlive = state === 'running';
      const planned = await clean(directory, { dryRun: true });
      expect(planned.map(({ action }) => action)).toEqual([isAlive ? 'kept' : 'would-remove']);
      expect(readdirSync(directory).sort()).toEqual(before);
      expect((await clean(directory)).map(({ action, reason }) => [action, reason])).toEqual([
        isAlive ? ['kept', 'in-use'] : ['removed', null],
      ]);
      expect(readdirSync(directory).sort()).toEqual(isAlive ? before : []);
    } finally {
      await socket.close();
    }
  });
});

/** As if the directory were on a file system that other machines have, too. */
async function sharedPlace(target: string): Promise<TargetPlace> {
  const place = await findTargetPlace(target, './disk image', ownerFacts());
  return { ...place, directory: { ...place.directory, local: false } };
}

describe('on a file system that other machines have, too,', () => {
  it.each([
    ['a process of another machine', { host: 'c1', machine: 'm', boot: 'b', pid: 77 }, 'elsewhere', '"c1"'],
    ['a process of another container here', { pidns: 'pid:[1]', pid: 77 }, 'unknown', ''],
    ['a lock that was torn', 'empty', 'unknown', 'an owner that the lock file does not name'],
  ] as const)('%s is not seen, and its lock goes only when the user says so', async (_, lock, state, who) => {
    const target = join(scratch(), 'disk.img');
    const place = await sharedPlace(target);
    if (lock === 'empty') writeFileSync(place.lock, '', { mode: 0o600 });
    else await plantLock(target, lock);
    expect((await ownerOf(place, [])).state).toBe(state);
    await expect(lockTarget(place, () => {})).rejects.toMatchObject({
      code: 'lock.held',
      hint: 'nothing here shows whether it is running; if it is not, run imgdl clean --unlock "./disk image"',
    });
    expect(await lockOwner(place)).toContain(who);
    expect(await breakLock(place)).toContain(who);
    expect(await breakLock(place)).toBeUndefined();
    expect(ownFiles(place.directory.path).filter((name) => name.includes('.lock'))).toEqual([]);
  });
});

describe('clean', () => {
  it('keeps what has changed since then, by part and journal', async () => {
    const directory = scratch();
    for (const [name, age] of [
      ['old', 3 * HOUR],
      ['new', HOUR],
    ] as const) {
      const target = join(directory, name);
      await leave(target);
      const at = new Date(Date.now() - age);
      for (const suffix of ['part', 'journal']) utimesSync(beside(target, suffix), at, at);
    }
    const items = await clean(directory, { olderThanMs: 2 * HOUR });
    expect(items.map(({ target, action, reason }) => [target, action, reason])).toEqual([
      ['new', 'kept', 'newer'],
      ['old', 'removed', null],
    ]);
    expect((await status(directory)).map(({ target }) => target)).toEqual(['new']);
  });

  it('takes the second name of a target that was killed between link and unlink, not the target', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await leave(target);
    linkSync(beside(target, 'part'), target);
    expect((await clean(directory)).map(({ action }) => action)).toEqual(['removed']);
    expect([readdirSync(directory), lstatSync(target).nlink]).toEqual([['disk.img'], 1]);
  });

  it('removes what is no part: a lock of the dead, sockets, what was being written', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await plantLock(target, { pid: 2 ** 22 + 1 });
    for (const suffix of ['probe', 'receipt.next', 'journal.next', 'journal'])
      writeFileSync(beside(target, suffix), '');
    expect((await clean(directory)).map(({ action, bytes }) => [action, bytes])).toEqual([['removed', 0]]);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('looks at nothing else: other names, however alike, stay', async () => {
    const directory = scratch();
    const others = [
      '.imgdl-0123.part',
      '.imgdl-0123456789abcdeg.part',
      '.imgdl-0123456789abcdef.part.bak',
      '.imgdl-0123456789abcdef.txt',
      'imgdl-0123456789abcdef.part',
      'disk.img.imgdl.json',
    ];
    for (const name of others) writeFileSync(join(directory, name), 'mine');
    expect([await status(directory), await clean(directory)]).toEqual([[], []]);
    expect(readdirSync(directory).sort()).toEqual(others.sort());
  });

  const planted: readonly (readonly [sentence: string, plant: (path: string, victim: string) => void])[] = [
    ['a link to a victim', (path, victim) => symlinkSync(victim, path)],
    ['a second name of a victim', (path, victim) => linkSync(victim, path)],
    ['a directory', (path) => mkdirSync(path)],
    ...(isRoot
      ? [
          [
            'a file of another user',
            (path: string) => {
              writeFileSync(path, 'his');
              chownSync(path, NOBODY, NOBODY);
            },
          ] as const,
        ]
      : []),
  ];
  it.each(planted.flatMap(([what, plant]) => ['part', 'journal'].map((name) => [what, name, plant] as const)))(
    'never removes %s under the name of a %s',
    async (_, name, plant) => {
      const directory = scratch();
      const target = join(directory, 'disk.img');
      const victim = join(scratch(), 'victim');
      writeFileSync(victim, 'victim');
      await leave(target);
      rmSync(beside(target, name));
      plant(beside(target, name), victim);
      const { ino } = lstatSync(beside(target, name));
      expect((await clean(directory)).map(({ action, reason }) => [action, reason])).toEqual([['kept', 'not-ours']]);
      expect(lstatSync(beside(target, name)).ino).toBe(ino);
      expect([readFileSync(victim, 'utf8'), lstatSync(victim).nlink <= 2]).toEqual(['victim', true]);
    },
  );

  it.runIf(isRoot)('leaves out what is another user’s altogether', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await leave(target);
    for (const name of ownFiles(directory)) chownSync(join(directory, name), NOBODY, NOBODY);
    expect([await status(directory), await clean(directory)]).toEqual([[], []]);
    expect(ownFiles(directory)).toHaveLength(2);
  });
});

describe('unlocking', () => {
  const unlock = (directory: string, dryRun = false) => unlockPath('disk.img', dryRun, hostAt(directory));

  it('says who held the lock, and leaves the part', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await leave(target);
    const parts = ownFiles(directory);
    await plantLock(target, { host: 'c1', machine: 'm', boot: 'b', pid: 77 });
    const told = { target: 'disk.img', heldBy: 'process 77 on "c1"' };
    expect([await unlock(directory, true), ownFiles(directory).length]).toEqual([told, parts.length + 1]);
    expect(await unlock(directory)).toEqual(told);
    expect(ownFiles(directory)).toEqual(parts);
    expect(await unlock(directory)).toEqual({ target: 'disk.img', heldBy: null });
  });

  it.each([
    ['whose socket answers', {}, true],
    ['that is there and has no socket', { socket: false }, false],
  ])('is refused where the owner is one %s', async (_, lock, answers) => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await plantLock(target, lock);
    const socket = new LockSocket(directory, socketName(beside(target, 'lock'), NONCE));
    if (answers) await socket.listen();
    const before = readdirSync(directory).sort();
    expect([await codeOf(unlock(directory, true)), await codeOf(unlock(directory))]).toEqual([
      'lock.held',
      'lock.held',
    ]);
    expect(readdirSync(directory).sort()).toEqual(before);
    await socket.close();
  });

  it.runIf(isRoot)('is refused where the lock is another user’s', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    await plantLock(target);
    chownSync(beside(target, 'lock'), NOBODY, NOBODY);
    const error = await unlock(directory).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'lock.held',
      hint: expect.stringMatching(/run as that user: imgdl clean --unlock disk\.img$/),
    });
    expect(ownFiles(directory)).toHaveLength(1);
  });
});
