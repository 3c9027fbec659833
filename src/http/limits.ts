import { AppError } from '../core/errors.js';

/** Interim (1xx) responses to one request. Honest servers send one or two; each resets undici's own header timer. */
export const INTERIM_LIMIT = 20;
/** Names and values of a response in bytes, as Node's own default. */
export const HEADER_BYTES = 16 * 1024;

/**
 * One deadline over everything until the final header block: name, connection, TLS, proxy, redirects, 1xx.
 * undici's headersTimeout starts again at each interim response, so it alone never ends.
 */
export function headerDeadline(ms: number, attempted: string, expire: (error: AppError) => void): () => void {
  const timer = setTimeout(() => {
    expire(
      new AppError('net.header-timeout', `${attempted}: no response within ${seconds(ms)}`, {
        hint: 'run again; raise --timeout for a slow server',
      }),
    );
  }, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

/**
 * Calls `expire` when armed for `ms` on end. Armed only while a reader waits, so a reader that pauses is never
 * taken for a server that stalls.
 */
export function stallTimer(ms: number, expire: () => void): { arm(): void; disarm(): void } {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const nextTurn = (then: () => void): void => {
    // Not unref(): the loop then sleeps until something else wakes it, and takes that turn as late as that.
    turn = setImmediate(then);
  };
  return {
    arm() {
      // Timers run before what has arrived is read. A process that was stopped for longer (SIGSTOP, a laptop's lid) finds
      // the bytes of that time in its kernel: they are read, and those of TLS handed on, within two turns.
      timer = setTimeout(() => nextTurn(() => nextTurn(expire)), ms);
      timer.unref();
    },
    disarm() {
      clearTimeout(timer);
      clearImmediate(turn);
      timer = undefined;
      turn = undefined;
    },
  };
}

/**
 * Speed over windows of waiting time. One byte per stall period would keep a connection for ever.
 * `add` takes the milliseconds waited and the bytes that came, and returns bytes per second when a full window was
 * slower than the limit.
 */
export function slowMeter(windowMs: number, bytesPerS: number): { add(ms: number, bytes: number): number | undefined } {
  let waited = 0;
  let received = 0;
  return {
    add(ms, bytes) {
      waited += ms;
      received += bytes;
      if (waited < windowMs) return undefined;
      const speed = (received / waited) * 1000;
      waited = 0;
      received = 0;
      return speed < bytesPerS ? speed : undefined;
    },
  };
}

export function seconds(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
