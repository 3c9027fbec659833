import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Connection } from '../connection/connection.js';
import { RESET } from '../errors.js';
import { AnswerHeads } from './answer-heads.js';

const VERSION = 'HTTP/1.1';

/**
 * A connection for the time of one exchange, as a stream that undici can read without ever being asked to pause.
 *
 * undici 7.30.2 dies of `assert(!this.paused)`, as an uncaught exception, when FIN or RST arrives while its parser
 * is paused and the server said `Connection: close` or sent no length. So back-pressure happens here, one layer
 * below: while paused nothing is read from the network, and the end of the stream cannot overtake the reader.
 */
export class ConnectionStream {
  readonly duplex: Duplex;
  readonly heads = new AnswerHeads();
  readonly #socket: Socket;
  #detached = false;
  #start: string | undefined;
  #parsedRead: Uint8Array | undefined;
  #reader: ((bytes: Uint8Array) => void) | undefined;

  constructor({ socket, listen }: Connection) {
    this.#socket = socket;
    this.duplex = new Duplex({
      // All that comes is taken in the same turn of the event loop: nothing waits here.
      read: () => undefined,
      write: (chunk: Uint8Array, _encoding, done) => {
        socket.write(chunk, done);
      },
      final: (done) => {
        socket.end(done);
      },
      destroy: (error, done) => {
        if (!this.#detached) socket.destroy();
        done(error);
      },
    });
    // undici listens only while it has a request; a late error must not be an uncaught one.
    this.duplex.on('error', () => undefined);
    listen(this.#onBytes);
    socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
    // A socket that was used before does not flow by itself.
    socket.resume();
  }

  /** A byte of an answer has come. */
  get heard(): boolean {
    return this.#start !== undefined;
  }

  /** What the parser is parsing while it calls; undefined when that was put together from several reads. */
  get parsedRead(): Uint8Array | undefined {
    return this.#parsedRead;
  }

  /** From the next read on bytes go to `reader` and not to the parser, which has taken all that came before. */
  bypass(reader: (bytes: Uint8Array) => void): void {
    this.#reader = reader;
  }

  pause(): void {
    if (!this.#detached) this.#socket.pause();
  }

  resume(): void {
    if (!this.#detached) this.#socket.resume();
  }

  /**
   * Parts from the socket once the answer is over, so that it can serve another request. False: it must not, because
   * undici has closed the stream (an answer that ends the connection, or bytes after it), the server has ended it, or
   * it does not speak HTTP/1.1.
   */
  detach(): boolean {
    const socket = this.#socket;
    const open = !socket.destroyed && !socket.readableEnded && socket.writable;
    const silent = this.duplex.readableLength === 0 && this.duplex.writableLength === 0;
    if (this.#detached || !open || !silent || this.duplex.destroyed || this.#start !== VERSION) return false;
    this.#detached = true;
    socket.off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
    return true;
  }

  readonly #onBytes = (bytes: Uint8Array): void => {
    this.#start ??= Buffer.from(bytes.subarray(0, VERSION.length)).toString('latin1');
    if (this.#reader !== undefined && this.duplex.readableLength === 0) {
      this.#reader(bytes);
      return;
    }
    this.heads.pass(bytes);
    this.#parsedRead = this.duplex.readableLength === 0 ? bytes : undefined;
    this.duplex.push(bytes);
  };

  readonly #onEnd = (): void => {
    this.duplex.push(null);
  };

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'ECONNRESET') error.code = RESET;
    this.duplex.destroy(error);
  };

  readonly #onClose = (): void => {
    // After a regular end the reader may still have bytes to take from the stream.
    if (!this.#socket.readableEnded) this.duplex.destroy();
  };
}
