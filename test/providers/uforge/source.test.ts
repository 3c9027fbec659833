import { describe, expect, test } from 'vitest';
import { redactText } from '#imgdl/core/redact.js';
import { provider } from '#imgdl/providers/uforge/index.js';
import { SHAPES } from '#imgdl/providers/uforge/kinds.js';
import { fakeTransport } from '../../support/fake-transport.js';
import { providerPorts } from '../../support/provider-ports.js';
import { BASIC, BLIND, IDS, ofUrl, play, signal } from '../../support/uforge-play.js';
import { type UForgeScript, uforgeServer } from '../../support/uforge-server.js';

const FILE = 'dev-env_1.0rev1_targz.tar.gz';

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

describe('a one-time download id together with --via credentials', () => {
  const LINK = 'https://h/api/users/alice/appliances/1/images/2/downloads';
  const refused = (hint: RegExp) => ({ code: 'usage.option', exit: 2, hint: expect.stringMatching(hint) });

  test('is refused before it could be spent', async () => {
    const options = { ...BASIC, via: 'credentials', 'download-id': 'GIVENKEY' };
    const cure = /remove --download-id, or use --via auto/;
    await expect(play('image', options)).rejects.toMatchObject(refused(cure));
    await expect(ofUrl(LINK, options)).rejects.toMatchObject(refused(cure));
    // What names an option in front of a colon looks like a secret to the redaction of messages.
    const error = await play('image', options).catch((caught: unknown) => caught);
    expect(redactText(String(error))).toBe(String(error));
  });

  test('in a link is refused, too', async () => {
    const options = { ...BASIC, via: 'credentials' };
    const cure = /remove it from the URL, or use --via auto/;
    await expect(ofUrl(`${LINK}?downloadId=GIVENKEY`, options)).rejects.toMatchObject(refused(cure));
  });
});

test.each([
  ['credentials', {}, /continuing with credentials$/],
  ['fresh keys', { via: 'key' }, /continuing with a new one-time download id$/],
])('after a refused given id the note names what comes next: %s', async (_what, more, note) => {
  const options = { ...BASIC, ...more, 'download-id': 'GIVENKEY' };
  const ports = providerPorts({ transport: uforgeServer().transport, options, secrets: { password: 'pw' } });
  const source = await provider.source(SHAPES.image.command, IDS.image, ports);
  const failed = await source.ticket({ reason: 'first' }, signal());
  const refusal = { status: 401, headers: new Map(), text: '' };
  await source.ticket({ reason: 'denied', failed, refusal }, signal());
  expect(ports.notes).toEqual([expect.stringMatching(note)]);
});

describe('the hint of missing credentials names what is missing, and only that', () => {
  const URL_ = 'https://h/api/users/alice/appliances/1/images/2/downloads';
  const refusal = { status: 401, headers: new Map(), text: '' };
  const ALL = /^use --user with --password-file FILE \(or IMGDL_PASSWORD\), or API keys .*, or --download-id KEY$/;
  const cases: readonly (readonly [string, Record<string, string>, string | undefined, RegExp])[] = [
    ['--url alone', { url: 'https://h/api', uid: 'alice' }, undefined, ALL],
    ['--url alone, by a link under it', { url: 'https://h/api' }, URL_, ALL],
    ['nothing, by a link', {}, URL_, /^use --url https:\/\/h\/api with --user and --password-file FILE \(or IMG/],
    [
      '--url of another server',
      { url: 'https://other/api' },
      URL_,
      /^use --url https:\/\/h\/api with --user and --pass/,
    ],
    ['--user without --url', { user: 'alice' }, URL_, /^add --url https:\/\/h\/api with --password-file FILE \(or IMG/],
    [
      '--user and password without --url',
      { user: 'alice', 'password-file': 'f' },
      URL_,
      /^add --url https:\/\/h\/api, so that the .* sent to this server, or --download-id KEY$/,
    ],
  ];
  test.each(cases)('given %s', async (_what, options, url, hint) => {
    const { source } = url === undefined ? await play('image', options) : await ofUrl(url, options);
    expect(source.explain?.(refusal)).toMatchObject({ code: 'auth.missing', hint: expect.stringMatching(hint) });
  });

  test('given a server by hammr: --url, too, for --user would switch hammr off', async () => {
    const { transport } = uforgeServer();
    const files = { '/home/alice/.hammr/credentials.yml': 'url: https://h/api' };
    const ports = providerPorts({ transport, files, options: { uid: 'alice' } });
    const source = await provider.source(SHAPES.image.command, IDS.image, ports);
    expect(source.explain?.(refusal)?.hint).toMatch(/^use --url https:\/\/h\/api with --user and --password-file/);
  });

  test('for --via credentials a one-time download id is no cure', async () => {
    const options = { url: 'https://h/api', uid: 'alice', via: 'credentials' };
    const error = await play('image', options).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'usage.missing',
      hint: expect.stringMatching(/^use --user with --password-/),
    });
    expect(JSON.stringify(error)).not.toMatch(/--url|download-id/);
  });
});

describe('a document in answer to the data request', () => {
  const GIVEN = { ...BASIC, 'download-id': 'GIVENKEY' };
  const answer = (type: string, status = 200) => ({
    status,
    headers: new Map([
      ['content-type', type],
      ['content-length', '247'],
      ...(status === 206 ? ([['content-range', 'bytes 0-246/247']] as const) : []),
    ]),
    text: '',
  });
  const cases: readonly (readonly [string, Record<string, string>, string, number, string | undefined, RegExp])[] = [
    ['a page for a given id', GIVEN, 'text/html; charset=utf-8', 200, 'proto.not-image', /the server sent a web page/],
    ['a page for a given id, as a part', GIVEN, 'text/html', 206, 'proto.not-image', /the server sent a web page/],
    ['a page for a given id without credentials', BLIND, 'application/xhtml+xml', 200, 'proto.not-image', /web page/],
    [
      'an XML error for a given id',
      GIVEN,
      'application/xml',
      200,
      'proto.not-image',
      /the server sent a document of type .*xml"/,
    ],
    ['a JSON error for a given id', GIVEN, 'application/problem+json', 200, 'proto.not-image', /problem\+json/],
    ['other bytes for a given id', GIVEN, 'application/octet-stream', 200, 'uforge.wrong-resource', /247 bytes/],
    ['a page for credentials is for the engine to name', BASIC, 'text/html', 200, undefined, /^$/],
  ];
  test('on the credentials that follow a given id does not accuse the id', async () => {
    const { source } = await play('image', GIVEN);
    await source.describe(signal());
    await source.ticket({ reason: 'first' }, signal());
    await source.ticket({ reason: 'reconnect' }, signal());
    expect(source.explain?.(answer('text/html'))).toBeUndefined();
  });

  test.each(cases)('%s', async (_what, options, type, status, code, message) => {
    const { source } = await play('image', options);
    await source.describe(signal());
    await source.ticket({ reason: 'first' }, signal());
    const error = source.explain?.(answer(type, status));
    expect(error?.code).toBe(code);
    expect(error?.message ?? '').toMatch(message);
    // Nothing was received: nothing is promised to be kept.
    expect(error?.hint ?? '').not.toContain('kept');
    if (code === 'proto.not-image') expect(error?.hint).toMatch(/--download-id.*this one may be spent/);
  });
});

describe('options that choose among several', () => {
  const idle = [expect.objectContaining({ code: 'selection.idle' })];
  test.each<[string, readonly string[], Record<string, string>, unknown[]]>([
    ['ids', ['747', '1095'], { format: 'vmware' }, idle],
    ['the id of the image', ['1095'], { revision: '2' }, idle],
    ['a name and an id', ['web@1.0', '1095'], { format: 'vmware', revision: '2' }, idle],
    ['a name that is to be looked up', ['747', 'latest'], { format: 'vmware' }, []],
    ['ids, with --newest alone', ['747', '1095'], { newest: 'true' }, []],
  ])('beside %s', async (_, args, options, warnings) => {
    const { transport } = fakeTransport(() => ({}));
    const ports = providerPorts({ transport, options: { url: 'https://h/api', uid: 'alice', ...options } });
    await provider.source(SHAPES.image.command, args, ports);
    expect(ports.warnings).toEqual(warnings);
  });
});
