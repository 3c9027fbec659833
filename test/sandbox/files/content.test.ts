import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentAt, contentDigest, contentDigests } from '#imgdl/sandbox/files/content.js';

const MIB = 1024 * 1024;

describe('generated content', () => {
  test('any interval is the same slice of the whole', () => {
    const whole = contentAt('seed', 1, 0, 3 * MIB + 77);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length), (a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        return contentAt('seed', 1, start, end).equals(whole.subarray(start, end));
      }),
    );
  });

  test('no two pages of an object are alike, so a page at the wrong offset shows', () => {
    const pages = new Set<string>();
    for (let page = 0; page < 2048; page += 1) {
      pages.add(contentAt('seed', 1, page * 4096, (page + 1) * 4096).toString('latin1'));
    }
    expect(pages.size).toBe(2048);
  });

  test.each([
    ['another revision', 'seed', 2],
    ['another seed', 'other', 1],
  ])('%s differs in nearly every byte of every page', (_, seed, revision) => {
    const before = contentAt('seed', 1, 0, 64 * 4096);
    const after = contentAt(seed, revision, 0, 64 * 4096);
    for (let page = 0; page < 64; page += 1) {
      const differing = [...before.subarray(page * 4096, (page + 1) * 4096)].filter(
        (byte, index) => byte !== after[page * 4096 + index],
      );
      expect(differing.length).toBeGreaterThan(3900);
    }
  });

  test('offsets beyond 2^52 work without bit operators', () => {
    const start = 2 ** 52 + 5;
    const bytes = contentAt('seed', 1, start, start + 10_000);
    expect(bytes.subarray(4000, 9000)).toEqual(contentAt('seed', 1, start + 4000, start + 9000));
    expect(bytes).not.toEqual(contentAt('seed', 1, start - 2 ** 40, start - 2 ** 40 + 10_000));
  });

  test('digests are those of the bytes, however they are asked for', async () => {
    const size = 2 * MIB + 9;
    const bytes = contentAt('digest', 3, 0, size);
    const expected = ['md5', 'sha256', 'sha512'].map((name) => createHash(name).update(bytes).digest('hex'));
    expect(await contentDigests(['md5', 'sha256', 'sha512'], 'digest', 3, size)).toEqual(expected);
    expect(contentDigest('sha1', 'digest', 3, size)).toBe(createHash('sha1').update(bytes).digest('hex'));
    expect(contentDigest('md5', 'digest', 3, 0)).toBe('d41d8cd98f00b204e9800998ecf8427e');
  });
});
