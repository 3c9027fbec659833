import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { seconds, slowMeter, stallTimer } from './limits.js';

/** Bytes that wait for a slow reader, of all bodies together; each has its share of it, within these bounds. */
const WAITING_BYTES = 2 * 1024 * 1024;
const MOST_BYTES = 512 * 1024;
const LEAST_BYTES = 128 * 1024;

/** From so many waiting bytes on a connection rests; below a quarter of them it goes on. */
export function shareOf(bodies: number): number {
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, WAITING_BYTES / Math.max(1, bodies)));
}

export interface IntakeOptions {
  readonly attempted: string;
  readonly stallMs: number;
  readonly slowWindowMs: number;
  readonly slowBytesPerS: number;
  readonly clock: Clock;
  /** Bytes that may wait for the reader, as of now. */
  readonly share: () => number;
  /** Stop and restart reading from the socket. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Bytes that no reader will get. */
  readonly drop: (bytes: Uint8Array) => void;
  /** The reader is done with it, or a limit was hit: close the connection. */
  readonly close: () => void;
}

/** One end takes what the parser delivers, the other is the body that the caller reads. */
export interface Intake {
  readonly body: AsyncIterable<Uint8Array>;
  push(chunk: Uint8Array): void;
  end(): void;
  /** Delivered after the bytes that came before it, unless `now`. */
  fail(error: () => unknown, now?: boolean): void;
}

interface Waiter {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

type Outcome = { readonly kind: 'end' } | { readonly kind: 'error'; readonly error: () => unknown };

export function createIntake(options: IntakeOptions): Intake {
  const { attempted, stallMs, clock } = options;
  const queue: Uint8Array[] = [];
  let queued = 0;
  let held = false;
  let outcome: Outcome | undefined;
  let waiter: Waiter | undefined;
  // Whoever allows long silences must not be cut for the low mean that they make.
  const meter = slowMeter(Math.max(options.slowWindowMs, 2 * stallMs), options.slowBytesPerS);
  const stall = stallTimer(stallMs, () => {
    const hint = 'run again to resume; raise --timeout if the server is slow';
    fail(() => new AppError('net.stall', `${attempted}: no data for ${seconds(stallMs)}`, { hint }), true);
    options.close();
  });

  const settle = (): Waiter | undefined => {
    const waiting = waiter;
    waiter = undefined;
    stall.disarm();
    return waiting;
  };

  /** The error is made when somebody gets to see it: most bodies are left without a reader. */
  const fail = (error: () => unknown, now = false): void => {
    if (now) for (const chunk of queue.splice(0)) options.drop(chunk);
    if (outcome === undefined || now) outcome = { kind: 'error', error };
    settle()?.reject(error());
  };

  /** Counts time in which we waited; false when the connection was too slow and is closed. */
  const quickEnough = (since: number, bytes: number): boolean => {
    const speed = meter.add(clock.now() - since, bytes);
    if (speed === undefined) return true;
    const words = `${Math.round(speed)} bytes/s, below the minimum of ${options.slowBytesPerS}`;
    const hint = 'run again when the network is better';
    fail(() => new AppError('net.slow', `${attempted}: ${words}`, { hint }), true);
    options.close();
    return false;
  };

  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const chunk = queue.shift();
    if (chunk !== undefined) {
      queued -= chunk.length;
      if (held && queued <= options.share() / 4) {
        held = false;
        options.release();
      }
      return { done: false, value: chunk };
    }
    if (outcome?.kind === 'end') return { done: true, value: undefined };
    if (outcome?.kind === 'error') throw outcome.error();
    if (waiter !== undefined) throw new AppError('bug', `${attempted}: the body is read twice at once`);
    return new Promise((resolve, reject) => {
      waiter = { resolve, reject, since: clock.now() };
      stall.arm();
    });
  };

  const iterator: AsyncIterator<Uint8Array, undefined> = {
    next,
    async return() {
      fail(() => new AppError('bug', `${attempted}: the body is read after its end`), true);
      options.close();
      return { done: true, value: undefined };
    },
  };

  return {
    body: { [Symbol.asyncIterator]: () => iterator },
    push(chunk) {
      if (outcome !== undefined) {
        options.drop(chunk);
        return;
      }
      if (waiter !== undefined) {
        const { since } = waiter;
        stall.disarm();
        if (quickEnough(since, chunk.length)) settle()?.resolve({ done: false, value: chunk });
        return;
      }
      meter.add(0, chunk.length);
      queue.push(chunk);
      queued += chunk.length;
      if (!held && queued >= options.share()) {
        held = true;
        options.hold();
      }
    },
    end() {
      outcome ??= { kind: 'end' };
      if (outcome.kind === 'end') settle()?.resolve({ done: true, value: undefined });
    },
    fail,
  };
}
