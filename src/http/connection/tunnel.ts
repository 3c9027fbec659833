import type { Socket } from 'node:net';
import { whenAborted } from '../../core/abort.js';
import { AppError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact.js';
import { transportError } from '../errors.js';
import { Parser } from '../exchange/parser.js';
import type { ProxyServer } from '../proxy.js';
import { type Dial, dial } from './connect.js';

/** A proxy is never gone around: what it refuses, or its being down, ends the attempt. */
export function proxyDenied(attempted: string, proxy: ProxyServer): AppError {
  const had = proxy.authorization !== undefined;
  const what = had ? `rejected the credentials of ${proxy.from}` : 'requires credentials';
  return new AppError('auth.proxy', `${attempted}: the proxy ${redactUrl(proxy.url)} ${what} (407)`, {
    hint: had
      ? 'check the user and password there, both percent-encoded, and that the proxy takes Basic authentication'
      : 'put the user and password, percent-encoded, in the URL of HTTPS_PROXY or HTTP_PROXY',
    details: { status: 407 },
  });
}

function tunnelRefused(attempted: string, proxy: ProxyServer, status: number): AppError {
  return new AppError('net.proxy', `${attempted}: the proxy ${redactUrl(proxy.url)} refused the tunnel (${status})`, {
    hint: 'check the proxy settings, and that the proxy allows this host and port',
    details: { status },
  });
}

/** What is attempted while the way leads to the proxy. */
export function viaProxy(attempted: string, proxy: ProxyServer): string {
  return `${attempted}, proxy ${redactUrl(proxy.url)}`;
}

/** Failures to reach the proxy itself. Those of its certificate stay tls.*. */
export function proxyError(attempted: string, proxy: ProxyServer, error: unknown): AppError {
  const inner = transportError(error, { attempted: viaProxy(attempted, proxy), step: 'connect' });
  if (!inner.transient || inner.code === 'net.proxy') return inner;
  return new AppError('net.proxy', inner.message, {
    hint: 'check the proxy settings; imgdl never bypasses a proxy',
    details: { ...inner.details, reason: inner.code },
    cause: inner.cause,
  });
}

/**
 * A connection to `target` through CONNECT (RFC 9110 section 9.3.6). undici's ProxyAgent gives the status of a
 * refusal only as words inside an error, so the method is called here.
 *
 * @param toProxy the way to the proxy itself
 * @param attempted what the tunnel is for
 * @throws AppError auth.proxy, net.proxy, tls.*; the signal's reason
 */
export async function openTunnel(target: URL, proxy: ProxyServer, toProxy: Dial, attempted: string): Promise<Socket> {
  const { signal } = toProxy;
  let socket: Socket | undefined;
  try {
    socket = await dial(toProxy);
    const status = await requestTunnel(socket, target, proxy, signal);
    if (status >= 200 && status < 300) return socket;
    throw status === 407 ? proxyDenied(attempted, proxy) : tunnelRefused(attempted, proxy, status);
  } catch (error) {
    socket?.destroy();
    throw signal.aborted ? signal.reason : proxyError(attempted, proxy, error);
  }
}

async function requestTunnel(socket: Socket, target: URL, proxy: ProxyServer, signal: AbortSignal): Promise<number> {
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  const authority = `${target.hostname}:${port}`;
  const credentials = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization.reveal() };
  signal.throwIfAborted();
  const parser = new Parser(socket, proxy.url.origin);
  const unlisten = whenAborted(signal, () => parser.close());
  try {
    return await parser.tunnel(authority, { host: authority, ...credentials });
  } finally {
    unlisten();
    parser.close();
  }
}

export function proxyPort(proxy: ProxyServer): number {
  if (proxy.url.port !== '') return Number(proxy.url.port);
  return proxy.url.protocol === 'https:' ? 443 : 80;
}
