import { describe, expect, test } from 'vitest';
import type { AppError } from '#imgdl/core/errors.js';
import type { Source, Ticket, TicketNeed } from '#imgdl/core/types.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import { type Kind, SHAPES } from '#imgdl/providers/uforge/resource.js';
import { providerPorts } from '../../support/provider-ports.js';
import { type UForgeScript, type UForgeServer, uforgeServer } from '../../support/uforge-server.js';

const signal = (): AbortSignal => AbortSignal.timeout(5000);
const BASIC = { url: 'https://h/api', user: 'alice', 'password-file': 'f' };
const BLIND = { url: 'https://h/api', uid: 'alice', 'download-id': 'GIVENKEY' };
const IDS: Readonly<Record<Kind, readonly string[]>> = {
  image: ['1', '2'],
  pimage: ['1', '88'],
  container: ['1', '2', '3'],
  scan: ['1', '2', '3'],
};

interface Play {
  readonly source: Source;
  readonly server: UForgeServer;
}

async function play(kind: Kind, options: Readonly<Record<string, string>>, script: UForgeScript = {}): Promise<Play> {
  const server = uforgeServer({ pimage: kind === 'pimage', ...script });
  const world = { transport: server.transport, options, secrets: { password: 'pw' } };
  return { server, source: await provider.source(SHAPES[kind].command, IDS[kind], providerPorts(world)) };
}

async function ofUrl(
  url: string,
  options: Readonly<Record<string, string>> = {},
  script: UForgeScript = {},
): Promise<Play> {
  const server = uforgeServer(script);
  const world = { transport: server.transport, options, secrets: { password: 'pw' } };
  return { server, source: await provider.sourceOfUrl(new URL(url), providerPorts(world)) };
}

/** A ticket in short: who authorises it, and its URL below the host with keys as k0, k1, … */
function short(ticket: Ticket, server: UForgeServer): string {
  const url = server.keys.reduce(
    (text, key, index) => text.replaceAll(key, `k${index}`),
    ticket.url.pathname + ticket.url.search,
  );
  return `${ticket.by}${ticket.headers.authorization === undefined ? '' : '+header'} ${url.replace('/api/users/alice/', '')}`;
}

/** Asks for tickets in this order; a status means the ticket before was refused with it. */
async function run(
  { source, server }: Play,
  needs: readonly ('first' | 'reconnect' | 'extra' | number)[],
): Promise<readonly string[]> {
  const seen: string[] = [];
  let last: Ticket | undefined;
  for (const need of needs) {
    const asked: TicketNeed =
      typeof need !== 'number'
        ? { reason: need }
        : { reason: 'denied', failed: last!, refusal: { status: need, headers: new Map(), text: 'the sentence' } };
    try {
      last = await source.ticket(asked, signal());
      seen.push(short(last, server));
    } catch (error) {
      const { code, message } = error as AppError;
      seen.push(`${code}${message.includes('the sentence') ? ' said' : ''}`);
      break;
    }
  }
  return seen;
}

const FILE = 'dev-env_1.0rev1_targz.tar.gz';
const PLAIN = 'basic+header appliances/1/images/2/downloads';
const KEYED = `one-time key appliances/1/images/2/downloads/${FILE}`;
const CLOSED = 'one-time key appliances/1/images/2/downloads';

describe('the ladder of permission', () => {
  type Row = [
    string,
    Kind,
    Record<string, string>,
    UForgeScript,
    ('first' | 'reconnect' | 'extra' | number)[],
    string[],
  ];
  test.each<Row>([
    [
      'credentials on the plain path, again and again',
      'image',
      BASIC,
      {},
      ['first', 'reconnect', 'extra'],
      [PLAIN, PLAIN, PLAIN],
    ],
    [
      'by key: a fresh one per connection',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 'reconnect', 'extra'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?downloadId=k2`],
    ],
    [
      'credentials refused: keys from then on',
      'image',
      BASIC,
      {},
      ['first', 403, 'reconnect'],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`],
    ],
    [
      'the whole ladder, then a sentence',
      'image',
      BASIC,
      {},
      ['first', 401, 401, 401],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?id=k1`, 'auth.refused said'],
    ],
    [
      '403 at its end',
      'image',
      BASIC,
      {},
      ['first', 401, 401, 403],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?id=k1`, 'auth.forbidden said'],
    ],
    [
      '404 at its end',
      'image',
      BASIC,
      {},
      ['first', 404, 404, 404],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?id=k1`, 'not-found.image said'],
    ],
    [
      'the other parameter is kept once it was needed',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401, 'reconnect'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?id=k1`, `${KEYED}?id=k2`],
    ],
    [
      'credentials only: no key is ever asked for',
      'image',
      { ...BASIC, via: 'credentials' },
      {},
      ['first', 403],
      [PLAIN, 'auth.forbidden said'],
    ],
    [
      'credentials only, unknown',
      'image',
      { ...BASIC, via: 'credentials' },
      {},
      ['first', 404],
      [PLAIN, 'not-found.image said'],
    ],
    [
      'published: id first, then downloadId',
      'pimage',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first', 401, 401],
      [
        'one-time key appliances/1/pimages/88/downloads?id=k0',
        'one-time key appliances/1/pimages/88/downloads?downloadId=k1',
        'auth.refused said',
      ],
    ],
    [
      'published: a link with a query is used as it is',
      'pimage',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401],
      [
        `one-time key appliances/1/pimages/88/downloads/${FILE}?downloadId=k0`,
        `one-time key appliances/1/pimages/88/downloads/${FILE}?id=k1`,
      ],
    ],
    [
      'a bare link gets the key',
      'image',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      [`${CLOSED}?downloadId=k0`],
    ],
    [
      'no link: the documented path',
      'image',
      { ...BASIC, via: 'key' },
      { uri: 'absent' },
      ['first'],
      [`${CLOSED}?downloadId=k0`],
    ],
    [
      'a container image',
      'container',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      ['one-time key mysoftware/1/templates/2/images/3/downloads?downloadId=k0'],
    ],
    [
      'a scan image',
      'scan',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      ['one-time key scannedinstances/1/scans/2/images/3/downloads?downloadId=k0'],
    ],
    [
      'a key beside API credentials in the link loses those',
      'image',
      { ...BASIC, via: 'key' },
      {
        image: { downloadUri: 'users/alice/appliances/1/images/2/downloads?downloadId=q&amp;apiKey=P&amp;signature=S' },
      },
      ['first'],
      [`${CLOSED}?downloadId=q`],
    ],

    [
      'a given id opens the first connection, credentials the others',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY' },
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, PLAIN],
    ],
    [
      'a given id refused, then credentials',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY' },
      {},
      ['first', 401, 401],
      [`${CLOSED}?downloadId=GIVENKEY`, PLAIN, `${KEYED}?downloadId=k0`],
    ],
    [
      'a given id by key, then fresh ones',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY', via: 'key' },
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, `${KEYED}?downloadId=k0`],
    ],
    [
      'a given id alone is spent after one connection',
      'image',
      BLIND,
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent'],
    ],
    [
      'a given id alone, refused',
      'image',
      BLIND,
      {},
      ['first', 401],
      [`${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent said'],
    ],
    [
      'a given id alone, for a published image',
      'pimage',
      BLIND,
      {},
      ['first', 404],
      ['one-time key appliances/1/pimages/88/downloads?id=GIVENKEY', 'uforge.key-spent said'],
    ],

    [
      'the same key again after a refusal: only under the other parameter',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 401, 401],
      [`${KEYED}?downloadId=k0`, `${KEYED}?id=k0`, 'auth.refused said'],
    ],
    [
      'the same key again for a second connection: spent',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 'extra'],
      [`${KEYED}?downloadId=k0`, 'uforge.key-spent'],
    ],
    [
      'the same key again after a cut: the server says that it is good',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 'reconnect'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k0`],
    ],
  ])('%s', async (_what, kind, options, script, needs, expected) => {
    expect(await run(await play(kind, options, script), needs)).toEqual(expected);
  });
});

describe('a link', () => {
  type Row = [string, string, Record<string, string>, ('first' | 'reconnect')[], string[]];
  const UNDER = 'https://h/api/users/alice/appliances/1/images/2';
  test.each<Row>([
    [
      'with a key and nothing else',
      `${UNDER}/downloads/x.img?downloadId=KEYINURL`,
      {},
      ['first', 'reconnect'],
      ['one-time key appliances/1/images/2/downloads/x.img?downloadId=KEYINURL', 'uforge.key-spent'],
    ],
    [
      'with a key as id',
      `${UNDER}/downloads?id=KEYINURL`,
      {},
      ['first'],
      ['one-time key appliances/1/images/2/downloads?id=KEYINURL'],
    ],
    [
      'of the object with a key',
      `${UNDER}?downloadId=KEYINURL`,
      {},
      ['first'],
      ['one-time key appliances/1/images/2/downloads?downloadId=KEYINURL'],
    ],
    [
      'with a key under our base',
      `${UNDER}/downloads?downloadId=KEYINURL`,
      BASIC,
      ['first', 'reconnect'],
      ['one-time key appliances/1/images/2/downloads?downloadId=KEYINURL', PLAIN],
    ],
    ['without a key under our base', `${UNDER}/downloads`, BASIC, ['first'], [PLAIN]],
  ])('%s', async (_what, url, options, needs, expected) => {
    expect(await run(await ofUrl(url, options), needs)).toEqual(expected);
  });

  test.each([
    ['another host', 'https://evil/api/users/alice/appliances/1/images/2'],
    ['another port', 'https://h:444/api/users/alice/appliances/1/images/2'],
    ['another scheme', 'http://h/api/users/alice/appliances/1/images/2'],
    ['another root', 'https://h/apis/users/alice/appliances/1/images/2'],
  ])('of %s gets no credentials, neither for metadata nor for data', async (_what, url) => {
    const { source, server } = await ofUrl(`${url}/downloads`, BASIC);
    await source.describe(signal());
    const ticket = await source.ticket({ reason: 'first' }, signal());
    expect(server.requests.map((request) => request.headers)).toEqual(
      server.requests.map(() => ({ accept: 'application/xml' })),
    );
    expect(ticket.headers).toEqual({ accept: '*/*' });
  });

  test('keeps its key out of the reference', async () => {
    const { source } = await ofUrl(`${UNDER}/downloads/x.img?downloadId=KEYINURL`);
    expect(source.ref).toEqual({
      provider: 'uforge',
      endpoint: 'https://h/api',
      ref: 'users/alice/appliances/1/images/2',
    });
  });

  test('signed with an API key is refused', async () => {
    await expect(ofUrl(`${UNDER}?apiKey=P&signature=canary`)).rejects.toMatchObject({ code: 'usage.url' });
  });
});

describe('describe()', () => {
  test('of a given id alone asks nobody and knows nothing', async () => {
    const { source, server } = await play('image', BLIND);
    const remote = await source.describe(signal());
    expect(server.requests).toEqual([]);
    expect(remote).toMatchObject({ fallbackName: 'image-2.img', identity: {}, opener: 'range', validator: 'provider' });
    expect(remote).not.toHaveProperty('name');
  });

  test('asks with credentials, for XML, at the object', async () => {
    const { source, server } = await play('image', BASIC);
    const remote = await source.describe(signal());
    expect(server.requests.map((request) => request.url.href)).toEqual([
      'https://h/api/users/alice/appliances/1/images/2',
    ]);
    expect(server.requests[0]?.headers).toEqual({
      accept: 'application/xml',
      authorization: `Basic ${Buffer.from('alice:pw').toString('base64')}`,
    });
    expect(remote).toMatchObject({ name: FILE, label: 'dev-env 1.0 rev 1', identity: { size: 734003200 } });
  });

  test('of a published image reads the list of its appliance', async () => {
    const { source, server } = await play('pimage', BASIC);
    await source.describe(signal());
    expect(server.requests[0]?.url.href).toBe('https://h/api/users/alice/appliances/1/pimages');
  });

  const html = { 'content-type': 'text/html' };
  test.each<[string, UForgeScript, string, Record<string, string>?]>([
    ['a login page as 200', { answer: { body: '<html>log in</html>', headers: html } }, 'proto.not-image'],
    ['a login page called XML', { answer: { body: '<!DOCTYPE html><html/>' } }, 'proto.not-image'],
    ['an empty 200', { answer: { body: '' } }, 'proto.answer'],
    ['a 200 with uforgeError', { answer: { body: '<uforgeError/>' } }, 'proto.answer'],
    ['a 204', { answer: { status: 204 } }, 'proto.status'],
    ['a 206', { answer: { status: 206, body: '<image/>' } }, 'proto.status'],
    ['a 302 that was not followed', { answer: { status: 302 } }, 'proto.status'],
    ['a 304', { answer: { status: 304 } }, 'proto.not-modified'],
    ['a 400', { answer: { status: 400 } }, 'proto.status'],
    ['a 401', { answer: { status: 401 } }, 'auth.refused'],
    ['a 401 without credentials', { answer: { status: 401 } }, 'auth.missing', { url: 'https://h/api', uid: 'alice' }],
    ['a 403', { answer: { status: 403 } }, 'auth.forbidden'],
    ['a 404', { answer: { status: 404 } }, 'not-found.image'],
    ['a 408', { answer: { status: 408 } }, 'http.unavailable'],
    ['a 429', { answer: { status: 429 } }, 'http.unavailable'],
    ['a 502', { answer: { status: 502, body: '<html>Bad Gateway</html>', headers: html } }, 'http.unavailable'],
    ['a DOCTYPE', { answer: { body: '<!DOCTYPE a [<!ENTITY b "c">]><image/>' } }, 'proto.doctype'],
    [
      'a link outside, by key',
      { image: { downloadUri: '//evil/x?downloadId=1' } },
      'uforge.uri',
      { ...BASIC, via: 'key' },
    ],
    [
      'neither key nor link, by key',
      { uri: 'absent', image: { downloadKey: undefined } },
      'uforge.no-uri',
      { ...BASIC, via: 'key' },
    ],
    ['still generating', { image: { status: '<complete>false</complete>' } }, 'not-ready.generating'],
  ])('%s', async (_what, script, code, options = BASIC) => {
    const { source } = await play('image', options, script);
    await expect(source.describe(signal())).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  test('a published image that is not in the list', async () => {
    const { source } = await play('pimage', BASIC, { answer: { body: '<publishImages/>' } });
    await expect(source.describe(signal())).rejects.toMatchObject({ code: 'not-found.image' });
  });

  test('a wrong base URL is told from a wrong id', async () => {
    const { source } = await play('image', BASIC, {
      answer: { status: 404, body: '<html>Apache</html>', headers: html },
    });
    await expect(source.describe(signal())).rejects.toMatchObject({
      hint: expect.stringContaining('https://HOST/api'),
    });
  });

  test('Retry-After is handed on', async () => {
    const { source } = await play('image', BASIC, { answer: { status: 503, headers: { 'retry-after': '7' } } });
    await expect(source.describe(signal())).rejects.toMatchObject({ retryAfterMs: 7000 });
  });
});

describe("the server's sentence", () => {
  const error = (message: string) =>
    `<ns0:uforgeError xmlns:ns0="u"><localizedErrorMsg><message>${message}</message></localizedErrorMsg><requestUri>http://h/x?downloadId=canary</requestUri></ns0:uforgeError>`;
  test.each([
    ['uforgeError', error('Image with id [99,999] not found.'), '"Image with id [99,999] not found."'],
    ['JSON', '{"uforgeError":{"localizedErrorMsg":{"message":"Nicht da"}}}', '"Nicht da"'],
    ['HTML', '<html><body><h1>It is gone</h1></body></html>', '"It is gone"'],
    ['text', 'no', '"no"'],
    ['controls', error('a&#10;::error::b&#x9b;2J'), '"a ::error::b\\x9b2J"'],
    ['a key in a URL', 'see http://h/x?downloadId=canary', '"see http://h/x?downloadId=***"'],
    ['the password', 'wrong: pa55word-canary!', '"wrong: ***!"'],
  ])('%s', async (_what, text, quoted) => {
    const server = uforgeServer();
    const world = { transport: server.transport, options: BASIC, secrets: { password: 'pa55word-canary' } };
    const source = await provider.source(SHAPES.image.command, IDS.image, providerPorts(world));
    const explained = source.explain?.({ status: 404, headers: new Map(), text });
    expect(explained?.message).toContain(quoted);
    expect(JSON.stringify(explained)).not.toContain('canary');
  });

  test.each([
    ['empty', ''],
    ['torn XML', '<ns0:uforgeError xmlns:ns0="u"><localizedErr'],
    ['a bomb', `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(3000)}">]><a>&b;</a>`],
    ['an object with a hostile prototype', '{"uforgeError":{"__proto__":{"localizedErrorMsg":{"message":"x"}}}}'],
    ['binary', '\u0000\u0001\u0002\ufffd'],
  ])('%s survives', async (_what, text) => {
    const { source } = await play('image', BASIC);
    expect(source.explain?.({ status: 404, headers: new Map(), text })).toMatchObject({ code: 'not-found.image' });
  });

  test.each([200, 206, 407, 416])('%i is not for us to explain', async (status) => {
    const { source } = await play('image', BASIC);
    expect(source.explain?.({ status, headers: new Map(), text: '' })).toBeUndefined();
  });
  test('204: no data', async () => {
    const { source } = await play('image', BASIC);
    expect(source.explain?.({ status: 204, headers: new Map(), text: '' })).toMatchObject({
      code: 'not-ready.no-data',
    });
  });
});

describe('what must be given', () => {
  test.each<[string, Record<string, string>, string]>([
    ['the base URL', { user: 'alice' }, 'usage.missing'],
    ['the owner', { url: 'https://h/api', 'download-id': 'k' }, 'usage.missing'],
    ['credentials for --via credentials', { url: 'https://h/api', uid: 'a', via: 'credentials' }, 'usage.missing'],
  ])('%s', async (_what, options, code) => {
    await expect(play('image', options)).rejects.toMatchObject({ code, hint: expect.any(String) });
  });
});
