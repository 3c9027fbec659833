import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { listening } from './listening.js';

/** A web server that a test scripts, and what it was asked. */
export interface WebServer {
  readonly port: number;
  /** `http://127.0.0.1:port`, or https. */
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** Connections that are open. */
  open(): number;
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export async function startWebServer(handler: Handler, tls?: ServerOptions): Promise<WebServer> {
  const requests: IncomingMessage[] = [];
  const handle: Handler = (request, response) => {
    requests.push(request);
    // Who has seen enough closes the connection.
    response.on('error', () => undefined);
    handler(request, response);
  };
  const server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  const { port, open, close } = await listening(server);
  return { port, url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, requests, open, close };
}

type Fields = Readonly<Record<string, string>>;

/** A file as an ordinary server sends it: whole, or from the byte that is asked for. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: Uint8Array,
  fields: Fields = {},
): void {
  const [, text] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
  const from = Number(text ?? 0);
  if (text === undefined) response.writeHead(200, { 'Content-Length': file.byteLength, ...fields });
  else {
    const range = `bytes ${from}-${file.byteLength - 1}/${file.byteLength}`;
    response.writeHead(206, { 'Content-Length': file.byteLength - from, 'Content-Range': range, ...fields });
  }
  response.end(file.subarray(from));
}

/** An answer of a few words. */
export function sendText(response: ServerResponse, status: number, text: string, fields: Fields = {}): void {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(text), ...fields });
  response.end(text);
}
