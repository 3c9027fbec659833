import { constants, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Calls, direct, THREADED } from '#imgdl/fs/calls.js';
import { lstatOf } from '#imgdl/fs/inode.js';
import { isLocal } from '#imgdl/fs/network-fs.js';
import type { OpenFile } from '#imgdl/fs/open-file.js';
import { scratch } from '../support/scratch.js';
import { codeOf } from './set-up.js';

const NEW = constants.O_RDWR + constants.O_CREAT + constants.O_EXCL;
const MIB = 1024 * 1024;

describe.each([
  ['threaded', THREADED],
  ['direct', direct()],
  ['direct and timed', direct(() => performance.now())],
] as const)('a %s file system', (_, calls: Calls) => {
  async function made(name = 'file'): Promise<{ readonly path: string; readonly file: OpenFile }> {
    const path = join(scratch(), name);
    return { path, file: await calls.open(path, NEW, 0o600) };
  }

  it('reads what was written, however much', async () => {
    const { path, file } = await made();
    const large = Buffer.alloc(MIB, 'x');
    expect(await file.write(Buffer.from('-abc'), 1, 3, 0)).toMatchObject({ bytesWritten: 3 });
    expect(await file.writev([Buffer.from('de'), Buffer.from('f')], 3)).toMatchObject({ bytesWritten: 3 });
    expect(await file.writev([large, large], 6)).toMatchObject({ bytesWritten: 2 * MIB });
    expect(await file.write(large, 0, MIB, 6 + 2 * MIB)).toMatchObject({ bytesWritten: MIB });
    await file.datasync();
    await file.sync();
    const read = Buffer.alloc(3 * MIB);
    expect(await file.read(read, 0, 6, 0)).toMatchObject({ bytesRead: 6 });
    expect(read.subarray(0, 6).toString()).toBe('abcdef');
    expect(await file.read(read, 0, 3 * MIB, 6)).toMatchObject({ bytesRead: 3 * MIB });
    expect(read.every((byte) => byte === 120)).toBe(true);
    await file.truncate(6);
    await file.truncate(3);
    await file.chmod(0o640);
    const { size, mode } = await file.stat({ bigint: true });
    expect([size, mode % 0o1000n]).toEqual([3n, 0o640n]);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe('abc');
  });

  it('lets no call reach a file that is closed: its number may be another one’s', async () => {
    const { file } = await made();
    await file.close();
    const other = await made('other');
    const late = [
      () => file.write(Buffer.from('x'), 0, 1, 0),
      () => file.writev([Buffer.alloc(MIB)], 0),
      () => file.truncate(9),
      () => file.chmod(0o777),
      () => file.sync(),
    ];
    for (const call of late) await expect(call()).rejects.toThrow();
    await file.close().catch(() => undefined);
    expect(readFileSync(other.path, 'utf8')).toBe('');
    await other.file.write(Buffer.from('y'), 0, 1, 0);
    await other.file.close();
  });

  it('closes a file after what is on its way', async () => {
    const { path, file } = await made();
    const writing = file.writev([Buffer.alloc(MIB, 'x')], 0);
    await Promise.all([file.close(), writing]);
    expect(readFileSync(path)).toHaveLength(MIB);
  });

  it('looks at a name, and says the same of what cannot be looked at', async () => {
    const directory = scratch();
    const path = join(directory, 'x');
    writeFileSync(path, 'text');
    symlinkSync('x', join(directory, 'link'));
    expect((await lstatOf(path, calls))?.size).toBe(4n);
    expect((await lstatOf(join(directory, 'link'), calls))?.isSymbolicLink()).toBe(true);
    expect((await calls.stat(join(directory, 'link'))).isFile()).toBe(true);
    expect(await lstatOf(join(directory, 'gone'), calls)).toBeUndefined();
    expect(await codeOf(lstatOf(join(path, 'below'), calls))).toBe('fs.gone');
    expect(await codeOf(lstatOf(join(directory, 'n'.repeat(300)), calls))).toBe('fs.name');
  });

  it('links, renames and unlinks', async () => {
    const { path, file } = await made();
    await file.close();
    await calls.link(path, `${path}.2`);
    await expect(calls.link(path, `${path}.2`)).rejects.toMatchObject({ code: 'EEXIST' });
    await calls.rename(path, `${path}.3`);
    await calls.unlink(`${path}.2`);
    await expect(calls.unlink(`${path}.2`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(join(path, '..'))).toEqual(['file.3']);
  });
});

it('only what is known to answer at once counts as local', async () => {
  expect(await Promise.all(['/dev/shm', '/proc', '/nonexistent'].map(isLocal))).toEqual([true, false, false]);
});
