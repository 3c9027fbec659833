import { connect, createServer, type Socket } from 'node:net';
import { listening } from './listening.js';

/** What is wrong with a connection. Bytes are counted from the server to the client. */
export interface Fault {
  readonly bytesPerS?: number;
  /** The first treated connection is cut after the first number of bytes, and so on; the rest live. */
  readonly cutAfter?: readonly number[];
  /** `reset` unless told. `fin`: the end of the TCP stream, for TLS one without close_notify. */
  readonly cutBy?: 'reset' | 'fin';
  /** Silence before each cut. */
  readonly holdMs?: number;
  /** That byte is damaged. */
  readonly flipAt?: number;
}

export interface FrontOptions extends Fault {
  /** Port of 127.0.0.1 where the bytes come from. */
  readonly target: number;
  /** Only connections whose request line contains this are treated, the others pass untouched; undefined: all are. */
  readonly only?: string;
}

export interface FrontRequest {
  /** `GET /v2/images/…/file`; empty for TLS. */
  readonly line: string;
  /** Value of Range, or empty. */
  readonly range: string;
  /** Response bytes passed on so far, headers included. */
  bytes: number;
}

export interface Front {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The treated requests, oldest first. */
  readonly requests: readonly FrontRequest[];
  close(): Promise<void>;
}

/** A plain TCP proxy in front of a server: slow and unreliable where the server itself never is, and below TLS. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const requests: FrontRequest[] = [];
  const server = createServer((client) => {
    const upstream = connect(options.target, '127.0.0.1');
    let treated: { readonly request: FrontRequest; readonly cutAt: number | undefined } | undefined;
    client.on('data', (chunk: Buffer) => {
      const request = requestOf(chunk, options.only);
      if (request !== undefined && (options.only !== undefined || treated === undefined)) {
        treated = { request, cutAt: options.cutAfter?.[requests.length] };
        requests.push(request);
      }
      upstream.write(chunk);
    });
    client.on('end', () => upstream.end()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('end', () => client.end());
    upstream.on('data', (chunk: Buffer) => {
      if (treated === undefined) client.write(chunk);
      else relay(chunk, { client, upstream, ...treated }, options);
    });
  });
  const { port, close } = await listening(server);
  return { port, url: `http://127.0.0.1:${port}`, requests, close };
}

function requestOf(chunk: Buffer, only: string | undefined): FrontRequest | undefined {
  const text = chunk.toString('latin1');
  const line = /^(GET [^ ]+) HTTP/.exec(text)?.[1] ?? '';
  if (only !== undefined && !line.includes(only)) return undefined;
  return { line, range: /\r\nrange: *([^\r]*)/i.exec(text)?.[1] ?? '', bytes: 0 };
}

interface Treated {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly request: FrontRequest;
  readonly cutAt: number | undefined;
}

function relay(chunk: Buffer, { client, upstream, request, cutAt }: Treated, fault: Fault): void {
  const start = request.bytes;
  const last = cutAt !== undefined && start + chunk.length >= cutAt;
  const part = last ? chunk.subarray(0, cutAt - start) : chunk;
  request.bytes += part.length;
  if (fault.flipAt !== undefined && start <= fault.flipAt && fault.flipAt < request.bytes) {
    part.writeUInt8((part.readUInt8(fault.flipAt - start) + 1) % 256, fault.flipAt - start);
  }
  const cut = () => {
    if (fault.cutBy === 'fin') client.end();
    else client.resetAndDestroy();
    upstream.destroy();
  };
  upstream.pause();
  // The next bytes are taken when these have gone out and their time has passed.
  client.write(part, () => {
    const rest = fault.bytesPerS === undefined ? 0 : (part.length / fault.bytesPerS) * 1000;
    setTimeout(last ? cut : () => upstream.resume(), last ? (fault.holdMs ?? 0) : rest);
  });
}
