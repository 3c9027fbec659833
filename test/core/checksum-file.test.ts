import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChecksumFile,
  clearText,
  listedDigests,
  parseChecksums,
  unlistedError,
} from '#imgdl/core/checksum-file.js';
import { AppError } from '#imgdl/core/errors.js';
import { anyText } from '../support/any-text.js';
import { programPath } from '../support/processes.js';
import { scratch } from '../support/scratch.js';

const MD5 = 'd'.repeat(32);
const SHA1 = '1'.repeat(40);
const SHA224 = '4'.repeat(56);
const SHA256 = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const SHA384 = '3'.repeat(96);
const SHA512 = '5'.repeat(128);

const entries = (text: string, fileName = 'SUMS'): readonly string[] =>
  parseChecksums(text, fileName).entries.map(
    ({ name, algorithm, hex }) => `${algorithm} ${hex} ${JSON.stringify(name)}`,
  );
const sha256 = (name: string): string => `sha256 ${SHA256} ${JSON.stringify(name)}`;

const LINES: readonly (readonly [sentence: string, line: string, entry: string | undefined])[] = [
  ['GNU, text mode', `${SHA256}  a.img`, sha256('a.img')],
  ['GNU, binary mode', `${SHA256} *a.img`, sha256('a.img')],
  ['GNU, both marks', `${SHA256}  *a.img`, sha256('a.img')],
  ['GNU with the end of a line of DOS', `${SHA256}  a.img\r`, sha256('a.img')],
  ['GNU with blanks in front', ` \t${SHA256}  a.img`, sha256('a.img')],
  ['GNU in capitals', `${SHA256.toUpperCase()}  a.img`, sha256('a.img')],
  ['GNU with a directory', `${SHA256}  ./a.img`, sha256('a.img')],
  ['GNU with a path', `${SHA256}  x/y/a.img`, sha256('x/y/a.img')],
  ['GNU with blanks in the name', `${SHA256}  a b.img`, sha256('a b.img')],
  ['GNU with a name that begins with a blank', `${SHA256}   a.img`, sha256(' a.img')],
  ['GNU with an escaped backslash', `\\${SHA256}  a\\\\b.img`, sha256('a\\b.img')],
  ['GNU with an escaped line break', `\\${SHA256}  a\\nb\\r.img`, sha256('a\nb\r.img')],
  ['GNU with a backslash that escapes nothing', `${SHA256}  a\\nb.img`, sha256('a\\nb.img')],
  ['one blank', `${SHA256} a.img`, sha256('a.img')],
  ['a tab', `${SHA256}\ta.img`, sha256('a.img')],
  ['md5', `${MD5}  a.img`, `md5 ${MD5} "a.img"`],
  ['sha1', `${SHA1}  a.img`, `sha1 ${SHA1} "a.img"`],
  ['sha224', `${SHA224}  a.img`, `sha224 ${SHA224} "a.img"`],
  ['sha384', `${SHA384}  a.img`, `sha384 ${SHA384} "a.img"`],
  ['sha512', `${SHA512}  a.img`, `sha512 ${SHA512} "a.img"`],
  ['BSD', `SHA256 (a.img) = ${SHA256}`, sha256('a.img')],
  ['BSD with a directory', `SHA256 (./a.img) = ${SHA256}`, sha256('a.img')],
  ['BSD with brackets in the name', `SHA256 (a (1) = b.img) = ${SHA256}`, sha256('a (1) = b.img')],
  ['BSD with escapes', `\\SHA256 (a\\nb.img) = ${SHA256}`, sha256('a\nb.img')],
  ['BSD with a star that belongs to the name', `SHA256 (*a.img) = ${SHA256}`, sha256('*a.img')],
  ['BSD, SHA512', `SHA512 (a.img) = ${SHA512}`, `sha512 ${SHA512} "a.img"`],
  ['BSD, BLAKE2b', `BLAKE2b (a.img) = ${SHA512}`, `blake2b512 ${SHA512} "a.img"`],
  ['OpenSSL', `SHA256(a.img)= ${SHA256}`, sha256('a.img')],
  ['OpenSSL 3', `SHA2-256(a.img)= ${SHA256}`, sha256('a.img')],
  ['as --checksum has it', `sha256:${SHA256}  a.img`, sha256('a.img')],
  ['as --checksum has it, in another algorithm', `SHA512:${SHA512} *a.img`, `sha512 ${SHA512} "a.img"`],
  ['as --checksum has it, too short for its label', `sha512:${SHA256}  a.img`, undefined],
  ['a digest that is too short for its label', `SHA256 (a.img) = ${SHA1}`, undefined],
  ['an algorithm that is not known', `SHA512/256 (a.img) = ${SHA256}`, undefined],
  ['a shortened BLAKE2b', `BLAKE2b-256 (a.img) = ${SHA256}`, undefined],
  ['a digest of no known length', `${SHA256}a  a.img`, undefined],
  ['no hex', `${'g'.repeat(64)}  a.img`, undefined],
  ['a comment', `# a.img: ${SHA256}`, undefined],
  ['the size that Fedora writes', '# Fedora-Cloud-Base.qcow2: 400752640 bytes', undefined],
  ['the headers of a signature', 'Hash: SHA256', undefined],
  ['nothing', '', undefined],
];

describe('a line of a checksum file', () => {
  it.each(LINES)('%s', (_, line, entry) => {
    expect(entries(`${line}\n`)).toEqual(entry === undefined ? [] : [entry]);
  });

  it.each([
    ['B2SUMS', 'blake2b512'],
    ['a.img.blake2b', 'blake2b512'],
    ['a.img.b2', 'blake2b512'],
    ['SHA3-512SUMS', 'sha3-512'],
    ['SHA512SUMS', 'sha512'],
    ['b2b.img.sums', 'sha512'],
    ['os-b2.img.sha512', 'sha512'],
    ['os-b2.img.sums', 'sha512'],
    ['blake2b-tool.img.sha512', 'sha512'],
    ['a.img.sha3', 'sha3-512'],
    ['SHA3SUMS', 'sha3-512'],
    ['BLAKE2SUMS', 'blake2b512'],
    ['sha512.blake2b-512', 'blake2b512'],
    ['SUMS', 'sha512'],
  ])('in %s 128 digits are %s', (fileName, algorithm) => {
    expect(entries(`${SHA512}  a.img`, fileName)).toEqual([`${algorithm} ${SHA512} "a.img"`]);
  });

  it.each([
    ['a.img.sha3', 'sha3-256'],
    ['a.img.blake2s', 'blake2s256'],
    ['SHA256SUMS', 'sha256'],
    ['os-b3.img.sha256sum', 'sha256'],
    ['whirlpool-sha512-256.img.sha256', 'sha256'],
    ['tiger.img.sums', 'sha256'],
  ])('in %s 64 digits are %s', (fileName, algorithm) => {
    expect(entries(`${SHA256}  a.img`, fileName)).toEqual([`${algorithm} ${SHA256} "a.img"`]);
  });

  it.each([
    ['B3SUMS', SHA256],
    ['a.img.b3', SHA256],
    ['a.img.blake3', SHA256],
    ['SM3SUMS', SHA256],
    ['RMD160SUMS', SHA1],
    ['a.img.ripemd160', SHA1],
    ['a.img.whirlpool', SHA512],
    ['streebog512sums', SHA512],
    ['SHA512-256SUMS', SHA256],
    ['a.img.sha512_256', SHA256],
    ['a.img.blake2b-256', SHA256],
    ['B2SUMS', SHA256],
    ['SHA3-224SUMS', SHA224],
  ])('in %s a digest that imgdl cannot compute is not taken for another one', (fileName, hex) => {
    for (const text of [`${hex}  a.img`, hex]) {
      const parsed = parseChecksums(text, fileName);
      expect([parsed.entries, parsed.bare]).toEqual([[], undefined]);
      expect(parsed.foreign).toHaveLength(1);
    }
  });

  it.each(['\n', '\r\n', '\r'])('ends with %j', (end) => {
    const lines = [`${SHA256}  a.img`, '', `SHA256 (b.img) = ${SHA256}`, ''];
    expect(entries(lines.join(end))).toEqual([sha256('a.img'), sha256('b.img')]);
  });

  it.skipIf(programPath('sha256sum') === undefined)('what coreutils writes of any name is read as that name', () => {
    const directory = scratch();
    const names = ['a.img', ' b', 'c d', 'e\\f', 'g\nh', 'i\rj', '\\k', 'l)= m', 'ä', '--n'];
    for (const name of names) writeFileSync(join(directory, name), 'x');
    for (const options of [[], ['--binary'], ['--tag']]) {
      const { stdout } = spawnSync('sha256sum', [...options, '--', ...names], { cwd: directory, encoding: 'utf8' });
      expect(parseChecksums(stdout, 'SUMS').entries.map(({ name }) => name)).toEqual(names);
    }
  });

  it('any text is taken without a throw, and what comes out is well formed', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        for (const { hex } of parseChecksums(`${SHA256}  ${text}\n${text}`, text).entries) {
          expect(hex).toMatch(/^[0-9a-f]+$/);
        }
      }),
    );
  });
});

const file = (text: string, changes: Partial<ChecksumFile> = {}): ChecksumFile => ({
  shown: 'SUMS',
  authenticated: true,
  ...parseChecksums(text, 'SUMS'),
  ...changes,
});
const found = (list: ChecksumFile, path: string): string | undefined =>
  listedDigests(list, path.split('/'))
    ?.map(({ algorithm, hex }) => `${algorithm}:${hex}`)
    .join(' ');

interface Lookup {
  readonly text: string;
  readonly path: string;
  /** Undefined: it is not listed. */
  readonly digests: string | undefined;
}

const A = `sha256:${SHA256}`;
const B = `sha256:${OTHER}`;
const LOOKUPS: readonly (readonly [string, Lookup])[] = [
  ['by the name', { text: `${OTHER}  b.img\n${SHA256}  a.img\n`, path: 'x/a.img', digests: A }],
  [
    'every algorithm counts',
    {
      text: `SHA256 (a.img) = ${SHA256}\nMD5 (a.img) = ${MD5}\n${SHA512}  a.img`,
      path: 'a.img',
      digests: `${A} md5:${MD5} sha512:${SHA512}`,
    },
  ],
  [
    'an entry that is there twice is one',
    { text: `${SHA256}  a.img\n${SHA256} *./a.img`, path: 'a.img', digests: `${A} ${A}` },
  ],
  ['case counts', { text: `${SHA256}  A.img`, path: 'a.img', digests: undefined }],
  ['a longer name is another one', { text: `${SHA256}  a.img.xz`, path: 'a.img', digests: undefined }],
  ['a name that ends like it is another one', { text: `${SHA256}  xa.img`, path: 'a.img', digests: undefined }],
  ['a directory has no name', { text: `${SHA256}  /`, path: 'x/', digests: undefined }],
  ['an empty file lists nothing', { text: '', path: 'a.img', digests: undefined }],
  ['a list of a directory above', { text: `${SHA256}  y/a.img`, path: 'x/y/a.img', digests: A }],
  ['a list that was made elsewhere', { text: `${SHA256}  /build/out/a.img`, path: 'x/a.img', digests: A }],
  [
    'of two of the name the one with the path of the URL',
    { text: `${OTHER}  netboot/a.img\n${SHA256}  netboot/gtk/a.img`, path: 'debian/netboot/gtk/a.img', digests: A },
  ],
  [
    'of two of the name the one that the URL ends with',
    { text: `${OTHER}  other/gtk/a.img\n${SHA256}  a.img`, path: 'debian/gtk/a.img', digests: A },
  ],
  ['a path of Windows', { text: `${SHA256} *.\\out\\a.img`, path: 'x/a.img', digests: A }],
  ['but a name with a backslash is that name first', { text: `${OTHER}  x\\a\n${SHA256}  a`, path: 'a', digests: A }],
  ['a name as it stands in a URL', { text: `${SHA256}  a%20b.img`, path: 'a b.img', digests: A }],
  ['a name with a percent that is none', { text: `${SHA256}  100%.img`, path: '100%.img', digests: A }],
  ['blanks behind a name', { text: `${SHA256}  a.img  \t`, path: 'a.img', digests: A }],
  ['a digest alone is of any name', { text: `${SHA256}\n`, path: 'x', digests: A }],
  ['and so is one of what came from a pipe', { text: `${SHA256}  -\n`, path: 'x', digests: A }],
  ['in the form of BSD', { text: `SHA256 (-) = ${SHA256}\n`, path: 'x', digests: A }],
  ['by OpenSSL', { text: `SHA2-256(stdin)= ${SHA256}\n`, path: 'x', digests: A }],
  ['by OpenSSL, which may not say of what algorithm', { text: `(stdin)= ${SHA256}\n`, path: 'x', digests: A }],
  ['by OpenSSL in the form of GNU', { text: `${SHA256} *stdin\n`, path: 'x', digests: A }],
  ['as --checksum has it', { text: `sha256:${SHA256}\n`, path: 'x', digests: A }],
  ['but not beside another', { text: `${SHA256}\n${SHA512}\n`, path: 'x', digests: undefined }],
  ['nor beside one with a name', { text: `${SHA256}\n${OTHER}  b.img\n`, path: 'x', digests: undefined }],
  ['which counts', { text: `${SHA256}\n${OTHER}  b.img\n`, path: 'b.img', digests: B }],
];

describe('a file that repeats itself is read in no time', () => {
  it('entries of one name', { timeout: 5000 }, () => {
    const entry = { name: 'a.img', algorithm: 'sha256', hex: SHA256 } as const;
    const list = file('', { entries: Array.from({ length: 150_000 }, () => entry) });
    expect(listedDigests(list, ['a.img'])).toHaveLength(150_000);
  });

  it('beginnings of a signed message', { timeout: 5000 }, () => {
    expect(clearText('-----BEGIN PGP SIGNED MESSAGE-----\n'.repeat(50_000))).toBeUndefined();
  });
});

describe('an image is looked up', () => {
  it.each(LOOKUPS)('%s', (_, { text, path, digests }) => {
    expect(found(file(text), path)).toBe(digests);
  });

  it.each([
    ['with the same name', `${SHA256}  a.img\n${OTHER}  a.img`],
    ['in two forms', `${SHA256}  a.img\nSHA256 (./a.img) = ${OTHER}`],
    ['in two directories, of which the URL says nothing', `${SHA256}  x/a.img\n${OTHER}  y/a.img`],
  ])('entries that contradict each other are exit 9: %s', (_, text) => {
    try {
      found(file(text), 'z/a.img');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'integrity.conflict', exit: 9 });
    }
  });

  it("is the user's word where nobody could have changed it", () => {
    expect(listedDigests(file(`${SHA256}  a`), ['a'])).toEqual([
      { algorithm: 'sha256', hex: SHA256, from: 'checksums' },
    ]);
    expect(listedDigests(file(`${SHA256}  a`, { authenticated: false }), ['a'])).toEqual([
      { algorithm: 'sha256', hex: SHA256, from: 'checksums', unauthenticated: true },
    ]);
  });

  it('and where it is not listed the error says what is, made safe', () => {
    const error = unlistedError(file(`${SHA256}  b\u001b[31m\n${SHA256}  c\n${SHA256}  d\n${SHA256}  e`), ['a', 'x\n']);
    expect(error).toBeInstanceOf(AppError);
    expect([error.code, error.exit]).toEqual(['integrity.unlisted', 9]);
    expect(error.message).toBe('looking up a or x\\n in SUMS: it is not listed');
    expect(error.hint).toContain('it lists b\\x1b[31m, c, d and others');
  });
});

describe('a digest that imgdl cannot compute', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['by its label', `BLAKE3 (a.img) = ${SHA256}`, 'SUMS', 'BLAKE3'],
    ['by the name of the file', `${SHA256}  ./out/a.img`, 'SM3SUMS', 'SM3SUMS'],
    ['alone', SHA256, 'a.img.b3', 'b3'],
  ];
  it.each(cases)('is told: %s', (_, text, fileName, label) => {
    const error = unlistedError(file('', parseChecksums(text, fileName)), ['a.img']);
    expect(error.message).toBe(
      `looking up a.img in SUMS: its digest there is of the algorithm ${label}, which imgdl does not know`,
    );
    expect(error.hint).toContain('SHA256SUMS');
  });

  it('of another file is not told', () => {
    expect(unlistedError(file(`BLAKE3 (b.img) = ${SHA256}`), ['a.img']).message).toContain('it is not listed');
  });

  it('beside one that it can compute does not count', () => {
    expect(found(file(`BLAKE3 (a.img) = ${OTHER}\nSHA256 (a.img) = ${SHA256}\nsize (a.img) = 4096`), 'a.img')).toBe(A);
  });
});

const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

${SHA256}  a.img
- -----BEGIN OF NOTHING
-----BEGIN PGP SIGNATURE-----

iHUEARYIAB0WIQT8JZBYLoBVBtnHMvDCWfRiN8uDdQ==
-----END PGP SIGNATURE-----
`;

describe('a clear-signed file', () => {
  it('is its text, without headers, escapes and signature', () => {
    expect(clearText(SIGNED)).toBe(`${SHA256}  a.img\n-----BEGIN OF NOTHING\n`);
    expect(clearText(SIGNED.replaceAll('\n', '\r\n'))).toBe(`${SHA256}  a.img\r\n-----BEGIN OF NOTHING\r\n`);
  });

  it('has no say in what stands outside of it', () => {
    expect(clearText(`${OTHER}  a.img\n${SIGNED}${OTHER}  a.img\n`)).toBe(`${SHA256}  a.img\n-----BEGIN OF NOTHING\n`);
  });

  it.each(['', 'SHA256SUMS', SIGNED.slice(0, 60), SIGNED.slice(1)])('%j is none', (text) => {
    expect(clearText(text)).toBeUndefined();
  });

  it('any text is taken without a throw', () => {
    fc.assert(fc.property(anyText(), (text) => void clearText(`-----BEGIN PGP SIGNED MESSAGE-----\n${text}`)));
  });
});
