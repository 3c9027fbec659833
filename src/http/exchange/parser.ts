import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher, Client as UndiciClient } from 'undici';
import { HEADER_BYTES } from '../limits.js';

const require = createRequire(import.meta.url);

/**
 * undici's client by its own file: the package root also loads fetch, caches, WebSockets and mocks, which takes 50 ms
 * and 9 MiB of a process that needs none of them. Without the root a client has `dispatch`, `close` and `destroy` only;
 * a test holds that the file is where it is looked for. It is CommonJS, which import would search for names first.
 */
export const Client: typeof UndiciClient = require('undici/lib/dispatcher/client.js');

/** Nobody is shown it. One for all: streams ask for its stack, and formatting that takes longer than closing. */
export const CLOSED = new Error('imgdl closed the connection');

export interface RequestMessage {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** RFC 9112 section 3.2: a path, or to a relaying proxy the whole URL. */
  readonly target: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Name, value, name, value …, as octets. */
export type RawFields = readonly (Uint8Array | string)[];

/** What comes back, in order. */
export interface AnswerHandler {
  /** A header block: interim (1xx) ones, then the final one. `fields` are good during the call only. */
  onHead(status: number, fields: RawFields): void;
  /** A part of the body, in the memory that it was read into. */
  onBody(bytes: Uint8Array): void;
  onEnd(): void;
  onError(error: unknown): void;
}

/**
 * HTTP/1.1 on a connection, for one request: the only place that knows undici. Its client lives no longer, since what an
 * idle connection may do is for the pool to say, and closing one transfer touches no other.
 */
export class Parser {
  readonly #client: UndiciClient;

  /** @param origin of the server or proxy at the other end */
  constructor(connection: Duplex, origin: string) {
    this.#client = new Client(origin, {
      // Not at once: undici would not notice. It needs a stream only; its type asks for the socket that it usually is.
      connect: (_options, callback) => queueMicrotask(() => callback(null, connection as Socket)),
      // Our own limits are stricter and never mistake a pause of the reader for silence.
      headersTimeout: 0,
      bodyTimeout: 0,
      // A connection with less than its two seconds left would be closed; how long one is kept is for the exchange.
      keepAliveTimeoutThreshold: 0,
      maxHeaderSize: HEADER_BYTES,
      allowH2: false,
      pipelining: 1,
    });
  }

  send({ method, target, fields, body }: RequestMessage, handler: AnswerHandler): void {
    this.#dispatch(
      { method, path: target, headers: { ...fields }, ...(body === undefined ? {} : { body }) },
      {
        onResponseStart: (controller, status) => handler.onHead(status, rawFields(controller.rawHeaders)),
        onResponseData: (_controller, chunk) => handler.onBody(chunk),
        onResponseEnd: () => handler.onEnd(),
        onResponseError: (_controller, error) => handler.onError(error),
      },
    );
  }

  /** CONNECT. Every answer ends HTTP on the connection, refusals too: it is the caller's to use or to close. */
  tunnel(authority: string, fields: Readonly<Record<string, string>>): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#dispatch(
        { method: 'CONNECT', path: authority, headers: { ...fields } },
        {
          onRequestUpgrade: (_controller, status) => resolve(status),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  }

  #dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    // undici takes a handler without onRequestStart for the old kind. Whatever it objects to it tells the handler.
    this.#client.dispatch(options, { onRequestStart: () => undefined, ...handler });
  }

  /** Closes the connection, unless it has become a tunnel. */
  close(): void {
    this.#client.destroy(CLOSED).catch(() => undefined);
  }
}

function rawFields(raw: unknown): RawFields {
  return Array.isArray(raw) ? raw : [];
}
