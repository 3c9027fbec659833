import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ModeTable } from '../modes.js';
import { type Exchange, type ListenerName, type LoggedRequest, type Route, reply } from './exchange.js';

/** PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Answers one request by hand; `pass`, also as the result, leaves it to the sandbox. */
export type ScriptStep = 'pass' | ((exchange: Exchange) => unknown);

/** What all listeners share. */
export interface ServerState {
  readonly modes: ModeTable;
  readonly requests: LoggedRequest[];
  readonly scripts: { readonly prefix: string; readonly steps: ScriptStep[] }[];
  readonly routes: readonly Route[];
  /** Mistakes of a route: a test must not take an internal error for a fault on purpose. */
  readonly failures: Error[];
}

export interface Listener {
  readonly origin: string;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/** A sandbox may run for days. */
const LOG_LIMIT = 10_000;
const BODY_LIMIT = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new Error('the body of a request is longer than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function takeStep(state: ServerState, path: string): ScriptStep {
  const script = state.scripts.find(({ prefix, steps }) => steps.length > 0 && path.startsWith(prefix));
  return script?.steps.shift() ?? 'pass';
}

function isWellFormed(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

async function answer(
  state: ServerState,
  listener: ListenerName,
  origin: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  const log: LoggedRequest = {
    listener,
    method: request.method ?? 'GET',
    target,
    path,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()])),
    rawHeaders: request.rawHeaders,
    body: await readBody(request),
    atMs: Date.now(),
    status: 0,
    sentStart: 0,
    sentEnd: 0,
    complete: false,
  };
  state.requests.push(log);
  if (state.requests.length > LOG_LIMIT) state.requests.shift();
  const modes = state.modes.at(path);
  const exchange: Exchange = {
    request,
    response,
    origin,
    path,
    rawQuery,
    query: new URLSearchParams(rawQuery),
    modes,
    log,
  };
  if (!isWellFormed(path)) {
    reply(exchange, { status: 400, headers: { 'Content-Type': 'text/html' }, body: '<h1>400 Bad Request</h1>\n' });
    return;
  }
  const step = takeStep(state, path);
  if (step !== 'pass' && (await step(exchange)) !== 'pass') {
    if (response.headersSent) log.status = response.statusCode;
    return;
  }
  if (modes.take('unavailable')) {
    const retryAfter = modes.get('retryAfter');
    reply(exchange, { status: 503, headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter } });
    return;
  }
  for (const route of state.routes) if (await route(exchange)) return;
  reply(exchange, { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'There is nothing here.\n' });
}

/** Listens on 127.0.0.1; port 0 takes a free one. */
export async function listen(
  state: ServerState,
  name: ListenerName,
  port: number,
  tls: TlsIdentity | undefined,
): Promise<Listener> {
  let origin = '';
  const onRequest: RequestListener = (request, response) => {
    answer(state, name, origin, request, response).catch((error: unknown) => {
      // A client that goes away in the middle is no failure of the sandbox.
      if (!request.socket.destroyed) state.failures.push(error instanceof Error ? error : new Error(String(error)));
      request.socket.destroy();
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer({ ...tls }, onRequest);
  server.requestTimeout = 0;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  origin = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
      }),
  };
}
