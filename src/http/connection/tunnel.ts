import type { Duplex } from 'node:stream';
import { AppError, isAppError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact.js';
import { bareHost } from '../address.js';
import { transportError } from '../errors.js';
import { Client } from '../exchange/parser.js';
import { HEADER_BYTES } from '../limits.js';
import type { ProxyServer } from '../proxy.js';
import { type Dial, dial } from './connect.js';

/** A proxy is never gone around: what it refuses, or its being down, ends the attempt. */
export function proxyDenied(attempted: string, proxy: ProxyServer): AppError {
  return new AppError('auth.proxy', `${attempted}: the proxy ${redactUrl(proxy.url)} wants credentials (407)`, {
    hint: 'put user and password into the proxy URL of the environment, percent-encoded',
    details: { status: 407 },
  });
}

/** Failures to reach the proxy itself. Those of its certificate stay tls.*. */
export function proxyError(attempted: string, proxy: ProxyServer, error: unknown): AppError {
  const inner = transportError(error, { attempted: `${attempted}, proxy ${redactUrl(proxy.url)}`, step: 'connect' });
  if (!inner.transient || inner.code === 'net.proxy') return inner;
  return new AppError('net.proxy', inner.message, {
    hint: 'check the proxy settings; imgdl never goes around a proxy',
    details: { reason: inner.code },
    cause: inner.cause,
  });
}

/**
 * A connection to `target` through CONNECT (RFC 9110 section 9.3.6). undici's ProxyAgent gives the status of a
 * refusal only as words inside an error, so the method is called here.
 *
 * @throws AppError auth.proxy, net.proxy, tls.*
 */
export async function openTunnel(target: URL, proxy: ProxyServer, dialing: Dial): Promise<Duplex> {
  const { attempted } = dialing;
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  const authority = `${target.hostname}:${port}`;
  const client = new Client(proxy.url, {
    connect: (_options, callback) => {
      dial({ ...dialing, host: bareHost(proxy.url), port: proxyPort(proxy) }).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(proxyError(attempted, proxy, error), null),
      );
    },
    headersTimeout: 0,
    maxHeaderSize: HEADER_BYTES,
  });
  try {
    const { status, socket } = await requestTunnel(client, authority, proxy.authorization, dialing.signal);
    if (status >= 200 && status < 300) return socket;
    socket.on('error', () => undefined).destroy();
    if (status === 407) throw proxyDenied(attempted, proxy);
    throw new AppError('net.proxy', `${attempted}: the proxy ${redactUrl(proxy.url)} refused the tunnel (${status})`, {
      hint: 'check the proxy settings, and that the proxy may reach this host and port',
      details: { status: status },
    });
  } catch (error) {
    if (dialing.signal.aborted) throw dialing.signal.reason;
    throw isAppError(error) ? error : proxyError(attempted, proxy, error);
  } finally {
    // The tunnel's socket no longer belongs to the client.
    client.destroy(new Error('imgdl is done with the proxy')).catch(() => undefined);
  }
}

/** Every answer to CONNECT ends HTTP on the connection, refusals too: it is the caller's to use or to close. */
function requestTunnel(
  client: InstanceType<typeof Client>,
  authority: string,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly socket: Duplex }> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => {
      reject(signal.reason);
      client.destroy(new Error('imgdl gave the tunnel up')).catch(() => undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', onAbort);
    client.dispatch(
      {
        method: 'CONNECT',
        path: authority,
        headers: {
          host: authority,
          ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
        },
      },
      {
        onRequestStart: () => undefined,
        onRequestUpgrade(_controller, status, _headers, socket) {
          settle();
          resolve({ status, socket });
        },
        onResponseError(_controller, error) {
          settle();
          reject(error);
        },
      },
    );
  });
}

export function proxyPort(proxy: ProxyServer): number {
  if (proxy.url.port !== '') return Number(proxy.url.port);
  return proxy.url.protocol === 'https:' ? 443 : 80;
}
