import { expect } from 'vitest';
import { fin, rst, type Step } from '../support/fault-server.js';
import { cut, ranged, status, steps, whole } from './answers.js';
import type { FaultCase, Ran } from './fault-case.js';
import { type Ask, bytes, GLANCE_ID, headOf, type Reply, reply, SIZE, sound } from './origin.js';
import { catalogue } from './run-case.js';

const HELD = 400_000;
const PAGE = '<html><body>Please log in</body></html>';
const UNKNOWN_ID = 'b7c10000-0000-4000-8000-00000000dead';

const glance = (one: Omit<FaultCase, 'service'>): FaultCase => ({ ...one, service: 'glance' });
const logIns = ({ origin }: Ran): number => origin.requests('log-in').length;

/** A sound log-in with other fields or another body. */
const token =
  (fields: readonly string[], body: object = {}): Reply =>
  ({ origin }) =>
    reply(
      201,
      JSON.stringify({
        token: {
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          issued_at: new Date().toISOString(),
          project: { id: 'p1' },
          catalog: [endpoints(`${origin.url}/glance`)],
          ...body,
        },
      }),
      'Content-Type: application/json',
      ...fields,
    );

function endpoints(url: string, region = 'One'): object {
  return { type: 'image', endpoints: [{ interface: 'public', region_id: region, region, url }] };
}

const LOG_IN: readonly FaultCase[] = [
  glance({
    id: 'glance/password-refused',
    title: 'Keystone refuses the password',
    logIn: [status(401, '{"error":{"code":401,"message":"The request you have made requires authentication."}}')],
    exit: 3,
    code: 'auth.refused',
    files: 'nothing',
  }),
  glance({
    id: 'glance/second-factor',
    title: 'Keystone wants a second factor, and sends a receipt',
    logIn: [
      status(
        401,
        '{"receipt":{"methods":["password"],"expires_at":"2099-01-01T00:00:00Z"},"required_auth_methods":[["password","totp"]]}',
        'Openstack-Auth-Receipt: gAAAAAreceipt',
        'Content-Type: application/json',
      ),
    ],
    exit: 3,
    code: 'auth.mfa',
    files: 'nothing',
  }),
  glance({
    id: 'glance/keystone-down',
    title: 'Keystone answers 503',
    logIn: [status(503, 'busy')],
    exit: 6,
    code: 'http.unavailable',
    files: 'nothing',
  }),
  glance({
    id: 'glance/keystone-resets',
    title: 'Keystone resets the connection',
    logIn: [steps(rst)],
    exit: 6,
    files: 'nothing',
  }),
  glance({
    id: 'glance/keystone-page',
    title: 'a web page instead of a token',
    logIn: [status(200, PAGE, 'Content-Type: text/html')],
    exit: 8,
    files: 'nothing',
  }),
  ...[
    ['absent', [] as readonly string[]],
    ['empty', ['X-Subject-Token:']],
    ['of-64-kb', [`X-Subject-Token: ${'t'.repeat(65_536)}`]],
    ['with-blanks', ['X-Subject-Token: a b']],
  ].map(([name, fields]) =>
    glance({
      id: `glance/token-${name as string}`,
      title: `201 with a token ${(name as string).replaceAll('-', ' ')}`,
      logIn: [token(fields as readonly string[])],
      exit: 8,
      code: /^keystone\.token$|^proto\.headers$/,
      files: 'nothing',
    }),
  ),
  glance({
    id: 'glance/no-image-service',
    title: 'the catalog has no image service',
    token: { catalog: [] },
    exit: 4,
    code: 'not-found.service',
    files: 'nothing',
    rerun: 'none',
  }),
  glance({
    id: 'glance/unknown-region',
    title: 'the region that is asked for is not in the catalog',
    env: () => ({ OS_REGION_NAME: 'Nowhere' }),
    exit: 4,
    code: 'not-found.region',
    files: 'nothing',
    rerun: 'none',
  }),
  glance({
    id: 'glance/log-in-redirected',
    title: 'the log-in is redirected to another origin: no credential goes there',
    logIn: [(ask) => reply(302, '', `Location: http://127.0.0.2:${foreignPort.get(ask.origin)}/v3/auth/tokens`)],
    meanwhile: ({ origin, foreign }) => void foreignPort.set(origin, foreign.server.port),
    exit: 8,
    code: /^proto\.|^auth\./,
    files: 'nothing',
    also: ({ foreign, origin }) => {
      for (const { raw } of foreign.server.requests) expect(raw).not.toContain(origin.canaries.password);
    },
  }),
];
const foreignPort = new WeakMap<object, number>();

/** A life of so many milliseconds, as the server's clock sees it, which is off ours by `skewMs`. */
const lifeOf = (lifeMs: number, skewMs = 0): Reply => {
  return ({ origin }) => {
    const now = Date.now() + skewMs;
    return token([`X-Subject-Token: ${origin.canaries.token}`, `Date: ${new Date(now).toUTCString()}`], {
      expires_at: new Date(now + lifeMs).toISOString(),
      issued_at: new Date(now).toISOString(),
      catalog: [endpoints(`${origin.url}/glance`)],
    })({ origin } as Ask);
  };
};

const TOKENS: readonly FaultCase[] = [
  glance({
    id: 'glance/token-refused-on-resume',
    title: 'the token has ended when the connection is cut: one more log-in, and on from there',
    data: [cut(HELD, fin), status(401, 'expired')],
    exit: 0,
    files: 'complete',
    also: (ran) => {
      expect(logIns(ran)).toBe(2);
      expect(ran.origin.requests('data').at(-1)?.headers.get('range')).toBe(`bytes=${HELD}-`);
    },
  }),
  glance({
    id: 'glance/token-refused-for-ever',
    title: 'every token is refused for the data, with a part that is there',
    heldTo: HELD,
    data: [status(401, 'no')],
    exit: 6,
    code: 'http.unavailable',
    files: 'kept',
    contract: 'exit 6: Keystone has just issued the token, so that the image service is what is out of order',
  }),
  glance({
    id: 'glance/token-refused-for-the-record',
    title: 'the first token is refused for the record',
    facts: [status(401, 'no')],
    exit: 0,
    files: 'complete',
  }),
  glance({
    id: 'glance/token-about-to-end',
    title: 'a token with a minute to live: no storm of log-ins',
    logIn: [lifeOf(60_000)],
    persists: true,
    exit: 0,
    files: 'complete',
    also: (ran) => expect(logIns(ran)).toBeLessThanOrEqual(3),
  }),
  ...[-86_400_000, 86_400_000].map((skewMs) =>
    glance({
      id: `glance/clock-a-day-${skewMs < 0 ? 'ahead' : 'behind'}`,
      title: `our clock is a day ${skewMs < 0 ? 'ahead, and the token looks expired' : 'behind'}`,
      logIn: [lifeOf(3_600_000, skewMs)],
      persists: true,
      exit: 0,
      files: 'complete',
      also: (ran) => expect(logIns(ran)).toBe(1),
    }),
  ),
];

const notReady = (name: string, title: string, code: string, record: FaultCase['record']): FaultCase =>
  glance({ id: `glance/${name}`, title, record: record ?? {}, exit: 5, code, files: 'nothing', rerun: 'none' });

const STATES: readonly FaultCase[] = [
  ...['queued', 'saving', 'uploading', 'importing'].map((name) =>
    notReady(`status-${name}`, `status ${name}`, 'not-ready.queued', {
      status: name,
      size: null,
      checksum: null,
      os_hash_value: null,
      os_hash_algo: null,
    }),
  ),
  notReady('status-deactivated', 'deactivated', 'not-ready.deactivated', { status: 'deactivated' }),
  notReady('status-killed', 'its upload failed', 'not-ready.no-data', { status: 'killed', size: null }),
  notReady('status-unheard-of', 'a status that nobody knows', 'not-ready.queued', { status: 'x\u001b[2J::error::' }),
  notReady('volume-snapshot', 'a snapshot whose data is in a volume', 'not-ready.volume-snapshot', {
    size: 0,
    checksum: null,
    os_hash_value: null,
    os_hash_algo: null,
    block_device_mapping: '[{"snapshot_id":"b7c10000-0000-4000-8000-0000000000aa","boot_index":0}]',
  }),
  ...['deleted', 'pending_delete'].map((name) =>
    glance({
      id: `glance/status-${name.replace('_', '-')}`,
      title: `status ${name}`,
      record: { status: name },
      exit: 4,
      code: 'not-found.image',
      files: 'nothing',
      rerun: 'none',
    }),
  ),
  glance({
    id: 'glance/deactivated-while-downloading',
    title: '403 to the data, as the image was deactivated: no matter of permission',
    data: [status(403, 'The requested image has been deactivated. Image data download is forbidden.')],
    exit: 3,
    code: 'auth.forbidden',
    files: 'nothing',
  }),
  glance({
    id: 'glance/forbidden-by-policy',
    title: '403 to the record',
    facts: [status(403, 'policy')],
    exit: 3,
    code: 'auth.forbidden',
    files: 'nothing',
  }),
  glance({
    id: 'glance/unknown-image',
    title: '404 to the record',
    facts: [({ request }) => (request.target.includes('?') ? reply(200, '{"images":[]}') : reply(404, 'no'))],
    exit: 4,
    code: 'not-found.image',
    files: 'nothing',
  }),
  glance({
    id: 'glance/data-not-found',
    title: '404 to the data of a record that is there, with a part',
    heldTo: HELD,
    data: [status(404, 'no')],
    exit: 4,
    files: 'kept',
  }),
  glance({
    id: 'glance/store-down',
    title: '503 to the data',
    data: [status(503, 'store')],
    exit: 6,
    code: 'http.unavailable',
    files: 'nothing',
  }),
  glance({
    id: 'glance/store-cannot-seek',
    title: 'the store answers 400 to every Range: a cut means a new start',
    data: [cut(HELD, fin), (ask) => (ask.ranged ? reply(400, 'cannot seek') : whole(ask))],
    persists: true,
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  glance({
    id: 'glance/store-cannot-seek-later',
    title: 'the same with the part of an earlier run: the whole comes again, and is compared with it',
    heldTo: HELD,
    data: [(ask) => (ask.ranged ? reply(400, 'cannot seek') : whole(ask))],
    persists: true,
    exit: 0,
    files: 'complete',
    status: 'resumed',
  }),
];

const NO_HASH = { os_hash_algo: null, os_hash_value: null, checksum: null };
const DIGESTS: readonly FaultCase[] = [
  glance({
    id: 'glance/no-digest',
    title: 'neither os_hash_value nor checksum: said with the result',
    record: NO_HASH,
    exit: 0,
    code: 'verify.size-only',
    files: 'complete',
    verified: 'size-only',
  }),
  glance({
    id: 'glance/no-digest-required',
    title: 'the same with --require digest: refused before a byte is taken; only a header could still bring one',
    record: NO_HASH,
    args: ['--require', 'digest'],
    exit: 9,
    code: 'integrity.unproven',
    files: 'nothing',
    rerun: 'none',
    also: ({ document }) => expect(document.received).toBe(0),
  }),
  ...['sha3-999', '__proto__', 'constructor', 'crc32'].map((algorithm) =>
    glance({
      id: `glance/digest-of-${algorithm.replaceAll('_', '')}`,
      title: `os_hash_algo ${algorithm}`,
      record: { os_hash_algo: algorithm },
      exit: 9,
      code: 'integrity.algorithm',
      files: 'nothing',
      rerun: 'none',
    }),
  ),
  ...['SHA512', 'sha512'].map((algorithm) =>
    glance({
      id: `glance/digest-named-${algorithm === 'SHA512' ? 'in-capitals' : 'as-usual'}`,
      title: `os_hash_algo ${algorithm}`,
      record: { os_hash_algo: algorithm },
      exit: 0,
      files: 'complete',
      verified: 'sha512',
    }),
  ),
  glance({
    id: 'glance/digest-too-short',
    title: 'an os_hash_value that is none of its algorithm',
    record: { os_hash_value: 'abcd' },
    exit: 9,
    code: 'integrity.algorithm',
    files: 'nothing',
    rerun: 'none',
  }),
  glance({
    id: 'glance/range-from-another-copy',
    title: 'a node with a cached copy answers the whole, the store a Range, and they differ',
    data: [
      (ask) => (ask.ranged ? other(ask) : cut(HELD, fin)(ask)),
      (ask) => (ask.ranged ? other(ask) : sound(ask)),
      sound,
    ],
    persists: true,
    exit: 0,
    files: 'complete',
  }),
  glance({
    id: 'glance/made-anew-under-the-same-id',
    title: 'deleted and made anew under its id, with other digests',
    heldTo: HELD,
    meanwhile: ({ origin }) => {
      origin.object = { rev: 2, size: SIZE };
    },
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  glance({
    id: 'glance/made-anew-under-the-same-id-fail',
    title: 'the same with --on-change fail',
    heldTo: HELD,
    meanwhile: ({ origin }) => {
      origin.object = { rev: 2, size: SIZE };
    },
    args: ['--on-change', 'fail'],
    exit: 10,
    code: 'changed.remote',
    files: 'kept',
    rerun: 'none',
  }),
];

/** Bytes of another revision under a sound head. */
function other(ask: Ask): readonly Step[] {
  const [head] = headOf(ask, ask.origin.dataFields(ask), SIZE);
  const wrong = bytes(ask.origin, ask.from, SIZE).map((step) =>
    step.do === 'send' ? { ...step, data: Buffer.from(step.data as Uint8Array).reverse() } : step,
  );
  return head === undefined ? wrong : [head, ...wrong];
}

const record = (name: string, title: string, code: string | RegExp, facts: Reply): FaultCase =>
  glance({ id: `glance/record-${name}`, title, facts: [facts], exit: 8, code, files: 'nothing' });

const RECORDS: readonly FaultCase[] = [
  record('no-json', 'a record that is no JSON', /^proto\./, status(200, 'nonsense', 'Content-Type: application/json')),
  record('empty', 'an empty record', /^proto\./, status(200, '')),
  record('of-another-image', 'the record of another image', 'proto.answer', (ask) =>
    edited(ask, (text) => text.replaceAll(GLANCE_ID, UNKNOWN_ID)),
  ),
  record(
    'nested-deeply',
    'JSON nested 100,000 deep',
    /^proto\./,
    status(200, '['.repeat(100_000), 'Content-Type: application/json'),
  ),
  record(
    'too-long',
    'more than 1 MiB',
    'proto.body-limit',
    status(200, `{"x":"${'x'.repeat(1_048_576)}"}`, 'Content-Type: application/json'),
  ),
  record('latin-1', 'no UTF-8', /^proto\./, (ask) => edited(ask, (text) => text.replace('disk.img', 'Gr\xfc\xdfe'))),
  record('negative-size', 'a size below zero', 'proto.answer', (ask) =>
    edited(ask, (text) => text.replace(`"size":${SIZE}`, '"size":-1')),
  ),
  record('huge-size', 'a size beyond what numbers hold', 'proto.answer', (ask) =>
    edited(ask, (text) => text.replace(`"size":${SIZE}`, '"size":9007199254740993')),
  ),
  record('size-in-words', 'a size that is a text', 'proto.answer', (ask) =>
    edited(ask, (text) => text.replace(`"size":${SIZE}`, '"size":"1e9"')),
  ),
  record('page', 'a web page', /^proto\./, status(200, PAGE, 'Content-Type: text/html')),
  glance({
    id: 'glance/record-with-prototype',
    title: 'keys that are called __proto__',
    facts: [
      (ask) =>
        edited(ask, (text) =>
          text.replace('{', '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":1}},'),
        ),
    ],
    exit: 0,
    files: 'complete',
    also: () => expect(({} as { polluted?: unknown }).polluted).toBeUndefined(),
  }),
  glance({
    id: 'glance/range-of-nobody',
    title: 'a part of another place, under the range that was asked for, is found by the digest',
    heldTo: HELD,
    data: [(ask) => ranged(`bytes ${ask.from}-${SIZE - 1}/${SIZE}`, 0, SIZE - ask.from)(ask), sound],
    persists: true,
    exit: 0,
    files: 'complete',
  }),
];

/** The sound answer with another body. */
function edited(ask: Ask, edit: (text: string) => string): readonly Step[] {
  return sound(ask).map((step) => {
    if (step.do !== 'send') return step;
    const [head = '', ...rest] = Buffer.from(step.data).toString('latin1').split('\r\n\r\n');
    const body = edit(rest.join('\r\n\r\n'));
    return {
      do: 'send',
      data: `${head.replace(/Content-Length: \d+/, `Content-Length: ${body.length}`)}\r\n\r\n${body}`,
    };
  });
}

/** A search by name, whose answer is this text. */
const search = (
  name: string,
  title: string,
  exit: number,
  code: string | RegExp,
  list: (ask: Ask) => string,
  word = 'debian',
): FaultCase =>
  glance({
    id: `glance/search-${name}`,
    title,
    words: () => ['glance', 'image', word],
    facts: [(ask) => reply(200, list(ask), 'Content-Type: application/json')],
    exit,
    code,
    files: 'nothing',
    rerun: 'none',
    also: ({ foreign, origin }) => {
      expect(foreign.server.requests).toEqual([]);
      expect(origin.requests('facts').length).toBeLessThan(50);
    },
  });

const listed = (id: string, name = 'debian'): object => ({
  id,
  name,
  status: 'active',
  visibility: 'private',
  owner: 'p1',
  size: SIZE,
  disk_format: 'raw',
  container_format: 'bare',
  created_at: '2026-11-02T08:00:00Z',
});

const SEARCHES: readonly FaultCase[] = [
  search('ambiguous', 'two images have the name', 4, 'not-found.ambiguous', () =>
    JSON.stringify({ images: [listed(GLANCE_ID), listed(UNKNOWN_ID)] }),
  ),
  search(
    'of-a-path',
    'an id that is a path: a name like any other',
    4,
    'not-found.image',
    () => '{"images":[]}',
    '../tokens',
  ),
  search('of-an-escape', 'an id with %2f', 4, 'not-found.image', () => '{"images":[]}', '..%2ftokens'),
  search('leads-elsewhere', 'the next page of the list lies at another origin', 8, /^proto\./, ({ origin }) =>
    JSON.stringify({
      images: [listed(UNKNOWN_ID, 'other')],
      next: `http://127.0.0.2:${foreignPort.get(origin) ?? 1}/v2/images?marker=x`,
    }),
  ),
  search('turns-in-a-circle', 'the next page of the list is itself', 8, /^proto\./, ({ request }) =>
    JSON.stringify({ images: [listed(UNKNOWN_ID, 'other')], next: request.target.replace(/^\/glance/, '') }),
  ),
  search('no-list', 'no list', 8, 'proto.answer', () => '{"image":5}'),
];

const CATALOGS: readonly FaultCase[] = [
  glance({
    id: 'glance/several-regions',
    title: 'the catalog has two regions, and none is chosen: not simply the first',
    logIn: [
      ({ origin }) =>
        token([`X-Subject-Token: ${origin.canaries.token}`], {
          catalog: [
            {
              type: 'image',
              endpoints: ['One', 'Two'].map((region) => ({
                interface: 'public',
                region_id: region,
                region,
                url: `${origin.url}/glance/${region}`,
              })),
            },
          ],
        })({ origin } as Ask),
    ],
    exit: 2,
    says: /One.*Two/,
    files: 'nothing',
    rerun: 'none',
  }),
  glance({
    id: 'glance/token-of-https-over-http',
    title: 'Keystone speaks https, the catalog names http: the token does not go there',
    tls: ({ good }) => good,
    meanwhile: ({ origin, foreign }) => void foreignPort.set(origin, foreign.server.port),
    logIn: [
      ({ origin }) =>
        token([`X-Subject-Token: ${origin.canaries.token}`], {
          catalog: [endpoints(`http://127.0.0.2:${foreignPort.get(origin)}/glance`)],
        })({ origin } as Ask),
    ],
    exit: 7,
    code: 'tls.plain-http',
    files: 'nothing',
    also: ({ foreign }) => expect(foreign.server.requests).toEqual([]),
  }),
];

catalogue('glance', [...SEARCHES, ...CATALOGS, ...LOG_IN, ...TOKENS, ...STATES, ...DIGESTS, ...RECORDS]);
