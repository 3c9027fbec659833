import type { Socket } from 'node:net';
import { type Dial, dial } from './dial.js';
import type { Slabs } from './slabs.js';

/** An open connection, and whoever hears what comes over it at the moment. */
export interface Line {
  readonly socket: Socket;
  /** Replaces the listener. Bytes from before the first one are nobody's: the connection is closed then. */
  listen(listener: (bytes: Uint8Array) => void): void;
}

/**
 * A plain connection is read straight into slabs; TLS has its own buffers.
 *
 * @throws as dial()
 */
export async function openLine(dialing: Dial, slabs: Slabs): Promise<Line> {
  let listener: ((bytes: Uint8Array) => void) | undefined;
  let early = false;
  const onBytes = (bytes: Uint8Array): void => {
    if (listener === undefined) early = true;
    else listener(bytes);
  };
  const room = dialing.trust === undefined ? slabs.open() : undefined;
  const socket = await dial(
    room === undefined
      ? dialing
      : {
          ...dialing,
          onread: {
            buffer: () => room.free(),
            callback(read, memory) {
              room.fill(read);
              onBytes(memory.subarray(0, read));
              return true;
            },
          },
        },
  );
  if (room === undefined) socket.on('data', onBytes);
  else socket.once('close', () => room.close());
  return {
    socket,
    listen(next) {
      listener = next;
      if (early) socket.destroy();
    },
  };
}
