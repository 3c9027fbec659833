import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { DiskPart } from '#imgdl/fs/part.js';
import { scratch } from '../support/scratch.js';
import { buildShim } from '../support/shim.js';
import { beside, codeOf } from './set-up.js';

const CHILD = fileURLToPath(new URL('./download-child.mjs', import.meta.url));
const CONTENT = Buffer.concat([0, 1].map(() => Buffer.from(`${'a'.repeat(700)}${'b'.repeat(300)}`)));
const shim = buildShim();
afterAll(() => shim?.remove());

interface Ran {
  readonly steps: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly signal: string | null;
}

function run(target: string, how: 'link' | 'replace', env: Readonly<Record<string, string>> = {}): Ran {
  const child = spawnSync(process.execPath, [CHILD, target, how], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    timeout: 50_000,
  });
  if (child.signal !== null) return { steps: {}, warnings: [], signal: child.signal };
  expect(child.stderr).toBe('');
  return { ...(JSON.parse(child.stdout) as Omit<Ran, 'signal'>), signal: null };
}

describe.runIf(shim !== undefined)('with a disk that fails', () => {
  const env = (rules: string, path?: string) => shim?.env(rules, path) ?? {};

  const rows: readonly (readonly [
    sentence: string,
    rules: string,
    path: string,
    steps: Readonly<Record<string, string>>,
  ])[] = [
    ['a quota is full', 'pwritev:2:122', '.part', { 'write 0': 'ok', 'write 1000': 'disk.full' }],
    ['a quota is full from the beginning', 'pwritev:1+:122', '.part', { 'write 0': 'disk.full' }],
    ['the disk becomes read-only', 'pwritev:2:30', '.part', { 'write 0': 'ok', 'write 1000': 'fs.read-only' }],
    [
      'signals interrupt writes and syncs',
      'pwritev:1:4;pwrite:1:4;fdatasync:1:4;fsync:1:4',
      '.imgdl',
      { publish: 'ok' },
    ],
    ['no descriptor is left', 'open:1:24', '.lock', { lock: 'fs.fd-limit' }],
    ['the disk is full', 'pwritev:1+:28', '.part', { 'write 0': 'disk.full', 'write 1000': 'disk.full' }],
    ['a write is short and the next says why', 'pwritev:1:short;pwritev:2+:28', '.part', { 'write 0': 'disk.full' }],
    ['a file becomes too big', 'pwritev:2:27', '.part', { 'write 1000': 'disk.file-too-big' }],
    [
      'a sync fails once: nothing is believed after it, not even the sync that would succeed',
      'fdatasync:1:5',
      '.part',
      { 'sync 0': 'fs.io', 'sync 1000': 'fs.io', publish: 'fs.io' },
    ],
    ['the sync before publishing fails', 'fsync:1:5', '.part', { 'sync 1000': 'ok', publish: 'fs.io' }],
    [
      'the journal cannot be synced',
      'fdatasync:1:5',
      '.journal',
      { reset: 'ok', 'append 0': 'fs.io', 'append 1000': 'fs.io' },
    ],
    [
      'the head of the journal has no space',
      'pwrite:2:28',
      '.journal',
      { reset: 'disk.full', 'append 0': 'disk.full' },
    ],
    ['the journal has no space', 'pwrite:3:28', '.journal', { 'append 0': 'disk.full', 'append 1000': 'disk.full' }],
    ['the lock cannot be written', 'pwrite:1:28', '.lock', { lock: 'disk.full' }],
    ['the lock can neither be written nor removed', 'pwrite:1:28;unlink:1+:30', '.lock', { lock: 'disk.full' }],
    ['the lock can neither be linked nor removed', 'link:1:5;unlink:1+:30', '.lock', { lock: 'fs.io' }],
    [
      'the journal can neither be made nor the part removed',
      'open:2:28;unlink:1+:30',
      '.imgdl-!.lock',
      { open: 'disk.full' },
    ],
  ];
  it.each(rows)('%s', (_, rules, path, steps) => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    const ran = run(target, 'link', env(rules, path));
    expect(ran.steps).toMatchObject(steps);
    expect(ran.steps['unlock'] ?? 'ok').toBe('ok');
    // The same again, without the fault, gets there.
    if (ran.steps['publish'] !== 'ok') {
      expect(existsSync(target)).toBe(false);
      expect(run(target, 'link').steps['publish']).toBe('ok');
      expect(readFileSync(target).equals(CONTENT)).toBe(true);
    }
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('fails when the directory cannot be made durable, and only warns where that is not possible at all', () => {
    // Every fsync but that of part and journal is one of the directory: its path has no `.imgdl`.
    for (const [errno, published, warnings] of [
      [5, 'fs.io', []],
      [22, 'ok', ['fs.directory-sync', 'fs.directory-sync']],
      [95, 'ok', ['fs.directory-sync', 'fs.directory-sync']],
    ] as const) {
      const directory = scratch();
      const target = join(directory, 'disk.img');
      const ran = run(target, 'link', env(`fsync:${errno === 5 ? '3' : '1+'}:${errno}`, `${directory}!.imgdl`));
      expect([ran.steps['publish'], ran.warnings], `errno ${errno}`).toEqual([published, warnings]);
      // It is visible and complete; the run that follows finds one file of two names.
      expect(readFileSync(target).equals(CONTENT)).toBe(true);
    }
  });

  it('removes at the end what of a lock could not be removed at its beginning', () => {
    const target = join(scratch(), 'disk.img');
    const ran = run(target, 'link', env('unlink:1:28', '.lock'));
    expect([ran.steps['publish'], ran.steps['unlock'], ran.warnings]).toEqual(['ok', 'ok', []]);
    expect(readdirSync(dirname(target))).toEqual(['disk.img']);
  });

  it('only warns when a lock file cannot be removed: it says that its owner is gone', () => {
    const target = join(scratch(), 'disk.img');
    const ran = run(target, 'link', env('unlink:1+:30', '.lock'));
    expect([ran.steps['publish'], ran.steps['unlock'], ran.warnings]).toEqual(['ok', 'ok', ['fs.leftover']]);
    expect(run(target, 'replace').steps).toMatchObject({ lock: 'ok', publish: 'ok', unlock: 'ok' });
    expect(readdirSync(dirname(target))).toEqual(['disk.img']);
  });

  it('continues after short writes', () => {
    const target = join(scratch(), 'disk.img');
    const ran = run(target, 'link', env('pwritev:1+:short;pwrite:1+:short'));
    expect(ran.steps['publish']).toBe('ok');
    expect(readFileSync(target).equals(CONTENT)).toBe(true);
  });

  it.each([1, 18, 38, 95])('publishes by rename where links fail with errno %d, locks too, and says so', (errno) => {
    const directory = scratch();
    const target = join(directory, 'disk.img');
    const ran = run(target, 'link', env(`link:1+:${errno}`));
    expect([ran.steps['publish'], ran.steps['unlock'], ran.warnings]).toEqual(['ok', 'ok', ['fs.no-hard-links']]);
    expect(readFileSync(target).equals(CONTENT)).toBe(true);
    expect(readdirSync(directory)).toEqual(['disk.img']);
  });

  it('never overwrites where links fail', () => {
    const target = join(scratch(), 'disk.img');
    writeFileSync(target, 'old');
    expect(run(target, 'link', env('link:1+:1')).steps['publish']).toBe('fs.exists');
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('keeps the old target when the rename over it fails', () => {
    const target = join(scratch(), 'disk.img');
    writeFileSync(target, 'old');
    const { ino } = statSync(target);
    expect(run(target, 'replace', env('rename:1:5', 'disk.img')).steps['publish']).toBe('fs.io');
    expect([readFileSync(target, 'utf8'), statSync(target).ino]).toEqual(['old', ino]);
    expect(existsSync(beside(target, 'part'))).toBe(true);
  });

  it('killed at any call, leaves no wrong target, and the next run finishes', { timeout: 120_000 }, () => {
    const survived: string[] = [];
    for (const op of ['pwrite', 'pwritev', 'fsync', 'fdatasync', 'rename', 'link']) {
      for (let nth = 1; nth < 20; nth += 1) {
        const directory = scratch();
        const target = join(directory, 'disk.img');
        const how = nth % 2 === 0 ? 'replace' : 'link';
        const first = run(target, how, env(`${op}:${nth}:kill`));
        if (first.signal === null) {
          if (first.steps['publish'] === 'ok') break;
          throw new Error(`${op}:${nth}: ${JSON.stringify(first.steps)}`);
        }
        if (existsSync(target)) expect(readFileSync(target).equals(CONTENT), `${op}:${nth}`).toBe(true);
        const again = run(target, 'replace');
        expect(again.steps, `${op}:${nth}`).toMatchObject({ lock: 'ok', publish: 'ok', unlock: 'ok' });
        expect(readFileSync(target).equals(CONTENT), `${op}:${nth}`).toBe(true);
        expect(readdirSync(directory), `${op}:${nth}`).toEqual(['disk.img']);
        survived.push(`${op}:${nth}`);
      }
    }
    expect(survived.length).toBeGreaterThan(12);
  });
});

describe('a part whose handle fails', () => {
  const EIO = Object.assign(new Error('EIO'), { code: 'EIO', errno: -5 });

  function partOn(handle: object): DiskPart {
    return new DiskPart('/d/part', { fd: 3, ...handle } as unknown as FileHandle, { dev: 1n, ino: 1n });
  }

  it('reports an error of close(2)', async () => {
    expect(await codeOf(partOn({ close: () => Promise.reject(EIO) }).close())).toBe('fs.io');
  });

  it('never syncs again after one failure', async () => {
    let calls = 0;
    const part = partOn({
      datasync: async () => {
        calls += 1;
        if (calls === 1) throw EIO;
      },
    });
    expect([await codeOf(part.sync()), await codeOf(part.sync()), await codeOf(part.finish())]).toEqual([
      'fs.io',
      'fs.io',
      'fs.io',
    ]);
    expect(calls).toBe(1);
  });

  it('has no time where the file system gives it none, and goes on', async () => {
    const EPERM = Object.assign(new Error('EPERM'), { code: 'EPERM', errno: -1 });
    const part = partOn({ utimes: () => Promise.reject(EPERM), sync: async () => {} });
    expect(await part.date(0)).toBe('EPERM');
    await part.finish();
  });

  it('fails all syncs under way with the first', async () => {
    const part = partOn({ datasync: () => Promise.reject(EIO) });
    const codes = await Promise.all([codeOf(part.sync()), codeOf(part.sync())]);
    expect(codes).toEqual(['fs.io', 'fs.io']);
  });

  it('writes the rest of a short write where it belongs', async () => {
    const disk = Buffer.alloc(16, '.');
    const part = partOn({
      // Three bytes at a time, whatever the chunks.
      writev: async (chunks: readonly Uint8Array[], position: number) => {
        const bytesWritten = Buffer.concat(chunks).copy(disk, position, 0, 3);
        return { bytesWritten };
      },
    });
    await part.write(
      2,
      ['ab', '', 'cdef', 'g', 'hi'].map((text) => Buffer.from(text)),
    );
    expect(disk.toString()).toBe('..abcdefghi.....');
  });

  it('does not take a write of nothing for success', async () => {
    const part = partOn({ writev: async () => ({ bytesWritten: 0 }) });
    expect(await codeOf(part.write(0, [Buffer.from('x')]))).toBe('fs.io');
  });
});
