import { createHash, getHashes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALGORITHMS,
  type Algorithm,
  algorithmOf,
  type Digest,
  mergeDigests,
  normalHex,
  parseChecksum,
  parseContentMd5,
} from '#imgdl/core/digest.js';
import { AppError } from '#imgdl/core/errors.js';
import { anyText } from '../support/any-text.js';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA256 = 'ab'.repeat(32);

describe('algorithms', () => {
  it.each([...ALGORITHMS])('%s is one that Node computes, with as many digits as we expect', (algorithm) => {
    expect(getHashes()).toContain(algorithm);
    const hex = createHash(algorithm).digest('hex');
    expect(normalHex(algorithm, hex.toUpperCase())).toBe(hex);
    expect(normalHex(algorithm, hex.slice(1))).toBeUndefined();
    expect(normalHex(algorithm, `g${hex.slice(1)}`)).toBeUndefined();
  });

  it.each([
    ['SHA-512', 'sha512'],
    ['sha_256', 'sha256'],
    [' MD5 ', 'md5'],
    ['sha3_256', 'sha3-256'],
    ['blake2b', 'blake2b512'],
    ['blake2s', 'blake2s256'],
    ['sha512_256', undefined],
    ['shake128', undefined],
    ['crc32', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s is called %s', (name, algorithm) => {
    expect(algorithmOf(name)).toBe(algorithm);
  });
});

describe('--checksum', () => {
  it.each([
    ['sha256 in capitals', `SHA256:${SHA256.toUpperCase()}`, 'sha256', SHA256],
    ['a hyphen in the name', `sha-256:${SHA256}`, 'sha256', SHA256],
    ['blanks around', ` md5 : ${MD5} `, 'md5', MD5],
  ])('takes %s', (_, text, algorithm, hex) => {
    expect(parseChecksum(text)).toEqual({ algorithm, hex, from: 'user' });
  });

  it.each([
    ['nothing', ''],
    ['digits without algorithm', SHA256],
    ['a colon without algorithm', `:${SHA256}`],
    ['an algorithm without digits', 'sha256:'],
    ['too few digits', `sha256:${SHA256.slice(1)}`],
    ['digits of another algorithm', `sha512:${SHA256}`],
    ['base64', 'md5:1B2M2Y8AsgTpgAmY7PhCfg=='],
    ['an algorithm that is not offered', `blake2s256:${SHA256}`],
    ['an algorithm nobody knows', `crc32:01234567`],
    ['a name that ends where the colon should be', 'sha256x'],
  ])('refuses %s in words', (_, text) => {
    expect(() => parseChecksum(text)).toThrow(expect.objectContaining({ code: 'usage.option', exit: 2 }));
    expect(() => parseChecksum(text)).toThrow(/--checksum/);
  });

  it.each([
    ['of the form, but unknown', 'crc32:cbf43926', /the algorithm "crc32" is not known$/],
    ['not of the form', 'sha256x', /not of the form ALGO:HEX$/],
  ])('says whether the form or the algorithm is wrong: %s', (_, text, says) => {
    expect(() => parseChecksum(text)).toThrow(says);
  });

  it.each([
    [`sha256:https://example.com/SHA256SUMS`, /--checksums URL\|FILE/],
    ['https://example.com/SHA256SUMS', /--checksums URL\|FILE/],
    ['sha256:./sums.txt', /--checksums URL\|FILE/],
    ['sha256:SHA256SUMS', /--checksums URL\|FILE/],
    ['SHA256SUMS', /--checksums URL\|FILE/],
    ['~/sums', /--checksums URL\|FILE/],
    ['a.img.sha256', /--checksums URL\|FILE/],
    [SHA256, /write sha256:[0-9a-f]{4}…/],
    ['d'.repeat(32), /write md5:dddd…/],
    ['md5:1B2M2Y8Ags/pgAmY7PhCfg==', /32 hex digits/],
    ['sha256x', /use one of md5/],
  ])('tells what was meant: %s', (text, hint) => {
    expect(() => parseChecksum(text)).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }));
  });

  it('fails in no other way, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(),
          fc.string().map((text) => `sha256:${text}`),
        ),
        (text) => {
          try {
            expect(parseChecksum(text).hex).toMatch(/^[0-9a-f]{32,128}$/);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).code).toBe('usage.option');
          }
        },
      ),
    );
  });
});

describe('Content-MD5', () => {
  it.each([
    ['base64 by RFC 1864', '1B2M2Y8AsgTpgAmY7PhCfg==', MD5],
    ['hex by Glance', MD5, MD5],
    ['hex in capitals', ` ${MD5.toUpperCase()} `, MD5],
    ['base64 without padding', '1B2M2Y8AsgTpgAmY7PhCfg', undefined],
    ['base64 of another length', 'AAAA', undefined],
    ['URL-safe base64', '-_2M2Y8AsgTpgAmY7PhCfg==', undefined],
    ['None, as Python prints it', 'None', undefined],
    ['nothing', '', undefined],
  ])('%s', (_, value, hex) => {
    expect(parseContentMd5(value)).toBe(hex);
  });

  it('gives the digest back in either form, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), anyText(), (bytes, text) => {
        const hex = Buffer.from(bytes).toString('hex');
        expect(parseContentMd5(hex)).toBe(hex);
        expect(parseContentMd5(Buffer.from(bytes).toString('base64'))).toBe(hex);
        expect(parseContentMd5(text) ?? MD5).toMatch(/^[0-9a-f]{32}$/);
      }),
    );
  });
});

const digest = (algorithm: Algorithm, hex: string, from: Digest['from']): Digest => ({ algorithm, hex, from });

describe('promises of several sources', () => {
  it('one promise per algorithm and value is kept, with the label of the first', () => {
    const merged = mergeDigests(
      [digest('md5', MD5, 'user')],
      [digest('md5', MD5, 'metadata'), digest('sha256', SHA256, 'metadata')],
      [digest('md5', 'f'.repeat(32), 'header')],
    );
    expect(merged.map(({ algorithm, from }) => `${algorithm} ${from}`)).toEqual([
      'md5 user',
      'sha256 metadata',
      'md5 header',
    ]);
  });

  it('of equal ones the weightier word is kept, in whatever order they come', () => {
    const unsigned: Digest = { ...digest('md5', MD5, 'checksums'), unauthenticated: true };
    expect(mergeDigests([unsigned], [digest('md5', MD5, 'metadata')])).toEqual([digest('md5', MD5, 'metadata')]);
    expect(mergeDigests([digest('md5', MD5, 'header')], [unsigned])).toEqual([digest('md5', MD5, 'header')]);
    expect(mergeDigests([digest('md5', MD5, 'metadata')], [digest('md5', MD5, 'checksums')])).toEqual([
      digest('md5', MD5, 'checksums'),
    ]);
  });
});
