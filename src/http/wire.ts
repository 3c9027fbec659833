import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A socket that undici can read without ever being asked to pause.
 *
 * undici 7.30.2 dies of `assert(!this.paused)`, as an uncaught exception, when FIN or RST arrives while its parser
 * is paused and the server said `Connection: close` or sent no length. So back-pressure happens here, one layer
 * below: while held nothing is read from the network, and the end of the stream cannot overtake the reader.
 */
export interface Wire {
  readonly stream: Duplex;
  hold(): void;
  release(): void;
}

/** undici takes an ECONNRESET after the header block for the regular end of a body without length. It is not. */
export const RESET = 'IMGDL_ECONNRESET';

export function createWire(socket: Socket): Wire {
  let held = false;
  const stream = new Duplex({
    readableHighWaterMark: 256 * 1024,
    read() {
      if (!held) socket.resume();
    },
    write(chunk: Uint8Array, _encoding, done) {
      socket.write(chunk, done);
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  // undici listens only while it has a request; a late error must not be an uncaught one.
  stream.on('error', () => undefined);
  socket
    .on('data', (chunk: Uint8Array) => {
      if (!stream.push(chunk) || held) socket.pause();
    })
    .on('end', () => stream.push(null))
    .on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') error.code = RESET;
      stream.destroy(error);
    })
    .on('close', () => {
      // After a regular end the reader may still have bytes to take from the stream.
      if (!socket.readableEnded) stream.destroy();
    });
  return {
    stream,
    hold() {
      held = true;
      socket.pause();
    },
    release() {
      held = false;
      socket.resume();
    },
  };
}
