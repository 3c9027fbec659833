import type { Socket } from 'node:net';
import type { BufferPool } from './buffers.js';
import { type Dial, dial } from './connect.js';
import { gather } from './gather.js';

/** An open connection, and whoever hears what comes over it at the moment. */
export interface Connection {
  readonly socket: Socket;
  /** Bytes have been read that no listener has heard yet. */
  readonly unheard: boolean;
  /**
   * Replaces the listener. What was read before and is unheard is nobody's, least of all an answer to what will be asked
   * now (response splitting): the connection is closed then, and nothing of it is heard any more.
   */
  listen(listener: (bytes: Uint8Array) => void): void;
}

/**
 * A connection is read straight into pooled buffers; TLS inside of a proxy's tunnel has buffers of its own.
 *
 * @throws as dial()
 */
export async function openConnection(dialing: Dial, buffers: BufferPool, share: () => number): Promise<Connection> {
  let listener: ((bytes: Uint8Array) => void) | undefined;
  let early = false;
  const onBytes = (bytes: Uint8Array): void => {
    if (listener === undefined) early = true;
    else listener(bytes);
  };
  const setListener = (next: typeof listener): void => {
    listener = next;
  };
  if (dialing.over !== undefined) {
    const socket = await dial(dialing);
    socket.on('data', onBytes);
    return connectionOf(socket, () => early || socket.readableLength > 0, setListener);
  }
  // Two of them make what may wait.
  const into = buffers.open(() => share() / 2);
  // A TLS record has 16 KiB at most, far less than a read of plain TCP.
  const records = dialing.trust === undefined ? undefined : gather(onBytes);
  const take = records?.take ?? onBytes;
  const socket = await dial({
    ...dialing,
    onread: {
      buffer: () => into.free(),
      callback(read, memory) {
        into.fill(read);
        take(memory.subarray(0, read));
        return true;
      },
    },
  });
  // Before anybody else hears of it: what was read comes first.
  if (records !== undefined) for (const event of ['end', 'close'] as const) socket.on(event, records.flush);
  socket.once('close', () => into.close());
  return connectionOf(socket, () => early || records?.waits() === true, setListener);
}

function connectionOf(
  socket: Socket,
  unheard: () => boolean,
  setListener: (listener: (bytes: Uint8Array) => void) => void,
): Connection {
  return {
    socket,
    get unheard() {
      return unheard();
    },
    listen(listener) {
      if (!unheard()) {
        setListener(listener);
        return;
      }
      setListener(() => undefined);
      socket.destroy();
    },
  };
}
