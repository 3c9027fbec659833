import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import { RequestNote } from '#imgdl/http/request-note.js';
import type { TransportOptions } from '#imgdl/http/transport.js';
import { answer, fin, head, type Script, stall } from '../support/fault-server.js';
import { tlsMaterial } from '../support/tls-material.js';
import { tunnelling } from '../support/tunnelling.js';
import { clock, drain, failure, httpSetUp, never } from './set-up.js';

const { serve, serveTls, transport } = httpSetUp();
const SECRET = { Authorization: new Secret('Basic canary-4711'), Accept: 'x' };
const RANGE = { Range: 'bytes=0-' };

/** What is told, with the ports of the servers by name and every time as `N ms`. */
function listener() {
  const lines: string[] = [];
  const ports = new Map<number, string>();
  return {
    note: (line: string) => void lines.push(line),
    knows: (name: string, port: number) => void ports.set(port, name),
    told: () =>
      lines.map((line) =>
        line.replace(/:(\d{4,5})\b/g, (all, port) => `:${ports.get(Number(port)) ?? all}`).replace(/\b\d+ ms/, 'N ms'),
      ),
  };
}

async function opened(script: Script, path: string, options: Partial<TransportOptions> = {}, headers: object = SECRET) {
  const heard = listener();
  const server = await serve(script);
  heard.knows('PORT', server.port);
  const client = transport({ note: heard.note, ...options });
  return {
    heard,
    server,
    client,
    open: () => client.open({ url: new URL(path, server.url), headers: { ...headers } }, never()),
  };
}

describe('of a request is told', () => {
  it('what was asked of whom, and what it answered, when a stream begins', async () => {
    const { heard, open } = await opened(
      answer(206, 'image'),
      '/x?downloadId=canary-key-1',
      {},
      { ...SECRET, ...RANGE },
    );
    await drain(await open());
    expect(heard.told()).toEqual([
      'GET http://127.0.0.1:PORT/x?downloadId=*** (bytes=0-, with Authorization): status 206, 5 bytes, N ms, connection to 127.0.0.1:PORT',
    ]);
  });

  it('a size that nobody knows', async () => {
    const { heard, open } = await opened([head(200), fin], '/x', {}, {});
    await drain(await open());
    expect(heard.told()).toEqual([
      'GET http://127.0.0.1:PORT/x: status 200, unknown size, N ms, connection to 127.0.0.1:PORT',
    ]);
  });

  it('how much of an answer was read, over a connection that is kept', async () => {
    const script = answer(200, '{"a":1}', 'Connection: keep-alive');
    const { heard, client, server } = await opened(script, '/', { idleMs: 1000 });
    for (const path of ['/a', '/b'])
      await client.call({ method: 'GET', url: new URL(path, server.url), headers: {} }, never());
    expect(heard.told()).toEqual([
      'GET http://127.0.0.1:PORT/a: status 200, 7 bytes, N ms, connection to 127.0.0.1:PORT',
      'GET http://127.0.0.1:PORT/b: status 200, 7 bytes, N ms, kept connection to 127.0.0.1:PORT',
    ]);
  });

  it('every redirect, and that another origin gets no secret', async () => {
    const target = await serve(answer(200, 'image'));
    const { heard, open } = await opened(answer(302, '', `Location: ${target.url}/y?signature=canary-sig-1`), '/x');
    heard.knows('OTHER', target.port);
    await drain(await open());
    expect(heard.told()).toEqual([
      'GET http://127.0.0.1:PORT/x (with Authorization): status 302, redirect to http://127.0.0.1:OTHER/y?signature=***, N ms, connection to 127.0.0.1:PORT',
      'GET http://127.0.0.1:OTHER/y?signature=***: status 200, 5 bytes, N ms, connection to 127.0.0.1:OTHER',
    ]);
  });

  it('a redirect that is not followed', async () => {
    const { heard, open } = await opened(answer(302, '', 'Location: ftp://canary/'), '/x', {}, {});
    await failure(open());
    expect(heard.told()).toEqual([
      'GET http://127.0.0.1:PORT/x: status 302, failed, N ms, connection to 127.0.0.1:PORT',
    ]);
  });

  it('which proxy, who named it, and none of its password', async () => {
    const target = await serveTls(answer(200, 'image'));
    const proxy = await serve(tunnelling);
    const heard = listener();
    heard.knows('PORT', target.port);
    heard.knows('PROXY', proxy.port);
    const httpsProxy = { name: 'HTTPS_PROXY', url: proxy.url.replace('://', '://user:canary-pw@') };
    const client = transport({ note: heard.note, ca: tlsMaterial().ca, httpsProxy });
    await drain(await client.open({ url: new URL('/x', target.url), headers: {} }, never()));
    expect(heard.told()).toEqual([
      'GET https://127.0.0.1:PORT/x (through the proxy http://127.0.0.1:PROXY/ of HTTPS_PROXY): status 200, 5 bytes, N ms, connection to 127.0.0.1:PROXY',
    ]);
  });

  it.each<[string, Script, string]>([
    ['that nobody answered', [fin], 'no response, N ms'],
    ['that its answer broke off', [head(200, 'Content-Length: 9'), fin], 'status 200, failed, N ms, connection to'],
  ])('%s', async (_, script, what) => {
    const { heard, client, server } = await opened(script, '/');
    await failure(client.call({ method: 'GET', url: new URL(server.url), headers: {} }, never()));
    expect(heard.told()).toEqual([expect.stringContaining(what)]);
  });

  it('nothing of one that its caller has given up', async () => {
    const { heard, client, server } = await opened([stall], '/');
    const abort = new AbortController();
    const ended = client.open({ url: new URL(server.url), headers: {} }, abort.signal).catch((error: unknown) => error);
    abort.abort(new Error('stop'));
    await ended;
    expect(heard.told()).toEqual([]);
  });
});

describe('a slow server', () => {
  afterEach(() => void vi.useRealTimers());

  it('is named before it has answered, and once', () => {
    vi.useFakeTimers();
    const lines: string[] = [];
    const url = new URL('http://slow.example/x');
    const attempted = (method: string, to: URL): string => `${method} ${to.href}`;
    const note = new RequestNote((line) => lines.push(line), clock, attempted, { method: 'GET', url, headers: {} });
    const trust = { context: () => ({ context: {} }), insecure: false };
    note.asking({ url, trust, proxy: undefined }, new Map());
    vi.advanceTimersByTime(4_999);
    expect(lines).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(['GET http://slow.example/x: no response after 5 s']);
    note.failed();
    expect(vi.getTimerCount()).toBe(0);
  });
});
