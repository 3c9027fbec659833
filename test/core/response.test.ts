import { describe, expect, it } from 'vitest';
import { type Ask, judge } from '#imgdl/core/response.js';

const MD5 = 'ee20785a2dad89480c622c3291fd1831';
const MD5_BASE64 = Buffer.from(MD5, 'hex').toString('base64');
const SHA256 = 'a'.repeat(64);
const SHA256_BASE64 = Buffer.from(SHA256, 'hex').toString('base64');
const DATE = 'Sat, 21 Nov 2026 08:00:00 GMT';
const OLD = 'Fri, 20 Nov 2026 08:00:00 GMT';

const OF_KNOWN = 'a'.repeat(32);
const OF_OTHER = 'b'.repeat(32);
const OF_MIRROR = {
  size: 200,
  etag: '"a"',
  lastModified: 'Fri, 20 Nov 2026 08:00:00 GMT',
  digests: [`md5:${OF_KNOWN}`],
};

const ask = (facts: Partial<Ask> = {}): Ask => ({
  from: 0,
  ranged: false,
  ifRange: false,
  conditional: false,
  held: 0,
  identity: {},
  validator: 'http',
  adopts: undefined,
  digestProves: false,
  headerDigest: 'body',
  webPageExpected: false,
  name: 'a.img',
  digestDecides: false,
  ...facts,
});
const resume = (facts: Partial<Ask> = {}): Ask =>
  ask({ from: 100, ranged: true, held: 100, identity: { size: 200 }, ...facts });

interface Row {
  readonly name: string;
  readonly ask: Ask;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly url?: URL;
  readonly verdict: object;
}

const ROWS: readonly Row[] = [
  // 200
  {
    name: '200 with a length is the whole',
    ask: ask(),
    status: 200,
    headers: { 'content-length': '200' },
    verdict: { kind: 'whole', range: { start: 0, end: 200 } },
  },
  {
    name: '200 of the size that metadata promise is the whole',
    ask: ask({ identity: { size: 200 } }),
    status: 200,
    headers: { 'content-length': '200' },
    verdict: { kind: 'whole' },
  },
  {
    name: '200 without length ends where metadata say',
    ask: ask({ identity: { size: 200 } }),
    status: 200,
    verdict: { kind: 'whole', range: { start: 0, end: 200 } },
  },
  {
    name: '200 without length and size has no known end',
    ask: ask(),
    status: 200,
    verdict: { kind: 'whole', range: { start: 0, end: undefined } },
  },
  {
    name: '200 in chunks ignores a Content-Length beside them',
    ask: ask(),
    status: 200,
    headers: { 'transfer-encoding': 'chunked', 'content-length': '3' },
    verdict: { kind: 'whole', range: { end: undefined } },
  },
  {
    name: '200 of another size than metadata promise is refused',
    ask: ask({ identity: { size: 201 } }),
    status: 200,
    headers: { 'content-length': '200' },
    verdict: { kind: 'refused', code: 'proto.size' },
  },
  {
    name: '200 of length 0 although metadata promise bytes is refused',
    ask: ask({ identity: { size: 1 } }),
    status: 200,
    headers: { 'content-length': '0' },
    verdict: { kind: 'refused', code: 'proto.size' },
  },
  {
    name: '200 of length 0 for an empty image is the whole',
    ask: ask({ identity: { size: 0 } }),
    status: 200,
    headers: { 'content-length': '0' },
    verdict: { kind: 'whole', range: { start: 0, end: 0 } },
  },
  {
    name: '200 to a Range is the whole: the server ignores Range',
    ask: resume(),
    status: 200,
    headers: { 'content-length': '200' },
    verdict: { kind: 'whole', range: { start: 0, end: 200 } },
  },
  {
    name: '200 to a Range with another length: the object changed',
    ask: resume(),
    status: 200,
    headers: { 'content-length': '199' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: '200 to a Range with another strong ETag: the object changed',
    ask: resume({ identity: { size: 200, etag: '"a"' } }),
    status: 200,
    headers: { 'content-length': '200', etag: '"b"' },
    verdict: { kind: 'changed', field: 'etag' },
  },
  {
    name: '200 with an unreadable length is refused',
    ask: ask(),
    status: 200,
    headers: { 'content-length': '1e3' },
    verdict: { kind: 'refused', code: 'proto.framing' },
  },
  {
    name: '200 learns strong validators',
    ask: ask(),
    status: 200,
    headers: { 'content-length': '9', etag: '"x"', 'last-modified': OLD, date: DATE },
    verdict: { learned: { size: 9, etag: '"x"', lastModified: OLD } },
  },
  {
    name: '200 learns a weak ETag as such',
    ask: ask(),
    status: 200,
    headers: { 'content-length': '9', etag: 'W/"x"' },
    verdict: { learned: { size: 9, weakEtag: 'W/"x"' } },
  },
  ...(
    [
      ['the second half', 'bytes 200-399/400', '200', {}],
      ['the first half', 'bytes 0-199/400', '200', {}],
      ['the first half, in chunks', 'bytes 0-199/400', undefined, {}],
      ['the first half of what metadata promise', 'bytes 0-199/400', '200', { identity: { size: 400 } }],
      ['another total than its length', 'bytes 0-199/200', '400', {}],
      ['a total that nobody knows', 'bytes 0-199/*', '200', {}],
      ['no range', 'bytes */200', '200', {}],
      ['something unreadable', 'bytes 0-x', '200', {}],
      ['another unit', 'items 0-199/200', '200', {}],
    ] as const
  ).map(
    ([what, range, length, facts]): Row => ({
      name: `200 whose Content-Range says ${what} is refused`,
      ask: ask(facts),
      status: 200,
      headers: { 'content-range': range, ...(length === undefined ? {} : { 'content-length': length }) },
      verdict: { kind: 'refused', code: 'proto.range' },
    }),
  ),
  ...(
    [
      ['from 0 to its total', 'bytes 0-199/200', '200', {}],
      ['from 0 to its total, in chunks', 'bytes 0-199/200', undefined, { identity: { size: 200 } }],
      ['from 0 to what metadata promise', 'bytes 0-199/*', '200', { identity: { size: 200 } }],
    ] as const
  ).map(
    ([what, range, length, facts]): Row => ({
      name: `200 whose Content-Range goes ${what} is the whole`,
      ask: ask(facts),
      status: 200,
      headers: { 'content-range': range, ...(length === undefined ? {} : { 'content-length': length }) },
      verdict: { kind: 'whole', range: { start: 0, end: 200 } },
    }),
  ),
  {
    name: '200 does not learn a Last-Modified of this minute',
    ask: ask(),
    status: 200,
    headers: { 'content-length': '9', 'last-modified': 'Sat, 21 Nov 2026 07:59:30 GMT', date: DATE },
    verdict: { learned: { size: 9 } },
  },
  {
    name: '200 with an unreadable length to a resume: without a Range, before anything fails',
    ask: resume(),
    status: 200,
    headers: { 'content-length': '1e3' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  // from the first byte in hand on, another object is a change; before, it is what there is
  ...(
    [
      ['another ETag', 0, { etag: '"b"', 'content-length': '200' }, { kind: 'whole' }],
      ['another ETag', 1, { etag: '"b"', 'content-length': '200' }, { kind: 'changed', field: 'etag' }],
      ['another length', 0, { 'content-length': '199' }, { kind: 'refused', code: 'proto.size' }],
      ['another length', 1, { 'content-length': '199' }, { kind: 'changed', field: 'size' }],
    ] as const
  ).map(
    ([what, held, headers, verdict]): Row => ({
      name: `200 with ${what} and ${held} bytes in hand: ${verdict.kind}`,
      ask: ask({ held, identity: { size: 200, etag: '"a"' } }),
      status: 200,
      headers,
      verdict,
    }),
  ),
  // 206
  {
    name: '206 from where it was asked is a part',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', 'content-length': '100' },
    verdict: { kind: 'part', range: { start: 100, end: 200 } },
  },
  {
    name: '206 that is shorter than asked is a part',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-149/200' },
    verdict: { kind: 'part', range: { start: 100, end: 150 } },
  },
  {
    name: '206 with an unknown total is a part when the size is known',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/*' },
    verdict: { kind: 'part' },
  },
  {
    name: '206 from a later offset would leave a hole',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 101-199/200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: 'also where it would begin right behind what is held, and the overlap is missing',
    ask: resume({ from: 60 }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  ...(
    [
      ['at the edge of a block', 'bytes 64-199/200', 64, 200],
      ['at the edge of a block, and ends at one', 'bytes 64-127/200', 64, 128],
      ['at 0, whatever was asked', 'bytes 0-199/200', 0, 200],
      ['at 0, and ends before what is missing', 'bytes 0-49/200', 0, 50],
    ] as const
  ).map(
    ([where, range, start, end]): Row => ({
      name: `206 that begins ${where} is a part: what is held is compared`,
      ask: resume(),
      status: 206,
      headers: { 'content-range': range },
      verdict: { kind: 'part', range: { start, end } },
    }),
  ),
  {
    name: '206 to an opening range that begins later is not usable',
    ask: ask({ ranged: true }),
    status: 206,
    headers: { 'content-range': 'bytes 5-8/9' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '206 to a plain request is a part where it is everything',
    ask: ask(),
    status: 206,
    headers: { 'content-range': 'bytes 0-8/9' },
    verdict: { kind: 'part', range: { start: 0, end: 9 } },
  },
  {
    name: '206 to a plain request that holds bytes is compared with them',
    ask: ask({ held: 5, identity: { size: 9 } }),
    status: 206,
    headers: { 'content-range': 'bytes 0-8/9' },
    verdict: { kind: 'part', range: { start: 0, end: 9 } },
  },
  {
    name: '206 without Content-Range says nothing of what it is',
    ask: resume(),
    status: 206,
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '206 with a senseless Content-Range, neither',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-99/200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '206 whose length contradicts its range, neither',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', 'content-length': '99' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '206 whose length is no number, neither',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', 'content-length': '0x64' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '206 in the clothes of several ranges: what is inside counts',
    ask: resume(),
    status: 206,
    headers: { 'content-type': 'multipart/byteranges; boundary=x' },
    verdict: { kind: 'multipart', boundary: 'x' },
  },
  ...(
    [
      ['without a boundary', resume(), 206, 'multipart/byteranges', { kind: 'simpler', without: 'range' }],
      ['to a plain request', ask(), 206, 'multipart/byteranges; boundary=x', { kind: 'refused', code: 'proto.range' }],
      ['with status 200', ask(), 200, 'multipart/byteranges; boundary=x', { kind: 'refused', code: 'proto.range' }],
    ] as const
  ).map(
    ([how, asked, status, type, verdict]): Row => ({
      name: `several ranges ${how} are no image`,
      ask: asked,
      status,
      headers: { 'content-type': type },
      verdict,
    }),
  ),
  {
    name: '206 that hides it in another type is judged as it is',
    ask: resume(),
    status: 206,
    headers: { 'content-type': 'image/x; boundary=x', 'content-range': 'bytes 100-199/200' },
    verdict: { kind: 'part' },
  },
  {
    name: '206 with another total: the object changed',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/300' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: '206 beyond the known size: the object changed',
    ask: resume(),
    status: 206,
    headers: { 'content-range': 'bytes 100-299/*' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: '206 with another strong ETag: the object changed',
    ask: resume({ identity: { size: 200, etag: '"a"' } }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', etag: '"b"' },
    verdict: { kind: 'changed', field: 'etag' },
  },
  {
    name: '206 with another ETag where metadata vouch is a part',
    ask: resume({ validator: 'provider', identity: { size: 200, etag: '"a"' } }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', etag: '"b"' },
    verdict: { kind: 'part' },
  },
  {
    name: '206 with another Last-Modified: the object changed',
    ask: resume({ identity: { size: 200, lastModified: OLD } }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', 'last-modified': 'Thu, 19 Nov 2026 08:00:00 GMT', date: DATE },
    verdict: { kind: 'changed', field: 'lastModified' },
  },
  ...(
    [
      ['a date that is too young to prove anything shows that the object was changed', {}, DATE, 'changed'],
      ['also where the server has no clock', {}, DATE, 'changed', ''],
      [
        'but not where the ETag is still the same',
        { identity: { size: 200, etag: '"x"', lastModified: OLD } },
        DATE,
        'part',
      ],
      ['nor where a digest decides: a mirror', { digestProves: true }, DATE, 'part'],
      ['nor of a provider', { validator: 'provider' }, DATE, 'part'],
      ['the same date without a clock is no other one', {}, OLD, 'part', ''],
      ['what is no date says nothing', {}, 'just now', 'part'],
      [
        'another date than a young one shows it too',
        { identity: { size: 200, weakLastModified: OLD } },
        DATE,
        'changed',
      ],
      ['and so does an old one', { identity: { size: 200, weakLastModified: DATE } }, OLD, 'changed'],
      ['the same one says nothing', { identity: { size: 200, weakLastModified: OLD } }, OLD, 'part'],
      ['with no date known, a young one says nothing', { identity: { size: 200 } }, DATE, 'part'],
    ] as const
  ).map(
    ([name, facts, modified, kind, date = DATE]): Row => ({
      name,
      ask: resume({ identity: { size: 200, lastModified: OLD }, ...facts }),
      status: 206,
      headers: { etag: '"x"', 'content-range': 'bytes 100-199/200', 'last-modified': modified, date },
      verdict: kind === 'changed' ? { kind, field: 'lastModified' } : { kind },
    }),
  ),
  {
    name: '206 to an opening range of another size than metadata promise is refused',
    ask: ask({ ranged: true, identity: { size: 5 } }),
    status: 206,
    headers: { 'content-range': 'bytes 0-8/9' },
    verdict: { kind: 'refused', code: 'proto.size' },
  },
  ...[
    ['less', 5],
    ['more', 7],
  ].map(
    ([what, total]): Row => ({
      name: `206 of the beginning of an image that has ${what} in all than metadata promise is refused`,
      ask: ask({ ranged: true, identity: { size: 6 } }),
      status: 206,
      headers: { 'content-range': `bytes 0-4/${total}` },
      verdict: {
        kind: 'refused',
        code: 'proto.size',
        why: `the server announces ${total} bytes, but its metadata says 6`,
      },
    }),
  ),
  ...(
    [
      ['that says nothing of it', undefined, 'the server sent a part without Content-Range'],
      ['that says it in another way', 'items 0-7/9', 'the server sent a part with an unusable Content-Range'],
      ['that does so', 'bytes 0-7/9', 'the server sent a part although the whole image was requested'],
    ] as const
  ).map(
    ([which, range, why]): Row => ({
      name: `206 of a part although everything was asked for is refused: one ${which}`,
      ask: ask(),
      status: 206,
      headers: range === undefined ? {} : { 'content-range': range },
      verdict: { kind: 'refused', code: 'proto.range', why },
    }),
  ),
  // bodies that are not the object
  {
    name: 'a web page is no image',
    ask: ask(),
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    verdict: { kind: 'refused', code: 'proto.not-image' },
  },
  {
    name: 'nor is one whose type is written in another way',
    ask: ask(),
    status: 200,
    headers: { 'content-type': ' Text/HTML ;charset=utf-8' },
    verdict: { kind: 'refused', code: 'proto.not-image' },
  },
  {
    name: 'a web page of the right size is no image either',
    ask: ask({ identity: { size: 9 } }),
    status: 200,
    headers: { 'content-type': 'text/html', 'content-length': '9' },
    verdict: { kind: 'refused', code: 'proto.not-image' },
  },
  {
    name: 'a web page that was asked for by name is taken',
    ask: ask({ webPageExpected: true }),
    status: 200,
    headers: { 'content-type': 'text/html', 'content-length': '9' },
    verdict: { kind: 'whole' },
  },
  {
    name: 'an error document with status 200 is no image',
    ask: ask(),
    status: 200,
    headers: { 'content-type': 'application/problem+json', 'content-length': '9' },
    verdict: { kind: 'refused', code: 'proto.not-image' },
  },
  {
    name: 'an XML type on a body of the promised size is taken',
    ask: ask({ identity: { size: 9 } }),
    status: 200,
    headers: { 'content-type': 'application/xml', 'content-length': '9' },
    verdict: { kind: 'whole' },
  },
  ...['text/html', 'application/xhtml+xml', 'text/xml', 'application/json'].flatMap((type): readonly Row[] => [
    {
      name: `a body that calls itself ${type} is taken where the user's digest decides`,
      ask: ask({ digestDecides: true }),
      status: 200,
      headers: { 'content-type': type, 'content-length': '9' },
      verdict: { kind: 'whole', suspicion: expect.stringContaining('instead of the image') },
    },
    {
      name: `and so is the part of one that calls itself ${type}`,
      ask: resume({ digestDecides: true }),
      status: 206,
      headers: { 'content-type': type, 'content-range': 'bytes 100-199/200' },
      verdict: { kind: 'part' },
    },
    {
      name: `but no ${type} of another size than the image that is half there: it is asked for plainly, as it may be of a portal`,
      ask: resume({ digestDecides: true }),
      status: 200,
      headers: { 'content-type': type, 'content-length': '9' },
      verdict: { kind: 'simpler', without: 'range' },
    },
  ]),
  ...[200, 206].map(
    (status): Row => ({
      name: `${status} says when the object was changed, also just now`,
      ask: ask({ ranged: true }),
      status,
      headers: { 'last-modified': DATE, date: DATE, 'content-range': 'bytes 0-8/9', 'content-length': '9' },
      verdict: { modifiedAt: Date.parse(DATE), learned: expect.not.objectContaining({ lastModified: DATE }) },
    }),
  ),
  {
    name: 'a compressed body is refused',
    ask: ask(),
    status: 200,
    headers: { 'content-encoding': 'gzip' },
    verdict: { kind: 'refused', code: 'proto.encoding' },
  },
  {
    name: 'a compressed part is refused once it was asked for plainly',
    ask: resume(),
    status: 206,
    headers: { 'content-encoding': 'gzip', 'content-range': 'bytes 100-199/200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: 'that of a provider is believed: its one-time key is spent',
    ask: resume({ validator: 'provider' }),
    status: 206,
    headers: { 'content-encoding': 'gzip', 'content-range': 'bytes 100-199/200' },
    verdict: { kind: 'refused', code: 'proto.encoding' },
  },
  {
    name: 'a file that is gzip by its name, and is called gzip-encoded for that, is taken as it is',
    ask: ask({ name: 'web.tar.gz' }),
    status: 200,
    headers: { 'content-encoding': 'gzip', 'content-length': '9' },
    verdict: { kind: 'whole', range: { start: 0, end: 9 } },
  },
  {
    name: 'also where only the URL that redirects led to has that name',
    ask: ask({ name: 'latest' }),
    url: new URL('https://mirror.example/web.tar.gz?x'),
    status: 200,
    headers: { 'content-encoding': 'gzip', 'content-length': '9' },
    verdict: { kind: 'whole', range: { start: 0, end: 9 } },
  },
  {
    name: 'but not where neither has it',
    ask: ask({ name: 'latest' }),
    url: new URL('https://mirror.example/web.img'),
    status: 200,
    headers: { 'content-encoding': 'gzip', 'content-length': '9' },
    verdict: { kind: 'refused', code: 'proto.encoding' },
  },
  {
    name: 'nor a part of it that was compressed once more',
    ask: ask({ name: 'web.tar.gz', ranged: true }),
    status: 206,
    headers: { 'content-encoding': 'gzip', 'content-length': '90', 'content-range': 'bytes 0-199/200' },
    verdict: { kind: 'refused', code: 'proto.encoding' },
  },
  {
    name: 'nor the whole, by the size that metadata promise',
    ask: ask({ name: 'web.tar.gz', identity: { size: 200 } }),
    status: 200,
    headers: { 'content-encoding': 'gzip', 'content-length': '90' },
    verdict: { kind: 'refused', code: 'proto.encoding' },
  },
  {
    name: 'where half of it is here already, another length is another object',
    ask: resume({ name: 'web.tar.gz' }),
    status: 200,
    headers: { 'content-encoding': 'gzip', 'content-length': '90' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: 'a part of it, too',
    ask: resume({ name: 'web.tgz' }),
    status: 206,
    headers: { 'content-encoding': 'x-gzip', 'content-length': '100', 'content-range': 'bytes 100-199/200' },
    verdict: { kind: 'part' },
  },
  {
    name: 'identity as an encoding is none',
    ask: ask(),
    status: 200,
    headers: { 'content-encoding': 'identity', 'content-length': '1' },
    verdict: { kind: 'whole' },
  },
  // no content, not modified
  {
    name: '204 means that there are no data',
    ask: ask(),
    status: 204,
    verdict: { kind: 'refused', code: 'not-ready.no-data' },
  },
  {
    name: '304 that nobody asked for is refused',
    ask: ask(),
    status: 304,
    verdict: { kind: 'refused', code: 'proto.not-modified' },
  },
  {
    name: '304 to a conditional request: unchanged',
    ask: ask({ conditional: '"a"' }),
    status: 304,
    headers: { etag: '"a"' },
    verdict: { kind: 'unchanged' },
  },
  {
    name: '304 that names a weak ETag it was asked about: unchanged',
    ask: ask({ conditional: 'W/"a"' }),
    status: 304,
    headers: { etag: 'W/"a"' },
    verdict: { kind: 'unchanged' },
  },
  {
    name: '304 compares weakly',
    ask: ask({ conditional: '"a"' }),
    status: 304,
    headers: { etag: 'W/"a"' },
    verdict: { kind: 'unchanged' },
  },
  // A digest that every answer promises.
  ...[
    { etag: '"b"' },
    { 'last-modified': 'Sat, 21 Nov 2026 08:00:00 GMT', date: 'Sun, 22 Nov 2026 08:00:00 GMT' },
  ].flatMap((fields): readonly Row[] => [
    {
      name: `a mirror that promises the same digest has the same bytes: ${Object.keys(fields)[0]}`,
      ask: resume({ identity: OF_MIRROR }),
      status: 206,
      headers: { 'content-range': 'bytes 100-199/200', 'x-checksum-md5': OF_KNOWN, ...fields },
      verdict: { kind: 'part' },
    },
    {
      name: `the same with 200: ${Object.keys(fields)[0]}`,
      ask: resume({ identity: OF_MIRROR }),
      status: 200,
      headers: { 'content-length': '200', 'x-checksum-md5': OF_KNOWN, ...fields },
      verdict: { kind: 'whole' },
    },
    {
      name: `another one that says nothing of a digest is another object: ${Object.keys(fields)[0]}`,
      ask: resume({ identity: OF_MIRROR }),
      status: 206,
      headers: { 'content-range': 'bytes 100-199/200', ...fields },
      verdict: { kind: 'changed' },
    },
  ]),
  {
    name: 'another digest under the same ETag is another object',
    ask: resume({ identity: OF_MIRROR }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', etag: '"a"', 'x-checksum-md5': OF_OTHER },
    verdict: { kind: 'changed', field: 'digests' },
  },
  {
    name: 'headers of a provider say less than its metadata: the whole is compared with both',
    ask: resume({ validator: 'provider', identity: { size: 200, digests: [`md5:${OF_KNOWN}`] } }),
    status: 206,
    headers: { 'content-range': 'bytes 100-199/200', 'x-checksum-md5': OF_OTHER },
    verdict: { kind: 'part' },
  },
  ...[
    { 'x-checksum-md5': OF_OTHER },
    { 'content-md5': OF_OTHER },
    { 'content-digest': `md5=:${Buffer.from(OF_OTHER, 'hex').toString('base64')}:` },
    { 'x-goog-hash': `md5=${Buffer.from(OF_OTHER, 'hex').toString('base64')}` },
  ].map(
    (fields): Row => ({
      name: `304 that promises other bytes proves nothing: ${Object.keys(fields)}`,
      ask: ask({ conditional: '"a"', conditionalOn: { digests: [`md5:${OF_KNOWN}`] } }),
      status: 304,
      headers: { etag: '"a"', ...fields },
      verdict: { kind: 'simpler', without: 'if-none-match' },
    }),
  ),
  {
    name: '304 that promises the same bytes: unchanged',
    ask: ask({ conditional: '"a"', conditionalOn: { digests: [`md5:${OF_KNOWN}`] } }),
    status: 304,
    headers: { etag: '"a"', 'x-checksum-md5': OF_KNOWN },
    verdict: { kind: 'unchanged' },
  },
  {
    name: '304 that names another ETag proves nothing',
    ask: ask({ conditional: '"a"' }),
    status: 304,
    headers: { etag: '"b"' },
    verdict: { kind: 'simpler', without: 'if-none-match' },
  },
  {
    name: '304 that names none proves nothing',
    ask: ask({ conditional: '"a"' }),
    status: 304,
    verdict: { kind: 'simpler', without: 'if-none-match' },
  },
  // ranges refused
  {
    name: '400 to a Range: ask without one (stores that cannot seek)',
    ask: resume(),
    status: 400,
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '400 to an opening range: ask without one',
    ask: ask({ ranged: true }),
    status: 400,
    verdict: { kind: 'simpler', without: 'range' },
  },
  ...[300, 400, 402, 405, 406, 409, 412, 415, 416, 417, 421, 422, 451, 501, 505].flatMap((status): readonly Row[] => [
    {
      name: `${status} to an opening range: a firewall may have taken it for an attack`,
      ask: ask({ ranged: true }),
      status,
      verdict: { kind: 'simpler', without: 'range' },
    },
    {
      name: `${status} to a Range: without one, before anything fails`,
      ask: resume(),
      status,
      verdict: { kind: 'simpler', without: 'range' },
    },
    {
      name: `${status} to If-Range: without that first, the Range may be fine`,
      ask: resume({ ifRange: true }),
      status,
      verdict: { kind: 'simpler', without: 'if-range' },
    },
  ]),
  ...[300, 400, 412, 416, 501].map(
    (status): Row => ({
      name: `${status} to If-None-Match: without it`,
      ask: ask({ conditional: '"a"' }),
      status,
      verdict: { kind: 'simpler', without: 'if-none-match' },
    }),
  ),
  {
    name: '304 to an opening range that nobody made conditional is refused at once',
    ask: ask({ ranged: true }),
    status: 304,
    verdict: { kind: 'refused', code: 'proto.not-modified' },
  },
  {
    name: '304 to a Range where bytes are held: without one',
    ask: resume(),
    status: 304,
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '304 to If-Range: without that first',
    ask: resume({ ifRange: true }),
    status: 304,
    verdict: { kind: 'simpler', without: 'if-range' },
  },
  {
    name: '200 to an opening range whose Content-Range is that of a part is refused at once',
    ask: ask({ ranged: true }),
    status: 200,
    headers: { 'content-range': 'bytes 0-99/200', 'content-length': '100' },
    verdict: { kind: 'refused', code: 'proto.range' },
  },
  {
    name: '200 to If-Range of the same object: a Range alone may be honoured',
    ask: resume({ ifRange: true, identity: { size: 200, etag: '"a"' } }),
    status: 200,
    headers: { 'content-length': '200', etag: '"a"' },
    verdict: { kind: 'simpler', without: 'if-range' },
  },
  {
    name: '200 to If-Range without an ETag says nothing of the object',
    ask: resume({ ifRange: true, identity: { size: 200, etag: '"a"' } }),
    status: 200,
    headers: { 'content-length': '200' },
    verdict: { kind: 'simpler', without: 'if-range' },
  },
  {
    name: '200 to If-Range with another ETag: the object changed',
    ask: resume({ ifRange: true, identity: { size: 200, etag: '"a"' } }),
    status: 200,
    headers: { 'content-length': '200', etag: '"b"' },
    verdict: { kind: 'changed', field: 'etag' },
  },
  {
    name: '200 to a resume whose Content-Range is that of a part: without a Range',
    ask: resume(),
    status: 200,
    headers: { 'content-range': 'bytes 100-199/200', 'content-length': '100' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  // mirrors behind one name
  ...(
    [
      ['ETag', { etag: '"a"' }, { etag: '"b"' }],
      ['Last-Modified', { lastModified: OLD }, { 'last-modified': 'Thu, 19 Nov 2026 08:00:00 GMT', date: DATE }],
    ] as const
  ).flatMap(([what, known, headers]): readonly Row[] => [
    {
      name: `206 with another ${what} may be of a mirror where a digest of the whole decides`,
      ask: resume({ digestProves: true, identity: { size: 200, ...known } }),
      status: 206,
      headers: { 'content-range': 'bytes 100-199/200', ...headers },
      verdict: { kind: 'part' },
    },
    {
      name: `200 with another ${what}, too`,
      ask: resume({ digestProves: true, identity: { size: 200, ...known } }),
      status: 200,
      headers: { 'content-length': '200', ...headers },
      verdict: { kind: 'whole' },
    },
    {
      name: `but not with another ${what} and another size`,
      ask: resume({ digestProves: true, identity: { size: 200, ...known } }),
      status: 206,
      headers: { 'content-range': 'bytes 100-200/201', ...headers },
      verdict: { kind: 'changed', field: 'size' },
    },
  ]),
  // bytes of another URL
  ...(
    [
      ['the same size and ETag', 'etag', 'bytes 100-199/200', '"a"', { kind: 'part' }],
      ['another ETag', 'etag', 'bytes 100-199/200', '"b"', { kind: 'changed', field: 'etag' }],
      ['no ETag', 'etag', 'bytes 100-199/200', undefined, { kind: 'changed', field: 'etag' }],
      ['a weak ETag', 'etag', 'bytes 100-199/200', 'W/"a"', { kind: 'changed', field: 'etag' }],
      ['no size', 'etag', 'bytes 100-199/*', '"a"', { kind: 'changed', field: 'size' }],
      ['the same size', 'digest', 'bytes 100-199/200', undefined, { kind: 'part' }],
      ['another ETag', 'digest', 'bytes 100-199/200', '"b"', { kind: 'part' }],
      ['another size', 'digest', 'bytes 100-199/201', undefined, { kind: 'changed', field: 'size' }],
      ['no size', 'digest', 'bytes 100-199/*', undefined, { kind: 'changed', field: 'size' }],
    ] as const
  ).map(
    ([what, adopts, range, etag, verdict]): Row => ({
      name: `bytes of another URL, to be shown by ${adopts}: 206 with ${what}`,
      ask: resume({ adopts, digestProves: adopts === 'digest', identity: { size: 200, etag: '"a"' } }),
      status: 206,
      headers: { 'content-range': range, ...(etag === undefined ? {} : { etag }) },
      verdict,
    }),
  ),
  ...(
    [
      [403, { ranged: true }, true],
      [403, {}, false],
      [401, { ranged: true }, false],
      [404, { ranged: true }, false],
      [410, { ranged: true }, false],
    ] as const
  ).map(
    ([status, facts, perhapsRange]): Row => ({
      name: `${status} to a request ${'ranged' in facts ? 'with' : 'without'} a Range: ${perhapsRange ? 'perhaps that was refused' : 'it was the permission'}`,
      ask: ask(facts),
      status,
      verdict: { kind: 'denied', perhapsRange },
    }),
  ),
  {
    name: '416 of an object that has what was asked for: without a Range',
    ask: resume({ from: 60 }),
    status: 416,
    headers: { 'content-range': 'bytes */200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '416 of what is held, and an overlap was asked for: without a Range',
    ask: resume({ from: 60, held: 200 }),
    status: 416,
    headers: { 'content-range': 'bytes */200' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '416 of an object whose size nobody knew, and that has more than is held: without a Range',
    ask: resume({ from: 60, identity: {} }),
    status: 416,
    headers: { 'content-range': 'bytes */101' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '416 of one that has less: the object changed',
    ask: resume({ from: 60, identity: {} }),
    status: 416,
    headers: { 'content-range': 'bytes */99' },
    verdict: { kind: 'changed', field: 'size' },
  },
  { name: '400 without a Range is final', ask: ask(), status: 400, verdict: { kind: 'refused', code: 'proto.status' } },
  {
    name: '416 of exactly what is held: complete',
    ask: resume({ from: 200, held: 200 }),
    status: 416,
    headers: { 'content-range': 'bytes */200' },
    verdict: { kind: 'complete' },
  },
  {
    name: '416 with a smaller total: the object changed',
    ask: resume(),
    status: 416,
    headers: { 'content-range': 'bytes */50' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: '416 of what is held when an overlap was asked for: the object changed',
    ask: resume({ from: 60 }),
    status: 416,
    headers: { 'content-range': 'bytes */60' },
    verdict: { kind: 'changed', field: 'size' },
  },
  {
    name: '416 without Content-Range (Glance): ask without a Range',
    ask: resume(),
    status: 416,
    verdict: { kind: 'simpler', without: 'range' },
  },
  {
    name: '416 to an opening range (an empty file): ask without one',
    ask: ask({ ranged: true }),
    status: 416,
    headers: { 'content-range': 'bytes */0' },
    verdict: { kind: 'simpler', without: 'range' },
  },
  { name: '416 without a Range is final', ask: ask(), status: 416, verdict: { kind: 'refused', code: 'proto.status' } },
  {
    name: 'also where bytes are held, whatever it says of the size',
    ask: ask({ held: 100, identity: { size: 200 } }),
    status: 416,
    headers: { 'content-range': 'bytes */50' },
    verdict: { kind: 'refused', code: 'proto.status' },
  },
  // permission
  ...[401, 403, 404, 410].map(
    (status): Row => ({ name: `${status} goes to the provider`, ask: ask(), status, verdict: { kind: 'denied' } }),
  ),
  { name: '407 is the proxy', ask: ask(), status: 407, verdict: { kind: 'refused', code: 'auth.proxy' } },
  // later
  ...[408, 425, 429, 500, 502, 503, 504, 507, 520].map(
    (status): Row => ({
      name: `${status} is worth another attempt`,
      ask: ask(),
      status,
      verdict: { kind: 'unavailable' },
    }),
  ),
  {
    name: 'Retry-After in seconds is obeyed',
    ask: ask(),
    status: 503,
    headers: { 'retry-after': '120' },
    verdict: { kind: 'unavailable', retryAfterMs: 120_000 },
  },
  {
    name: 'Retry-After as a date counts by the clock of the server',
    ask: ask(),
    status: 503,
    headers: { 'retry-after': 'Sat, 21 Nov 2026 08:00:07 GMT', date: DATE },
    verdict: { kind: 'unavailable', retryAfterMs: 7000 },
  },
  {
    name: 'Retry-After in the past means now',
    ask: ask(),
    status: 503,
    headers: { 'retry-after': OLD, date: DATE },
    verdict: { kind: 'unavailable', retryAfterMs: 0 },
  },
  // never
  ...[300, 302, 402, 405, 409, 415, 421, 422, 451, 501, 505].map(
    (status): Row => ({
      name: `${status} is final`,
      ask: ask(),
      status,
      verdict: { kind: 'refused', code: 'proto.status' },
    }),
  ),
  // digests
  {
    name: 'Content-MD5 in hex of a whole body counts',
    ask: ask(),
    status: 200,
    headers: { 'content-md5': MD5, 'content-length': '1' },
    verdict: { digests: [{ algorithm: 'md5', hex: MD5, from: 'header' }] },
  },
  {
    name: 'Content-MD5 in base64 of a whole body counts',
    ask: ask(),
    status: 200,
    headers: { 'content-md5': MD5_BASE64, 'content-length': '1' },
    verdict: { digests: [{ algorithm: 'md5', hex: MD5, from: 'header' }] },
  },
  {
    name: 'Content-MD5 of a part is of that part',
    ask: resume(),
    status: 206,
    headers: { 'content-md5': MD5, 'content-range': 'bytes 100-199/200' },
    verdict: { digests: [] },
  },
  {
    name: 'Content-MD5 of a part from Glance is of the whole',
    ask: resume({ headerDigest: 'whole' }),
    status: 206,
    headers: { 'content-md5': MD5, 'content-range': 'bytes 100-199/200' },
    verdict: { digests: [{ algorithm: 'md5', hex: MD5 }] },
  },
  {
    name: 'Content-MD5 of a part that covers everything counts',
    ask: ask({ ranged: true }),
    status: 206,
    headers: { 'content-md5': MD5, 'content-range': 'bytes 0-199/200' },
    verdict: { digests: [{ algorithm: 'md5', hex: MD5 }] },
  },
  {
    name: 'two Content-MD5 that differ are two promises',
    ask: ask(),
    status: 200,
    headers: { 'content-md5': `${MD5}, ${'0'.repeat(32)}` },
    verdict: { digests: [{ hex: MD5 }, { hex: '0'.repeat(32) }] },
  },
  {
    name: 'a malformed Content-MD5 is ignored with a warning',
    ask: ask(),
    status: 200,
    headers: { 'content-md5': 'abc' },
    verdict: { digests: [], warnings: [{ code: 'integrity.header-ignored' }] },
  },
  {
    name: 'Repr-Digest of a part is of the whole',
    ask: resume(),
    status: 206,
    headers: { 'repr-digest': `sha-256=:${SHA256_BASE64}:`, 'content-range': 'bytes 100-199/200' },
    verdict: { digests: [{ algorithm: 'sha256', hex: SHA256 }] },
  },
  {
    name: 'Content-Digest of a part is not',
    ask: resume(),
    status: 206,
    headers: { 'content-digest': `sha-256=:${SHA256_BASE64}:`, 'content-range': 'bytes 100-199/200' },
    verdict: { digests: [] },
  },
  {
    name: 'Digest of RFC 3230 counts',
    ask: ask(),
    status: 200,
    headers: { digest: `SHA-256=${SHA256_BASE64}` },
    verdict: { digests: [{ algorithm: 'sha256', hex: SHA256 }] },
  },
];

describe('judge', () => {
  it.each(ROWS)('$name', ({ ask: asked, status, headers = {}, url, verdict }) => {
    const answer = { status, headers: new Map(Object.entries(headers)), ...(url === undefined ? {} : { url }) };
    expect(judge(asked, answer)).toMatchObject(verdict);
  });

  it('has an answer for every status', () => {
    for (let status = 200; status < 600; status += 1) {
      expect(judge(ask(), { status, headers: new Map() }).kind).toMatch(
        /^(part|whole|complete|unchanged|changed|denied|unavailable|refused)$/,
      );
    }
  });
});
