import { Duplex } from 'node:stream';
import type { Line } from '../connection/connection.js';

/**
 * A socket that undici can read without ever being asked to pause.
 *
 * undici 7.30.2 dies of `assert(!this.paused)`, as an uncaught exception, when FIN or RST arrives while its parser
 * is paused and the server said `Connection: close` or sent no length. So back-pressure happens here, one layer
 * below: while held nothing is read from the network, and the end of the stream cannot overtake the reader.
 */
export interface Wire {
  readonly stream: Duplex;
  /** Hands over what undici was given to parse, once, and only if that was a single read. */
  takeParsed(): Uint8Array | undefined;
  /** A byte of an answer has come. */
  readonly heard: boolean;
  hold(): void;
  release(): void;
  /** From the next read on bytes go to `taker` and not to undici, which has read all that came before. */
  divert(taker: (bytes: Uint8Array) => void): void;
  /**
   * Parts from the socket once the answer is over, so that it can serve another request. False: it must not, because
   * undici has closed the stream (an answer that ends the connection, or bytes after it), the server has ended it, or
   * it does not speak HTTP/1.1.
   */
  part(): boolean;
}

/** undici takes an ECONNRESET after the header block for the regular end of a body without length. It is not. */
export const RESET = 'IMGDL_ECONNRESET';

const VERSION = 'HTTP/1.1';

export function createWire(line: Line): Wire {
  const { socket } = line;
  let held = false;
  let parted = false;
  let start: string | undefined;
  let reads = 0;
  let last: Uint8Array | undefined;
  let taker: ((bytes: Uint8Array) => void) | undefined;
  const stream = new Duplex({
    readableHighWaterMark: 256 * 1024,
    read() {
      if (!held && !parted) socket.resume();
    },
    write(chunk: Uint8Array, _encoding, done) {
      socket.write(chunk, done);
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      if (!parted) socket.destroy();
      done(error);
    },
  });
  // undici listens only while it has a request; a late error must not be an uncaught one.
  stream.on('error', () => undefined);
  const onData = (chunk: Uint8Array): void => {
    start ??= Buffer.from(chunk.subarray(0, VERSION.length)).toString('latin1');
    if (taker !== undefined && stream.readableLength === 0) {
      taker(chunk);
      return;
    }
    reads += 1;
    last = chunk;
    if (!stream.push(chunk) || held) socket.pause();
  };
  const onEnd = (): void => {
    stream.push(null);
  };
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'ECONNRESET') error.code = RESET;
    stream.destroy(error);
  };
  const onClose = (): void => {
    // After a regular end the reader may still have bytes to take from the stream.
    if (!socket.readableEnded) stream.destroy();
  };
  line.listen(onData);
  socket.on('end', onEnd).on('error', onError).on('close', onClose);
  // A socket that was used before does not flow by itself.
  socket.resume();
  return {
    stream,
    takeParsed() {
      const parsed = reads === 1 ? last : undefined;
      last = undefined;
      return parsed;
    },
    get heard() {
      return start !== undefined;
    },
    hold() {
      held = true;
      if (!parted) socket.pause();
    },
    release() {
      held = false;
      if (!parted) socket.resume();
    },
    divert(next) {
      taker = next;
    },
    part() {
      const open = !socket.destroyed && !socket.readableEnded && socket.writable;
      const silent = stream.readableLength === 0 && stream.writableLength === 0;
      if (parted || !open || !silent || stream.destroyed || start !== VERSION) return false;
      parted = true;
      socket.off('end', onEnd).off('error', onError).off('close', onClose);
      return true;
    },
  };
}
