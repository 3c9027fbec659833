import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Secret } from '#imgdl/core/secret.js';
import type { TransportOptions } from '#imgdl/http/transport.js';
import {
  answer,
  body,
  chunks,
  content,
  fin,
  head,
  rst,
  type Script,
  type Seen,
  type Step,
  send,
  stall,
  wait,
} from '../support/fault-server.js';
import { tunnelling } from '../support/tunnelling.js';
import { connections, drain, failure, httpSetUp, never, openBecomes } from './set-up.js';

const { serve, serveTls, client, tlsClient } = httpSetUp();

async function setUp(script: Script, options: Partial<TransportOptions> = {}, secure = false) {
  return (secure ? tlsClient : client)(script, { idleMs: 4000, ...options });
}

/** Answers each request with its own target, so that an answer to another one shows. */
const echo = (request: Seen) => answer(200, request.target);

describe('a connection whose answer is over', () => {
  it.each<[string, Script, string]>([
    ['Content-Length', answer(200, 'image'), 'image'],
    ['an empty body', answer(200, ''), ''],
    ['chunks', [head(200, 'Transfer-Encoding: chunked'), send('5\r\nimage\r\n0\r\n\r\n')], 'image'],
    [
      'chunks with trailers',
      [head(200, 'Transfer-Encoding: chunked'), send('5\r\nimage\r\n0\r\nX: y\r\n\r\n')],
      'image',
    ],
    ['an interim answer before', [head(103), ...answer(200, 'image')], 'image'],
    ['an error status', answer(404, 'no such image'), 'no such image'],
    ['a part', answer(206, 'image', 'Content-Range: bytes 0-4/9'), 'image'],
    ['a long Keep-Alive', answer(200, 'image', 'Connection: keep-alive', 'Keep-Alive: timeout=75, max=100'), 'image'],
  ])('serves the next request: %s', async (_name, script, expected) => {
    const { get, server } = await setUp(script);
    const first = await get();
    expect(String(await drain(first))).toBe(expected);
    const second = await get();
    expect(String(await drain(second))).toBe(expected);
    expect([first.reused, second.reused]).toEqual([false, true]);
    expect(connections(server)).toEqual([1, 1]);
  });

  it.each<[string, Script]>([
    ['Connection: close', answer(200, 'image', 'Connection: close')],
    ['HTTP/1.0', [head('HTTP/1.0 200 OK', 'Content-Length: 5'), send('image')]],
    [
      'HTTP/1.0 with keep-alive',
      [head('HTTP/1.0 200 OK', 'Content-Length: 5', 'Connection: keep-alive'), send('image')],
    ],
    ['no length', [head(200), send('image'), fin]],
    ['bytes after the length', [head(200, 'Content-Length: 5'), send('imageHTTP/1.1 200 OK\r\n')]],
    ['one byte after the length', [head(200, 'Content-Length: 5'), send('imageX')]],
    ['one byte after the last chunk', [head(200, 'Transfer-Encoding: chunked'), send('5\r\nimage\r\n0\r\n\r\nX')]],
    ['a Keep-Alive of one second', answer(200, 'image', 'Keep-Alive: timeout=1')],
    ['FIN right after it', [...answer(200, 'image'), fin]],
  ])('serves no other: %s', async (_name, script) => {
    const { text, server } = await setUp(script);
    expect(await text()).toBe('image');
    expect(await text()).toBe('image');
    expect(connections(server)).toEqual([1, 2]);
  });

  it.each<[string, readonly string[], number, readonly number[]]>([
    ['serves the next request', [], 0, [1, 1]],
    ['serves no other after Connection: close', ['Connection: Close'], 0, [1, 2]],
    ['serves no other after one byte more', [], 1, [1, 2]],
    ['serves no other after many bytes more', [], 100_000, [1, 2]],
  ])('%s, also when the body comes after the head and in many reads', async (_name, fields, more, expected) => {
    const size = 1_000_000;
    const { get, server } = await setUp([
      head(200, `Content-Length: ${size}`, ...fields),
      wait(20),
      body(1, 0, size + more),
    ]);
    for (let round = 0; round < 2; round += 1) {
      expect((await drain(await get())).equals(content(1, 0, size))).toBe(true);
    }
    expect(connections(server)).toEqual(expected);
  });

  it('is closed at once where nothing is kept', async () => {
    const { text, server } = await setUp(echo, { idleMs: 0 });
    await text();
    await openBecomes(server, 0);
  });

  it.each<[string, Script]>([
    ['more was coming', [head(200, 'Content-Length: 5000000'), body(1, 0, 5_000_000)]],
    ['the server was silent', [head(200, 'Content-Length: 9'), send('image'), stall]],
  ])('is not kept when the body was left, or cancelled, while %s', async (_name, script) => {
    const { get, server } = await setUp(script);
    for await (const part of (await get()).body) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    (await get()).cancel();
    await openBecomes(server, 0);
    expect(connections(server)).toEqual([1, 2]);
  });

  it('serves no request while another one is under way on it', async () => {
    const { get, server } = await setUp(echo);
    const [one, two] = await Promise.all([get('/1'), get('/2')]);
    expect([String(await drain(one)), String(await drain(two))]).toEqual(['/1', '/2']);
    expect(new Set(connections(server)).size).toBe(2);
  });

  it('serves a hundred segments of a file, and nobody counts listeners in vain', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', onWarning);
    const { get, server } = await setUp((request) => {
      const from = Number(request.target.slice(1));
      return [head(206, 'Content-Length: 50000'), body(1, from, from + 50_000)];
    });
    const parts: Buffer[] = [];
    for (let from = 0; from < 5_000_000; from += 50_000) parts.push(await drain(await get(`/${from}`)));
    process.off('warning', onWarning);
    expect(Buffer.concat(parts).equals(content(1, 0, 5_000_000))).toBe(true);
    expect(server.accepted()).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('serves the next request also while a slow reader has its bytes still before it', async () => {
    const size = 700_000;
    const { get, server } = await setUp((request) =>
      request.target === '/slow'
        ? [head(200, 'Transfer-Encoding: chunked'), chunks(1, 0, size, 50_000), send('0\r\n\r\n')]
        : answer(200, 'quick'),
    );
    const slow = await get('/slow');
    await delay(200);
    expect(String(await drain(await get('/quick')))).toBe('quick');
    expect((await drain(slow)).equals(content(1, 0, size))).toBe(true);
    expect(String(await drain(await get('/quick')))).toBe('quick');
    expect(server.accepted()).toBeLessThanOrEqual(2);
  });
});

describe('what a server writes unasked', () => {
  const planted = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';

  it('some time after its answer is never the answer to the next request', async () => {
    const { text, server } = await setUp((request, socket) => {
      if (request.connection === 1) setTimeout(() => socket.write(planted), 30);
      return answer(200, request.target);
    });
    expect(await text('/1')).toBe('/1');
    await openBecomes(server, 0);
    expect(await text('/2')).toBe('/2');
    expect(connections(server)).toEqual([1, 2]);
  });

  it('just before the next request is never the answer to it', async () => {
    let first: { write(data: string): unknown } | undefined;
    const { text, server } = await setUp((request, socket) => {
      first ??= socket;
      return answer(200, request.target);
    });
    expect(await text('/1')).toBe('/1');
    await delay(20);
    // In the kernel, and not seen by anybody yet, when the next request begins.
    first?.write(planted);
    expect(await text('/2')).toBe('/2');
    expect(connections(server)).toEqual([1, 2]);
  });
});

describe('a connection that dies while it waits, or as the next request comes', () => {
  it('is not used when the server has ended it', async () => {
    const { text, server } = await setUp((request, socket) => {
      if (request.connection === 1) setTimeout(() => socket.end(), 30);
      return answer(200, request.target);
    });
    await text('/1');
    await openBecomes(server, 0);
    expect(await text('/2')).toBe('/2');
    expect(connections(server)).toEqual([1, 2]);
  });

  it.each<[string, readonly Step[]]>([
    ['FIN', [fin]],
    ['RST', [rst]],
  ])('%s instead of an answer: the request goes out once more, and nobody notices', async (_name, death) => {
    const { get, server } = await setUp((request) =>
      request.target === '/2' && request.connection === 1 ? death : answer(200, request.target),
    );
    await drain(await get('/1'));
    const second = await get('/2');
    expect(String(await drain(second))).toBe('/2');
    expect(second.reused).toBe(false);
    expect(server.requests.map((request) => request.target)).toEqual(['/1', '/2', '/2']);
    expect(connections(server)).toEqual([1, 1, 2]);
  });

  it('the second time it is an error', async () => {
    const { text, get, server } = await setUp((request) => (request.target === '/1' ? answer(200, '/1') : [rst]));
    await text('/1');
    expect((await failure(get('/2'))).code).toBe('net.reset');
    expect(connections(server)).toEqual([1, 1, 2]);
  });

  it('after the first byte of an answer it is an error', async () => {
    const { text, get, server } = await setUp((request) =>
      request.target === '/1' ? answer(200, '/1') : [send('H'), rst],
    );
    await text('/1');
    expect((await failure(get('/2'))).code).toBe('net.reset');
    expect(connections(server)).toEqual([1, 1]);
  });

  it('silence is the header deadline, not a reason to ask again', async () => {
    const { text, get, server } = await setUp((request) => (request.target === '/1' ? answer(200, '/1') : [stall]), {
      headersMs: 1500,
    });
    await text('/1');
    expect((await failure(get('/2'))).code).toBe('net.header-timeout');
    expect(connections(server)).toEqual([1, 1]);
    await openBecomes(server, 0);
  });

  it('an abort is the reason given, not a reason to ask again', async () => {
    const { text, transport, server } = await setUp((request) =>
      request.target === '/1' ? answer(200, '/1') : [stall],
    );
    await text('/1');
    const stop = new AbortController();
    const reason = new Error('mine');
    setTimeout(() => stop.abort(reason), 50);
    const opening = transport.open({ url: new URL('/2', server.url), headers: {} }, stop.signal);
    await expect(opening).rejects.toBe(reason);
    await openBecomes(server, 0);
    expect(connections(server)).toEqual([1, 1]);
  });

  it('an abort before anything is sent closes the connection that was taken for it', async () => {
    const { text, transport, server } = await setUp(echo);
    await text('/1');
    const stop = new AbortController();
    const opening = transport.open({ url: new URL('/2', server.url), headers: {} }, stop.signal);
    stop.abort(new Error('mine'));
    await expect(opening).rejects.toThrow('mine');
    await openBecomes(server, 0);
    expect(connections(server)).toEqual([1]);
  });
});

describe('a request that must not be repeated', () => {
  it('has a new connection when it says so, and fails when that dies', async () => {
    const { text, get, server } = await setUp((request) => (request.target === '/key' ? [rst] : answer(200, 'x')));
    await text('/1');
    expect((await failure(get('/key', { fresh: true }))).code).toBe('net.reset');
    expect(connections(server)).toEqual([1, 2]);
  });

  it('leaves its connection to others', async () => {
    const { text, server } = await setUp(echo);
    await text('/key', { fresh: true });
    await text('/2');
    expect(connections(server)).toEqual([1, 1]);
  });

  it('has a new connection when it is a POST; what comes after may use that', async () => {
    const { text, transport, server } = await setUp(echo);
    const post = (path: string) =>
      transport.call({ method: 'POST', url: new URL(path, server.url), headers: {}, body: new Secret('{}') }, never());
    await text('/1');
    expect((await post('/2')).text).toBe('/2');
    server.use([rst]);
    expect((await failure(post('/3'))).code).toBe('net.reset');
    expect(connections(server)).toEqual([1, 2, 3]);
    server.use(echo);
    await text('/4');
    expect(connections(server).at(-1)).toBe(2);
  });
});

describe('idle connections', () => {
  it('end after their time', async () => {
    const { text, server } = await setUp(echo, { idleMs: 150 });
    await text();
    const idle = performance.now();
    await openBecomes(server, 0);
    // Timers of Node may be a millisecond early.
    expect(performance.now() - idle).toBeGreaterThan(140);
  });

  it('end a second before the server closes them', async () => {
    let endedAt = 0;
    const { text, server } = await setUp(
      (_request, socket) => {
        socket.once('close', () => {
          endedAt = performance.now();
        });
        return answer(200, 'x', 'Keep-Alive: timeout=2');
      },
      { idleMs: 60_000 },
    );
    await text();
    const idle = performance.now();
    await openBecomes(server, 0);
    expect(endedAt - idle).toBeGreaterThan(900);
    expect(endedAt - idle).toBeLessThan(2000);
  });

  it('are sixteen at most', async () => {
    const { get, server } = await setUp(echo);
    const exchanges = await Promise.all(Array.from({ length: 20 }, (_, index) => get(`/${index}`)));
    await Promise.all(exchanges.map(drain));
    expect(server.accepted()).toBe(20);
    await openBecomes(server, 16);
  });

  it('end with the transport', async () => {
    const { text, transport, server } = await setUp(echo);
    await text();
    await transport.close();
    await openBecomes(server, 0);
  });

  it('of an exchange that was under way when the transport was closed are closed as well', async () => {
    const { get, transport, server } = await setUp(echo);
    await get();
    await transport.close();
    await openBecomes(server, 0);
  });
});

describe('another way is another connection', () => {
  it('another origin', async () => {
    const { text } = await setUp(echo);
    const other = await serve(echo);
    await text('/1');
    expect(await text(`${other.url}/2`)).toBe('/2');
    expect(other.accepted()).toBe(1);
  });

  it('another trust: a redirect that leads back from elsewhere', async () => {
    const home = await setUp((request) =>
      request.target === '/start' ? answer(302, '', `Location: ${elsewhere.url}/x`) : answer(200, request.target),
    );
    const elsewhere = await serve(answer(302, '', `Location: ${home.server.url}/end`));
    expect(await home.text('/start')).toBe('/end');
    expect(connections(home.server)).toEqual([1, 2]);
  });

  it('TLS is up once for two requests', async () => {
    const { text, server } = await setUp(echo, {}, true);
    expect([await text('/1'), await text('/2')]).toEqual(['/1', '/2']);
    expect(connections(server)).toEqual([1, 1]);
  });

  it.each([false, true])('a tunnel is asked for once (proxy with TLS: %s)', async (secure) => {
    const proxy = await (secure ? serveTls : serve)(tunnelling);
    const { text, transport, server } = await setUp(
      echo,
      { httpsProxy: { name: 'https_proxy', url: proxy.url } },
      true,
    );
    expect([await text('/1'), await text('/2')]).toEqual(['/1', '/2']);
    expect(connections(server)).toEqual([1, 1]);
    expect(proxy.requests).toHaveLength(1);
    await transport.close();
    await openBecomes(proxy, 0);
  });

  it('a relaying proxy keeps its connection, too', async () => {
    const proxy = await serve(echo);
    const { text } = await setUp(echo, { httpProxy: { name: 'http_proxy', url: proxy.url } });
    expect([await text('/1'), await text('/2')].map((target) => new URL(target).pathname)).toEqual(['/1', '/2']);
    expect(connections(proxy)).toEqual([1, 1]);
  });
});
