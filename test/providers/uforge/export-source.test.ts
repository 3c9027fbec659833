import { describe, expect, test } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import type { Source } from '#imgdl/core/source.js';
import { EXPORTS, type ExportKind } from '#imgdl/providers/uforge/export-kinds.js';
import { provider } from '#imgdl/providers/uforge/index.js';
// Loaded before time passes.
import '#imgdl/providers/uforge/export-sources.js';
import { providerPorts } from '../../support/provider-ports.js';
import {
  COMPLETE,
  CUT,
  type ExportScript,
  type ExportServer,
  element,
  exportServer,
  REFUSED,
  type Step,
  statusOf,
} from '../../support/uforge-exports.js';
import { BASIC, signal } from '../../support/uforge-play.js';
import { VirtualTime } from '../../support/virtual-time.js';

interface Played {
  readonly source: Source;
  readonly server: ExportServer;
}

async function play(
  script: ExportScript = {},
  { kind = 'appliance', args = ['747'], options = {}, time }: Given = {},
): Promise<Played> {
  const server = exportServer(script);
  const world = { transport: server.transport, options: { ...BASIC, ...options }, secrets: { password: 'pw' } };
  const ports = { ...providerPorts(world), ...(time === undefined ? {} : { clock: time.clock(() => 0) }) };
  return { server, source: await provider.source(EXPORTS[kind].command, args, ports) };
}

interface Given {
  readonly kind?: ExportKind;
  readonly args?: readonly string[];
  readonly options?: Readonly<Record<string, string>>;
  /** Instead of a clock whose sleeps are over at once. */
  readonly time?: VirtualTime;
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

const LOGIN = `Basic ${Buffer.from('alice:pw').toString('base64')}`;
const EXPORTED = 'https://h/api/users/alice/appliances/747/exports';

describe('an export', () => {
  test('is described without being made, under a name that it has afterwards too', async () => {
    const { source, server } = await play();
    const before = await source.describe(signal());
    expect(server.asked).toEqual(['subject']);
    await source.open?.(signal());
    const after = await source.describe(signal());
    expect(before).toMatchObject({
      name: 'web-server_1.2rev3_export.tar.gz',
      label: 'web-server 1.2 rev 3',
      fallbackName: 'appliance-747-export.tar.gz',
      identity: {},
      ref: { provider: 'uforge', endpoint: 'https://h/api', ref: 'users/alice/appliances/747/exports' },
    });
    // Another export has other bytes, whatever a killed run has left of it.
    expect(after).toEqual({ ...before, identity: { revision: 'export 5001' } });
  });

  test('is asked for once, downloaded with the credentials, and deleted', async () => {
    const { source, server } = await play({}, { options: { 'output-format': 'json' } });
    await source.describe(signal());
    await source.open?.(signal());
    await source.describe(signal());
    const ticket = await source.ticket({ reason: 'first' }, signal());
    expect(await source.close?.()).toEqual([]);
    expect(server.requests.map(({ method, url, body }) => `${method} ${url.href}${body}`)).toEqual([
      'GET https://h/api/users/alice/appliances/747',
      `POST ${EXPORTED}?outputFormat=json`,
      `GET ${EXPORTED}/5001/status`,
      `DELETE ${EXPORTED}/5001`,
    ]);
    for (const { headers } of server.requests) expect(headers['authorization']).toBe(LOGIN);
    expect([ticket.url.href, ticket.by, ticket.singleUse]).toEqual([`${EXPORTED}/5001/downloads`, 'basic', false]);
  });

  test('of a bundle is the same, below mysoftware', async () => {
    const subject = [{ body: element('mySoftware', '<dbId>21</dbId><name>nginx</name><version>1.14</version>') }];
    const post = [{ status: 201, body: element('softwareBundleExport', '<dbId>9</dbId>') }];
    const { source, server } = await play({ subject, post }, { kind: 'bundle', args: ['21'] });
    await source.open?.(signal());
    expect((await source.describe(signal())).name).toBe('nginx_1.14_export.tar.gz');
    await source.close?.();
    expect(server.requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)).toEqual([
      'GET /api/users/alice/mysoftware/21',
      'POST /api/users/alice/mysoftware/21/exports?outputFormat=yaml',
      'GET /api/users/alice/mysoftware/21/exports/9/status',
      'DELETE /api/users/alice/mysoftware/21/exports/9',
    ]);
  });

  test.each<[string, Step]>([
    ['dbId', { status: 201, body: element('applianceExport', '<dbId>7</dbId>') }],
    ['the end of its uri', { status: 201, body: element('applianceExport', '<uri>users/a/exports/7</uri>') }],
    ['Location', { status: 201, headers: { location: `${EXPORTED}/7?x` }, body: '' }],
    [
      'Location, whatever the body is',
      { status: 202, headers: { location: `${EXPORTED}/7/` }, body: '<html>x</html>' },
    ],
    ['dbId in JSON', { status: 200, json: { applianceExport: { dbId: 7 } } }],
  ])('is known by %s', async (_, post) => {
    const { source, server } = await play({ post: [post] });
    await source.open?.(signal());
    await source.close?.();
    expect(server.requests.at(-1)?.url.href).toBe(`${EXPORTED}/7`);
  });

  test.each([
    ['without credentials', { url: 'https://h/api', uid: 'alice' }, ['747'], 'usage.missing', /--user/],
    ['without a server', {}, ['747'], 'usage.missing', /--url/],
    ['of an id that is none', BASIC, ['1e3\u0000'], 'usage.id', /./],
  ] as const)('%s is refused before the first request', async (_, options, args, code, hint) => {
    const { transport, requests } = exportServer();
    const world = { transport, options, secrets: { password: 'pw' } };
    const error = await failureOf(provider.source(EXPORTS.appliance.command, args, providerPorts(world)));
    expect([error.code, error.hint, requests]).toEqual([code, expect.stringMatching(hint), []]);
  });
});

describe('asking for an export', () => {
  /** Whether nobody can have heard it, so that it may be asked again. */
  test.each<[string, Step, string, number, boolean]>([
    ['a connection that never came to be', REFUSED, 'net.refused', 6, true],
    ['no connection in time', new AppError('net.connect-timeout', 'x'), 'net.connect-timeout', 6, true],
    ['a 503', { status: 503 }, 'http.unavailable', 6, true],
    ['a 429', { status: 429 }, 'http.unavailable', 6, true],
    ['a certificate of nobody', new AppError('tls.certificate', 'x'), 'tls.certificate', 7, false],
    ['a 401', { status: 401 }, 'auth.refused', 3, false],
    ['a 403', { status: 403 }, 'auth.forbidden', 3, false],
    ['a 404', { status: 404 }, 'not-found.image', 4, false],
    ['a 409', { status: 409 }, 'proto.status', 8, false],
    ['a redirect', { status: 302, headers: { location: 'https://h/login' } }, 'proto.status', 8, false],
  ])('after %s nothing is left on the server', async (_, post, code, exit, transient) => {
    const { source, server } = await play({ post: [post] });
    const error = await failureOf(source.open?.(signal()) ?? Promise.resolve());
    expect([error.code, error.exit, error.transient]).toEqual([code, exit, transient]);
    expect(await source.close?.()).toEqual([]);
    expect(server.asked).toEqual(['subject', 'post']);
  });

  test.each<[string, Step]>([
    ['a connection that broke', CUT],
    ['no answer in time', new AppError('net.header-timeout', 'x', { details: { step: 'headers' } })],
    ['an answer that is no HTTP', new AppError('proto.framing', 'x')],
    ['a 500', { status: 500 }],
    ['a 502 of the proxy in front', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['a 504 of the proxy in front', { status: 504 }],
    ['a 201 that names no export', { status: 201, body: element('applianceExport', '<uri>x</uri>') }],
    ['a 200 that is a log-in page', { body: '<html>Log in</html>', headers: { 'content-type': 'text/html' } }],
    ['an id that would lead elsewhere', { status: 201, body: element('applianceExport', '<dbId>../7</dbId>') }],
  ])('after %s nobody knows: exit 6, not asked again, and the message says what may be left', async (_, post) => {
    const { source, server } = await play({ post: [post] });
    const error = await failureOf(source.open?.(signal()) ?? Promise.resolve());
    expect([error.code, error.exit, error.transient]).toEqual(['uforge.export-unknown', 6, false]);
    expect(error.message).toMatch(/the server may be making the export all the same$/);
    expect(error.hint).toContain('delete it there');
    expect(await source.close?.()).toEqual([]);
    expect(server.asked).toEqual(['subject', 'post']);
  });

  test('without the right to is told with what to ask for', async () => {
    const { source } = await play({ post: [{ status: 403 }] });
    expect((await failureOf(source.open?.(signal()) ?? Promise.resolve())).hint).toContain('appliance_create');
  });
});

describe('an export that is being made', () => {
  test.each<[string, Step, Partial<AppError> & { readonly exit: number }, string]>([
    [
      'its percentage',
      statusOf({ percentage: '42' }),
      { code: 'not-ready.generating', exit: 5, pending: { percent: 42 } },
      '(42 %)',
    ],
    ['nothing', statusOf({}), { code: 'not-ready.generating', exit: 5, pending: {} }, 'not ready yet'],
    [
      'that it failed',
      statusOf({ error: 'true', complete: 'true', errorMessage: 'no disk' }),
      { code: 'not-ready.failed', exit: 5 },
      'no disk',
    ],
    ['that it was canceled', statusOf({ cancelled: 'true' }), { code: 'not-ready.failed', exit: 5 }, 'canceled'],
    ['that it is gone', { status: 404 }, { code: 'not-found.image', exit: 4 }, 'not on the server any more'],
    ['another object', { body: element('image', '<dbId>1</dbId>') }, { code: 'proto.answer', exit: 8 }, 'status'],
    ['a 503', { status: 503 }, { code: 'http.unavailable', exit: 6, transient: true }, '503'],
  ])('says %s', async (_, status, expected, words) => {
    const { source } = await play({ status: [status] });
    await source.open?.(signal());
    const error = await failureOf(source.describe(signal()));
    const { code, exit, pending, transient } = error;
    expect({ code, exit, pending, transient }).toEqual({ pending: undefined, transient: false, ...expected });
    expect(error.message).toContain(words);
  });
});

describe('deleting an export', () => {
  const opened = async (script: ExportScript) => {
    const time = new VirtualTime();
    const played = await play(script, { time });
    await played.source.open?.(signal());
    const close = async () => (await time.run([played.source.close?.() ?? Promise.resolve([])]))[0];
    return { ...played, time, close };
  };

  test.each<[string, Step, readonly string[]]>([
    ['that is complete', COMPLETE, ['delete']],
    ['that failed', statusOf({ error: 'true' }), ['delete']],
    ['that is still being made: the making is ended first', statusOf({ percentage: '1' }), ['cancel', 'delete']],
  ])('%s', async (_, status, steps) => {
    const { source, server, close } = await opened({ status: [status] });
    await source.describe(signal()).catch(() => {});
    expect(await close()).toEqual([]);
    expect(server.asked.slice(3)).toEqual(steps);
  });

  test.each<[string, ExportScript, number]>([
    ['whose making cannot be ended', { cancel: [{ status: 500 }] }, 1],
    ['that is gone already', { delete: [{ status: 404 }] }, 1],
    ['that is gone for good', { delete: [{ status: 410 }] }, 1],
    ['after a failure that passes', { delete: [{ status: 503 }, CUT, { status: 204 }] }, 3],
  ])('%s', async (_, script, times) => {
    const { server, close } = await opened(script);
    expect(await close()).toEqual([]);
    expect(server.asked.filter((part) => part === 'delete')).toHaveLength(times);
  });

  test.each<[string, Step, number, string]>([
    ['403', { status: 403 }, 1, '403'],
    ['500, again and again', { status: 500 }, 3, '500'],
    ['a connection that breaks, again and again', CUT, 3, 'reset'],
  ])('that fails with %s is a warning that names it', async (_, step, times, words) => {
    const { server, close } = await opened({ delete: [step] });
    const [warning, ...others] = (await close()) ?? [];
    expect([warning?.code, others]).toEqual(['uforge.export-left', []]);
    expect(warning?.message).toMatch(/^export 5001 of appliance 747 is left on the server: .*; delete it in the AppC/);
    expect(warning?.message).toContain(words);
    expect(server.asked.filter((part) => part === 'delete')).toHaveLength(times);
  });

  test('takes 10 s at most, though the server does not answer', async () => {
    const { time, close } = await opened({ delete: ['hangs'] });
    expect(await close()).toHaveLength(1);
    expect(time.now).toBe(10_000);
  });

  test('never happens to what was not made', async () => {
    const { source, server } = await play();
    expect(await source.close?.()).toEqual([]);
    await source.describe(signal());
    expect(await source.close?.()).toEqual([]);
    expect(server.asked).toEqual(['subject']);
  });
});

describe('a signal while the server is asked for an export', () => {
  const open = async (source: Source, given: AbortSignal): Promise<unknown> =>
    await source.open?.(given).catch((error: unknown) => error);
  const stopping = (): readonly [AbortController, Error] => [new AbortController(), new Error('SIGINT')];

  test('waits for the answer, so that the export can be deleted', async () => {
    const time = new VirtualTime();
    const [abort, reason] = stopping();
    const { source, server } = await play({}, { time });
    const { call } = server.transport;
    const slow: typeof call = async (wanted, given) => {
      if (wanted.method === 'POST') {
        abort.abort(reason);
        await time.sleep(3_000);
        given.throwIfAborted();
      }
      return await call(wanted, given);
    };
    Object.assign(server.transport, { call: slow });
    const [ended] = await time.run([open(source, abort.signal)]);
    expect(ended).toBe(reason);
    expect(await source.close?.()).toEqual([]);
    expect(server.asked).toEqual(['subject', 'post', 'cancel', 'delete']);
  });

  test.each<[string, Step, number]>([
    ['not for ever: after 10 s a warning says what may be left', 'hangs', 10_000],
    ['not for what broke: a warning says what may be left', CUT, 0],
  ])('%s', async (_, post, ms) => {
    const time = new VirtualTime();
    const [abort, reason] = stopping();
    const { source, server } = await play({ post: [post] }, { time });
    const { call } = server.transport;
    const slow: typeof call = async (wanted, given) => {
      if (wanted.method === 'POST') abort.abort(reason);
      return await call(wanted, given);
    };
    Object.assign(server.transport, { call: slow });
    await time.run([open(source, abort.signal)]);
    expect(time.now).toBe(ms);
    expect(await source.close?.()).toEqual([
      { code: 'uforge.export-left', message: expect.stringContaining('an export of appliance 747 may be left') },
    ]);
    expect(server.asked).toEqual(['subject', 'post']);
  });
});

describe('the URL of an export', () => {
  const ofUrl = async (url: string, options: Readonly<Record<string, string>> = BASIC) => {
    const server = exportServer();
    const world = { transport: server.transport, options, secrets: { password: 'pw' } };
    return { server, source: await provider.sourceOfUrl(new URL(url), providerPorts(world)) };
  };

  test.each([
    ['…/downloads', `${EXPORTED}/7/downloads`, true],
    ['…/status', `${EXPORTED}/7/status`, true],
    ['itself', `${EXPORTED}/7`, true],
    ['of a bundle', 'https://h/x/users/a%20b/mysoftware/21/exports/7/downloads/', true],
    ['all exports', EXPORTED, false],
    ['of a scan, which has none', 'https://h/api/users/alice/scans/1/exports/7', false],
    ['no number', `${EXPORTED}/x/downloads`, false],
  ])('is known by its path: %s', (_, url, claimed) => {
    expect(provider.claims(new URL(url))).toBe(claimed);
  });

  test('is downloaded with the credentials, and stays: somebody else has made it', async () => {
    const { source, server } = await ofUrl(`${EXPORTED}/7/downloads`);
    expect([source.open, source.close]).toEqual([undefined, undefined]);
    const remote = await source.describe(signal());
    expect(remote).toMatchObject({
      name: 'web-server_1.2rev3_export.tar.gz',
      identity: { revision: 'export 7' },
      ref: { ref: 'users/alice/appliances/747/exports/7' },
    });
    expect(remote.ref).toEqual(source.ref);
    const ticket = await source.ticket({ reason: 'first' }, signal());
    expect([ticket.url.href, ticket.by]).toEqual([`${EXPORTED}/7/downloads`, 'basic']);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  test('of another server gets no credentials', async () => {
    const { source, server } = await ofUrl('https://elsewhere/api/users/alice/appliances/747/exports/7/downloads');
    await source.describe(signal());
    for (const { headers } of server.requests) expect(headers['authorization']).toBeUndefined();
    expect((await source.ticket({ reason: 'first' }, signal())).by).toBe('none');
  });

  test.each([
    ['a one-time id', { 'download-id': 'GIVENKEY' }, '--download-id'],
    ['--via key', { via: 'key' }, '--via'],
  ])('takes no %s', async (_, more, flag) => {
    const error = await failureOf(ofUrl(`${EXPORTED}/7/downloads`, { ...BASIC, ...more }));
    expect([error.code, error.message, error.hint]).toEqual([
      'usage.option',
      `${flag}: an export has no one-time download id`,
      expect.stringContaining(`remove ${flag}`),
    ]);
  });
});
