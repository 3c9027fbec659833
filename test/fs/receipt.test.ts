import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '#imgdl/core/storage.js';
import { scratch } from '../support/scratch.js';
import { bench, codeOf, underUmask } from './set-up.js';

const RECEIPT: Receipt = {
  schema: 1,
  tool: 'imgdl/0.1.0',
  source: { provider: 'glance', endpoint: 'https://host:9292', ref: 'abc', name: null },
  identity: { size: 10, digests: ['md5:00000000000000000000000000000000'] },
  bytes: 10,
  verified: 'md5',
  digests: [{ algorithm: 'md5', hex: '0'.repeat(32), from: 'metadata', matched: true }],
  finishedAt: '2026-11-21T10:00:00.000Z',
};

describe('a receipt', () => {
  it('is read as it was written, has the mode of the umask, leaves nothing beside it', async () => {
    const target = join(scratch(), 'disk.img');
    const { workspace } = await bench(target);
    const lock = await workspace.lock();
    await underUmask(0o027, () => workspace.writeReceipt(RECEIPT));
    await workspace.writeReceipt({ ...RECEIPT, bytes: 11 });
    await lock.unlock();
    expect(await workspace.readReceipt()).toEqual({ ...RECEIPT, bytes: 11 });
    expect(readdirSync(join(target, '..'))).toEqual(['disk.img.imgdl.json']);
    expect(statSync(`${target}.imgdl.json`).mode % 0o1000).toBe(0o640);
  });

  const bad: readonly (readonly [sentence: string, change: object])[] = [
    ['another schema', { schema: 2 }],
    ['no tool', { tool: undefined }],
    ['an ETag that ends the line', { identity: { size: 1, etag: '"1"\r\nCookie: a=b' } }],
    ['a weak ETag that no header may have', { identity: { size: 1, weakEtag: 'W/"é"' } }],
    ['a source without a name', { source: { provider: 'a', endpoint: 'b', ref: 'c' } }],
    ['a negative size', { bytes: -1 }],
    ['an unknown identity', { identity: { x: 1 } }],
    ['an unknown verdict', { verified: 'yes' }],
    ['a digest of an unknown algorithm', { digests: [{ ...RECEIPT.digests[0], algorithm: 'crc32' }] }],
    ['a digest of the wrong length', { digests: [{ ...RECEIPT.digests[0], hex: '00' }] }],
    ['a digest from nowhere', { digests: [{ ...RECEIPT.digests[0], from: 'me' }] }],
    ['a digest that matched "yes"', { digests: [{ ...RECEIPT.digests[0], matched: 'yes' }] }],
    ['digests that are no list', { digests: {} }],
    ['no time', { finishedAt: 5 }],
  ];
  it.each(bad)('with %s is none', async (_, change) => {
    const target = join(scratch(), 'disk.img');
    const { workspace } = await bench(target);
    writeFileSync(`${target}.imgdl.json`, JSON.stringify({ ...RECEIPT, later: 'field' }));
    expect(await workspace.readReceipt()).toEqual(RECEIPT);
    writeFileSync(`${target}.imgdl.json`, JSON.stringify({ ...RECEIPT, ...change }));
    expect(await workspace.readReceipt()).toBeUndefined();
  });

  const others: readonly (readonly [sentence: string, make: (path: string) => void])[] = [
    ['a link', (path) => symlinkSync('/etc/passwd', path)],
    ['a directory', (path) => mkdirSync(path)],
    ['no JSON', (path) => writeFileSync(path, '{"schema":1')],
    ['a list', (path) => writeFileSync(path, '[1]')],
    ['more than 1 MiB', (path) => writeFileSync(path, JSON.stringify(RECEIPT) + ' '.repeat(1024 * 1024))],
  ];
  it.each(others)('that is %s is none', async (_, make) => {
    const target = join(scratch(), 'disk.img');
    const { workspace } = await bench(target);
    expect(await workspace.readReceipt()).toBeUndefined();
    make(`${target}.imgdl.json`);
    expect(await workspace.readReceipt()).toBeUndefined();
  });

  it('replaces a link, never what it leads to, and no directory', async () => {
    const target = join(scratch(), 'disk.img');
    writeFileSync(`${target}.victim`, 'victim');
    symlinkSync(`${target}.victim`, `${target}.imgdl.json`);
    const { workspace } = await bench(target);
    await workspace.expectReceipt();
    await workspace.lock();
    await workspace.writeReceipt(RECEIPT);
    expect(readFileSync(`${target}.victim`, 'utf8')).toBe('victim');
    expect(await workspace.readReceipt()).toEqual(RECEIPT);

    const second = join(scratch(), 'disk.img');
    mkdirSync(`${second}.imgdl.json`);
    const other = await bench(second);
    expect(await codeOf(other.workspace.expectReceipt())).toBe('fs.type');
    await other.workspace.lock();
    expect(await codeOf(other.workspace.writeReceipt(RECEIPT))).toBe('fs.type');
  });
});
