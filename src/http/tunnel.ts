import type { Duplex } from 'node:stream';
import { whenAborted } from '../core/abort.js';
import { AppError, isAppError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { Secret } from '../core/secret.js';
import { bareHost } from './address.js';
import { Client } from './client.js';
import { type Dial, dial } from './dial.js';
import { transportError } from './errors.js';
import { HEADER_BYTES } from './limits.js';
import type { ProxyServer } from './proxy.js';

/** A proxy is never gone around: what it refuses, or its being down, ends the attempt. */
export function proxyDenied(attempted: string, proxy: ProxyServer): AppError {
  return new AppError('auth.proxy', `${attempted}: the proxy ${redactUrl(proxy.url)} requires credentials (407)`, {
    hint: 'put the user and password, percent-encoded, in the URL of HTTPS_PROXY or HTTP_PROXY',
    details: { status: 407 },
  });
}

/** Failures to reach the proxy itself. Those of its certificate stay tls.*. */
export function proxyError(attempted: string, proxy: ProxyServer, error: unknown): AppError {
  const inner = transportError(error, { attempted: `${attempted}, proxy ${redactUrl(proxy.url)}`, step: 'connect' });
  if (!inner.transient || inner.code === 'net.proxy') return inner;
  return new AppError('net.proxy', inner.message, {
    hint: 'check the proxy settings; imgdl never bypasses a proxy',
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
      hint: 'check the proxy settings, and that the proxy allows this host and port',
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
  authorization: Secret | undefined,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly socket: Duplex }> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const settle = whenAborted(signal, () => {
      reject(signal.reason);
      client.destroy(new Error('imgdl gave the tunnel up')).catch(() => undefined);
    });
    client.dispatch(
      {
        method: 'CONNECT',
        path: authority,
        headers: {
          host: authority,
          ...(authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() }),
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
