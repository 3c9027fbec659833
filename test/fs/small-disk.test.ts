import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plan } from '#imgdl/core/plan.js';
import { CHAIN_START, encodeLine } from '#imgdl/fs/journal-lines.js';
import { acquireLock } from '#imgdl/fs/lock.js';
import { scratch } from '../support/scratch.js';
import { transferOptions } from '../support/transfer-options.js';
import { bench, beside, codeOf, HEAD, have, isRoot, ownerFacts } from './set-up.js';

const MIB = 1024 * 1024;
/** Never more than this is written, even if the disk should turn out not to be the small one. */
const CAP = 4 * MIB;

/** Runs `work` on a tmpfs of 1 MiB; nothing is written unless it really is one. */
async function onSmallDisk(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = join(scratch(), 'small');
  mkdirSync(directory);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'imgdl-test', directory], { encoding: 'utf8' });
  expect([mounted.status, mounted.stderr]).toEqual([0, '']);
  try {
    expect(spawnSync('mountpoint', ['-q', directory]).status).toBe(0);
    expect(statSync(directory).dev).not.toBe(statSync('/').dev);
    await work(directory);
  } finally {
    expect(spawnSync('umount', ['-l', directory]).status).toBe(0);
  }
}

describe.runIf(isRoot)('a disk of 1 MiB', () => {
  it('is full with exit 11, keeps what it has, and goes on when there is space', async () => {
    await onSmallDisk(async (directory) => {
      const target = join(directory, 'disk.img');
      const { workspace } = await bench(target);
      expect((await workspace.inspect()).freeBytes).toBe(MIB);
      const lock = await workspace.lock();
      const { part, journal } = await workspace.open('fresh');
      await journal.reset(HEAD, []);
      let written = 0;
      let full: unknown;
      while (full === undefined && written < CAP) {
        try {
          await part.write(written, [Buffer.alloc(70_001, 'a'), Buffer.alloc(1, 'b')]);
          written += 70_002;
        } catch (error) {
          full = error;
        }
      }
      expect(full).toMatchObject({ code: 'disk.full', exit: 11 });
      expect(written).toBeLessThan(MIB);
      expect(await codeOf(journal.append(have(0, written)))).toMatch(/^(no error: undefined|disk.full)$/);
      await part.truncate(70_002);
      await part.close();
      await journal.close();
      await lock.unlock();

      const later = await bench(target);
      const facts = await later.workspace.inspect();
      expect(facts).toMatchObject({ target: { kind: 'absent' }, part: { kind: 'usable', size: 70_002 } });
      await later.workspace.lock();
      const again = await later.workspace.open('continue');
      await again.part.write(70_002, [Buffer.alloc(100_000)]);
      await later.workspace.publish(again.part, false);
      expect(statSync(target).size).toBe(170_002);
      await again.journal.close();
    });
  });

  const given: readonly (readonly [sentence: string, restart: boolean, spoil: (journal: string) => void])[] = [
    ['without a journal', false, (journal) => rmSync(journal)],
    ['with a torn journal', false, (journal) => truncateSync(journal, 20)],
    [
      'of a newer imgdl with --restart',
      true,
      (journal) => writeFileSync(journal, encodeLine(CHAIN_START, { ...HEAD, v: 2 } as never).bytes),
    ],
  ];
  it.each(given)('has room for what takes the place of a part %s', async (_, restart, spoil) => {
    await onSmallDisk(async (directory) => {
      const target = join(directory, 'disk.img');
      const size = 800_000;
      const earlier = await bench(target);
      const lock = await earlier.workspace.lock();
      const left = await earlier.workspace.open('fresh');
      await left.journal.reset(HEAD, []);
      await left.part.write(0, [Buffer.alloc(700_000)]);
      await left.part.close();
      await left.journal.close();
      await lock.unlock();
      spoil(beside(target, 'journal'));

      const { workspace } = await bench(target);
      const planned = plan({
        remote: {
          ref: HEAD.source,
          fallbackName: 'disk.img',
          identity: { size },
          digests: [],
          opener: 'plain',
          headerDigest: 'body',
          validator: 'provider',
          warnings: [],
        },
        local: await workspace.inspect(),
        receipt: undefined,
        options: transferOptions({ restart }),
      });
      expect(planned).toMatchObject({ kind: 'fetch', mode: 'fresh' });
      await workspace.lock();
      const { part, journal } = await workspace.open('fresh');
      await part.write(0, [Buffer.alloc(size)]);
      await workspace.publish(part, false);
      expect(statSync(target).size).toBe(size);
      await journal.close();
    });
  });

  it('that is full to the last page takes the first claim all the same', async () => {
    await onSmallDisk(async (directory) => {
      const { workspace } = await bench(join(directory, 'disk.img'));
      await workspace.lock();
      const { part, journal } = await workspace.open('fresh');
      for (let at = 0; at < CAP && (await codeOf(part.write(at, [Buffer.alloc(4096)]))) !== 'disk.full'; at += 4096);
      expect(await codeOf(part.write(CAP, [Buffer.alloc(1)]))).toBe('disk.full');
      await journal.reset(HEAD, []);
      await journal.append(have(0, 4096));
      expect((await workspace.inspect()).part).toMatchObject({ kind: 'usable', journal: { have: [{ end: 4096 }] } });
    });
  });

  it('has room for what is missing of a part, not for what is there once more', async () => {
    await onSmallDisk(async (directory) => {
      const { workspace } = await bench(join(directory, 'disk.img'));
      await workspace.lock();
      const { part } = await workspace.open('fresh');
      const code = (size: number, held: number): Promise<string> => codeOf(workspace.reserve(part, size, held));
      expect([await code(MIB / 2, 0), await code(2 * MIB, 0)]).toEqual(['no error: undefined', 'disk.full']);
      await part.write(0, [Buffer.alloc(600 * 1024)]);
      expect([await code(900 * 1024, 0), await code(MIB + 100 * 1024, 0)]).toEqual([
        'no error: undefined',
        'disk.full',
      ]);
      await part.truncate(0);
      // Where the file system compresses, it has more than it takes.
      expect([await code(2 * MIB, 1.5 * MIB), await code(3 * MIB, 3 * MIB)]).toEqual(
        Array.from({ length: 2 }, () => 'no error: undefined'),
      );
    });
  });

  it('is not given to two images of a run at once, and is free again when one of them ends', async () => {
    await onSmallDisk(async (directory) => {
      const owner = ownerFacts();
      const open = async (name: string, facts = owner) => {
        const { workspace } = await bench(join(directory, name), facts);
        await workspace.lock();
        const { part } = await workspace.open('fresh');
        return { part, reserve: () => codeOf(workspace.reserve(part, 600 * 1024, 0)) };
      };
      const [a, b] = [await open('a'), await open('b')];
      expect((await Promise.all([a.reserve(), b.reserve()])).sort()).toEqual(['disk.full', 'no error: undefined']);
      // Another run knows nothing of it.
      expect(await (await open('c', ownerFacts())).reserve()).toBe('no error: undefined');
      await a.part.close();
      expect(await b.reserve()).toBe('no error: undefined');
    });
  });

  it('says how much is needed, how much is free, and how much of that is not', async () => {
    await onSmallDisk(async (directory) => {
      const owner = ownerFacts();
      const { workspace } = await bench(join(directory, 'a'), owner);
      const other = (await bench(join(directory, 'b'), owner)).workspace;
      await workspace.lock();
      await other.lock();
      await workspace.reserve((await workspace.open('fresh')).part, 600 * 1024, 0);
      await expect(other.reserve((await other.open('fresh')).part, 2 * MIB, 0)).rejects.toMatchObject({
        message: expect.stringMatching(
          /^checking the free space for .\/b: 2097152 bytes are needed, \d+ are free, 614400 of them for other images of this run$/,
        ),
      });
    });
  });

  it('that is read-only is exit 12 before anything is made', async () => {
    await onSmallDisk(async (directory) => {
      expect(spawnSync('mount', ['-o', 'remount,ro', directory]).status).toBe(0);
      const { workspace } = await bench(join(directory, 'disk.img'));
      await expect(workspace.lock()).rejects.toMatchObject({ code: 'fs.read-only', exit: 12 });
      expect(readdirSync(directory)).toEqual([]);
    });
  });

  it('without an inode left is exit 11', async () => {
    await onSmallDisk(async (directory) => {
      expect(spawnSync('mount', ['-o', 'remount,nr_inodes=2', directory]).status).toBe(0);
      const { workspace } = await bench(join(directory, 'disk.img'));
      const lock = workspace.lock().then(() => workspace.open('fresh'));
      await expect(lock).rejects.toMatchObject({ code: 'disk.full', exit: 11 });
    });
  });
});

describe.runIf(isRoot)('a place where no file can be made', () => {
  it('is named when it is read-only, by the target and not by a file of ours', async () => {
    await onSmallDisk(async (directory) => {
      expect(spawnSync('mount', ['-o', 'remount,ro', directory]).status).toBe(0);
      const { workspace } = await bench(join(directory, 'disk.img'));
      await expect(workspace.lock()).rejects.toMatchObject({
        code: 'fs.read-only',
        message: 'locking ./disk.img: the file system is read-only (EROFS)',
      });
    });
  });

  it('is not called removed when it is there: procfs answers ENOENT', async () => {
    const place = { path: '/proc/.imgdl-0.lock', directory: '/proc', local: false, shown: '/proc/z' };
    await expect(acquireLock(place, ownerFacts())).rejects.toMatchObject({
      code: 'fs.type',
      exit: 12,
      message: 'locking /proc/z: no files can be created in this directory (ENOENT)',
      hint: 'use a different -o path',
    });
  });
});
