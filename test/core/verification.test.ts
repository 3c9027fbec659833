import { describe, expect, it } from 'vitest';
import type { Algorithm, Digest } from '#imgdl/core/digest.js';
import { conflictIn, decisiveDigests, verify } from '#imgdl/core/verification.js';

const RIGHT: Readonly<Partial<Record<Algorithm, string>>> = {
  md5: 'd'.repeat(32),
  sha1: 'a'.repeat(40),
  sha256: '2'.repeat(64),
  sha512: '5'.repeat(128),
};
const COMPUTED = new Map(Object.entries(RIGHT) as [Algorithm, string][]);

/** `user sha256` is the right one, `header md5!` a wrong one; `clear`: an unsigned checksum file that came over http. */
function digest(text: string): Digest {
  const [who = '', name = ''] = text.split(' ');
  const algorithm = name.replace('!', '') as Algorithm;
  const right = RIGHT[algorithm] ?? '';
  const hex = name.endsWith('!') ? right.replace(/./g, '0') : right;
  if (who === 'clear') return { algorithm, hex, from: 'checksums', unauthenticated: true };
  return { algorithm, hex, from: who as Digest['from'] };
}

const digests = (text: string): readonly Digest[] => (text === '' ? [] : text.split(', ').map(digest));

interface Row {
  readonly promised: string;
  /** Those that count although they do not match, and those that do not. */
  readonly wrong?: string;
  readonly outvoted?: string;
  readonly verified: string;
}

const ROWS: readonly (readonly [string, Row])[] = [
  ['nothing is promised', { promised: '', verified: 'size-only' }],
  ['every promise is kept', { promised: 'metadata sha512, header md5', verified: 'sha512' }],
  ['a header alone is wrong', { promised: 'header md5!', wrong: 'header md5', verified: 'size-only' }],
  [
    'metadata are right, a header is wrong: nobody decides',
    { promised: 'metadata sha256, header md5!', wrong: 'header md5', verified: 'sha256' },
  ],
  ["the user's is wrong", { promised: 'user sha256!', wrong: 'user sha256', verified: 'size-only' }],
  [
    "the user's is wrong, all others are right",
    { promised: 'user sha256!, metadata sha512, header md5', wrong: 'user sha256', verified: 'sha512' },
  ],
  ["of two of the user's one is wrong", { promised: 'user sha256, user md5!', wrong: 'user md5', verified: 'user' }],
  [
    "the user's SHA-2 decides against a header",
    { promised: 'user sha256, header md5!', outvoted: 'header md5', verified: 'user' },
  ],
  [
    'against a stronger header, too',
    { promised: 'user sha256, header sha512!', outvoted: 'header sha512', verified: 'user' },
  ],
  [
    'against a header of the same algorithm, too',
    { promised: 'user sha256, header sha256!', outvoted: 'header sha256', verified: 'user' },
  ],
  [
    'and against another algorithm of the metadata',
    {
      promised: 'user sha256, metadata md5!, metadata sha512!',
      outvoted: 'metadata md5, metadata sha512',
      verified: 'user',
    },
  ],
  [
    'but not against the same one',
    { promised: 'user sha256, metadata sha256!', wrong: 'metadata sha256', verified: 'user' },
  ],
  [
    'nor does it save a weak one of the user that the metadata contradict',
    { promised: 'user sha256, user md5, metadata md5!', wrong: 'metadata md5', verified: 'user' },
  ],
  [
    "the user's md5 outvotes a header",
    { promised: 'user md5, header sha256!', outvoted: 'header sha256', verified: 'user' },
  ],
  [
    "the user's sha1 outvotes a header",
    { promised: 'user sha1, header md5!', outvoted: 'header md5', verified: 'user' },
  ],
  [
    'but no stronger digest of the metadata',
    { promised: 'user md5, metadata sha256!', wrong: 'metadata sha256', verified: 'user' },
  ],
  [
    'nor a weak one: neither of the two proves much',
    { promised: 'user sha1, metadata md5!', wrong: 'metadata md5', verified: 'user' },
  ],
  [
    "a checksum file is the user's word",
    {
      promised: 'checksums sha256, metadata md5!, header sha1!',
      outvoted: 'metadata md5, header sha1',
      verified: 'user',
    },
  ],
  [
    'one that anybody could have changed is worth a header',
    { promised: 'clear sha256, header md5!', wrong: 'header md5', verified: 'sha256' },
  ],
  [
    'so the user outvotes it',
    { promised: 'user sha256, clear sha512!', outvoted: 'checksums sha512', verified: 'user' },
  ],
  [
    'and it is wrong on its own',
    { promised: 'clear sha256!, metadata md5', wrong: 'checksums sha256', verified: 'md5' },
  ],
];

describe('which promises the bytes must keep', () => {
  it.each(ROWS)('%s', (_, { promised, wrong = '', outvoted = '', verified }) => {
    const found = verify(digests(promised), COMPUTED, true);
    const names = (list: typeof found.wrong): string =>
      list.map(({ from, algorithm }) => `${from} ${algorithm}`).join(', ');
    expect({ wrong: names(found.wrong), outvoted: names(found.outvoted), verified: found.verified }).toEqual({
      wrong,
      outvoted,
      verified,
    });
  });

  it('every promise is told with its outcome, and what nobody promised, too', () => {
    const { checked } = verify(digests('header md5, clear sha256!'), COMPUTED, true);
    expect(checked).toEqual([
      { algorithm: 'md5', hex: RIGHT.md5, from: 'header', matched: true },
      { algorithm: 'sha256', hex: '0'.repeat(64), from: 'checksums', matched: false },
      { algorithm: 'sha1', hex: RIGHT.sha1, from: 'computed', matched: null },
      { algorithm: 'sha512', hex: RIGHT.sha512, from: 'computed', matched: null },
    ]);
  });

  it('a promise whose algorithm was not computed is broken', () => {
    expect(verify(digests('user sha256'), new Map(), true)).toMatchObject({ wrong: [{ algorithm: 'sha256' }] });
  });

  it('without a size and a digest nothing is proven', () => {
    expect(verify([], COMPUTED, false).verified).toBe('none');
  });

  it("a receipt is our own word: it binds beside a weak checksum, and gives way to the user's SHA-2", () => {
    const named = (text: string): string[] => decisiveDigests(digests(text)).map(({ from }) => from);
    expect(named('user sha256, receipt sha512!')).toEqual(['user']);
    expect(named('user md5, receipt sha512!')).toEqual(['user', 'receipt']);
    expect(named('receipt sha512')).toEqual(['receipt']);
  });
});

const CONFLICTS: readonly (readonly [string, string, boolean])[] = [
  ['the same value twice', 'user sha256, metadata sha256', false],
  ['different algorithms', 'user sha256, metadata md5!', false],
  ["the user's against the metadata", 'user sha256, metadata sha256!', true],
  ["the user's md5 against the metadata", 'user md5, metadata md5!', true],
  ["two of the user's", 'user sha256, user sha256!', true],
  ["the user's against the checksum file", 'user sha256, checksums sha256!', true],
  ["the user's against a checksum file that anybody could have changed", 'user sha256, clear sha256!', false],
  ['two of metadata that the user outvotes', 'user sha256, metadata md5, metadata md5!', false],
  ['an unsigned checksum file against the metadata', 'clear sha256, metadata sha256!', true],
];

describe('promises that no bytes can keep', () => {
  it.each(CONFLICTS)('%s', (_, promised, conflict) => {
    expect(conflictIn(digests(promised)) !== undefined).toBe(conflict);
  });
});
