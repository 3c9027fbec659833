import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, stat as statOf } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Warning } from '#imgdl/core/source.js';
import { type Admitting, admitAsNew, passOnAccess } from '#imgdl/fs/access.js';
import { permissionBits, withoutGroup } from '#imgdl/fs/mode.js';
import { scratch } from '../support/scratch.js';
import { bench, beside, codeOf, HEAD, isRoot, ownerFacts, underUmask } from './set-up.js';

const LIBVIRT = 64_055;
const USERS = 100;
const NOBODY = 65_534;
const OWNED = `${LIBVIRT}:${USERS}`;

/** Of Debian's package acl; CI has it. */
const hasAcl = process.env['CI'] !== undefined || spawnSync('setfacl', ['--version']).status === 0;

function setAcl(path: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('setfacl', [...args, path], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

/** Mode, owner, and the whole list of who may do what. */
function accessOf(path: string): { readonly mode: string; readonly owner: string; readonly list: string } {
  const { mode, uid, gid } = statSync(path);
  const { stdout } = spawnSync('getfacl', ['-cnpE', path], { encoding: 'utf8' });
  const list = stdout.trim().split('\n').sort().join(' ');
  return { mode: (mode % 0o10000).toString(8).padStart(4, '0'), owner: `${uid}:${gid}`, list };
}

/** Publishes a new file over what is there. */
async function replaced(target: string, facts = ownerFacts()): Promise<readonly Warning[]> {
  const { workspace } = await bench(target, facts);
  const lock = await workspace.lock();
  const { part, journal } = await workspace.open('fresh');
  await journal.reset(HEAD, []);
  await part.write(0, [Buffer.from('new')]);
  const warnings = await workspace.publish(part, true);
  expect(readFileSync(target, 'utf8')).toBe('new');
  await lock.unlock();
  return warnings;
}

function plant(target: string, mode: number, [uid, gid]: readonly [number, number]): void {
  writeFileSync(target, 'old');
  chownSync(target, uid, gid);
  chmodSync(target, mode);
}

/** What the process may do is that of another user meanwhile. */
async function as<T>(uid: number, groups: readonly number[], work: () => Promise<T>): Promise<T> {
  const before = process.getgroups?.() ?? [];
  process.setgroups?.([...groups]);
  process.setegid?.(uid);
  process.seteuid?.(uid);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(before);
  }
}

describe.runIf(isRoot && hasAcl)('a file that is replaced by root', () => {
  it.each([
    ['0600', '0600'],
    ['0640', '0640'],
    ['0400', '0400'],
    ['0444', '0444'],
    ['0666', '0666'],
    // An image is data.
    ['6755', '0755'],
  ])('passes on its owner, and of its mode %s the bits %s, whatever the umask', async (old, now) => {
    const target = join(scratch(), 'disk.img');
    plant(target, Number.parseInt(old, 8), [LIBVIRT, USERS]);
    expect(await underUmask(0o077, () => replaced(target))).toEqual([]);
    expect(accessOf(target)).toMatchObject({ mode: now, owner: OWNED });
  });

  it.each([
    ['lets a user in whose group stays outside', 0o640, [`u:${NOBODY}:r,g::-`]],
    ['keeps a user out whom everybody else may join', 0o644, [`u:${NOBODY}:-`]],
    ['is masked', 0o600, [`u:${NOBODY}:rw,m::r`]],
  ])('passes on an access control list that %s', async (_, mode, entries) => {
    const target = join(scratch(), 'disk.img');
    plant(target, mode, [LIBVIRT, USERS]);
    setAcl(target, '-m', ...entries);
    const before = accessOf(target);
    expect(await replaced(target)).toEqual([]);
    expect(accessOf(target)).toEqual(before);
  });

  it('lets nobody in whom only the default list of the directory names', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    plant(target, 0o640, [LIBVIRT, USERS]);
    setAcl(directory, '-d', '-m', `u:${NOBODY}:rw`);
    const before = accessOf(target);
    expect(await replaced(target)).toEqual([]);
    expect(accessOf(target)).toEqual(before);
  });

  it('is a link: it passes nothing on, nor does what it leads to', async () => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    plant(join(directory, 'victim'), 0o606, [LIBVIRT, USERS]);
    symlinkSync('victim', target);
    expect(await underUmask(0o027, () => replaced(target))).toEqual([]);
    expect(accessOf(target)).toMatchObject({ mode: '0640', owner: '0:0' });
    expect(accessOf(join(directory, 'victim'))).toMatchObject({ mode: '0606', owner: OWNED });
  });

  it('shows its group no more where nobody can say whether it has a list, and says so', async () => {
    const target = join(scratch(), 'disk.img');
    plant(target, 0o664, [LIBVIRT, USERS]);
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    const warnings = await replaced(target).finally(() => {
      process.env['PATH'] = path;
    });
    expect(accessOf(target)).toMatchObject({ mode: '0644', owner: OWNED });
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'fs.mode: publishing ./disk.img: its mode was 0664 and is 0644 now, so that nobody else can open it than before',
    ]);
  });

  it.each([
    ['is continued where its target is his', true, ownerFacts(), 'usable'],
    ['is refused where there is no target', false, ownerFacts(), 'fs.unsafe'],
    ['is refused by who is not root', true, ownerFacts({ uid: NOBODY }), 'fs.unsafe'],
  ])('had given the part to its owner when imgdl was killed: it %s', async (_, hasTarget, facts, found) => {
    const target = join(scratch(), 'disk.img');
    const { workspace } = await bench(target);
    const lock = await workspace.lock();
    const { journal, part } = await workspace.open('fresh');
    await journal.reset(HEAD, []);
    await lock.unlock();
    chownSync(part.path, LIBVIRT, USERS);
    if (hasTarget) plant(target, 0o600, [LIBVIRT, USERS]);
    const later = (await bench(target, facts)).workspace;
    if (found !== 'usable') return expect(await codeOf(later.inspect())).toBe(found);
    expect((await later.inspect()).part.kind).toBe('usable');
    const heir = await later.lock();
    const again = await later.open('continue');
    await again.part.close();
    await later.discard();
    await heir.unlock();
    expect(statSync(target).uid).toBe(LIBVIRT);
    return expect(() => statSync(beside(target, 'part'))).toThrow();
  });
});

describe.runIf(isRoot && hasAcl)('a file that is replaced by another user', () => {
  const rows: readonly (readonly [
    sentence: string,
    old: readonly [mode: number, owner: readonly [number, number]],
    groups: readonly number[],
    now: readonly [mode: string, owner: string],
    codes: readonly string[],
  ])[] = [
    ['is his own', [0o640, [NOBODY, NOBODY]], [], ['0640', `${NOBODY}:${NOBODY}`], []],
    ['is of a group of his', [0o640, [NOBODY, USERS]], [USERS], ['0640', `${NOBODY}:${USERS}`], []],
    ['of whom it keeps the group', [0o640, [LIBVIRT, USERS]], [USERS], ['0640', `${NOBODY}:${USERS}`], ['fs.owner']],
    ['who is not in its group', [0o664, [NOBODY, USERS]], [], ['0644', `${NOBODY}:${NOBODY}`], ['fs.owner', 'fs.mode']],
    ['who could not read it', [0o640, [0, 0]], [], ['0600', `${NOBODY}:${NOBODY}`], ['fs.owner', 'fs.mode']],
    ['and is private', [0o600, [LIBVIRT, USERS]], [], ['0600', `${NOBODY}:${NOBODY}`], ['fs.owner']],
  ];
  it.each(rows)('%s', async (_, [mode, owner], groups, now, codes) => {
    const directory = scratch();
    chownSync(directory, NOBODY, NOBODY);
    const target = join(directory, 'disk.img');
    plant(target, mode, owner);
    const facts = ownerFacts({ uid: NOBODY });
    const { workspace } = await bench(target, facts);
    const warnings = await as(NOBODY, groups, async () => {
      const lock = await workspace.lock();
      const { part, journal } = await workspace.open('fresh');
      await journal.reset(HEAD, []);
      const published = await workspace.publish(part, true);
      await lock.unlock();
      return published;
    });
    expect([accessOf(target).mode, accessOf(target).owner]).toEqual(now);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe.runIf(hasAcl)('a new file', () => {
  it.each([
    ['u::rw,g::r,o::-', 0o077],
    [`u:${NOBODY}:rw,g::r,o::-`, 0o077],
    [`u:${NOBODY}:rwx,g::rwx,o::rx`, 0o022],
    ['u::r,g::-,o::-', 0o000],
  ])('gets what the default list %s of the directory says, not the umask %o', async (entries, umask) => {
    const directory = join(scratch(), 'd');
    mkdirSync(directory);
    setAcl(directory, '-d', '-m', entries);
    const target = join(directory, 'disk.img');
    const { workspace } = await bench(target);
    const lock = await workspace.lock();
    const { part, journal } = await workspace.open('fresh');
    await journal.reset(HEAD, []);
    expect(permissionBits(statSync(part.path).mode) % 0o100).toBe(0);
    await underUmask(umask, async () => {
      expect(await workspace.publish(part, false)).toEqual([]);
      writeFileSync(join(directory, 'made-by-the-kernel'), '');
    });
    await lock.unlock();
    expect(accessOf(target)).toEqual(accessOf(join(directory, 'made-by-the-kernel')));
  });
});

/** A file on a file system that refuses, and the calls that were made. */
async function refusing(calls: string[], refused: Readonly<Record<string, string>>): Promise<Admitting> {
  const path = join(scratch(), 'part');
  const handle = await open(path, 'w+', 0o600);
  const made = await handle.stat({ bigint: true });
  await handle.close();
  const answer = async (call: string): Promise<void> => {
    calls.push(call);
    const code = refused[call.split(' ')[0] ?? ''];
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  return {
    fd: -1,
    stat: async () => made,
    chown: async (uid, gid) => await answer(`chown ${uid}:${gid}`),
    chmod: async (mode) => await answer(`chmod ${mode.toString(8)}`),
  };
}

describe('a file system', () => {
  const uid = process.getuid?.() ?? 0;

  it('is asked for owner and group before the mode, and once more for the group alone', async () => {
    const calls: string[] = [];
    const path = join(scratch(), 'old');
    writeFileSync(path, '');
    chmodSync(path, 0o640);
    const old = Object.assign(await statOf(path, { bigint: true }), { uid: 7n, gid: 8n });
    await passOnAccess(await refusing(calls, { chown: 'EPERM' }), { path, stat: old }, 'x');
    expect(calls).toEqual(['chown 7:8', `chown ${uid}:8`, 'chmod 600']);
  });

  it.each([
    ['knows no owners (vfat)', { chown: 'EPERM' }, ['fs.owner', 'fs.mode']],
    ['knows no modes', { chmod: 'EOPNOTSUPP' }, ['fs.mode']],
  ])('that %s loses no download', async (_, refused, codes) => {
    const path = join(scratch(), 'old');
    writeFileSync(path, '');
    chmodSync(path, 0o640);
    const seen = await statOf(path, { bigint: true });
    const old = 'chown' in refused ? Object.assign(seen, { uid: 7n, gid: 8n }) : seen;
    const warnings = await passOnAccess(await refusing([], refused), { path, stat: old }, 'x');
    expect(warnings.map(({ code }) => code).slice(0, codes.length)).toEqual(codes);
  });

  it('that shows no mode of a new file keeps it private, and the user hears of it', async () => {
    const calls: string[] = [];
    const warnings = await admitAsNew(await refusing(calls, {}), undefined, 'x');
    expect([calls, warnings.map(({ code }) => code)]).toEqual([[], ['fs.mode']]);
  });
});

/** What owner, group and others may do. */
function lettersOf(mode: number): readonly (readonly string[])[] {
  const digits = [...mode.toString(8).padStart(3, '0')];
  return digits.map((digit) => ['r', 'w', 'x'].filter((_, at) => Math.floor(Number(digit) / 2 ** (2 - at)) % 2 === 1));
}

describe('the bits of a group that is not kept', () => {
  it('are at most those of others, and nothing else changes', () => {
    for (let mode = 0; mode <= 0o777; mode += 1) {
      const [owner, group = [], others = []] = lettersOf(mode);
      const common = group.filter((letter) => others.includes(letter));
      expect(lettersOf(withoutGroup(mode)), mode.toString(8)).toEqual([owner, common, others]);
    }
  });
});
