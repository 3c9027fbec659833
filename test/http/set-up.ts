import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import type { Clock } from '#imgdl/core/clock.js';
import type { AppError } from '#imgdl/core/errors.js';
import { isAppError } from '#imgdl/core/errors.js';
import type { Exchange, OpenRequest } from '#imgdl/core/http.js';
import { type ClosableTransport, createTransport, type TransportOptions } from '#imgdl/http/transport.js';
import { type FaultServer, type FaultServerOptions, type Script, startFaultServer } from '../support/fault-server.js';
import { tlsMaterial } from '../support/tls-material.js';

export const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
  random: () => 0.5,
};

export interface SetUp {
  /** Closed after the test, last come first. */
  closing<T extends { close(): unknown }>(resource: T): T;
  serve(script: Script, options?: FaultServerOptions): Promise<FaultServer>;
  /** With a certificate that the authority of the tests has signed. */
  serveTls(script: Script): Promise<FaultServer>;
  /** Limits are far off: a test of one sets it. */
  transport(options?: Partial<TransportOptions>): ClosableTransport;
  /** One request on a transport of its own. */
  open(url: string | URL, options?: Partial<TransportOptions>, headers?: OpenRequest['headers']): Promise<Exchange>;
  /** A server with `script` and a client of it. */
  client(script: Script, options?: Partial<TransportOptions>): Promise<Client>;
  /** The same by TLS; the client knows the authority. */
  tlsClient(script: Script, options?: Partial<TransportOptions>): Promise<Client>;
}

export interface Client {
  readonly server: FaultServer;
  readonly transport: ClosableTransport;
  /** @param path or a whole URL */
  get(path?: string, more?: { readonly fresh?: boolean; readonly signal?: AbortSignal }): Promise<Exchange>;
  /** The body of get(). */
  text(path?: string, more?: { readonly fresh?: boolean }): Promise<string>;
  call(path?: string): ReturnType<ClosableTransport['call']>;
}

/** What the tests of HTTP need, for one test file. Call it once, at its top. */
export function httpSetUp(): SetUp {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const resource of open.splice(0).reverse()) await resource.close();
  });
  const closing: SetUp['closing'] = (resource) => {
    open.push(resource);
    return resource;
  };
  const serve: SetUp['serve'] = async (script, options) => closing(await startFaultServer(script, options));
  const serveTls: SetUp['serveTls'] = (script) => serve(script, { tls: tlsMaterial().good });
  const transport: SetUp['transport'] = (options) => closing(transportWith(options));
  return {
    closing,
    serve,
    serveTls,
    transport,
    open: (url, options, headers = {}) => transport(options).open({ url: new URL(url), headers }, never()),
    client: async (script, options) => clientOf(await serve(script), transport(options)),
    tlsClient: async (script, options) =>
      clientOf(await serveTls(script), transport({ ca: tlsMaterial().ca, ...options })),
  };
}

function clientOf(server: FaultServer, transport: ClosableTransport): Client {
  const get: Client['get'] = (path = '/image', { signal = never(), ...more } = {}) =>
    transport.open({ url: new URL(path, server.url), headers: {}, ...more }, signal);
  return {
    server,
    transport,
    get,
    text: async (path, more) => String(await drain(await get(path, more))),
    call: (path = '/api') => transport.call({ method: 'GET', url: new URL(path, server.url), headers: {} }, never()),
  };
}

export function transportWith(options: Partial<TransportOptions> = {}): ClosableTransport {
  const far = { patient: true, connectMs: 15_000, headersMs: 15_000, stallMs: 15_000 };
  const silent = { note: undefined, warn() {} };
  return createTransport({ ...far, userAgent: 'imgdl/test', insecure: false, clock, ...silent, ...options });
}

export const never = (): AbortSignal => new AbortController().signal;

export async function drain(exchange: Exchange): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of exchange.body) parts.push(part);
  return Buffer.concat(parts);
}

/** The AppError of a promise that must fail with one. */
export async function failure(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && isAppError(outcome.error)) return outcome.error;
  throw new Error('expected an AppError', { cause: 'error' in outcome ? outcome.error : 'no error at all' });
}

/** Waits until so many connections are open at the server. */
export async function openBecomes(server: FaultServer, count: number): Promise<void> {
  await expect.poll(() => server.open(), { timeout: 50_000, message: 'connections open at the server' }).toBe(count);
}

/** The connection that each request came by, as the server numbers them. */
export const connections = (server: FaultServer): readonly number[] =>
  server.requests.map((request) => request.connection);
