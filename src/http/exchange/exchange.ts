import type { Socket } from 'node:net';
import { whenAborted } from '../../core/abort.js';
import { AppError } from '../../core/errors.js';
import type { Exchange } from '../../core/http.js';
import type { Connection } from '../connection/connection.js';
import { transportError } from '../errors.js';
import { bodyLength } from '../framing.js';
import { INTERIM_LIMIT } from '../limits.js';
import { BodyQueue } from './body-queue.js';
import { ConnectionStream } from './connection-stream.js';
import { type AnswerHandler, CLOSED, Parser, type RawFields } from './parser.js';
import { type ExchangeOptions, peerOf, type Request, requestMessage } from './request.js';
import { keptFor, type ResponseHead, responseHead, tooManyInterim } from './response-head.js';
import { type SizedBody, sizedBody } from './sized-body.js';

/** An answer, and when its body is over in whatever way: read to the end, failed, left or cancelled. */
export interface OpenExchange extends Exchange {
  readonly over: Promise<void>;
  /** Who is at the other end of the connection: `10.0.0.1:443`. */
  readonly peer: string;
}

/** What an exchange begins with: an open connection and the request. */
export interface ExchangeStart {
  readonly connection: Connection;
  /** The connection has served another request. */
  readonly reused: boolean;
  readonly request: Request;
  readonly options: ExchangeOptions;
  readonly signal: AbortSignal;
}

/** The kept connection was dead: not a byte of an answer came. */
export class DeadConnection extends Error {}

/**
 * One request and its answer on an open connection. After an answer that leaves it usable the connection goes to the
 * pool; in every other case it ends with the exchange.
 *
 * Aborting `signal` ends it at any time; its reason is thrown untouched.
 *
 * @throws AppError net.*, tls.*, proto.*, auth.proxy; DeadConnection only on one that is reused
 */
export function exchangeOn(start: ExchangeStart): Promise<OpenExchange> {
  return new Promise((resolve, reject) => {
    if (start.signal.aborted) {
      start.connection.socket.destroy();
      reject(start.signal.reason);
      return;
    }
    let onOver = (): void => {};
    const over = new Promise<void>((done) => {
      onOver = done;
    });
    const { socket } = start.connection;
    // Now: a connection that is closed has no other end.
    const peer = peerText(socket);
    const onAnswer = (answer: Exchange): void => resolve({ ...answer, over, peer });
    try {
      new ConnectionExchange(start, { onAnswer, onRefused: reject, onOver: () => onOver() }).send();
    } catch (error) {
      start.connection.socket.destroy();
      reject(error);
    }
  });
}

function peerText({ remoteAddress = 'an unknown address', remotePort }: Socket): string {
  const host = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
  return remotePort === undefined ? host : `${host}:${remotePort}`;
}

interface ExchangeEvents {
  readonly onAnswer: (answer: Exchange) => void;
  /** There will be no answer. */
  readonly onRefused: (error: unknown) => void;
  readonly onOver: () => void;
}

class ConnectionExchange implements AnswerHandler {
  readonly #start: ExchangeStart;
  readonly #events: ExchangeEvents;
  readonly #stream: ConnectionStream;
  readonly #parser: Parser;
  readonly #body: BodyQueue;
  /** `complete`: the answer came to its exact end, and the connection is about to be given up. */
  #state: 'open' | 'complete' | 'closed' = 'open';
  #interim = 0;
  #unlisten = (): void => {};
  #head: ResponseHead | undefined;
  #sized: SizedBody | undefined;
  /** The read that the head of the answer ends in, until that is released. */
  #headRead: Uint8Array | undefined;

  constructor(start: ExchangeStart, events: ExchangeEvents) {
    const { connection, request, options } = start;
    this.#start = start;
    this.#events = events;
    this.#stream = new ConnectionStream(connection);
    this.#parser = new Parser(this.#stream.duplex, peerOf(request.route));
    this.#body = new BodyQueue(this.#attempted, options, {
      pause: () => this.#stream.pause(),
      resume: () => this.#stream.resume(),
      discard: options.buffers.release,
      close: () => this.#close(),
      over: events.onOver,
    });
  }

  send(): void {
    this.#unlisten = whenAborted(this.#start.signal, this.#onAbort);
    this.#parser.send(requestMessage(this.#start.request), this);
  }

  onHead(status: number, fields: RawFields): void {
    if (this.#state !== 'open') return;
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > INTERIM_LIMIT) this.#fail(tooManyInterim(this.#attempted));
      return;
    }
    try {
      this.#head = responseHead(status, fields, this.#start.request.route, this.#attempted);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#headRead = this.#stream.parsedRead;
    const length = bodyLength(status, this.#head.headers);
    if (length !== undefined) this.#sized = sizedBody(this.#stream, length, this.#take, () => this.onEnd());
    const { body } = this.#body;
    this.#events.onAnswer({ ...this.#head, body, reused: this.#start.reused, cancel: () => this.#cancel() });
  }

  onBody(bytes: Uint8Array): void {
    this.#sized?.parsed(bytes.length);
    this.#take(bytes);
  }

  onEnd(): void {
    if (this.#state !== 'open') return;
    this.#state = 'complete';
    // Not at once: undici may have bytes at hand that nobody asked for, and then the connection is spoilt.
    queueMicrotask(() => this.#close());
    this.#body.end();
  }

  onError(error: unknown): void {
    if (this.#state !== 'open') return;
    const dead = this.#start.reused && !this.#stream.heard;
    const step = this.#head === undefined ? 'headers' : 'body';
    const { flaw } = this.#stream.heads;
    this.#fail(dead ? new DeadConnection() : transportError(error, { attempted: this.#attempted, step, flaw }));
  }

  get #attempted(): string {
    return this.#start.options.attempted(this.#start.request.method, this.#start.request.route.url);
  }

  readonly #take = (bytes: Uint8Array): void => {
    if (this.#state !== 'open') return;
    this.#releaseHead(bytes);
    this.#body.push(bytes);
  };

  readonly #onAbort = (): void => {
    const reason: unknown = this.#start.signal.reason;
    if (this.#head === undefined) this.#events.onRefused(reason);
    else this.#body.abort(() => reason);
    this.#close();
  };

  #fail(error: unknown): void {
    if (this.#head === undefined) this.#events.onRefused(error);
    else this.#body.fail(() => error);
    this.#close();
  }

  #cancel(): void {
    this.#body.abort(() => new AppError('net.reset', `${this.#attempted}: imgdl closed the connection itself`));
    this.#close();
  }

  /** The head of the answer shares its buffer with body bytes, which alone would never set it free. */
  #releaseHead(firstBytes?: Uint8Array): void {
    const read = this.#headRead;
    this.#headRead = undefined;
    if (read !== undefined) this.#start.options.buffers.release(headOf(read, firstBytes));
  }

  #close(): void {
    if (this.#state === 'closed') return;
    const complete = this.#state === 'complete';
    this.#state = 'closed';
    this.#unlisten();
    if (complete) this.#giveUp();
    this.#stream.duplex.destroy(CLOSED);
    this.#parser.close();
  }

  /** After the exact end of an answer: the connection is the pool's, if it is good for more. */
  #giveUp(): void {
    this.#releaseHead();
    const idleMs = this.#head === undefined ? 0 : keptFor(this.#head.headers, this.#start.options.idleMs);
    if (idleMs > 0 && this.#stream.detach()) {
      this.#start.options.pool.put(this.#start.request.route, this.#start.connection, idleMs);
    }
  }
}

/** What of a read comes before the body; all of it when the body begins elsewhere. */
function headOf(read: Uint8Array, body: Uint8Array | undefined): Uint8Array {
  if (body?.buffer !== read.buffer) return read;
  return read.subarray(0, Math.max(0, body.byteOffset - read.byteOffset));
}
