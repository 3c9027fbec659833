import { describe, expect, it } from 'vitest';
import type { Lookup } from '#imgdl/http/connection/addresses.js';
import { answer, stall } from '../../support/fault-server.js';
import { tlsMaterial } from '../../support/tls-material.js';
import { tunnelling } from '../../support/tunnelling.js';
import { drain, failure, httpSetUp } from '../set-up.js';

const http = httpSetUp();
const at =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses;

describe('a host with several addresses', () => {
  it.each([
    ['the first of them refuses', ['::1', '127.0.0.1']],
    ['the second of them refuses', ['127.0.0.1', '::1']],
    ['two refuse', ['::1', '127.0.0.2', '127.0.0.1']],
  ])('is reached where %s', async (_, addresses) => {
    const server = await http.serve(answer(200, 'image'));
    const exchange = await http.open(`http://images.test:${server.port}/`, { lookup: at(...addresses) });
    expect(String(await drain(exchange))).toBe('image');
    expect(server.accepted()).toBe(1);
  });

  it.each([
    ['localhost', undefined],
    ['images.test', 'tls.certificate'],
  ])('is reached by TLS, whose certificate must be for its name and not for the address: %s', async (host, code) => {
    const server = await http.serveTls(answer(200, 'image'));
    const lookup = at('::1', '127.0.0.1');
    const opening = http.open(`https://${host}:${server.port}/`, { lookup, ca: tlsMaterial().ca });
    if (code === undefined) expect(String(await drain(await opening))).toBe('image');
    else expect((await failure(opening)).code).toBe(code);
  });

  it('that all refuse is named with each of them', async () => {
    const server = await http.serve([]);
    await server.close();
    const error = await failure(http.open(`http://images.test:${server.port}/`, { lookup: at('::1', '127.0.0.1') }));
    const { port } = server;
    expect([error.code, error.message]).toEqual([
      'net.refused',
      `GET http://images.test:${port}/: connection refused ([::1]:${port}, 127.0.0.1:${port})`,
    ]);
    expect(error.details).toMatchObject({ addresses: [`[::1]:${port}`, `127.0.0.1:${port}`] });
  });
});

describe('a name server', () => {
  it('that never answers is left after the limit of a connection', async () => {
    const error = await failure(
      http.open('http://images.test/', { lookup: () => new Promise(() => {}), connectMs: 100 }),
    );
    expect([error.code, error.message]).toEqual([
      'net.dns',
      'GET http://images.test/: the DNS server did not respond within 0.1 s',
    ]);
  });

  it('that never answers is left at once when the run is stopped', async () => {
    const stop = new AbortController();
    const url = new URL('http://images.test/');
    const transport = http.transport({ lookup: () => new Promise(() => {}) });
    const opening = transport.open({ url, headers: {} }, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(opening).rejects.toThrow('stopped');
  });

  it('that knows the name but no address of it is told so', async () => {
    const error = await failure(http.open('http://images.test/', { lookup: at() }));
    expect([error.code, error.message]).toEqual(['net.dns', 'GET http://images.test/: the host name has no address']);
  });
});

describe('a TLS handshake that is never answered: the message says what did work', () => {
  it('a connection', async () => {
    const server = await http.serve([stall]);
    const error = await failure(http.open(`https://127.0.0.1:${server.port}/`, { connectMs: 100 }));
    expect([error.code, error.message]).toEqual([
      'net.connect-timeout',
      `GET https://127.0.0.1:${server.port}/: TCP connected to 127.0.0.1:${server.port}, ` +
        'but the server did not answer the TLS handshake within 0.1 s',
    ]);
    expect(error.hint).toContain('TLS');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('a tunnel', async () => {
    const server = await http.serve([stall]);
    const proxy = await http.serve(tunnelling);
    const error = await failure(
      http.open(`https://127.0.0.1:${server.port}/`, { connectMs: 300, proxy: { url: proxy.url } }),
    );
    expect(error.message).toContain(
      'the proxy opened the tunnel, but the server did not answer the TLS handshake within 0.3 s',
    );
    await expect.poll(() => server.open()).toBe(0);
  });
});

it('a run that is stopped during the handshake leaves no socket behind', async () => {
  const server = await http.serve([stall]);
  const stop = new AbortController();
  const url = new URL(`https://127.0.0.1:${server.port}/`);
  const opening = http.transport().open({ url, headers: {} }, stop.signal);
  await expect.poll(() => server.open()).toBe(1);
  stop.abort(new Error('stopped'));
  await expect(opening).rejects.toThrow('stopped');
  await expect.poll(() => server.open()).toBe(0);
});
