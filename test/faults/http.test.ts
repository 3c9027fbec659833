import { expect } from 'vitest';
import { fin, head, type Step, send } from '../support/fault-server.js';
import { alsoFields, chunked, cut, elsewhere, ranged, replaced, status, under, whole } from './answers.js';
import { atServices, everywhere, withMetadata } from './at-services.js';
import { writingsOf } from './canaries.js';
import type { FaultCase, Ran } from './fault-case.js';
import { type Ask, bytes, digestOf, headOf, type Reply, SIZE, sound } from './origin.js';
import { catalogue } from './run-case.js';

const HELD = 400_000;
const BINARY = 'Content-Type: application/octet-stream';
const PAGE = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please log in</body></html>';
const kebab = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
const after = (rev: number, size?: number): Pick<FaultCase, 'meanwhile'> => ({
  meanwhile: ({ origin }) => {
    origin.object = { rev, size: size ?? origin.object.size };
  },
});

/** 206 whose range is moved by so many bytes, head and body alike. */
const moved =
  (by: number): Reply =>
  (ask) => {
    const from = Math.max(0, ask.from + by);
    return ranged(`bytes ${from}-${SIZE - 1}/${SIZE}`, from, SIZE)(ask);
  };

/** 206 for the right bytes under another Content-Range. */
const claimed =
  (range: (ask: Ask) => string | undefined): Reply =>
  (ask) =>
    ranged(range(ask), ask.from, SIZE)(ask);

const RANGES: readonly FaultCase[] = [
  ...everywhere({
    id: 'http/range-ignored',
    title: 'a resume is answered by 200 and the whole: never appended',
    heldTo: HELD,
    data: [whole],
    exit: 0,
    files: 'complete',
  }),
  {
    id: 'http/range-starts-later',
    title: 'a 206 that starts later than asked',
    heldTo: HELD,
    data: [moved(1000)],
    exit: 8,
    code: 'proto.range',
    files: 'kept',
  },
  ...everywhere({
    id: 'http/range-starts-earlier',
    title: 'a 206 that starts earlier than asked: compared with what is there',
    heldTo: HELD,
    data: [moved(-1000)],
    exit: 0,
    files: 'complete',
    status: 'resumed',
  }),
  {
    id: 'http/range-starts-earlier-with-other-bytes',
    title: 'the same with bytes of another revision',
    heldTo: HELD,
    ...after(2),
    data: [moved(-1000)],
    validators: [],
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  {
    id: 'http/precondition-failed-on-resume',
    title: '412 to a resume with If-Range, once: the range is asked for without it',
    heldTo: HELD,
    data: [status(412, 'no')],
    exit: 0,
    files: 'complete',
  },
  ...everywhere({
    id: 'http/range-ends-earlier',
    title: 'a 206 that ends earlier than asked: the rest is asked for',
    heldTo: HELD,
    data: [
      (ask) => [
        ...headOf(ask, ask.origin.dataFields(ask), HELD + 50_000),
        ...bytes(ask.origin, ask.from, HELD + 50_000),
      ],
    ],
    exit: 0,
    files: 'complete',
    status: 'resumed',
  }),
  ...atServices(['url'], {
    id: 'http/range-total-differs',
    title: 'a 206 whose total is not that of the part: replaced, once again from the start',
    heldTo: HELD,
    ...after(2, SIZE + 77),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  {
    id: 'http/range-total-differs-fail',
    title: 'the same with --on-change fail',
    heldTo: HELD,
    ...after(2, SIZE + 77),
    args: ['--on-change', 'fail'],
    exit: 10,
    code: 'changed.remote',
    files: 'kept',
    rerun: 'none',
  },
  ...everywhere({
    id: 'http/range-total-unknown',
    title: 'a 206 with the total *',
    heldTo: HELD,
    data: [claimed(({ from }) => `bytes ${from}-${SIZE - 1}/*`)],
    exit: 0,
    files: 'complete',
    status: 'resumed',
  }),
  ...everywhere({
    id: 'http/range-unnamed',
    title: 'a 206 without Content-Range',
    heldTo: HELD,
    data: [claimed(() => undefined)],
    exit: 8,
    code: 'proto.range',
    files: 'kept',
  }),
  ...[
    'bytes 5-3/600001',
    'bytes a-b/c',
    'bytes 0-9/5',
    'bytes 400000-600000/600001, bytes 0-1/600001',
    'lines 400000-600000/600001',
    'bytes=400000-600000/600001',
    'bytes 400000-600000',
    '',
  ].map(
    (value): FaultCase => ({
      id: `http/content-range-${kebab(value.replace('=', ' equals ')) || 'empty'}`,
      title: `Content-Range: ${value}`,
      heldTo: HELD,
      data: [claimed(() => value)],
      exit: 8,
      code: 'proto.range',
      files: 'kept',
    }),
  ),
  {
    id: 'http/range-body-longer',
    title: 'the body of a 206 is longer than its range',
    heldTo: HELD,
    data: [
      (ask) => [
        head(206, BINARY, `Content-Range: bytes ${ask.from}-${SIZE - 1}/${SIZE}`, 'Transfer-Encoding: chunked'),
        send(`${(SIZE - ask.from).toString(16)}\r\n`),
        ...bytes(ask.origin, ask.from, SIZE),
        send('\r\n5\r\nextra\r\n0\r\n\r\n'),
      ],
    ],
    exit: 8,
    code: 'proto.range',
    files: 'kept',
  },
  ...everywhere({
    id: 'http/range-body-shorter',
    title: 'the body of a 206 is shorter than its range, and ends well',
    heldTo: HELD,
    data: [
      (ask) => [
        head(206, BINARY, `Content-Range: bytes ${ask.from}-${SIZE - 1}/${SIZE}`, 'Transfer-Encoding: chunked'),
        send(`${(HELD + 10 - ask.from).toString(16)}\r\n`),
        ...bytes(ask.origin, ask.from, HELD + 10),
        send('\r\n0\r\n\r\n'),
      ],
    ],
    exit: 6,
    code: 'net.truncated',
    files: 'kept',
  }),
  {
    id: 'http/range-length-contradicts',
    title: 'Content-Length and Content-Range of a 206 contradict each other',
    heldTo: HELD,
    data: [(ask) => ranged(`bytes ${ask.from}-${SIZE - 2}/${SIZE}`, ask.from, SIZE)(ask)],
    exit: 8,
    code: 'proto.range',
    files: 'kept',
  },
  {
    id: 'http/range-multipart-of-two',
    title: 'a 206 of two ranges',
    heldTo: HELD,
    data: [
      (ask) => {
        const part = (from: number, to: number): readonly Step[] => [
          send(`--b\r\nContent-Range: bytes ${from}-${to - 1}/${SIZE}\r\n\r\n`),
          ...bytes(ask.origin, from, to),
          send('\r\n'),
        ];
        return [
          head(206, 'Content-Type: multipart/byteranges; boundary=b', 'Connection: close'),
          ...part(ask.from, ask.from + 5),
          ...part(ask.from + 9, ask.from + 12),
          send('--b--\r\n'),
          fin,
        ];
      },
    ],
    exit: 8,
    code: 'proto.range',
    files: 'kept',
  },
  {
    id: 'http/part-though-the-whole-was-asked',
    title: 'a 206 to a request without Range',
    service: 'glance',
    data: [ranged(`bytes 0-99/${SIZE}`, 0, 100, BINARY)],
    exit: 8,
    code: 'proto.range',
    files: 'nothing',
  },
  ...[
    ['the-second-half', `bytes 300000-${SIZE - 1}/${SIZE}`, 300_000, SIZE],
    ['the-first-half', `bytes 0-299999/${SIZE}`, 0, 300_000],
  ].map(
    ([name, range, from, to]): FaultCase => ({
      id: `http/whole-with-the-range-of-${name}`,
      title: `a 200 with ${range}`,
      data: [
        (ask) => [
          head(200, BINARY, `Content-Range: ${range}`, `Content-Length: ${Number(to) - Number(from)}`),
          ...bytes(ask.origin, Number(from), Number(to)),
        ],
      ],
      exit: 8,
      code: 'proto.range',
      files: 'nothing',
    }),
  ),
  {
    id: 'http/accept-ranges-none',
    title: 'Accept-Ranges: none, and a cut: once more from the start',
    data: [(ask) => cut(HELD, fin)({ ...ask, ranged: false, from: 0 }), whole],
    validators: ['Accept-Ranges: none'],
    exit: 0,
    files: 'complete',
  },
];

const CHANGES: readonly FaultCase[] = [
  {
    id: 'http/weak-tag-only',
    title: 'a weak ETag proves no byte: the overlap does',
    validators: ['ETag: W/"weak"'],
    heldTo: HELD,
    exit: 0,
    files: 'complete',
    status: 'resumed',
  },
  {
    id: 'http/weak-tag-other-content',
    title: 'a weak ETag and the size stay, the content does not',
    validators: ['ETag: W/"weak"'],
    heldTo: HELD,
    ...after(2),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  {
    id: 'http/no-validator-other-content',
    title: 'no validator, the same size, other content: never spliced',
    validators: [],
    heldTo: HELD,
    ...after(2),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  {
    id: 'http/no-validator-other-content-fail',
    title: 'the same with --on-change fail',
    validators: [],
    heldTo: HELD,
    ...after(2),
    args: ['--on-change', 'fail'],
    exit: 10,
    code: 'changed.remote',
    files: 'kept',
    rerun: 'none',
  },
  {
    id: 'http/same-tag-other-content',
    title: 'the strong ETag stays although the content does not: a server that lies',
    validators: ['ETag: "always-the-same"'],
    heldTo: HELD,
    ...after(2),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  {
    id: 'http/young-last-modified',
    title: 'a Last-Modified of the second before proves nothing',
    validators: [`Last-Modified: ${new Date().toUTCString()}`, `Date: ${new Date().toUTCString()}`],
    heldTo: HELD,
    ...after(2),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  ...everywhere({
    id: 'http/replaced-between-cut-and-resume-in-one-run',
    title: 'replaced by another of the same size between a cut and the next connection of the same run',
    data: [cut(HELD, fin), replaced(2, sound)],
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  ...everywhere({
    id: 'http/replaced-since-the-earlier-run',
    title: 'replaced by another of the same size since the earlier run',
    heldTo: HELD,
    ...after(2),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  {
    id: 'http/replaced-again-and-again',
    title: 'replaced again while the restart is on its way: once is all',
    data: [cut(HELD, fin), replaced(2, sound), cut(HELD, fin), replaced(3, sound)],
    retries: 3,
    exit: 10,
    code: 'changed.remote',
    files: 'kept',
    rerun: 'all',
  },
  {
    id: 'http/unsatisfiable-shrunk',
    title: '416 with a smaller total: the remote shrank',
    heldTo: HELD,
    ...after(2, 100_000),
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  },
  {
    id: 'http/unsatisfiable-shrunk-fail',
    title: 'the same with --on-change fail',
    heldTo: HELD,
    ...after(2, 100_000),
    args: ['--on-change', 'fail'],
    exit: 10,
    code: 'changed.remote',
    files: 'kept',
    rerun: 'none',
  },
  ...everywhere({
    id: 'http/unsatisfiable-unnamed',
    title: '416 without Content-Range, as Glance answers',
    heldTo: HELD,
    data: [status(416)],
    exit: 0,
    files: 'complete',
  }),
  {
    id: 'http/gone-on-resume',
    title: '410 to a resume: kept, it may come back',
    heldTo: HELD,
    data: [status(410, 'gone')],
    exit: 4,
    code: 'not-found.url',
    files: 'kept',
  },
  {
    id: 'http/not-found-on-resume',
    title: '404 to a resume',
    heldTo: HELD,
    data: [status(404, 'not here')],
    exit: 4,
    code: 'not-found.url',
    files: 'kept',
  },
];

const STATUSES: readonly FaultCase[] = [
  ...everywhere({
    id: 'http/no-content',
    title: '204 to the data',
    data: [status(204)],
    exit: 5,
    code: 'not-ready.no-data',
    files: 'nothing',
  }),
  ...everywhere({
    id: 'http/not-modified-unasked',
    title: '304 that nobody asked for',
    data: [status(304)],
    exit: 8,
    code: 'proto.not-modified',
    files: 'nothing',
  }),
  ...[400, 402, 405, 406, 409, 412, 415, 418, 421, 422, 451, 501, 505].map(
    (code): FaultCase => ({
      id: `http/status-${code}`,
      title: `${code} for ever`,
      data: [status(code, 'no\u001b[31m::error::no', 'Content-Type: text/plain')],
      exit: 8,
      code: 'proto.status',
      files: 'nothing',
    }),
  ),
  ...[400, 405, 409, 451].map(
    (code): FaultCase => ({
      id: `http/status-${code}-on-resume`,
      title: `${code} for ever to a resume`,
      heldTo: HELD,
      data: [status(code, 'no')],
      exit: 8,
      code: 'proto.status',
      files: 'kept',
    }),
  ),
];

/** No credential of the first origin may be in any request to another one. */
function nothingLeaked({ foreign, origin }: Ran): void {
  expect(foreign.server.requests.length).toBeGreaterThan(0);
  for (const { raw, headers } of foreign.server.requests) {
    for (const secret of Object.values(origin.canaries)) {
      for (const writing of writingsOf(secret)) expect(raw).not.toContain(writing);
    }
    const allowed = [
      'host',
      'accept',
      'accept-encoding',
      'range',
      'if-range',
      'user-agent',
      'connection',
      'cache-control',
    ];
    expect([...headers.keys()].filter((name) => !allowed.includes(name))).toEqual([]);
  }
}

const toFiles = (code: number): Reply => elsewhere(code, '/files/again.img');
const REDIRECTS: readonly FaultCase[] = [
  ...[301, 302, 303, 307, 308].map(
    (code): FaultCase => ({
      id: `http/redirect-${code}`,
      title: `${code} to a relative Location of the same origin, and the range goes along`,
      heldTo: HELD,
      data: [toFiles(code)],
      exit: 0,
      files: 'complete',
      status: 'resumed',
    }),
  ),
  ...(['127.0.0.2', '127.0.0.1'] as const).flatMap((foreignHost) =>
    everywhere({
      id: `http/redirect-${foreignHost === '127.0.0.1' ? 'to-another-port' : 'to-another-host'}`,
      title: 'the data is redirected to another origin: it gets no credential, and the bytes count',
      foreignHost,
      data: [(ask) => elsewhere(302, () => `${foreignUrl.get(ask.origin)}/files/disk.img`)(ask)],
      meanwhile: ({ origin, foreign }) => {
        foreignUrl.set(origin, foreign.url);
        foreign.heal();
      },
      exit: 0,
      files: 'complete',
      also: nothingLeaked,
    }),
  ),
  {
    id: 'http/redirect-loop',
    title: 'a redirect to itself',
    data: [(ask) => elsewhere(302, ask.request.target)(ask)],
    exit: 8,
    code: 'proto.redirect',
    files: 'nothing',
  },
  {
    id: 'http/redirects-without-end',
    title: 'redirects to ever new places',
    data: [(ask) => elsewhere(302, `/files/${ask.count}.img`)(ask)],
    exit: 8,
    code: 'proto.redirect',
    files: 'nothing',
  },
  ...[
    'file:///etc/passwd',
    'data:text/plain,x',
    'ftp://127.0.0.1/x',
    'javascript:1',
    'http://',
    'http://[x/',
    'http://a b/',
    'http://u:p@127.0.0.1:1/x',
  ].map(
    (to): FaultCase => ({
      id: `http/redirect-to-${kebab(to)}`,
      title: `a redirect to ${to}`,
      data: [elsewhere(302, to)],
      exit: 8,
      code: 'proto.redirect',
      files: 'nothing',
    }),
  ),
  ...[300, 302, 305, 306].map(
    (code): FaultCase => ({
      id: `http/redirect-${code}-without-location`,
      title: `${code} without Location`,
      data: [status(code)],
      exit: 8,
      code: /^proto\.(?:redirect|status)$/,
      files: 'nothing',
    }),
  ),
  {
    id: 'http/redirect-downgrade',
    title: 'from https to http',
    tls: ({ good }) => good,
    data: [(ask) => elsewhere(302, () => `${foreignUrl.get(ask.origin)}/files/disk.img`)(ask)],
    meanwhile: ({ origin, foreign }) => void foreignUrl.set(origin, foreign.url),
    exit: 7,
    code: 'tls.downgrade',
    files: 'nothing',
    also: ({ foreign }) => expect(foreign.server.requests).toEqual([]),
  },
];
const foreignUrl = new WeakMap<object, string>();

const CONTENT: readonly FaultCase[] = [
  ...everywhere({
    id: 'http/login-page',
    title: '200 and a login page',
    data: [status(200, PAGE, 'Content-Type: text/html')],
    exit: 8,
    code: /^proto\.(?:not-image|size)$/,
    files: 'nothing',
    contract: 'exit 8: a portal or a proxy answers, the credentials may be fine',
  }),
  {
    id: 'http/login-page-untyped',
    title: '200 and a login page that calls itself binary',
    data: [status(200, PAGE, BINARY)],
    exit: 8,
    code: 'proto.not-image',
    files: 'nothing',
  },
  {
    id: 'http/login-page-on-resume',
    title: '200 and a login page to a resume',
    heldTo: HELD,
    data: [status(200, PAGE, 'Content-Type: text/html')],
    exit: 8,
    code: 'proto.not-image',
    files: 'kept',
  },
  ...[
    ['json', 'application/json', '{"error":{"message":"no","code":500}}'],
    ['xml', 'application/xml', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['xml-untyped', 'application/octet-stream', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
  ].map(
    ([name, type = '', text = '']): FaultCase => ({
      id: `http/error-document-${name}`,
      title: `200 and an error document (${type}) of the right length`,
      data: [status(200, text, `Content-Type: ${type}`)],
      exit: 8,
      code: 'proto.not-image',
      files: 'nothing',
    }),
  ),
  ...everywhere({
    id: 'http/compressed-though-identity',
    title: 'Content-Encoding: gzip although identity was asked for',
    data: [alsoFields('Content-Encoding: gzip')],
    exit: 8,
    code: 'proto.encoding',
    files: 'nothing',
  }),
  {
    id: 'http/compressed-on-resume',
    title: 'the same on a 206',
    heldTo: HELD,
    data: [alsoFields('Content-Encoding: gzip')],
    exit: 8,
    code: 'proto.encoding',
    files: 'kept',
  },
  ...withMetadata({
    id: 'http/empty-though-not',
    title: '200 with Content-Length: 0, and metadata that promise more',
    data: [status(200, '', BINARY)],
    exit: 8,
    code: 'proto.size',
    files: 'nothing',
  }),
  ...withMetadata({
    id: 'http/another-size-than-the-metadata',
    title: 'a Content-Length that the metadata contradict',
    data: [under(200, BINARY, `Content-Length: ${SIZE - 1}`)],
    exit: 8,
    code: 'proto.size',
    files: 'nothing',
  }),
  {
    id: 'http/empty-image',
    title: 'an image of no bytes is one, where the metadata say so',
    service: 'glance',
    object: { rev: 1, size: 0 },
    exit: 0,
    files: 'complete',
  },
  {
    id: 'http/empty-file',
    title: 'a plain URL with no bytes and nothing that says why',
    data: [status(200, '', BINARY)],
    exit: 5,
    code: 'not-ready.no-data',
    files: 'nothing',
    contract: 'exit 5: an empty file is what a server shows while it makes one',
  },
  {
    id: 'http/fields-that-want-to-be-remembered',
    title: 'cookies, HSTS, Alt-Svc, Clear-Site-Data and Refresh are nobody’s business',
    data: [
      alsoFields(
        'Set-Cookie: a=b',
        'Strict-Transport-Security: max-age=1',
        'Alt-Svc: h3=":1"',
        'Clear-Site-Data: "*"',
        'Refresh: 0; url=http://127.0.0.2/',
      ),
    ],
    exit: 0,
    files: 'complete',
    also: ({ foreign }) => expect(foreign.server.requests).toEqual([]),
  },
];

const HEX = 'f'.repeat(32);
const DIGESTS: readonly FaultCase[] = [
  {
    id: 'http/digest-mismatch',
    title: 'every byte comes, and the digest of the metadata does not match: one restart, then the end',
    service: 'glance',
    record: { os_hash_value: 'a'.repeat(128), checksum: null },
    exit: 9,
    code: 'integrity.digest',
    files: 'removed',
    rerun: 'none',
    also: ({ origin }) => expect(origin.requests('data').length).toBe(2),
  },
  {
    id: 'http/digest-mismatch-once',
    title: 'one wrong byte once: the restart is right',
    service: 'glance',
    data: [
      (ask) => [
        ...headOf(ask, [BINARY], SIZE),
        ...bytes(ask.origin, 0, 1000),
        send('!'),
        ...bytes(ask.origin, 1001, SIZE),
      ],
    ],
    exit: 0,
    files: 'complete',
    also: ({ origin }) => expect(origin.requests('data')[1]?.headers.get('cache-control')).toBe('no-cache'),
  },
  ...[
    ['hex', 'Content-MD5', () => digestOf({ rev: 1, size: SIZE }, 'md5')],
    ['base64', 'Content-MD5', () => Buffer.from(digestOf({ rev: 1, size: SIZE }, 'md5'), 'hex').toString('base64')],
    [
      'repr',
      'Repr-Digest',
      () => `sha-256=:${Buffer.from(digestOf({ rev: 1, size: SIZE }, 'sha256'), 'hex').toString('base64')}:`,
    ],
    ['artifactory', 'X-Checksum-Sha256', () => digestOf({ rev: 1, size: SIZE }, 'sha256')],
  ].flatMap(([name, field, right]): readonly FaultCase[] => [
    {
      id: `http/header-digest-${name as string}`,
      title: `${field as string} is right`,
      data: [(ask) => alsoFields(`${field as string}: ${(right as () => string)()}`)(ask)],
      exit: 0,
      files: 'complete',
      verified: name === 'hex' || name === 'base64' ? 'md5' : 'sha256',
    },
    {
      id: `http/header-digest-${name as string}-wrong`,
      title: `${field as string} is that of other bytes`,
      data: [(ask) => replacedBytes(`${field as string}: ${(right as () => string)()}`)(ask)],
      exit: 9,
      code: 'integrity.digest',
      files: 'removed',
    },
  ]),
  ...['abc', 'f'.repeat(31), ''].map(
    (value, at): FaultCase => ({
      id: `http/content-md5-malformed-${at}`,
      title: `Content-MD5: ${JSON.stringify(value)} proves nothing`,
      data: [alsoFields(`Content-MD5: ${value}`)],
      exit: 0,
      files: 'complete',
      verified: 'size-only',
    }),
  ),
  {
    id: 'http/content-md5-twice',
    title: 'two Content-MD5 that differ',
    data: [alsoFields(`Content-MD5: ${HEX}`, `Content-MD5: ${'e'.repeat(32)}`)],
    exit: 9,
    files: 'nothing',
  },
  {
    id: 'http/content-md5-of-the-whole-on-a-part',
    title: 'Glance sends the MD5 of the whole with a 206, and it is compared with the whole',
    service: 'glance',
    heldTo: HELD,
    record: { os_hash_algo: null, os_hash_value: null },
    exit: 0,
    files: 'complete',
    status: 'resumed',
    verified: 'md5',
  },
  {
    id: 'http/digest-in-a-trailer',
    title: 'a digest in the trailer is no promise',
    service: 'glance',
    data: [chunked(`0\r\nContent-MD5: ${HEX}\r\n\r\n`)],
    exit: 0,
    files: 'complete',
    verified: 'sha512',
  },
  ...[
    ['upper-case', () => `SHA256:${digestOf({ rev: 1, size: SIZE }, 'sha256').toUpperCase()}`, 0],
    ['too-short', () => 'sha256:abcd', 2],
    ['unknown', () => `sha3-999:${'a'.repeat(64)}`, 2],
    ['no-hex', () => `sha256:${'g'.repeat(64)}`, 2],
  ].map(
    ([name, value, exit]): FaultCase => ({
      id: `http/checksum-option-${name as string}`,
      title: `--checksum ${name as string}`,
      args: () => ['--checksum', (value as () => string)()],
      exit: exit as number,
      ...(exit === 0 ? { verified: 'user' } : { code: 'usage.option', rerun: 'none' }),
      files: exit === 0 ? 'complete' : 'nothing',
    }),
  ),
  {
    id: 'http/checksum-option-wrong',
    title: '--checksum of other bytes',
    args: ['--checksum', `sha256:${'a'.repeat(64)}`],
    exit: 9,
    code: 'integrity.digest',
    files: 'removed',
    rerun: 'none',
  },
];

/** Other bytes than the object's, with fields that speak of the object. */
function replacedBytes(...fields: readonly string[]): Reply {
  return (ask) => [head(200, BINARY, `Content-Length: ${SIZE}`, ...fields), ...bytes(ask.origin, 1, SIZE), send('!')];
}

catalogue('http', [...RANGES, ...CHANGES, ...STATUSES, ...REDIRECTS, ...CONTENT, ...DIGESTS]);
