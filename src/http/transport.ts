import { whenAborted } from '../core/abort.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Call, Exchange, OpenRequest, Reply, Transport } from '../core/http.js';
import { rememberQuery } from '../core/vault.js';
import { createAttempted } from './attempted.js';
import { requestHeaders } from './headers.js';
import { shareOf } from './intake.js';
import { headerDeadline } from './limits.js';
import { createPool } from './pool.js';
import { type ProxyChoice, proxyFor } from './proxy.js';
import { follow, headersFor, isRedirect, sameOrigin, startTrail } from './redirect.js';
import { readReply } from './reply.js';
import { send } from './send.js';
import { createSlabs } from './slabs.js';
import { createTrusts, type TrustOptions } from './trust.js';

export interface TransportOptions extends TrustOptions, ProxyChoice {
  /** Connection and TLS handshake, in milliseconds; with several addresses each but the last has a quarter of it. */
  readonly connectMs: number;
  /** From the start of a request to the final header block, redirects, proxy and 1xx included. */
  readonly headersMs: number;
  /** Silence while a reader waits. */
  readonly stallMs: number;
  /** Waiting time over which the speed is taken; at least twice stallMs is used. */
  readonly slowWindowMs?: number;
  readonly slowBytesPerS?: number;
  /**
   * How long a connection whose answer is over waits for another request to the same server, in milliseconds. Without
   * it each request has a connection of its own.
   */
  readonly idleMs?: number;
  readonly userAgent: string;
  readonly clock: Clock;
}

export interface ClosableTransport extends Transport {
  /** Ends every open exchange and every kept connection; nothing of it keeps the process alive afterwards. */
  close(): Promise<void>;
}

/**
 * HTTP over undici, one request at a time on a connection.
 *
 * @throws AppError usage.option, usage.url for settings that cannot work
 */
export function createTransport(options: TransportOptions): ClosableTransport {
  const trusts = createTrusts(options);
  const proxyOf = proxyFor(options);
  const live = new Set<AbortController>();
  const slabs = createSlabs();
  const attemptedAt = createAttempted();
  const hopOptions = {
    connectMs: options.connectMs,
    stallMs: options.stallMs,
    slowWindowMs: options.slowWindowMs ?? 60_000,
    slowBytesPerS: options.slowBytesPerS ?? 1024,
    idleMs: options.idleMs ?? 0,
    slabs,
    attempted: attemptedAt,
    clock: options.clock,
    share: () => shareOf(live.size),
  };
  const pool = createPool();
  let closed = false;

  /** Follows redirects (GET only) until an answer that is for the caller. */
  const exchange = async (call: Call & Pick<OpenRequest, 'fresh'>, signal: AbortSignal): Promise<Exchange> => {
    const attempted = attemptedAt(call.method, call.url);
    signal.throwIfAborted();
    if (closed) throw new AppError('bug', `${attempted}: the transport is closed`);
    checkUrl(call.url, attempted);
    const headers = requestHeaders(call.headers, options.userAgent);

    const stop = new AbortController();
    const unlisten = whenAborted(signal, () => stop.abort(signal.reason));
    live.add(stop);
    const done = (): void => {
      unlisten();
      live.delete(stop);
    };
    const clearDeadline = headerDeadline(options.headersMs, attempted, (error) => stop.abort(error));

    try {
      let trail = startTrail(new URL(call.url));
      for (;;) {
        const url = trail.urls.at(-1) ?? call.url;
        // Whoever made it, a provider or a redirect: what is sent may come back.
        rememberQuery(url);
        const to = proxyOf(url);
        const trust = !trail.foreign && sameOrigin(url, call.url) ? trusts.home : trusts.foreign;
        const answer = await send(
          {
            method: call.method,
            route: { url, trust, proxy: to === undefined ? undefined : { to, trust: trusts.proxy } },
            headers: headersFor(trail, headers),
            ...(call.body === undefined ? {} : { body: call.body.reveal() }),
            fresh: call.fresh === true,
          },
          hopOptions,
          pool,
          stop.signal,
        );
        if (call.method !== 'GET' || !isRedirect(answer.status)) return released(answer, done);
        answer.cancel();
        trail = follow(trail, answer.status, answer.headers.get('location'));
      }
    } catch (error) {
      done();
      throw error;
    } finally {
      clearDeadline();
    }
  };

  return {
    open: (request: OpenRequest, signal) => exchange({ method: 'GET', ...request }, signal),
    async call(call: Call, signal): Promise<Reply> {
      return readReply(await exchange(call, signal), attemptedAt(call.method, call.url), slabs.release);
    },
    release: slabs.release,
    async close() {
      closed = true;
      const reason = new AppError('net.reset', 'HTTP: imgdl closed its connections');
      for (const stop of live) stop.abort(reason);
      live.clear();
      pool.close();
    },
  };
}

/** The exchange, with `done` called once its body is over in whatever way: no listener outlives its connection. */
function released(answer: Exchange, done: () => void): Exchange {
  const inner = answer.body[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      try {
        const result = await inner.next();
        if (result.done === true) done();
        return result;
      } catch (error) {
        done();
        throw error;
      }
    },
    async return() {
      done();
      await inner.return?.();
      return { done: true, value: undefined };
    },
  };
  return {
    status: answer.status,
    headers: answer.headers,
    reused: answer.reused === true,
    body: { [Symbol.asyncIterator]: () => iterator },
    cancel() {
      done();
      answer.cancel();
    },
  };
}

function checkUrl(url: URL, attempted: string): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('usage.url', `${attempted}: not an http(s) URL`, { hint: 'use an http(s) URL' });
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('usage.url', `${attempted}: the URL contains credentials`, {
      hint: 'pass them with --user and --password-file',
    });
  }
}
