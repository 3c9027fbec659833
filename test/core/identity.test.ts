import { describe, expect, it } from 'vitest';
import {
  compareIdentity,
  learn,
  parseHttpDate,
  sameSource,
  strongEtag,
  strongLastModified,
} from '#imgdl/core/identity.js';
import type { Identity, Remote } from '#imgdl/core/types.js';

const A = `md5:${'a'.repeat(32)}`;
const B = `md5:${'b'.repeat(32)}`;
const OLD = 'Fri, 20 Nov 2026 08:00:00 GMT';
const NEW = 'Sat, 21 Nov 2026 08:00:00 GMT';

describe('the ladder of proof', () => {
  const rows: readonly [string, Remote['validator'], Identity, Identity, object][] = [
    ['nothing known asks for an overlap', 'http', {}, {}, { kind: 'overlap' }],
    ['the size alone is no proof', 'http', { size: 1 }, { size: 1 }, { kind: 'overlap' }],
    ['the size alone is no proof of a provider', 'provider', { size: 1 }, { size: 1 }, { kind: 'overlap' }],
    ['another size is a change', 'http', { size: 1 }, { size: 2 }, { kind: 'changed', field: 'size' }],
    ['an empty object that grew is a change', 'provider', { size: 0 }, { size: 2 }, { kind: 'changed', field: 'size' }],
    ['the same digest is proof', 'provider', { digests: [A] }, { digests: [A] }, { kind: 'proven', by: 'digests' }],
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

describe('validators in headers', () => {
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

  it.each([
    ['a day old', OLD, NEW, OLD],
    ['60 s old', 'Sat, 21 Nov 2026 07:59:00 GMT', NEW, 'Sat, 21 Nov 2026 07:59:00 GMT'],
    ['59 s old: it may change again within its second', 'Sat, 21 Nov 2026 07:59:01 GMT', NEW, undefined],
    ['of the future', NEW, OLD, undefined],
    ['without a Date to compare', OLD, undefined, undefined],
    ['of another form', '2026-11-20T08:00:00Z', NEW, undefined],
  ])('a Last-Modified %s', (_, value, date, taken) => {
    const headers = new Map([['last-modified', value]]);
    if (date !== undefined) headers.set('date', date);
    expect(strongLastModified(headers)).toBe(taken);
  });

  it.each([
    ['Sat, 21 Nov 2026 08:00:00 GMT', Date.UTC(2026, 10, 21, 8)],
    ['Sat, 21 Nov 2026 08:00:00 UTC', undefined],
    ['Saturday, 21-Nov-26 08:00:00 GMT', undefined],
    ['Sat, 99 Nov 2026 08:00:00 GMT', undefined],
    ['1', undefined],
    ['', undefined],
  ])('the date %j', (text, ms) => {
    expect(parseHttpDate(text)).toBe(ms);
  });
});
