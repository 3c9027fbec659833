import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { AppError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { Clock, Exchange } from '../core/types.js';
import { bareHost } from './address.js';
import { Client } from './client.js';
import { type Dial, dial, type Trust } from './dial.js';
import { type Step, transportError } from './errors.js';
import { isExactLength, responseHeaders } from './headers.js';
import { createIntake } from './intake.js';
import { HEADER_BYTES, INTERIM_LIMIT } from './limits.js';
import type { ProxyServer } from './proxy.js';
import { openTunnel, proxyDenied, proxyError, proxyPort } from './tunnel.js';
import { createWire, type Wire } from './wire.js';

export interface HopOptions {
  readonly connectMs: number;
  readonly stallMs: number;
  readonly slowWindowMs: number;
  readonly slowBytesPerS: number;
  readonly clock: Clock;
}

export interface Hop {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Lower-case names, already fit for this origin. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body?: string;
  readonly trust: Trust;
  readonly proxy: { readonly to: ProxyServer; readonly trust: Trust } | undefined;
}

/**
 * One request on one connection of its own, which ends with it: an idle socket that a server has had time to write
 * into never answers for another request (CVE-2026-6733), and closing one transfer touches no other.
 *
 * Aborting `signal` ends it at any time; its reason is thrown untouched.
 */
export function startHop(hop: Hop, options: HopOptions, signal: AbortSignal): Promise<Exchange> {
  const attempted = `${hop.method} ${redactUrl(hop.url)}`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let step: Step = 'connect';
    let interim = 0;
    let closed = false;
    let wire: Wire | undefined;
    const dialing = new AbortController();
    const intake = createIntake({
      ...options,
      attempted,
      hold: () => wire?.hold(),
      release: () => wire?.release(),
      close: () => close(),
    });

    const close = (): void => {
      if (closed) return;
      closed = true;
      signal.removeEventListener('abort', onAbort);
      const reason = new Error('imgdl closed the connection');
      dialing.abort(reason);
      wire?.stream.destroy(reason);
      client.destroy(reason).catch(() => undefined);
    };
    const fail = (error: unknown, now = false): void => {
      if (step === 'body') intake.fail(error, now);
      else reject(error);
      close();
    };
    const onAbort = (): void => fail(signal.reason, true);

    const direct = { attempted, connectMs: options.connectMs, signal: dialing.signal };
    const client = new Client(isRelayed(hop) ? hop.proxy.to.url : hop.url.origin, {
      connect: (_options, callback) => {
        connectionFor(hop, direct).then(
          (socket) => {
            wire = createWire(socket);
            step = 'headers';
            // undici needs a stream only; its type asks for the socket that it usually is.
            callback(null, wire.stream as Socket);
          },
          (error: unknown) => callback(error instanceof Error ? error : new Error('not connected'), null),
        );
      },
      // Our own limits are stricter and never mistake a pause of the reader for silence.
      headersTimeout: 0,
      bodyTimeout: 0,
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
        if (!isExactLength(headers)) {
          fail(new AppError('proto.framing', `${attempted}: the answer has a Content-Length that is no length`));
          return;
        }
        if (status === 407 && isRelayed(hop)) {
          fail(proxyDenied(attempted, hop.proxy.to));
          return;
        }
        step = 'body';
        resolve({
          status,
          headers,
          body: intake.body,
          cancel() {
            intake.fail(new AppError('net.reset', `${attempted}: imgdl closed the connection itself`), true);
            close();
          },
        });
      },
      onResponseData(_controller, chunk) {
        if (!closed) intake.push(chunk);
      },
      onResponseEnd() {
        if (closed) return;
        intake.end();
        close();
      },
      onResponseError(_controller, error) {
        if (!closed) fail(transportError(error, { attempted, step }));
      },
    };

    signal.addEventListener('abort', onAbort, { once: true });
    try {
      client.dispatch(
        {
          method: hop.method,
          path: isRelayed(hop) ? hop.url.href : `${hop.url.pathname}${hop.url.search}`,
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

/** Plain http through a proxy is relayed, in absolute form (RFC 9112 section 3.2.2): many refuse CONNECT to port 80. */
function isRelayed(hop: Hop): hop is Hop & { readonly proxy: { readonly to: ProxyServer; readonly trust: Trust } } {
  return hop.proxy !== undefined && hop.url.protocol === 'http:';
}

function fieldsFor(hop: Hop): Record<string, string> {
  const fields: Record<string, string> = Object.fromEntries(hop.headers);
  if (!isRelayed(hop)) return fields;
  const { authorization } = hop.proxy.to;
  return {
    ...fields,
    host: hop.url.host,
    ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
  };
}

async function connectionFor(
  hop: Hop,
  shared: { readonly attempted: string; readonly connectMs: number; readonly signal: AbortSignal },
): Promise<Socket> {
  const secure = hop.url.protocol === 'https:';
  const target: Dial = {
    ...shared,
    host: bareHost(hop.url),
    port: hop.url.port === '' ? (secure ? 443 : 80) : Number(hop.url.port),
    trust: secure ? hop.trust : undefined,
  };
  if (hop.proxy === undefined) return dial(target);
  const { to } = hop.proxy;
  const trust = to.url.protocol === 'https:' ? hop.proxy.trust : undefined;
  const toProxy: Dial = { ...shared, host: bareHost(to.url), port: proxyPort(to), trust };
  if (secure) return dial({ ...target, over: await openTunnel(hop.url, to, toProxy) });
  try {
    return await dial(toProxy);
  } catch (error) {
    throw shared.signal.aborted ? shared.signal.reason : proxyError(shared.attempted, to, error);
  }
}

function tooManyInterim(attempted: string): AppError {
  return new AppError('proto.headers', `${attempted}: more than ${INTERIM_LIMIT} interim (1xx) answers`, {
    hint: 'check the URL and what stands between you and the server',
  });
}

function rawFields(raw: unknown): readonly (Uint8Array | string)[] {
  return Array.isArray(raw) ? raw : [];
}
