import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '#imgdl/core/clock.js';
import type { AppError } from '#imgdl/core/errors.js';
import { isAppError } from '#imgdl/core/errors.js';
import type { Exchange } from '#imgdl/core/http.js';
import { type ClosableTransport, createTransport, type TransportOptions } from '#imgdl/http/transport.js';

export const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
  random: () => 0.5,
};

/** A transport with limits fit for tests. */
export function transportWith(options: Partial<TransportOptions> = {}): ClosableTransport {
  return createTransport({
    connectMs: 1000,
    headersMs: 2000,
    stallMs: 2000,
    userAgent: 'imgdl/test',
    insecure: false,
    clock,
    ...options,
  });
}

export const never = (): AbortSignal => new AbortController().signal;

export async function drain(exchange: Exchange): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of exchange.body) parts.push(part);
  return Buffer.concat(parts);
}

/** The AppError of a promise that must fail with one. */
export async function failure(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && isAppError(outcome.error)) return outcome.error;
  throw new Error('expected an AppError', { cause: 'error' in outcome ? outcome.error : 'no error at all' });
}
