import { expect } from 'vitest';
import { fin, rst, type Step } from '../support/fault-server.js';
import { imageXml } from '../support/uforge-server.js';
import { cut, status, steps, under } from './answers.js';
import type { FaultCase, Ran } from './fault-case.js';
import { IMAGE_ID, type Reply, reply, SIZE } from './origin.js';
import { catalogue } from './run-case.js';

const HELD = 400_000;
const BY_KEY = ['--via', 'key'];
const PATH = `users/alice/appliances/747/images/${IMAGE_ID}`;
const PAGE = '<html><body>Please log in</body></html>';

type Record = NonNullable<FaultCase['record']>;
const uforge = (one: Omit<FaultCase, 'service'>): FaultCase => ({ ...one, service: 'uforge' });

/** One-time keys in the order in which they were used. */
function keysOf({ origin }: Ran): readonly (string | null)[] {
  return origin.requests('data').map(({ target }) => new URLSearchParams(target.split('?')[1]).get('downloadId'));
}

/** Each key opened one connection, and nothing that authorizes travelled beside it. */
function onceEach(ran: Ran): void {
  const keys = keysOf(ran).filter((key) => key !== null);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { target, headers } of ran.origin.requests('data')) {
    if (target.includes('downloadId=')) expect(headers.has('authorization')).toBe(false);
  }
}

const KEYS: readonly FaultCase[] = [
  ...[401, 403, 404, 410].map((code) =>
    uforge({
      id: `uforge/key-stale-${code}`,
      title: `the key of the first answer is refused with ${code}: a fresh one is asked for`,
      args: BY_KEY,
      data: [status(code, 'stale')],
      exit: 0,
      files: 'complete',
      also: onceEach,
    }),
  ),
  uforge({
    id: 'uforge/key-stale-page',
    title: 'the key is refused by a web page with 200',
    args: BY_KEY,
    data: [status(200, PAGE, 'Content-Type: text/html')],
    exit: 0,
    files: 'complete',
    also: onceEach,
  }),
  uforge({
    id: 'uforge/key-spent-by-a-cut',
    title: 'every connection after a cut has a key of its own',
    args: BY_KEY,
    data: [cut(200_000, fin), cut(HELD, rst)],
    exit: 0,
    files: 'complete',
    also: (ran) => {
      onceEach(ran);
      expect(keysOf(ran).length).toBe(3);
    },
  }),
  uforge({
    id: 'uforge/keys-refused-for-ever',
    title: 'every key is refused: the end comes soon',
    args: BY_KEY,
    data: [status(403, 'no')],
    retries: 3,
    exit: 3,
    files: 'nothing',
    also: (ran) => {
      onceEach(ran);
      expect(ran.origin.requests('data').length).toBeLessThan(20);
    },
  }),
  uforge({
    id: 'uforge/given-key-spent',
    title: 'a --download-id that is spent, and no credentials',
    args: ({ origin }) => ['--download-id', `${origin.canaries.key}spent`],
    env: () => ({ IMGDL_PASSWORD: '' }),
    data: [status(403, 'spent')],
    exit: 3,
    code: 'uforge.key-spent',
    says: /--download-id/,
    files: 'nothing',
    rerun: 'none',
  }),
  uforge({
    id: 'uforge/given-key-of-another-image',
    title: 'a --download-id of another image: its size is not that of the metadata',
    args: ({ origin }) => ['--download-id', `${origin.canaries.key}other`],
    data: [under(200, 'Content-Type: application/octet-stream', `Content-Length: ${SIZE - 7}`)],
    exit: 8,
    code: 'uforge.wrong-resource',
    files: 'nothing',
    rerun: 'none',
  }),
  uforge({
    id: 'uforge/credentials-refused',
    title: 'the password is refused',
    facts: [status(401, 'who are you', 'WWW-Authenticate: Basic realm="x"')],
    exit: 3,
    code: 'auth.refused',
    files: 'nothing',
  }),
  uforge({
    id: 'uforge/credentials-forbidden',
    title: 'the password is right, and does not allow it',
    facts: [status(403, 'no')],
    exit: 3,
    files: 'nothing',
  }),
  uforge({
    id: 'uforge/unknown-image',
    title: 'there is no such image',
    facts: [status(404, 'no')],
    exit: 4,
    code: 'not-found.image',
    files: 'nothing',
  }),
];

const notReady = (name: string, title: string, code: string, record: Record): FaultCase =>
  uforge({ id: `uforge/${name}`, title, record, exit: 5, code, files: 'nothing', rerun: 'none' });

const progress = (complete: boolean, error: boolean, cancelled: boolean, percent = 42): Record => ({
  status: `<complete>${complete}</complete><error>${error}</error><cancelled>${cancelled}</cancelled><percentage>${percent}</percentage><message>step one\u001b[2J of ::error:: many</message>`,
  downloadUri: undefined,
  downloadKey: undefined,
});

const STATES: readonly FaultCase[] = [
  notReady('not-compressed', 'made for publishing only', 'not-ready.not-compressed', {
    compress: 'false',
    downloadUri: undefined,
    downloadKey: undefined,
  }),
  notReady('still-generating', 'still being made', 'not-ready.generating', progress(false, false, false)),
  notReady('generation-failed', 'making it failed', 'not-ready.failed', progress(false, true, false)),
  notReady('generation-failed-though-complete', 'complete and failed', 'not-ready.failed', progress(true, true, false)),
  notReady('generation-cancelled', 'canceled', 'not-ready.failed', progress(false, false, true)),
  notReady('not-created', 'complete by its status, but not created', 'not-ready.generating', { imageCreated: 'false' }),
  notReady('simulated', 'a simulation', 'not-ready.simulated', { simulated: 'true' }),
  notReady('registry', 'it lives in a registry', 'not-ready.registry', {
    format: '<name>docker</name>',
    registeringName: 'registry.example/web:1',
    downloadUri: undefined,
    downloadKey: undefined,
  }),
  uforge({
    id: 'uforge/no-link',
    title: 'complete and compressed, but without a link, and only a key may be used',
    args: BY_KEY,
    record: { downloadUri: undefined, downloadKey: undefined },
    exit: 8,
    code: 'uforge.no-uri',
    files: 'nothing',
    rerun: 'none',
  }),
  ...[
    ['another-origin', 'http://127.0.0.2:1/x/downloads/disk.img?downloadId=k'],
    ['another-host', '//127.0.0.2:1/downloads/disk.img?downloadId=k'],
    ['above-the-base', '../../../../etc/downloads?downloadId=k'],
    ['a-file', 'file:///etc/passwd'],
  ].map(([name = '', downloadUri]) =>
    uforge({
      id: `uforge/link-to-${name}`,
      title: `the link of the answer leads to ${name.replaceAll('-', ' ')}`,
      args: BY_KEY,
      record: { downloadUri },
      exit: 8,
      code: 'uforge.uri',
      files: 'nothing',
      rerun: 'none',
      also: ({ origin }) => expect(origin.requests('data')).toEqual([]),
    }),
  ),
];

/** What is no number is no size: then the answer itself has to tell it. */
const SIZES: readonly FaultCase[] = [
  uforge({
    id: 'uforge/size-absent',
    title: 'no fileSize',
    record: { fileSize: undefined },
    exit: 0,
    files: 'complete',
  }),
  uforge({
    id: 'uforge/size-zero',
    title: 'fileSize 0, as of scans',
    record: { fileSize: '0' },
    exit: 0,
    files: 'complete',
  }),
  ...['-1', '1e9', '007', '9223372036854775808', '0x10', 'many'].map((fileSize, at) =>
    uforge({
      id: `uforge/size-no-number-${at}`,
      title: `fileSize ${JSON.stringify(fileSize)}`,
      record: { fileSize },
      exit: 8,
      code: 'proto.answer',
      files: 'nothing',
      rerun: 'none',
    }),
  ),
];

const facts = (
  name: string,
  title: string,
  code: string,
  body: string | Buffer,
  ...fields: readonly string[]
): FaultCase =>
  uforge({
    id: `uforge/facts-${name}`,
    title,
    facts: [steps(...raw(body, ...(fields.length === 0 ? ['Content-Type: application/xml'] : fields)))],
    exit: 8,
    code,
    files: 'nothing',
  });

function raw(body: string | Buffer, ...fields: readonly string[]): readonly Step[] {
  const bytes = Buffer.from(body);
  const head = ['HTTP/1.1 200 OK', `Content-Length: ${bytes.length}`, ...fields, '', ''].join('\r\n');
  return [{ do: 'send', data: Buffer.concat([Buffer.from(head), bytes]) }];
}

const entities = (levels: number): string =>
  Array.from({ length: levels }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('');

const DOCUMENTS: readonly FaultCase[] = [
  facts(
    'doctype',
    'a DOCTYPE with an entity of the system',
    'proto.doctype',
    '<!DOCTYPE image [<!ENTITY a SYSTEM "file:///etc/passwd">]><image><name>&a;</name></image>',
  ),
  facts(
    'parameter-entity',
    'a DOCTYPE with a parameter entity',
    'proto.doctype',
    '<!DOCTYPE image [<!ENTITY % p SYSTEM "http://127.0.0.2:1/x.dtd"> %p;]><image/>',
  ),
  facts(
    'entity-bomb',
    'a bomb of nested entities',
    'proto.doctype',
    `<!DOCTYPE image [<!ENTITY e0 "ha">${entities(12)}]><image><name>&e12;</name></image>`,
  ),
  facts('second-doctype', 'two DOCTYPEs', 'proto.doctype', '<!DOCTYPE image><!DOCTYPE image><image/>'),
  facts('too-long', 'a byte more than 1 MiB', 'proto.body-limit', `<image>${' '.repeat(1_048_576 + 1)}</image>`),
  facts('malformed', 'XML that does not end', 'proto.xml', '<image><dbId>1095</dbId>'),
  facts('empty', 'an empty answer', 'proto.answer', ''),
  facts('page', 'a web page', 'proto.not-image', `<!DOCTYPE html>${PAGE}`, 'Content-Type: text/html'),
  facts('utf-16', 'UTF-16', 'proto.charset', Buffer.from('\ufeff<image/>', 'utf16le')),
  facts('latin-1', 'latin-1', 'proto.charset', Buffer.from('<image><name>Gr\u00fc\u00dfe</name></image>', 'latin1')),
  facts('another-image', 'the record of another image', 'proto.answer', imageXml({ dbId: '1', fileSize: '5' })),
  facts('another-element', 'an element that is no image', 'proto.answer', '<appliance><dbId>1095</dbId></appliance>'),
  facts(
    'prototype',
    'elements that are called __proto__ and constructor',
    'proto.xml',
    `<image><dbId>${IMAGE_ID}</dbId><__proto__><polluted>yes</polluted></__proto__><constructor><prototype><polluted>yes</polluted></prototype></constructor></image>`,
  ),
  uforge({
    id: 'uforge/facts-without-end',
    title: 'an answer without length that never ends',
    facts: [
      steps(...raw('', 'Connection: close').map(unlimited), { do: 'flood', data: ' '.repeat(16_384), everyMs: 0 }),
    ],
    exit: 8,
    code: 'proto.body-limit',
    files: 'nothing',
  }),
  uforge({
    id: 'uforge/facts-as-json',
    title: 'JSON although XML was asked for, and a wrong Content-Type',
    facts: [json],
    exit: 0,
    files: 'complete',
  }),
  uforge({
    id: 'uforge/facts-with-bom',
    title: 'a byte order mark before the XML',
    facts: [bom],
    exit: 0,
    files: 'complete',
  }),
];

/** The same head without a length. */
function unlimited(step: Step): Step {
  if (step.do !== 'send') return step;
  return {
    do: 'send',
    data: Buffer.from(step.data)
      .toString()
      .replace(/Content-Length: 0\r\n/, ''),
  };
}

function json(ask: Parameters<Reply>[0]): readonly Step[] {
  const key = `${ask.origin.canaries.key}json`;
  const image = {
    dbId: Number(IMAGE_ID),
    name: 'dev-env',
    fileSize: SIZE,
    revision: '1',
    compress: true,
    simulated: false,
    status: { complete: true, error: false, cancelled: false },
    downloadUri: `${PATH}/downloads/disk.img?downloadId=${key}`,
    format: { name: 'targz' },
  };
  return reply(200, JSON.stringify({ image }), 'Content-Type: text/plain');
}

function bom(ask: Parameters<Reply>[0]): readonly Step[] {
  return ask.origin
    .truth(ask)
    .map((step) => (step.do === 'send' ? { do: 'send', data: withBom(Buffer.from(step.data).toString()) } : step));
}

function withBom(text: string): Buffer {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const bytes = Buffer.from(`\ufeff${body}`);
  return Buffer.concat([
    Buffer.from(`${head.replace(/Content-Length: \d+/, `Content-Length: ${bytes.length}`)}\r\n\r\n`),
    bytes,
  ]);
}

const errorDocument = (key: string): string =>
  `<ns0:uforgeError xmlns:ns0="u"><requestUri>/api/${PATH}/downloads?downloadId=${key}</requestUri><requestMethod>GET</requestMethod><statusCode>500</statusCode><localizedErrorMsg><message>disk \u001b[31mon fire</message></localizedErrorMsg></ns0:uforgeError>`;

const ERRORS: readonly FaultCase[] = [
  ...(
    [
      [400, 8],
      [409, 8],
      [500, 6],
      [503, 6],
    ] as const
  ).map(([code, exit]) =>
    uforge({
      id: `uforge/error-document-${code}`,
      title: `${code} to the data with an uforgeError, which names the request with its key`,
      args: BY_KEY,
      data: [
        (ask) =>
          reply(
            code,
            errorDocument(new URLSearchParams(ask.request.target.split('?')[1]).get('downloadId') ?? ''),
            'Content-Type: application/xml',
          ),
      ],
      exit,
      files: 'nothing',
    }),
  ),
  uforge({
    id: 'uforge/error-document-to-the-facts',
    title: '500 to the facts with an uforgeError: its words are shown, made safe',
    facts: [(ask) => reply(500, errorDocument(ask.origin.canaries.key), 'Content-Type: application/xml')],
    exit: 6,
    code: 'http.unavailable',
    files: 'nothing',
  }),
  uforge({
    id: 'uforge/regenerated-during-the-download',
    title: 'the same id is generated again between a cut and the next connection',
    data: [cut(HELD, fin)],
    facts: [],
    heldTo: 200_000,
    meanwhile: ({ origin }) => {
      origin.object = { rev: 2, size: SIZE + 11 };
    },
    exit: 0,
    files: 'complete',
    status: 'downloaded',
  }),
  uforge({
    id: 'uforge/name-that-leads-away',
    title: 'a file name that leads out of the directory: that of the link is taken',
    record: { fullName: '../../etc/cron.d/x' },
    fileName: 'disk.img',
    exit: 0,
    files: 'complete',
  }),
];

catalogue('uforge', [...KEYS, ...STATES, ...SIZES, ...DOCUMENTS, ...ERRORS]);
