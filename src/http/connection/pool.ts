import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.js';
import { type Route, sameRoute } from './route.js';

/** Idle connections kept at most; the one that has waited longest makes room. */
const IDLE_LIMIT = 16;

/** Connections between two requests. They never keep the process alive. */
export interface Pool {
  /**
   * A connection on which the server has said nothing since its last answer, or undefined. Whoever takes it uses it in
   * the same turn, or closes it.
   */
  take(route: Route): Promise<Connection | undefined>;
  /** Keeps a connection that nobody listens to any more for `idleMs`, or closes it. */
  put(route: Route, connection: Connection, idleMs: number): void;
  /** Closes all of them, and from now on whatever is put. */
  close(): void;
}

interface Idle {
  readonly route: Route;
  readonly connection: Connection;
  /** Ends the watch and tells whether it is still good. */
  readonly unwatch: () => boolean;
  readonly discard: () => void;
}

export function createPool(): Pool {
  const idle: Idle[] = [];
  let closed = false;

  const forget = (entry: Idle): void => {
    const index = idle.indexOf(entry);
    if (index !== -1) idle.splice(index, 1);
  };

  return {
    async take(route) {
      for (;;) {
        const entry = idle.findLast((candidate) => sameRoute(candidate.route, route));
        if (entry === undefined) return undefined;
        forget(entry);
        // Two turns have a whole poll between them: what has arrived by now is read before our request is written, and
        // unwatch() looks at all that was read, so that it can never pass for the answer (response splitting,
        // CVE-2026-6733).
        await nextTurn();
        await nextTurn();
        if (entry.unwatch()) return entry.connection;
      }
    },
    put(route, connection, idleMs) {
      if (closed || idleMs <= 0) {
        connection.socket.destroy();
        return;
      }
      const entry: Idle = { route, connection, ...watch(connection, idleMs, () => forget(entry)) };
      idle.push(entry);
      if (idle.length > IDLE_LIMIT) idle[0]?.discard();
    },
    close() {
      closed = true;
      for (const entry of [...idle]) entry.discard();
    },
  };
}

/** Any byte, end or error while nothing was asked for makes a connection worthless. */
function watch(
  connection: Connection,
  idleMs: number,
  onDiscard: () => void,
): { readonly unwatch: () => boolean; readonly discard: () => void } {
  const { socket } = connection;
  let good = true;
  const discard = (): void => {
    good = false;
    clearTimeout(timer);
    socket.destroy();
    onDiscard();
  };
  const events = ['end', 'error', 'close'] as const;
  connection.listen(discard);
  for (const event of events) socket.on(event, discard);
  const timer = setTimeout(discard, idleMs);
  timer.unref();
  socket.unref();
  // Paused it would notice nothing.
  socket.resume();
  return {
    discard,
    unwatch() {
      clearTimeout(timer);
      // What was read in this very turn may not have been handed on yet.
      if (connection.unheard) discard();
      if (!good || socket.destroyed || socket.readableEnded || !socket.writable) return false;
      // No turn may pass before the next request listens.
      for (const event of events) socket.off(event, discard);
      socket.ref();
      return true;
    },
  };
}
