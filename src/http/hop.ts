import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { whenAborted } from '../core/abort.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Exchange, Headers } from '../core/http.js';
import type { Attempted } from './attempted.js';
import { Client } from './client.js';
import { type Step, transportError } from './errors.js';
import { bodyLength, faultyFraming } from './framing.js';
import { responseHeaders } from './headers.js';
import { createIntake } from './intake.js';
import { HEADER_BYTES, INTERIM_LIMIT } from './limits.js';
import type { Line } from './line.js';
import type { Pool } from './pool.js';
import { isRelayed, openRoute, type Route } from './route.js';
import type { Slabs } from './slabs.js';
import { proxyDenied } from './tunnel.js';
import { createWire } from './wire.js';

export interface HopOptions {
  readonly connectMs: number;
  readonly stallMs: number;
  readonly slowWindowMs: number;
  readonly slowBytesPerS: number;
  /** How long a connection is kept for another request; 0: never. A server that says less is believed. */
  readonly idleMs: number;
  readonly slabs: Slabs;
  readonly attempted: Attempted;
  readonly clock: Clock;
  /** Bytes of this body that may wait for its reader, as of now. */
  readonly share: () => number;
}

export interface Hop {
  readonly method: 'GET' | 'POST';
  readonly route: Route;
  /** Lower-case names, already fit for this origin. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body?: string;
  /** On a new connection, and once only. */
  readonly fresh: boolean;
}

/** Nobody is shown it. One for all: streams ask for its stack, and formatting that takes longer than closing. */
const CLOSED = new Error('imgdl closed the connection');

/** The kept connection was dead: not a byte of an answer came. */
export class DeadConnection extends Error {}

/**
 * One request and its answer on `kept`, or on a connection of its own. After an answer that leaves the connection usable
 * it goes to the pool; in every other case it ends with the exchange. undici's client lives for one request only: what
 * an idle connection may do is for the pool to say, and closing one transfer touches no other.
 *
 * Aborting `signal` ends it at any time; its reason is thrown untouched.
 *
 * @throws DeadConnection only with `kept`
 */
export function startHop(
  hop: Hop,
  options: HopOptions,
  pool: Pool,
  kept: Line | undefined,
  signal: AbortSignal,
): Promise<Exchange> {
  const { route } = hop;
  const attempted = options.attempted(hop.method, route.url);
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      kept?.socket.destroy();
      reject(signal.reason);
      return;
    }
    let step: Step = 'connect';
    let interim = 0;
    let closed = false;
    let line = kept;
    let wire = kept === undefined ? undefined : createWire(kept);
    let idleMs = 0;
    /** Bytes of a body of known length that are still to come. */
    let missing: number | undefined;
    /** Bytes of the body that undici has parsed. */
    let parsed = 0;
    /** The answer came to its exact end. */
    let over = false;
    const dialing = new AbortController();
    const intake = createIntake({
      ...options,
      attempted,
      hold: () => wire?.hold(),
      release: () => wire?.release(),
      drop: (bytes) => options.slabs.release(bytes),
      close: () => close(),
    });

    /**
     * The head of the answer shares its slab with body bytes, which alone would never set it free. Only when undici has
     * parsed what it was given.
     */
    const releaseHead = (): void => {
      const read = wire?.takeParsed();
      if (read !== undefined) options.slabs.release(read.subarray(0, read.length - parsed));
    };
    let unlisten = (): void => {};
    const close = (): void => {
      if (closed) return;
      closed = true;
      unlisten();
      dialing.abort(CLOSED);
      if (over) releaseHead();
      if (over && idleMs > 0 && line !== undefined && wire?.part() === true) {
        pool.put(route, line, idleMs);
      }
      wire?.stream.destroy(CLOSED);
      client.destroy(CLOSED).catch(() => undefined);
    };
    const finish = (): void => {
      over = true;
      // Not at once: undici may have bytes at hand that nobody asked for, and then the connection is spoilt.
      queueMicrotask(close);
      intake.end();
    };
    const takeBody = (bytes: Uint8Array): void => {
      if (closed || over || missing === undefined) return;
      releaseHead();
      const part = bytes.length > missing ? bytes.subarray(0, missing) : bytes;
      if (part.length < bytes.length) idleMs = 0;
      missing -= part.length;
      intake.push(part);
      if (missing === 0) finish();
    };
    const fail = (error: unknown, now = false): void => {
      if (step === 'body') intake.fail(() => error, now);
      else reject(error);
      close();
    };
    const onAbort = (): void => fail(signal.reason, true);

    const open = async (): Promise<Duplex> => {
      if (wire === undefined) {
        const { connectMs, slabs, share } = options;
        line = await openRoute(route, { attempted, connectMs, signal: dialing.signal }, slabs, share);
        wire = createWire(line);
      }
      step = 'headers';
      return wire.stream;
    };
    const client = new Client(isRelayed(route) ? route.proxy.to.url : route.url.origin, {
      connect: (_options, callback) => {
        open().then(
          // undici needs a stream only; its type asks for the socket that it usually is.
          (stream) => callback(null, stream as Socket),
          (error: unknown) => callback(error instanceof Error ? error : new Error('not connected'), null),
        );
      },
      // Our own limits are stricter and never mistake a pause of the reader for silence.
      headersTimeout: 0,
      bodyTimeout: 0,
      // A connection with less than its two seconds left would be closed; how long one is kept is decided below.
      keepAliveTimeoutThreshold: 0,
      maxHeaderSize: HEADER_BYTES,
      allowH2: false,
      pipelining: 1,
    });

    const handler: Dispatcher.DispatchHandler = {
      // undici takes a handler without this one for the old kind.
      onRequestStart: () => undefined,
      onResponseStart(controller, status) {
        if (closed) return;
        if (status < 200) {
          interim += 1;
          if (interim > INTERIM_LIMIT) fail(tooManyInterim(attempted));
          return;
        }
        const headers = responseHeaders(rawFields(controller.rawHeaders));
        const fault = faultyFraming(headers);
        if (fault !== undefined) {
          const hint = 'check the URL, and any proxy between you and the server';
          fail(new AppError('proto.framing', `${attempted}: the response has ${fault}`, { hint }));
          return;
        }
        if (status === 407 && isRelayed(route)) {
          fail(proxyDenied(attempted, route.proxy.to));
          return;
        }
        step = 'body';
        idleMs = keptFor(headers, options.idleMs);
        missing = bodyLength(status, headers);
        if (missing !== undefined) wire?.divert(takeBody);
        resolve({
          status,
          headers,
          body: intake.body,
          reused: kept !== undefined,
          cancel() {
            intake.fail(() => new AppError('net.reset', `${attempted}: imgdl closed the connection itself`), true);
            close();
          },
        });
      },
      onResponseData(_controller, chunk) {
        if (closed) return;
        if (missing !== undefined) missing -= chunk.length;
        parsed += chunk.length;
        intake.push(chunk);
      },
      onResponseEnd() {
        if (closed) return;
        finish();
      },
      onResponseError(_controller, error) {
        if (closed) return;
        const dead = kept !== undefined && wire?.heard === false;
        fail(dead ? new DeadConnection() : transportError(error, { attempted, step }));
      },
    };

    unlisten = whenAborted(signal, onAbort);
    try {
      client.dispatch(
        {
          method: hop.method,
          path: isRelayed(route) ? route.url.href : `${route.url.pathname}${route.url.search}`,
          headers: fieldsFor(hop),
          ...(hop.body === undefined ? {} : { body: hop.body }),
        },
        handler,
      );
    } catch (error) {
      fail(transportError(error, { attempted, step: 'headers' }));
    }
  });
}

function fieldsFor(hop: Hop): Record<string, string> {
  const fields: Record<string, string> = Object.fromEntries(hop.headers);
  if (!isRelayed(hop.route)) return fields;
  const { authorization } = hop.route.proxy.to;
  return {
    ...fields,
    host: hop.route.url.host,
    ...(authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() }),
  };
}

/** `Keep-Alive: timeout=N` is when the server closes: a second less leaves time for the request to arrive. */
function keptFor(headers: Headers, idleMs: number): number {
  const options = `${headers.get('connection') ?? ''},${headers.get('proxy-connection') ?? ''}`.toLowerCase();
  if (options.split(',').some((option) => option.trim() === 'close')) return 0;
  const told = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(headers.get('keep-alive') ?? '')?.[1];
  return told === undefined ? idleMs : Math.max(0, Math.min(idleMs, Number(told) * 1000 - 1000));
}

function tooManyInterim(attempted: string): AppError {
  return new AppError('proto.headers', `${attempted}: more than ${INTERIM_LIMIT} interim (1xx) responses`, {
    hint: 'check the URL, and any proxy between you and the server',
  });
}

function rawFields(raw: unknown): readonly (Uint8Array | string)[] {
  return Array.isArray(raw) ? raw : [];
}
