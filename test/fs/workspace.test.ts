import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PartFile } from '#imgdl/core/storage.js';
import { openWorkspace } from '#imgdl/fs/workspace.js';
import { scratch } from '../support/scratch.js';
import { type Bench, bench, beside, codeOf, HEAD, have, isRoot, ownerFacts, underUmask } from './set-up.js';

const TEXT = Buffer.from('0123456789');

/** A target with a part of ten bytes and a journal of one claim, nothing open, no lock. */
async function interrupted(target: string): Promise<void> {
  const { workspace } = await bench(target);
  const lock = await workspace.lock();
  const { part, journal } = await workspace.open('fresh');
  await part.write(0, [TEXT]);
  await part.sync();
  await journal.reset(HEAD, []);
  await journal.append(have(0, 10));
  await part.close();
  await journal.close();
  await lock.unlock();
}

/** A locked workspace with a complete part. */
async function complete(target: string, facts = ownerFacts()): Promise<Bench & { readonly part: PartFile }> {
  const made = await bench(target, facts);
  await made.workspace.lock();
  const { part, journal } = await made.workspace.open('fresh');
  await journal.reset(HEAD, []);
  await part.write(0, [TEXT]);
  return { ...made, part };
}

describe('a workspace', () => {
  const places: readonly (readonly [sentence: string, path: string, code: string])[] = [
    ['a directory that is missing', 'missing/disk.img', 'fs.no-directory'],
    ['a directory that is a file', 'file/disk.img', 'fs.no-directory'],
    ['a name too long for any file system', `${'x'.repeat(300)}`, 'fs.name'],
  ];
  it.each(places)('refuses %s', async (_, path, code) => {
    const directory = scratch();
    writeFileSync(join(directory, 'file'), '');
    const work = bench(join(directory, path)).then(({ workspace }) => workspace.inspect());
    expect(await codeOf(work)).toBe(code);
    expect(readdirSync(directory)).toEqual(['file']);
  });

  // Replacing one as root (--force) would break the machine; some of them, like /dev/stdout, are links.
  it.each([
    '/dev/stdout',
    '/dev/null',
    '/dev/imgdl-test.img',
    '/dev/fd/1',
    '/proc/self/fd/1',
    '/proc/imgdl-test.img',
    `/proc/self/cwd${'/..'.repeat(process.cwd().split('/').length)}/dev/stdout`,
    'to-dev/stdout',
  ])('refuses %s as a target and names stdout', async (path) => {
    const directory = scratch();
    symlinkSync('/dev', join(directory, 'to-dev'));
    const target = path.startsWith('/') ? path : join(directory, path);
    await expect(openWorkspace(target, path, ownerFacts(), () => undefined)).rejects.toMatchObject({
      code: 'fs.type',
      exit: 12,
      message: expect.stringMatching(new RegExp(`^saving as ${path}: `)),
      hint: expect.stringContaining('use -o - for stdout'),
    });
  });

  it('takes a memory disk and a working directory for the directories that they are', async () => {
    const { workspace } = await bench('/dev/shm/imgdl-test-that-is-never-made.img');
    expect(await workspace.inspect()).toMatchObject({ target: { kind: 'absent' } });
    const here = await bench('/proc/self/cwd/imgdl-test-that-is-never-made.img');
    expect(await here.workspace.inspect()).toMatchObject({ target: { kind: 'absent' } });
  });

  it('refuses the root directory as a target', async () => {
    expect(await codeOf(openWorkspace('/', '/', ownerFacts(), () => undefined))).toBe('fs.type');
  });

  const targets: readonly (readonly [kind: string, make: (path: string) => void])[] = [
    ['absent', () => undefined],
    ['file', (path) => writeFileSync(path, 'old')],
    ['symlink', (path) => symlinkSync('/etc/passwd', path)],
    ['symlink', (path) => symlinkSync('/nowhere', path)],
    ['directory', (path) => mkdirSync(path)],
    ['other', (path) => spawnSync('mkfifo', [path])],
  ];
  it.each(targets)('sees that the target is: %s', async (kind, make) => {
    const target = join(scratch(), 'disk.img');
    make(target);
    const { workspace } = await bench(target);
    const facts = await workspace.inspect();
    const modifiedAt = kind === 'file' ? Math.floor(statSync(target).mtimeMs) : 0;
    expect(facts.target).toEqual(kind === 'file' ? { kind, size: 3, isPart: false, modifiedAt } : { kind });
    expect(facts.part).toEqual({ kind: 'none' });
    expect(facts.freeBytes).toBeGreaterThan(0);
  });

  it('keeps part and journal private, and continues them', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    for (const name of ['part', 'journal']) expect(statSync(beside(target, name)).mode % 0o1000).toBe(0o600);
    const { workspace } = await bench(target);
    const content = { head: { ...HEAD, target: 'disk.img' }, have: [have(0, 10)] };
    expect((await workspace.inspect()).part).toEqual({ kind: 'usable', size: 10, journal: content });
    await workspace.lock();
    const { part, journal } = await workspace.open('continue');
    expect(journal.content).toEqual(content);
    expect(Buffer.from(await part.read(0, 100)).toString()).toBe('0123456789');
    await journal.append(have(10, 20));
    expect((await workspace.inspect()).part).toMatchObject({ journal: { have: [have(0, 10), have(10, 20)] } });
  });

  it('allows a part longer than the claim, the engine cuts it', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    writeFileSync(beside(target, 'part'), 'more than ten bytes');
    const { workspace } = await bench(target);
    await workspace.lock();
    const { part } = await workspace.open('continue');
    expect(await part.size()).toBe(19);
    await part.truncate(10);
    expect(await part.size()).toBe(10);
  });

  const damages: readonly (readonly [sentence: string, why: string, damage: (target: string) => void])[] = [
    ['no journal', 'no-journal', (target) => spawnSync('rm', [beside(target, 'journal')])],
    ['an empty journal', 'torn', (target) => truncateSync(beside(target, 'journal'), 0)],
    ['a torn head', 'torn', (target) => truncateSync(beside(target, 'journal'), 20)],
    ['another tool’s journal', 'torn', (target) => writeFileSync(beside(target, 'journal'), 'SQLite format 3\n')],
  ];
  it.each(damages)('does not trust a part with %s, and starts anew', async (_, why, damage) => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    damage(target);
    const { workspace } = await bench(target);
    expect((await workspace.inspect()).part).toEqual({ kind: 'unusable', why, size: 10 });
    await workspace.lock();
    const { part, journal } = await workspace.open('continue');
    expect([await part.size(), journal.content]).toEqual([0, undefined]);
  });

  it('leaves what a newer imgdl wrote, except for --restart', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    const { encodeLine, CHAIN_START } = await import('#imgdl/fs/journal-lines.js');
    writeFileSync(beside(target, 'journal'), encodeLine(CHAIN_START, { ...HEAD, v: 2 } as never).bytes);
    const { workspace } = await bench(target);
    expect((await workspace.inspect()).part).toEqual({ kind: 'unusable', why: 'newer', size: 10 });
    await workspace.lock();
    expect(await codeOf(workspace.open('continue'))).toBe('fs.newer-part');
    expect(readFileSync(beside(target, 'part'), 'utf8')).toBe('0123456789');
    const { part } = await workspace.open('fresh');
    expect(await part.size()).toBe(0);
  });

  it('knows its own files where the file system gives them to another user (NFS root squash)', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    // Told that we are somebody else, every file of ours looks mapped.
    const { workspace } = await bench(target, ownerFacts({ uid: 12345 }));
    expect(await codeOf(workspace.inspect())).toBe('fs.unsafe');
    await workspace.lock();
    const { part } = await workspace.open('continue');
    expect(await part.size()).toBe(10);
  });

  it('does nothing without the lock', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    const { workspace } = await bench(target);
    for (const work of [
      () => workspace.open('fresh'),
      () => workspace.discard(),
      () => workspace.finishPublished(),
      () => workspace.publish({} as PartFile, true),
    ]) {
      expect(await codeOf(work())).toBe('bug');
    }
    expect(readFileSync(beside(target, 'part'), 'utf8')).toBe('0123456789');
  });

  it('notices before it publishes that its lock was taken away', async () => {
    const target = join(scratch(), 'disk.img');
    const { workspace, part } = await complete(target);
    spawnSync('rm', [beside(target, 'lock')]);
    const second = await bench(target);
    await second.workspace.lock();
    expect(await codeOf(workspace.publish(part, false))).toBe('lock.held');
    expect(existsSync(target)).toBe(false);
  });

  it('discards its own files only', async () => {
    const target = join(scratch(), 'disk.img');
    const { workspace, part } = await complete(target);
    await part.close();
    renameSync(beside(target, 'part'), `${target}.moved`);
    writeFileSync(beside(target, 'part'), 'somebody else');
    await workspace.discard();
    expect(existsSync(beside(target, 'journal'))).toBe(false);
    expect(readFileSync(beside(target, 'part'), 'utf8')).toBe('somebody else');
  });

  it('removes a journal whose part is gone (killed after the rename of --force)', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    renameSync(beside(target, 'part'), target);
    const { workspace } = await bench(target);
    expect((await workspace.inspect()).part).toEqual({ kind: 'none' });
    const lock = await workspace.lock();
    await lock.unlock();
    expect(readdirSync(join(target, '..'))).toEqual(['disk.img']);
  });

  it('finishes what was killed between link and unlink', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    linkSync(beside(target, 'part'), target);
    const { workspace } = await bench(target);
    const facts = await workspace.inspect();
    expect(facts).toMatchObject({ target: { kind: 'file', size: 10, isPart: true }, part: { kind: 'none' } });
    const lock = await workspace.lock();
    await workspace.finishPublished();
    await lock.unlock();
    expect(readdirSync(join(target, '..'))).toEqual(['disk.img']);
    expect(readFileSync(target, 'utf8')).toBe('0123456789');
  });

  it('never writes into a target that is still one file with the part', async () => {
    const target = join(scratch(), 'disk.img');
    await interrupted(target);
    linkSync(beside(target, 'part'), target);
    const { workspace } = await bench(target);
    await workspace.lock();
    const { part } = await workspace.open('continue');
    await part.write(0, [Buffer.from('new')]);
    expect(readFileSync(target, 'utf8')).toBe('0123456789');
  });
});

describe('a planted file', () => {
  type Plant = (path: string, victim: string) => void;
  const plants: readonly (readonly [sentence: string, plant: Plant, rootOnly?: true])[] = [
    ['symbolic link', (path, victim) => symlinkSync(victim, path)],
    ['dangling symbolic link', (path, victim) => symlinkSync(`${victim}-new`, path)],
    ['hard link', (path, victim) => linkSync(victim, path)],
    ['pipe', (path) => spawnSync('mkfifo', [path])],
    ['directory', (path) => mkdirSync(path)],
    [
      'file of another user',
      (path) => {
        writeFileSync(path, 'theirs');
        chownSync(path, 12345, 12345);
      },
      true,
    ],
  ];
  const cases = plants
    .filter(([, , rootOnly]) => rootOnly === undefined || isRoot)
    .flatMap(([sentence, plant]) =>
      (['part', 'journal', 'journal.next'] as const).map((name) => [name, sentence, plant] as const),
    );

  it.each(cases)('in place of the %s (a %s) is refused, not followed, not deleted', async (name, _, plant) => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'victim');
    await interrupted(target);
    const path = beside(target, name);
    spawnSync('rm', ['-f', path]);
    plant(path, victim);
    const before = lstatSync(path);
    const ours = (['part', 'journal'] as const).filter((other) => other !== name).map((other) => beside(target, other));
    const kept = ours.map((file) => readFileSync(file));
    const { workspace } = await bench(target);
    if (name !== 'journal.next') expect(await codeOf(workspace.inspect())).toBe('fs.unsafe');
    await workspace.lock();
    expect(await codeOf(workspace.open('fresh'))).toBe('fs.unsafe');
    if (name !== 'journal.next') expect(await codeOf(workspace.open('continue'))).toBe('fs.unsafe');
    expect(await codeOf(workspace.discard())).toBe('fs.unsafe');
    expect([lstatSync(path).ino, lstatSync(path).mode, lstatSync(path).uid]).toEqual([
      before.ino,
      before.mode,
      before.uid,
    ]);
    expect(readFileSync(victim, 'utf8')).toBe('victim');
    expect(existsSync(`${victim}-new`)).toBe(false);
    // What was not planted is as it was, too.
    expect(ours.map((file) => existsSync(file) && readFileSync(file))).toEqual(kept);
  });
});

describe('publish', () => {
  it.each([
    [0o022, 0o644],
    [0o077, 0o600],
    [0o000, 0o666],
    [0o027, 0o640],
  ])('with umask %o gives mode %o, the bytes, and leaves nothing else', async (umask, mode) => {
    const target = join(scratch(), 'disk.img');
    const { workspace, warnings, part } = await complete(target);
    expect(statSync(part.path).mode % 0o1000).toBe(0o600);
    expect(await underUmask(umask, () => workspace.publish(part, false))).toEqual([]);
    expect(readFileSync(target, 'utf8')).toBe('0123456789');
    expect([statSync(target).mode % 0o1000, statSync(target).nlink]).toEqual([mode, 1]);
    const left = readdirSync(join(target, '..')).filter((name) => !name.endsWith('.sock'));
    expect(left.sort()).toEqual([basename(beside(target, 'lock')), 'disk.img']);
    expect(warnings).toEqual([]);
    await part.close();
  });

  it.each([
    ['now', Date.UTC(2026, 10, 20, 8)],
    ['before 1970', Date.UTC(1969, 11, 31)],
    ['after 2038', Date.UTC(2100, 0, 1)],
  ])('gives the file the time that is wanted, before it has its name: %s', async (_, at) => {
    for (const replace of [false, true]) {
      const target = join(scratch(), 'disk.img');
      const { workspace, part } = await complete(target);
      expect(await workspace.publish(part, replace, at)).toEqual([]);
      expect(statSync(target).mtimeMs).toBe(at);
      await part.close();
    }
  });

  const inTheWay: readonly (readonly [sentence: string, make: (path: string) => void, kept: string, forced: string])[] =
    [
      ['a file', (path) => writeFileSync(path, 'old'), 'fs.exists', 'replaced'],
      ['a link to a file', (path) => symlinkSync(`${path}.victim`, path), 'fs.symlink', 'replaced'],
      ['a dangling link', (path) => symlinkSync('/nowhere/x', path), 'fs.symlink', 'replaced'],
      ['a directory', (path) => mkdirSync(path), 'fs.type', 'fs.type'],
      ['a pipe', (path) => spawnSync('mkfifo', [path]), 'fs.type', 'fs.type'],
    ];
  it.each(inTheWay)('when %s appeared during the download', async (_, make, kept, forced) => {
    for (const [replace, expected] of [
      [false, kept],
      [true, forced],
    ] as const) {
      const target = join(scratch(), 'disk.img');
      const { workspace, part } = await complete(target);
      writeFileSync(`${target}.victim`, 'victim');
      make(target);
      const before = lstatSync(target);
      if (expected === 'replaced') {
        await workspace.publish(part, replace);
        expect(lstatSync(target).isFile()).toBe(true);
        expect(readFileSync(target, 'utf8')).toBe('0123456789');
      } else {
        expect(await codeOf(workspace.publish(part, replace))).toBe(expected);
        expect([lstatSync(target).ino, lstatSync(target).mtimeMs]).toEqual([before.ino, before.mtimeMs]);
        expect(readFileSync(beside(target, 'part'), 'utf8')).toBe('0123456789');
        expect(existsSync(beside(target, 'journal'))).toBe(true);
      }
      expect(readFileSync(`${target}.victim`, 'utf8')).toBe('victim');
    }
  });

  it('refuses when the directory was replaced by a link to another one', async () => {
    const base = scratch();
    mkdirSync(join(base, 'd'));
    mkdirSync(join(base, 'elsewhere'));
    const target = join(base, 'd', 'disk.img');
    const { workspace, part } = await complete(target);
    renameSync(join(base, 'd'), join(base, 'moved'));
    symlinkSync(join(base, 'elsewhere'), join(base, 'd'));
    expect(await codeOf(workspace.publish(part, true))).toBe('fs.gone');
    expect(readdirSync(join(base, 'elsewhere'))).toEqual([]);
  });

  it('refuses when the directory is gone', async () => {
    const base = scratch();
    mkdirSync(join(base, 'd'));
    const { workspace, part } = await complete(join(base, 'd', 'disk.img'));
    spawnSync('rm', ['-r', join(base, 'd')]);
    expect(await codeOf(workspace.publish(part, false))).toBe('fs.gone');
    expect(readdirSync(base)).toEqual([]);
  });

  it('refuses when the part was swapped', async () => {
    const target = join(scratch(), 'disk.img');
    const { workspace, part } = await complete(target);
    renameSync(part.path, `${target}.moved`);
    writeFileSync(part.path, 'not verified');
    expect(await codeOf(workspace.publish(part, false))).toBe('fs.unsafe');
    expect(existsSync(target)).toBe(false);
  });
});

describe('a directory that may not be written', () => {
  it.runIf(isRoot)('is exit 12 fs.permission, for the lock already', async () => {
    const directory = scratch();
    // Root may write anywhere, so it tries without the power to overrule permissions.
    const script = `
      const { openWorkspace } = await import(${JSON.stringify(new URL('../../dist/fs/workspace.js', import.meta.url).href)});
      const owner = { uid: 0, hostname: 'box', pid: process.pid, random: () => '0123456789abcdef' };
      const workspace = await openWorkspace(${JSON.stringify(join(directory, 'disk.img'))}, 'disk.img', owner, () => {});
      await workspace.lock().catch((error) => console.log(error.code, error.exit));`;
    chownSync(directory, 12345, 12345);
    chmodSync(directory, 0o555);
    const powerless = ['--bounding-set', '-dac_override,-dac_read_search,-fowner', process.execPath];
    const run = spawnSync('setpriv', [...powerless, '--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(run.stdout + run.stderr).toBe('fs.permission 12\n');
  });
});
