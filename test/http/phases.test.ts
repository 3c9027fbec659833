import { describe, expect, it } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import type { TransportOptions } from '#imgdl/http/transport.js';
import { answer, drip, flood, head, type Script, stall } from '../support/fault-server.js';
import { tlsMaterial } from '../support/tls-material.js';
import { tunnelling } from '../support/tunnelling.js';
import { drain, httpSetUp, never } from './set-up.js';

/** A peer that keeps the connection and never comes to an end, by the phase in which it does so. */
interface Phase {
  readonly name: string;
  /** What the server does; with TLS where the URL says so. */
  readonly server?: Script;
  readonly secure?: boolean;
  /** What the proxy does. */
  readonly proxy?: Script;
  readonly options?: Partial<TransportOptions>;
  /** As metadata, read whole, rather than as an image. */
  readonly metadata?: boolean;
  /** What it ends with. */
  readonly code: string;
}

const LONG = 'a'.repeat(100_000);
const trickle = (text: string) => drip(text, 20);
const tls = tlsMaterial();

const PHASES: readonly Phase[] = [
  { name: 'the name', options: { lookup: () => new Promise(() => {}) }, code: 'net.dns' },
  { name: 'TLS, with silence', secure: true, server: [stall], code: 'net.connect-timeout' },
  { name: 'the proxy, with silence', secure: true, proxy: [stall], code: 'net.header-timeout' },
  {
    name: 'the proxy, by a trickle',
    secure: true,
    proxy: [trickle(`HTTP/1.1 200 OK\r\nX: ${LONG}`)],
    code: 'net.header-timeout',
  },
  { name: 'the head, with silence', server: [stall], code: 'net.header-timeout' },
  { name: 'the head, by a trickle', server: [trickle(`HTTP/1.1 200 OK\r\nX: ${LONG}`)], code: 'net.header-timeout' },
  { name: 'interim answers', server: [flood('HTTP/1.1 103 Early Hints\r\n\r\n', 100)], code: 'net.header-timeout' },
  {
    name: 'a redirect to itself in other words, each slower than the last',
    server: (request) => [{ do: 'wait', ms: 100 }, ...answer(302, '', `Location: ${request.target}x`)],
    code: 'net.header-timeout',
  },
  { name: 'an image, with silence', server: [head(200, 'Content-Length: 9')], code: 'net.stall' },
  { name: 'an image, by a trickle', server: [head(200, 'Content-Length: 99999'), trickle(LONG)], code: 'net.slow' },
  { name: 'an image without length', server: [head(200), trickle(LONG)], code: 'net.slow' },
  {
    name: 'the size of a chunk',
    server: [head(200, 'Transfer-Encoding: chunked'), trickle(`5;x=${LONG}`)],
    code: 'net.stall',
  },
  {
    name: 'what comes behind the last chunk',
    server: [head(200, 'Transfer-Encoding: chunked'), trickle(`0\r\nX: ${LONG}`)],
    code: 'net.stall',
  },
  { name: 'a refusal', server: [head(403, 'Content-Length: 99999'), trickle(LONG)], code: 'net.slow' },
  { name: 'metadata, with silence', metadata: true, server: [head(200, 'Content-Length: 9')], code: 'net.stall' },
  {
    name: 'metadata, by a trickle',
    metadata: true,
    server: [head(200, 'Content-Length: 99999'), trickle(LONG)],
    code: 'net.slow',
  },
  {
    name: 'a refusal of metadata',
    metadata: true,
    server: [head(500, 'Transfer-Encoding: chunked'), trickle('1\r\na\r\n'.repeat(9_999))],
    code: 'net.slow',
  },
];

const http = httpSetUp();

/** What the request ends with, and whether its connections are closed by then. */
async function ended(phase: Phase, signal: AbortSignal, limits: Partial<TransportOptions>): Promise<unknown> {
  const { server = answer(200, 'image'), secure = false, proxy, metadata = false, options } = phase;
  // Where TLS is what never comes, the server does not speak it.
  const target = await (secure && server !== phase.server ? http.serveTls(server) : http.serve(server));
  const by = await http.serve(proxy ?? tunnelling);
  const transport = http.transport({
    ca: tls.ca,
    ...limits,
    ...options,
    ...(proxy === undefined ? {} : { proxy: { url: by.url } }),
  });
  const host = options?.lookup === undefined ? '127.0.0.1' : 'images.test';
  const url = new URL(`${secure ? 'https' : 'http'}://${host}:${target.port}/x`);
  const request = { url, headers: {} };
  try {
    if (metadata) await transport.call({ method: 'GET', ...request }, signal);
    else await drain(await transport.open(request, signal));
    return 'no error';
  } catch (error) {
    await expect.poll(() => target.open() + by.open(), { message: phase.name, timeout: 20_000 }).toBe(0);
    return isAppError(error) ? error.code : error;
  }
}

/** The limit that is meant is near, all others are far off. */
const NEAR: Readonly<Record<string, Partial<TransportOptions>>> = {
  'net.dns': { connectMs: 300 },
  'net.connect-timeout': { connectMs: 300 },
  'net.header-timeout': { headersMs: 600 },
  'net.stall': { stallMs: 400 },
  'net.slow': { stallMs: 400, slowWindowMs: 800, slowBytesPerS: 1024 },
};
/** On a machine that is too busy a trickle is a silence now and then. */
const limitOf = (code: unknown): unknown => (code === 'net.slow' ? 'net.stall' : code);
const byName = (ends: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(PHASES.map(({ name }, at) => [name, ends[at]]));

describe('a peer that never comes to an end', () => {
  it('is left, in whatever phase it is, when the limit of that phase is over', async () => {
    const ends = await Promise.all(PHASES.map((phase) => ended(phase, never(), NEAR[phase.code] ?? {})));
    expect(byName(ends.map(limitOf))).toEqual(byName(PHASES.map(({ code }) => limitOf(code))));
  });

  it('is left at once when the run is stopped, as by --deadline', async () => {
    const reason = new Error('stopped');
    const ends = await Promise.all(
      PHASES.map((phase) => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(reason), 300);
        return ended(phase, stop.signal, {});
      }),
    );
    expect(byName(ends)).toEqual(byName(PHASES.map(() => reason)));
  });
});
