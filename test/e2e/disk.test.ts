import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, IMGDL } from '../support/imgdl.js';
import { ended } from '../support/processes.js';
import { afterwards, complaint, names, type Stage, stage, tree } from './stage.js';

const MIB = 1024 * 1024;
const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'disk/x'] as const;
const NOBODY_ID = 65534;
const isRoot = process.getuid?.() === 0;

/** A tmpfs of 1 MiB at `disk`: whatever goes wrong, no more than that is ever written. */
async function withDisk(size: number): Promise<Stage> {
  const place = await stage({ size });
  const path = place.path('disk');
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'imgdl-e2e', path], { encoding: 'utf8' });
  expect([mounted.status, mounted.stderr]).toEqual([0, '']);
  afterwards(() => {
    expect(spawnSync('umount', ['-l', path]).status).toBe(0);
  });
  expect(spawnSync('mountpoint', ['-q', path]).status).toBe(0);
  expect(statSync(path).dev).not.toBe(statSync(place.directory).dev);
  return place;
}

describe.runIf(isRoot)('a disk', () => {
  test('that is too small is exit 11 before the first byte, and nothing is left there', async () => {
    const place = await withDisk(2 * MIB);
    for (const mode of ['-v', '--json']) {
      const result = await place.imgdl([...IMAGE, mode]);
      const { code, hint } = mode === '--json' ? (result.json().error ?? {}) : complaint(result.stderr);
      expect([result.code, code, hint]).toEqual([11, 'disk.full', expect.stringMatching(/free some space/i)]);
    }
    expect(names(place.path('disk'))).toEqual([]);
    expect(place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'))).toEqual([]);
  });

  test('that fills up is exit 11, keeps what it has, and the same command goes on when there is space', async () => {
    const place = await withDisk(2 * MIB);
    // A server that does not tell the size: nobody can know beforehand.
    Object.assign(place.sandbox.control.modes, { length: 'chunked', ranges: false });
    const url = ['url', `${place.sandbox.urls.files}/image.raw`, '-o', 'disk/x', '--require', 'none', '--json'];
    const result = await place.imgdl(url);
    expect([result.code, result.json().error?.code]).toEqual([11, 'disk.full']);
    expect(names(place.path('disk')).filter((name) => !name.startsWith('.imgdl-'))).toEqual([]);
    expect(spawnSync('mount', ['-o', 'remount,size=4m', place.path('disk')]).status).toBe(0);
    expect((await place.imgdl(url)).code).toBe(0);
    expect(place.sha256('disk/x')).toBe(place.expected('files/image.raw'));
    expect(names(place.path('disk'))).toEqual(['x']);
  });

  test('that is read-only is exit 12', async () => {
    const place = await withDisk(100_000);
    expect(spawnSync('mount', ['-o', 'remount,ro', place.path('disk')]).status).toBe(0);
    for (const args of [IMAGE, [...IMAGE, '--force']]) {
      const result = await place.imgdl([...args, '--json']);
      expect([result.code, result.json().error?.code]).toEqual([12, 'fs.read-only']);
      expect(result.json().error?.hint).toMatch(/-o|read-write/);
    }
    expect(names(place.path('disk'))).toEqual([]);
  });
});

/** root without the power to overrule permissions: they count, and the checkout can still be read wherever it is. */
const POWERLESS = ['--bounding-set', '-dac_override,-dac_read_search,-fowner'];

async function powerless(place: Stage, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn('setpriv', [...POWERLESS, process.execPath, IMGDL, ...args], {
    cwd: place.directory,
    env: { ...cleanEnvironment(), ...place.env },
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const { code } = await ended(child);
  return { code, stderr };
}

describe.runIf(isRoot)("somebody else's directory", () => {
  test.each([
    ['that one may not write to', 0o755, 'fs.permission'],
    ['that one may not enter', 0o600, 'fs.permission'],
  ])('%s is exit 12', async (_, mode, code) => {
    const place = await stage();
    mkdirSync(place.path('disk'));
    const before = tree(place.directory);
    chownSync(place.path('disk'), NOBODY_ID, NOBODY_ID);
    chmodSync(place.path('disk'), mode);
    const result = await powerless(place, IMAGE);
    chmodSync(place.path('disk'), 0o755);
    expect([result.code, complaint(result.stderr)]).toEqual([12, expect.objectContaining({ code })]);
    expect(complaint(result.stderr).hint).toMatch(/owner|mode|-o/);
    expect(names(place.path('disk'))).toEqual([]);
    expect(tree(place.directory)).toEqual(before);
  });

  test('that all may write to will do', async () => {
    const place = await stage();
    mkdirSync(place.path('disk'));
    chownSync(place.path('disk'), NOBODY_ID, NOBODY_ID);
    chmodSync(place.path('disk'), 0o777);
    expect(await powerless(place, [...IMAGE, '-q'])).toEqual({ code: 0, stderr: '' });
    expect(place.sha256('disk/x')).toBe(place.expected('images/1095'));
  });
});
