import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { THREADED } from '#imgdl/fs/calls.js';
import { networkFileSystem } from '#imgdl/fs/network-fs.js';
import { createPart, type DiskPart } from '#imgdl/fs/part.js';
import { freeBytes } from '#imgdl/fs/space.js';
import { digestFile } from '#imgdl/fs/target-digest.js';
import { FailingCalls } from '../support/failing-calls.js';
import { scratch } from '../support/scratch.js';
import { codeOf } from './set-up.js';

async function withPart<T>(work: (part: DiskPart) => Promise<T>): Promise<T> {
  const part = await createPart(join(scratch(), 'part'));
  try {
    return await work(part);
  } finally {
    await part.close();
  }
}

describe('a part', () => {
  it('holds at every offset what was written there, in any order and any chunks', async () => {
    const piece = fc.tuple(fc.nat(5000), fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const model = Buffer.alloc(20_000);
        let size = 0;
        const seen = await withPart(async (part) => {
          for (const [offset, chunks] of pieces) {
            await part.write(offset, chunks);
            const bytes = Buffer.concat(chunks);
            bytes.copy(model, offset);
            if (bytes.length > 0) size = Math.max(size, offset + bytes.length);
          }
          expect(await part.size()).toBe(size);
          return Buffer.from(await part.read(0, 20_000));
        });
        expect(seen.equals(model.subarray(0, size))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('takes more chunks at once than the system does (IOV_MAX is 1024)', async () => {
    const chunks = Array.from({ length: 5000 }, (_, index) => Buffer.from([index % 251]));
    const bytes = await withPart(async (part) => {
      await part.write(7, chunks);
      return part.read(7, 6000);
    });
    expect(Buffer.from(bytes).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('reads fewer bytes only at the end', async () => {
    await withPart(async (part) => {
      await part.write(0, [Buffer.from('abc')]);
      expect((await part.read(1, 10)).length).toBe(2);
      expect((await part.read(5, 10)).length).toBe(0);
    });
  });

  it('works beyond 4 GiB', async () => {
    await withPart(async (part) => {
      const offset = 5 * 1024 ** 3 + 3;
      await part.write(offset, [Buffer.from('far')]);
      expect(Buffer.from(await part.read(offset, 3)).toString()).toBe('far');
      expect(await part.size()).toBe(offset + 3);
    });
  });

  it.each([Number.NaN, -1, 1.5, 2 ** 53])('refuses the offset %d: Node would append in silence', async (offset) => {
    await withPart(async (part) => {
      expect(await codeOf(part.write(offset, [Buffer.from('x')]))).toBe('bug');
      expect(await part.size()).toBe(0);
    });
  });

  it('is not made where something is', async () => {
    const path = join(scratch(), 'part');
    writeFileSync(path, 'old');
    expect(await codeOf(createPart(path))).toBe('fs.unsafe');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('leaves nothing where it cannot be made', async () => {
    const failing = new FailingCalls({ only: 'file.stat', at: 0, errno: 'EIO' });
    const directory = scratch();
    expect(await codeOf(createPart(join(directory, 'part'), failing.calls))).toBe('fs.io');
    expect([readdirSync(directory), failing.open]).toEqual([[], new Set()]);
  });

  it('may be closed twice', async () => {
    const part = await createPart(join(scratch(), 'part'));
    await part.close();
    await part.close();
  });
});

describe('the digest of a target', () => {
  it('is that of the file, for several algorithms at once', async () => {
    const path = join(scratch(), 'disk.img');
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 'x');
    writeFileSync(path, bytes);
    const digests = await digestFile(path, './disk.img', ['md5', 'sha512'], new AbortController().signal);
    expect([...digests]).toEqual([
      ['md5', createHash('md5').update(bytes).digest('hex')],
      ['sha512', createHash('sha512').update(bytes).digest('hex')],
    ]);
  });

  it('is not that of what a link or a directory leads to', async () => {
    const directory = scratch();
    symlinkSync('/etc/passwd', join(directory, 'link'));
    mkdirSync(join(directory, 'dir'));
    const { signal } = new AbortController();
    expect(await codeOf(digestFile(join(directory, 'link'), './link', ['md5'], signal))).toBe('fs.symlink');
    expect(await codeOf(digestFile(join(directory, 'dir'), './dir', ['md5'], signal))).toBe('fs.type');
  });

  it('stops when aborted, with the reason', async () => {
    const path = join(scratch(), 'disk.img');
    writeFileSync(path, Buffer.alloc(64 * 1024 * 1024));
    const abort = new AbortController();
    const work = digestFile(path, './disk.img', ['sha512'], abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 10);
    await expect(work).rejects.toThrow('enough');
  });
});

describe('the file system', () => {
  it('tells its free space, and nothing when it cannot', async () => {
    expect(await freeBytes(scratch())).toBeGreaterThan(1024 * 1024);
    expect(await freeBytes('/nowhere')).toBeUndefined();
    // proc has no blocks at all.
    expect(await freeBytes('/proc')).toBeUndefined();
  });

  const SAYS = { bsize: 4096n, blocks: 1000n, bavail: 10n, type: 0xef53n };
  it.each([
    ['a disk', SAYS, 40_960],
    ['a full disk', { ...SAYS, bavail: 0n }, 0],
    ['one that counts no blocks', { ...SAYS, blocks: 0n, bavail: 0n }, undefined],
    ['FUSE, where a program makes it up', { ...SAYS, type: 0x65735546n, bavail: 0n }, undefined],
    ['FUSE on a platform whose long is signed', { ...SAYS, type: BigInt.asIntN(32, 0x65735546n) }, undefined],
    ['a server that has less than nothing', { ...SAYS, bavail: 2n ** 64n - 5n }, Number.MAX_SAFE_INTEGER],
  ])('that is %s', async (_, says, free) => {
    const calls = { ...THREADED, statfs: async () => says as never };
    expect(await freeBytes('/', calls)).toBe(free);
  });

  it('is no network file system here', async () => {
    expect(await networkFileSystem('/proc')).toBeUndefined();
    expect(await networkFileSystem('/nowhere')).toBeUndefined();
  });
});
