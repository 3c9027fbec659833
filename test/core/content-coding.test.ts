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
  // Files of other kinds that are described and not coded, by the words of Apache and of object stores.
  ['x-compress', 'a.tar.Z', false],
  ['x-bzip2', 'a.tar.bz2', false],
  ['bzip2', 'a.tbz', false],
  ['xz', 'a.qcow2.xz', false],
  ['x-xz', 'a.txz', false],
  ['zstd', 'a.raw.zst', false],
  ['br', 'a.br', false],
  ['lz4', 'a.lz4', false],
  ['x-lzma', 'a.lzma', false],
  ['zstd', 'a.xz', true],
  ['xz', 'a.img', true],
  ['xz, gzip', 'a.xz', true],
  ['bzip2', 'bz2', true],
  // Nothing is compressed, and the words say so, if in the wrong field.
  ['none', 'a.img', false],
  ['binary', 'a.img', false],
  ['UTF-8', 'a.img', false],
  ['8bit', 'a.img', false],
  ['binary, gzip', 'a.img', true],
  ['constructor', 'a.img', true],
  // The framing may still be in the bytes.
  ['aws-chunked', 'a.img', true],
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
