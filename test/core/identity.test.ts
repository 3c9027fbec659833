import { describe, expect, it } from 'vitest';
import type { Algorithm, Digest } from '#imgdl/core/digest.js';
import {
  type AnswerProof,
  adoptedIdentity,
  adoptionOf,
  compareAnswer,
  compareIdentity,
  differenceIn,
  fingerprintOf,
  hasValidator,
  identityIn,
  isPlaceholderDate,
  isRenewable,
  lackOfProof,
  learn,
  promisesOther,
  sameSource,
  sameTag,
  strongEtag,
  weakEtag,
  withPromised,
} from '#imgdl/core/identity.js';
import type { Identity, Remote } from '#imgdl/core/source.js';
import { remember } from '#imgdl/core/vault.js';

const A = `md5:${'a'.repeat(32)}`;
const B = `md5:${'b'.repeat(32)}`;
const OLD = 'Fri, 20 Nov 2026 08:00:00 GMT';
const NEW = 'Sat, 21 Nov 2026 08:00:00 GMT';
const YOUNG = 'Sat, 21 Nov 2026 07:59:30 GMT';
const EPOCH = 'Thu, 01 Jan 1970 00:00:01 GMT';
const ZIP = 'Tue, 01 Jan 1980 00:00:00 GMT';

describe('the ladder of proof', () => {
  const rows: readonly [string, Remote['validator'], Identity, Identity, object][] = [
    ['nothing known asks for an overlap', 'http', {}, {}, { kind: 'overlap' }],
    ['the size alone is no proof', 'http', { size: 1 }, { size: 1 }, { kind: 'overlap' }],
    ['the size alone is no proof of a provider', 'provider', { size: 1 }, { size: 1 }, { kind: 'overlap' }],
    ['another size is a change', 'http', { size: 1 }, { size: 2 }, { kind: 'changed', field: 'size' }],
    ['an empty object that grew is a change', 'provider', { size: 0 }, { size: 2 }, { kind: 'changed', field: 'size' }],
    ['the same digest is proof', 'provider', { digests: [A] }, { digests: [A] }, { kind: 'proven', by: 'digests' }],
    [
      'so it is of a plain server',
      'http',
      { digests: [A], etag: '"1"' },
      { digests: [A], etag: '"1"' },
      { kind: 'proven', by: 'digests' },
    ],
    [
      'also where another ETag speaks against it: mirrors have their own',
      'http',
      { digests: [A], etag: '"1"' },
      { digests: [A], etag: '"2"' },
      { kind: 'proven', by: 'digests' },
    ],
    [
      'but not of a provider, where an ETag was seen as well',
      'provider',
      { digests: [A], etag: '"1"' },
      { digests: [A], etag: '"1"' },
      { kind: 'overlap' },
    ],
    [
      'another digest is a change',
      'provider',
      { digests: [A] },
      { digests: [B] },
      { kind: 'changed', field: 'digests' },
    ],
    [
      'one digest that differs outweighs one that is equal',
      'http',
      { digests: [A, 'sha1:0'] },
      { digests: [A, 'sha1:1'] },
      { kind: 'changed', field: 'digests' },
    ],
    [
      'digests of other algorithms tell nothing',
      'http',
      { digests: [A] },
      { digests: ['sha1:0'] },
      { kind: 'overlap' },
    ],
    [
      'another revision is a change',
      'provider',
      { revision: '1' },
      { revision: '2' },
      { kind: 'changed', field: 'revision' },
    ],
    [
      'another ETag of a plain server is a change',
      'http',
      { etag: '"1"' },
      { etag: '"2"' },
      { kind: 'changed', field: 'etag' },
    ],
    [
      'the same ETag of a plain server is proof',
      'http',
      { etag: '"1"' },
      { etag: '"1"' },
      { kind: 'proven', by: 'etag' },
    ],
    ['another ETag of a provider is looked into', 'provider', { etag: '"1"' }, { etag: '"2"' }, { kind: 'overlap' }],
    ['the same ETag of a provider is no proof', 'provider', { etag: '"1"' }, { etag: '"1"' }, { kind: 'overlap' }],
    [
      'an ETag outweighs a date',
      'http',
      { etag: '"1"', lastModified: OLD },
      { etag: '"1"', lastModified: NEW },
      { kind: 'proven', by: 'etag' },
    ],
    [
      'the same date and size are proof',
      'http',
      { size: 1, lastModified: OLD },
      { size: 1, lastModified: OLD },
      { kind: 'proven', by: 'lastModified' },
    ],
    [
      'the same date without size is no proof',
      'http',
      { lastModified: OLD },
      { lastModified: OLD },
      { kind: 'overlap' },
    ],
    [
      'the date of 1970 dates nothing',
      'http',
      { size: 1, lastModified: EPOCH },
      { size: 1, lastModified: EPOCH },
      { kind: 'overlap' },
    ],
    [
      'nor does that of ZIP',
      'http',
      { size: 1, lastModified: ZIP },
      { size: 1, lastModified: ZIP },
      { kind: 'overlap' },
    ],
    [
      'but another date than 1970 is a change',
      'http',
      { size: 1, lastModified: EPOCH },
      { size: 1, lastModified: OLD },
      { kind: 'changed', field: 'lastModified' },
    ],
    [
      'a date that is too young is no proof',
      'http',
      { size: 1, weakLastModified: YOUNG },
      { size: 1, weakLastModified: YOUNG },
      { kind: 'overlap' },
    ],
    [
      'nor is it one when it has become old',
      'http',
      { size: 1, weakLastModified: YOUNG },
      { size: 1, lastModified: YOUNG },
      { kind: 'overlap' },
    ],
    [
      'but another date is a change',
      'http',
      { size: 1, weakLastModified: YOUNG },
      { size: 1, lastModified: NEW },
      { kind: 'changed', field: 'lastModified' },
    ],
    [
      'and so is a young date where an old one was known',
      'http',
      { size: 1, lastModified: OLD },
      { size: 1, weakLastModified: YOUNG },
      { kind: 'changed', field: 'lastModified' },
    ],
    [
      'a weak ETag is no proof',
      'http',
      { size: 1, weakEtag: 'W/"1"' },
      { size: 1, weakEtag: 'W/"1"' },
      { kind: 'overlap' },
    ],
    [
      'but another weak ETag is a change, also where date and size are the same',
      'http',
      { size: 1, lastModified: OLD, weakEtag: 'W/"1"' },
      { size: 1, lastModified: OLD, weakEtag: 'W/"2"' },
      { kind: 'changed', field: 'etag' },
    ],
    [
      'so is a weak one that does not even say the same as the strong one',
      'http',
      { size: 1, lastModified: OLD, etag: '"1"' },
      { size: 1, lastModified: OLD, weakEtag: 'W/"2"' },
      { kind: 'changed', field: 'etag' },
    ],
    [
      'a strong ETag that became weak leaves it to the date',
      'http',
      { size: 1, lastModified: OLD, etag: '"1"' },
      { size: 1, lastModified: OLD, weakEtag: 'W/"1"' },
      { kind: 'proven', by: 'lastModified' },
    ],
    [
      'so does one that lost its quotes',
      'http',
      { size: 1, lastModified: OLD, etag: '"1"' },
      { size: 1, lastModified: OLD, weakEtag: '1' },
      { kind: 'proven', by: 'lastModified' },
    ],
    [
      'another weak ETag of a provider is looked into',
      'provider',
      { weakEtag: 'W/"1"' },
      { weakEtag: 'W/"2"' },
      { kind: 'overlap' },
    ],
    [
      'another date is a change',
      'http',
      { size: 1, lastModified: OLD },
      { size: 1, lastModified: NEW },
      { kind: 'changed', field: 'lastModified' },
    ],
    ['an ETag that is gone tells nothing', 'http', { etag: '"1"' }, {}, { kind: 'overlap' }],
  ];
  it.each(rows)('%s', (_, validator, known, now, proof) => {
    expect(compareIdentity(known, now, validator)).toEqual(proof);
    expect(compareIdentity(now, known, validator).kind).toBe((proof as { kind: string }).kind);
  });

  it('what is known stays when more is learned', () => {
    expect(learn({ size: 1 }, { size: 2, etag: '"1"' })).toEqual({ size: 1, etag: '"1"' });
  });

  it.each([
    ['provider', { provider: 'x' }],
    ['endpoint', { endpoint: 'x' }],
    ['object', { ref: 'x' }],
  ])('another %s is another source', (_, change) => {
    const ref = { provider: 'uforge', endpoint: 'https://h/api', ref: 'users/a' };
    expect(sameSource(ref, { ...ref })).toBe(true);
    expect(sameSource(ref, { ...ref, ...change })).toBe(false);
  });
});

describe('is it still the object of the receipt?', () => {
  const rows: readonly [string, Identity, Identity, AnswerProof['kind'] | 'changed etag'][] = [
    ['the same strong ETag', { etag: '"1"' }, { etag: '"1"' }, 'proven'],
    ['another strong ETag', { etag: '"1"' }, { etag: '"2"' }, 'changed etag'],
    ['the same date and size', { size: 1, lastModified: OLD }, { size: 1, lastModified: OLD }, 'proven'],
    ['the same date, and no size', { size: 1, lastModified: OLD }, { lastModified: OLD }, 'unproven'],
    ['the same date, another size', { size: 1, lastModified: OLD }, { size: 2, lastModified: OLD }, 'changed'],
    ['an older date', { size: 1, lastModified: NEW }, { size: 1, lastModified: OLD }, 'changed'],
    ['no date any more', { size: 1, lastModified: NEW }, { size: 1 }, 'unproven'],
    ['a date that is too young to be taken', { size: 1 }, { size: 1, lastModified: OLD }, 'unproven'],
    ['the date of 1970', { size: 1, lastModified: EPOCH }, { size: 1, lastModified: EPOCH }, 'unproven'],
    ['the date of 1980', { size: 1, lastModified: ZIP }, { size: 1, lastModified: ZIP }, 'unproven'],
    ['the size alone', { size: 1 }, { size: 1 }, 'unproven'],
    ['nothing', {}, {}, 'unproven'],
    ['the same weak ETag, in a whole answer', { weakEtag: 'W/"1"' }, { weakEtag: 'W/"1"' }, 'unproven'],
    ['another weak ETag', { weakEtag: 'W/"1"' }, { weakEtag: 'W/"2"' }, 'changed etag'],
    ['another digest, the same ETag', { etag: '"1"', digests: [A] }, { etag: '"1"', digests: [B] }, 'changed'],
    [
      'another digest, the same date and size',
      { size: 1, lastModified: OLD, digests: [A] },
      { size: 1, lastModified: OLD, digests: [B] },
      'changed',
    ],
    ['the same digest, and nothing else', { digests: [A] }, { digests: [A] }, 'proven'],
    ['the same digest, another ETag', { etag: '"1"', digests: [A] }, { etag: '"2"', digests: [A] }, 'proven'],
    [
      'the same digest, another weak ETag',
      { weakEtag: '"1"', digests: [A] },
      { weakEtag: '"2"', digests: [A] },
      'proven',
    ],
    ['a digest that nobody can compare', { digests: [A] }, { digests: [`sha1:${'a'.repeat(40)}`] }, 'unproven'],
    [
      'another weak ETag, the same date and size',
      { size: 1, lastModified: OLD, weakEtag: 'W/"1"' },
      { size: 1, lastModified: OLD, weakEtag: 'W/"2"' },
      'changed',
    ],
    [
      'the same weak ETag, date and size',
      { size: 1, lastModified: OLD, weakEtag: 'W/"1"' },
      { size: 1, lastModified: OLD, weakEtag: 'W/"1"' },
      'proven',
    ],
  ];
  it.each(rows)('%s', (_, known, now, kind) => {
    const proof = compareAnswer(known, now);
    expect(kind === 'changed etag' && proof.kind === 'changed' ? `changed ${proof.field}` : proof.kind).toBe(kind);
    if (proof.kind === 'unproven') expect(proof.why).toMatch(/^the server .*[^.]$/);
  });

  it.each<[string, Identity, Identity, string]>([
    [
      'the same weak ETag',
      { weakEtag: 'W/"1"' },
      { weakEtag: 'W/"1"' },
      'the server sent the whole image again although its weak ETag is unchanged',
    ],
    [
      'a strong ETag, where there was none',
      {},
      { etag: '"1"' },
      'the server no longer sends the headers that would prove it is the same image',
    ],
    ['nothing', { etag: '"1"' }, {}, 'the server sends no ETag, and no date old enough to trust'],
    ['a date', { etag: '"1"' }, { lastModified: OLD }, 'the server sends a date, but neither an ETag nor a size'],
    [
      'the date of 1970',
      { etag: '"1"' },
      { size: 1, lastModified: EPOCH },
      `the server sends no ETag, and ${EPOCH} is not a real date`,
    ],
  ])('says why that proves nothing: %s', (_, known, now, why) => {
    expect(compareAnswer(known, now)).toEqual({ kind: 'unproven', why });
  });

  it.each<[string, Identity, RegExp | undefined, boolean]>([
    ['a strong ETag', { etag: '"1"' }, undefined, true],
    ['a weak one', { weakEtag: 'W/"1"' }, undefined, false],
    ['date and size', { size: 1, lastModified: OLD }, undefined, true],
    ['a date', { lastModified: OLD }, /nor a size/, false],
    ['the date of 1970', { size: 1, lastModified: EPOCH }, /1970.* not a real date/, false],
    ['the date of 1980', { size: 1, lastModified: ZIP }, /1980.* not a real date/, false],
    ['a size', { size: 1 }, /no ETag, and no date/, false],
    ['a weak ETag and the date of 1970', { size: 1, lastModified: EPOCH, weakEtag: 'W/"1"' }, undefined, false],
  ])('what %s can prove later, and to further connections', (_, known, lack, splits) => {
    expect(lackOfProof(known)).toEqual(lack === undefined ? undefined : expect.stringMatching(lack));
    expect(hasValidator(known)).toBe(splits);
  });
});

describe('validators in headers', () => {
  it.each([
    ['W/"a"', 'W/"a"'],
    [' W/"a" ', 'W/"a"'],
    ['"a"', undefined],
    ['w/"a"', undefined],
    ['W/a', undefined],
    ['a', 'a'],
    [' 5f-a*b ', '5f-a*b'],
    ['a b', undefined],
    ['a,b', undefined],
    ['*', undefined],
    ['', undefined],
    ['"a', undefined],
    ['ä', undefined],
    ['a'.repeat(257), undefined],
    ['W/"a", W/"b"', undefined],
    ['W/"a\r\nX: y"', undefined],
    [`W/"${'a'.repeat(257)}"`, undefined],
  ])('the weak ETag %j is taken as %s', (value, etag) => {
    expect(weakEtag(new Map([['etag', value]]))).toBe(etag);
  });

  it.each([
    ['"a"', '"a"', true],
    ['"a"', 'W/"a"', true],
    ['W/"a"', '"a"', true],
    ['W/"a"', 'W/"a"', true],
    ['"a"', '"b"', false],
    ['"a"', 'a', false],
    ['"a"', '"a", "b"', false],
    ['"a"', undefined, false],
  ])('%j and %j are the same, weakly: %s', (a, b, same) => {
    expect(sameTag(a, b)).toBe(same);
  });

  it.each([
    ['of nginx', '"1-4c4b40"', EPOCH, false],
    ['of nginx, weak', 'W/"1-4c4b40"', EPOCH, false],
    ['of nginx, without quotes', '1-4c4b40', EPOCH, false],
    ['of nginx, of 1980', '"12cea600-4c4b40"', ZIP, false],
    ['of Apache', '"4c4b40-f4240"', EPOCH, false],
    ['of Express, in milliseconds', 'W/"4c4b40-3e8"', EPOCH, false],
    ['of aiohttp, in nanoseconds', '"3b9aca00-4c4b40"', EPOCH, false],
    ['of aiohttp, of 1980', '"460ff68eafc0000-4c4b40"', ZIP, false],
    ['of h2o, with zeros in front', '"00000001-4c4b40"', EPOCH, false],
    ['of h2o, of 1980', '"12CEA600-4c4b40"', ZIP, false],
    ['in decimal', '"315532800-5000000"', ZIP, false],
    ['with another separator', '"5000000:1"', EPOCH, false],
    ['of Express, of this year', 'W/"4c4b40-19a9ea42800"', 'Fri, 20 Nov 2026 00:00:00 GMT', true],
    ['of the content', '"9a0364b9e99bb480dd25e1f0284c8555"', EPOCH, true],
    ['of nginx, of this year', '"6aff8d80-4c4b40"', 'Fri, 20 Nov 2026 00:00:00 GMT', true],
    ['that is a digest, beside a date of 1970', '"d41d8cd98f00b204e9800998ecf8427e"', EPOCH, true],
  ])('an ETag made of the date 1970 or 1980 and the size is none: one %s', (_, etag, date, taken) => {
    const headers = new Map(Object.entries({ etag, 'last-modified': date, date: NEW }));
    const found = strongEtag(headers) ?? weakEtag(headers);
    expect(found).toBe(taken ? etag : undefined);
  });

  it.each(['"CANARY-1"', 'W/"CANARY-2"', 'CANARY-3', '"x-CANARY-4-y"'])(
    'an ETag that holds a secret of the request is none, as journal and receipt would keep it: %s',
    (etag) => {
      const headers = new Map(Object.entries({ etag }));
      expect(strongEtag(headers) ?? weakEtag(headers)).toBe(etag);
      remember(/CANARY-\d/.exec(etag)?.[0] ?? '');
      expect(strongEtag(headers) ?? weakEtag(headers)).toBeUndefined();
      expect(strongEtag(new Map([['etag', '"of-another"']]))).toBe('"of-another"');
    },
  );

  it.each([
    ['"a"', '"a"'],
    [' "a" ', '"a"'],
    ['W/"a"', undefined],
    ['w/"a"', undefined],
    ['a', undefined],
    ['""', undefined],
    ['"a" , "b"', undefined],
    ['"a\r\nX: y"', undefined],
    [`"${'a'.repeat(257)}"`, undefined],
  ])('the ETag %j is taken as %s', (value, etag) => {
    expect(strongEtag(new Map([['etag', value]]))).toBe(etag);
  });
});

describe('what an answer says of its object', () => {
  const date = ['date', NEW] as const;
  it.each<[string, readonly (readonly [string, string])[], number | undefined, Identity]>([
    ['nothing', [date], undefined, {}],
    ['a size', [date], 0, { size: 0 }],
    ['a strong ETag', [['etag', '"1"']], undefined, { etag: '"1"' }],
    ['a weak one', [['etag', 'W/"1"']], undefined, { weakEtag: 'W/"1"' }],
    ['a date', [['last-modified', OLD], date], undefined, { lastModified: OLD }],
    [
      'a date that is too young to prove anything',
      [['last-modified', YOUNG], date],
      1,
      { size: 1, weakLastModified: YOUNG },
    ],
    ['a date that may be that of the answer', [['last-modified', NEW], date], 1, { size: 1 }],
  ])('%s', (_, headers, size, identity) => {
    // What it does not say is absent: an undefined one would hide what another answer says.
    expect(identityIn(new Map(headers), size)).toStrictEqual(identity);
  });

  it.each([
    ['the first second of Unix', Date.UTC(1970, 0), true],
    ['the last of 1980', Date.UTC(1981, 0) - 1, true],
    ['the first of 1981', Date.UTC(1981, 0), false],
  ])('%s is a placeholder: %s', (_, ms, is) => {
    expect(isPlaceholderDate(ms)).toBe(is);
  });
});

describe('what speaks against it that an answer is of the same object', () => {
  it.each<[string, Identity, Identity, boolean, string | undefined]>([
    ['another size', { size: 1 }, { size: 2 }, false, 'size'],
    ['another size, although a digest decides', { size: 1 }, { size: 2 }, true, 'size'],
    ['another digest, although one decides', { digests: [A] }, { digests: [B] }, true, 'digests'],
    ['another ETag', { etag: '"1"' }, { etag: '"2"' }, false, 'etag'],
    ['another ETag where a digest decides: a mirror', { etag: '"1"' }, { etag: '"2"' }, true, undefined],
    ['another weak ETag', { weakEtag: 'W/"1"' }, { weakEtag: 'W/"2"' }, false, 'etag'],
    [
      'another weak ETag where a digest decides: a mirror',
      { weakEtag: 'W/"1"' },
      { weakEtag: 'W/"2"' },
      true,
      undefined,
    ],
    ['another date', { lastModified: OLD }, { lastModified: NEW }, false, 'lastModified'],
    ['another date where a digest decides: a mirror', { lastModified: OLD }, { lastModified: NEW }, true, undefined],
    ['nothing', { size: 1, etag: '"1"' }, { size: 1, etag: '"1"' }, false, undefined],
    ['nothing that is known', {}, {}, false, undefined],
  ])('%s', (_, known, now, digestProves, field) => {
    expect(differenceIn(known, now, 'http', digestProves)).toBe(field);
  });
});

describe('the digests that an answer promises', () => {
  const promised = (...digests: readonly string[]): readonly Digest[] =>
    digests.map((one) => {
      const [algorithm = '', hex = ''] = one.split(':');
      return { algorithm: algorithm as Algorithm, hex, from: 'header' };
    });

  it.each<readonly [string, Identity, readonly Digest[], Identity]>([
    ['none change nothing', { etag: '"a"', digests: [A] }, [], { etag: '"a"', digests: [A] }],
    ['stand beside what is known', { etag: '"a"' }, promised(A), { etag: '"a"', digests: [A] }],
    ['stand in place of others', { digests: [B] }, promised(A), { digests: [A] }],
  ])('%s', (_, identity, digests, joined) => {
    expect(withPromised(identity, digests)).toEqual(joined);
  });

  it.each<readonly [string, Identity, readonly Digest[], boolean]>([
    ['the same are of the same bytes', { digests: [A] }, promised(A), false],
    ['others are of other bytes', { digests: [A] }, promised(B), true],
    ['one that differs is enough', { digests: [A, 'sha1:1'] }, promised(A, 'sha1:2'), true],
    ['those of another algorithm say nothing', { digests: [A] }, promised('sha1:2'), false],
    ['none say nothing', { digests: [A] }, [], false],
    ['where none is known they say nothing', {}, promised(A), false],
  ])('%s', (_, known, digests, other) => {
    expect(promisesOther(known, digests)).toBe(other);
  });
});

describe('bytes of another URL', () => {
  const at = (ref: string, endpoint = 'https://h') => ({ provider: 'url', endpoint, ref });
  const one: Identity = { size: 9, etag: '"1"' };
  const rows: readonly [string, Identity, Identity, Remote['validator'], string, boolean, string | undefined][] = [
    ['a mirror, with the digest of the user', one, {}, 'http', 'https://mirror', true, 'digest'],
    ['a mirror, without', one, {}, 'http', 'https://mirror', false, undefined],
    ['the same link with another query', one, {}, 'http', 'https://h', false, 'etag'],
    ['the same, of an object that metadata know', one, {}, 'provider', 'https://h', false, undefined],
    ['metadata that say another size', one, { size: 8 }, 'provider', 'https://h', true, undefined],
    ['the same digest of both', { size: 9, digests: [A] }, { digests: [A] }, 'provider', 'https://i', false, 'digest'],
    ['different digests', { size: 9, digests: [A] }, { digests: [B] }, 'provider', 'https://h', true, undefined],
    ['no size', { etag: '"1"' }, {}, 'http', 'https://h', true, undefined],
    ['a digest of the part that nobody promises', { ...one, digests: [A] }, {}, 'http', 'https://i', true, 'digest'],
    ['no ETag', { size: 9 }, {}, 'http', 'https://h', false, undefined],
  ];
  it.each(rows)('%s', (_, identity, now, validator, endpoint, userDigest, expected) => {
    const part = { source: at('/a?1'), identity };
    const remote = { ref: at('/a?2', endpoint), identity: now, validator };
    expect(adoptionOf({ part, remote, userDigest })).toBe(expected);
    expect(expected === 'etag').toBe(expected !== undefined && !userDigest && identity.digests === undefined);
  });

  it('bring along what is of the bytes, and of the URL only what shows that they are the same', () => {
    const all = { ...one, weakEtag: 'W/"1"', lastModified: OLD, revision: '1', digests: [A] };
    expect([adoptedIdentity(all, 'digest'), adoptedIdentity(all, 'etag')]).toStrictEqual([{ size: 9 }, one]);
    expect([adoptedIdentity({}, 'digest'), adoptedIdentity({ size: 9 }, 'etag')]).toStrictEqual([{}, { size: 9 }]);
  });

  it('are of another object where more than the query of the link differs', () => {
    const remote = { ref: at('/b?1'), identity: {}, validator: 'http' } as const;
    const adopted = (ref: string) =>
      adoptionOf({ part: { source: at(ref), identity: one }, remote, userDigest: false });
    expect([adopted('/a?1'), adopted('/b?2'), adopted('/b')]).toEqual([undefined, 'etag', 'etag']);
  });

  it.each<[string, Identity, boolean, boolean]>([
    ['an ETag and a size', one, false, true],
    ['a size', { size: 9 }, false, false],
    ['a size, and the digest of the user', { size: 9 }, true, true],
    ['no size', { etag: '"1"' }, true, false],
  ])('can be told by %s', (_, identity, userDigest, expected) => {
    expect(isRenewable(identity, userDigest)).toBe(expected);
  });
});

describe('the fingerprint of an object', () => {
  const REF = { provider: 'glance', endpoint: 'https://cloud', ref: 'id' };
  const IDENTITY: Identity = { size: 10, revision: '1', digests: [A] };
  const known = fingerprintOf({ ref: REF, identity: IDENTITY });

  it('is 16 hex digits, and the same for whoever wants the same', () => {
    expect(known).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf({ ref: { ...REF }, identity: { ...IDENTITY, etag: '"of one answer"' } })).toBe(known);
  });

  it.each<[what: string, ref: Partial<typeof REF>, identity: Identity]>([
    ['provider', { provider: 'url' }, IDENTITY],
    ['server', { endpoint: 'https://other' }, IDENTITY],
    ['image', { ref: 'other' }, IDENTITY],
    ['size', {}, { ...IDENTITY, size: 11 }],
    ['revision', {}, { ...IDENTITY, revision: '2' }],
    ['digest', {}, { ...IDENTITY, digests: [B] }],
    ['size, which nobody knows', {}, { revision: '1', digests: [A] }],
    ['revision, which nobody knows', {}, { size: 10, digests: [A] }],
    ['digest, which nobody knows', {}, { size: 10, revision: '1' }],
  ])('is another one with another %s', (_, ref, identity) => {
    expect(fingerprintOf({ ref: { ...REF, ...ref }, identity })).not.toBe(known);
  });
});
