import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { listening } from './listening.js';

/** What a server does on a connection after it has read a request. Raw bytes: illegal answers are the point. */
export type Step =
  | { readonly do: 'send'; readonly data: string | Uint8Array }
  /** Generated content of a revision, [from, to). */
  | { readonly do: 'body'; readonly rev: number; readonly from: number; readonly to: number }
  /** Generated content as HTTP chunks, without the last one. */
  | { readonly do: 'chunks'; readonly rev: number; readonly from: number; readonly to: number; readonly size: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** Goes on when that has happened. */
  | { readonly do: 'await'; readonly event: Promise<unknown> }
  /** The data `size` bytes at a time. */
  | { readonly do: 'drip'; readonly data: string | Uint8Array; readonly everyMs: number; readonly size: number }
  /** The data again and again until the peer is gone. */
  | { readonly do: 'flood'; readonly data: string; readonly everyMs: number }
  | { readonly do: 'fin' }
  | { readonly do: 'rst' }
  /** Says nothing more, keeps the connection. */
  | { readonly do: 'stall' };

export const send = (data: string | Uint8Array): Step => ({ do: 'send', data });
export const body = (rev: number, from: number, to: number): Step => ({ do: 'body', rev, from, to });
export const chunks = (rev: number, from: number, to: number, size = 1000): Step => ({
  do: 'chunks',
  rev,
  from,
  to,
  size,
});
export const wait = (ms: number): Step => ({ do: 'wait', ms });
export const awaiting = (event: Promise<unknown>): Step => ({ do: 'await', event });
export const drip = (data: string | Uint8Array, everyMs: number, size = 1): Step => ({
  do: 'drip',
  data,
  everyMs,
  size,
});
export const flood = (data: string, everyMs: number): Step => ({ do: 'flood', data, everyMs });
export const fin: Step = { do: 'fin' };
export const rst: Step = { do: 'rst' };
export const stall: Step = { do: 'stall' };

/** Status line and fields with CRLF, and the empty line. */
export function head(status: number | string, ...fields: readonly string[]): Step {
  const line = typeof status === 'number' ? `HTTP/1.1 ${status} Status` : status;
  return send([line, ...fields, '', ''].join('\r\n'));
}

/** A complete answer. */
export function answer(status: number, text: string, ...fields: readonly string[]): readonly Step[] {
  return [head(status, `Content-Length: ${Buffer.byteLength(text)}`, ...fields), send(text)];
}

/** One request as it came, for the question who saw which credential. */
export interface Seen {
  readonly connection: number;
  readonly method: string;
  readonly target: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly raw: string;
  readonly body: string;
}

export type Script = readonly Step[] | ((request: Seen, socket: Socket) => readonly Step[]);

export interface FaultServer {
  readonly port: number;
  readonly host: string;
  /** `http://127.0.0.1:port`, or https. */
  readonly url: string;
  readonly requests: readonly Seen[];
  /** Connections accepted so far, and those still open. */
  readonly accepted: () => number;
  readonly open: () => number;
  /** Replaces the script for the requests to come. */
  use(script: Script): void;
  close(): Promise<void>;
}

export interface FaultServerOptions {
  readonly host?: string;
  /** Done on every connection at once, before a request has come: what speaks first is no HTTP. */
  readonly greet?: () => readonly Step[];
  readonly tls?: TlsOptions;
}

/** Each byte tells its revision and offset, so that a splice of two revisions is found exactly. */
export function byteAt(rev: number, offset: number): number {
  const word = Math.floor(offset / 8);
  return (rev * 151 + word * 31 + Math.floor(word / 251) * 17 + (offset % 8) * 67 + 7) % 256;
}

export function content(rev: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = byteAt(rev, from + index);
  return bytes;
}

const BLOCK = 64 * 1024;

export async function startFaultServer(script: Script, options: FaultServerOptions = {}): Promise<FaultServer> {
  const host = options.host ?? '127.0.0.1';
  const requests: Seen[] = [];
  let current = script;
  let accepted = 0;
  const serve = (socket: Socket): void => {
    accepted += 1;
    const connection = accepted;
    let text = '';
    let busy = Promise.resolve();
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const greeting = options.greet?.() ?? [];
    if (greeting.length > 0) busy = run(greeting, socket).catch(() => undefined);
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      for (let seen = take(); seen !== undefined; seen = take()) {
        const request = seen;
        requests.push(request);
        const steps = typeof current === 'function' ? current(request, socket) : current;
        busy = busy.then(() => run(steps, socket)).catch(() => undefined);
      }
    });
    const take = (): Seen | undefined => {
      const parsed = parse(text, connection);
      if (parsed === undefined) return undefined;
      text = text.slice(parsed.length);
      return parsed.seen;
    };
  };
  const server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
  server.on('tlsClientError', () => undefined);
  const { port, open, close } = await listening(server, host);
  return {
    port,
    host,
    url: `${options.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    requests,
    accepted: () => accepted,
    open,
    use(next) {
      current = next;
    },
    close,
  };
}

function parse(text: string, connection: number): { readonly seen: Seen; readonly length: number } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [line = '', ...fields] = text.slice(0, end).split('\r\n');
  const headers = new Map<string, string>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    headers.set(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
  }
  const length = end + 4 + Number(headers.get('content-length') ?? 0);
  if (text.length < length) return undefined;
  const [method = '', target = ''] = line.split(' ');
  const raw = text.slice(0, length);
  return { seen: { connection, method, target, headers, raw, body: text.slice(end + 4, length) }, length };
}

async function run(steps: readonly Step[], socket: Socket): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    await perform(step, socket);
  }
}

async function perform(step: Step, socket: Socket): Promise<void> {
  switch (step.do) {
    case 'send':
      return write(socket, step.data);
    case 'body':
      for (let from = step.from; from < step.to && !socket.destroyed; from += BLOCK) {
        await write(socket, content(step.rev, from, Math.min(step.to, from + BLOCK)));
      }
      return;
    case 'chunks':
      for (let from = step.from; from < step.to && !socket.destroyed; from += step.size) {
        const data = content(step.rev, from, Math.min(step.to, from + step.size));
        await write(socket, `${data.length.toString(16)}\r\n`);
        await write(socket, data);
        await write(socket, '\r\n');
      }
      return;
    case 'wait':
      await delay(step.ms, undefined, { ref: false });
      return;
    case 'await':
      await Promise.race([step.event, once(socket, 'close')]);
      return;
    case 'drip': {
      const data = Buffer.from(step.data);
      for (let at = 0; at < data.length && !socket.destroyed; at += step.size) {
        await write(socket, data.subarray(at, at + step.size));
        await delay(step.everyMs, undefined, { ref: false });
      }
      return;
    }
    case 'flood':
      while (!socket.destroyed) {
        await write(socket, step.data);
        await delay(step.everyMs, undefined, { ref: false });
      }
      return;
    case 'fin':
      socket.end();
      return;
    case 'rst':
      // What was written must have left first, or the reset overtakes it.
      await delay(20);
      socket.resetAndDestroy();
      return;
    case 'stall':
      await once(socket, 'close');
  }
}

/** Waits for the peer to take it; never rejects. */
async function write(socket: Socket, data: string | Uint8Array): Promise<void> {
  if (socket.destroyed || !socket.writable) return;
  const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
  if (!socket.write(bytes)) {
    const settled = new AbortController();
    await Promise.race(['drain', 'close'].map((name) => once(socket, name, settled))).catch(() => undefined);
    // The loser of the race would keep its listeners on the socket.
    settled.abort();
  }
}
