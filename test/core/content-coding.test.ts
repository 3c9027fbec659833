import { describe, expect, it } from 'vitest';
import { codingsOf, isEncoded } from '#imgdl/core/content-coding.js';

const ROWS: readonly (readonly [string | undefined, string, boolean])[] = [
  [undefined, 'a.img', false],
  ['', 'a.img', false],
  ['identity', 'a.img', false],
  ['gzip', 'a.img', true],
  ['x-gzip', 'a.img', true],
  ['br', 'a.img', true],
  ['gzip', 'a.tar.gz', false],
  ['x-gzip', 'a.tar.gz', false],
  ['X-GZIP', 'a.tgz', false],
  ['gzip', 'a.gzip', false],
  ['gzip', 'A.TGZ', false],
  ['identity, gzip', 'a.gz', false],
  // Compressed once more on the way.
  ['gzip, gzip', 'a.gz', true],
  ['x-gzip, br', 'a.gz', true],
  ['br', 'a.gz', true],
  ['deflate', 'a.gz', true],
  ['compress', 'a.gz', true],
  ['gzip', 'gz', true],
  ['gzip', 'a.gz.img', true],
  ['gzip', 'a.svgz', true],
  ['zstd', 'a.zst', true],
];

describe('a coding that nobody asked for', () => {
  it.each(ROWS)('%s on %s: the body is something else than the file: %s', (coding, name, encoded) => {
    const headers = new Map(coding === undefined ? [] : [['content-encoding', coding]]);
    expect(isEncoded(headers, [name])).toBe(encoded);
  });

  it('any name that the server has for the file will do: a redirect may have the better one', () => {
    const headers = new Map([['content-encoding', 'gzip']]);
    expect(isEncoded(headers, ['download', undefined, 'a.tar.gz'])).toBe(false);
    expect(isEncoded(headers, [undefined])).toBe(true);
  });

  it('codings are told without those that are none, and under one name', () => {
    expect(codingsOf(' X-gzip , identity,, BR')).toEqual(['gzip', 'br']);
  });
});
