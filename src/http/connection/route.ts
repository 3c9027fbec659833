import { bareHost } from '../address.js';
import type { ProxyServer } from '../proxy.js';
import type { BufferPool } from './buffers.js';
import type { Dial, Trust } from './connect.js';
import { type Connection, openConnection } from './connection.js';
import { openTunnel, proxyError, proxyPort, viaProxy } from './tunnel.js';

/** Where a request goes, and by what way. */
export interface Route {
  readonly url: URL;
  readonly trust: Trust;
  readonly proxy: { readonly to: ProxyServer; readonly trust: Trust } | undefined;
}

type RelayedRoute = Route & { readonly proxy: NonNullable<Route['proxy']> };

/** May two requests share a connection? A transport makes trusts and proxies once: the same one is the same object. */
export function sameRoute(a: Route, b: Route): boolean {
  return (
    a.url.origin === b.url.origin &&
    a.trust === b.trust &&
    a.proxy?.to === b.proxy?.to &&
    a.proxy?.trust === b.proxy?.trust
  );
}

/** Plain http through a proxy is relayed, in absolute form (RFC 9112 section 3.2.2): many refuse CONNECT to port 80. */
export function isRelayed(route: Route): route is RelayedRoute {
  return route.proxy !== undefined && route.url.protocol === 'http:';
}

/**
 * A connection that is ready for a request.
 *
 * @throws AppError net.*, tls.*, auth.proxy; Node's errors; the signal's reason
 */
export async function openRoute(
  route: Route,
  shared: Pick<Dial, 'attempted' | 'addresses' | 'connectMs' | 'signal'>,
  buffers: BufferPool,
  share: () => number,
): Promise<Connection> {
  const { url } = route;
  const secure = url.protocol === 'https:';
  const target: Dial = {
    ...shared,
    host: bareHost(url),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    trust: secure ? route.trust : undefined,
  };
  if (route.proxy === undefined) return openConnection(target, buffers, share);
  const { to } = route.proxy;
  const trust = to.url.protocol === 'https:' ? route.proxy.trust : undefined;
  const attempted = viaProxy(shared.attempted, to);
  const toProxy: Dial = { ...shared, attempted, host: bareHost(to.url), port: proxyPort(to), trust };
  if (secure)
    return openConnection({ ...target, over: await openTunnel(url, to, toProxy, shared.attempted) }, buffers, share);
  try {
    return await openConnection(toProxy, buffers, share);
  } catch (error) {
    throw shared.signal.aborted ? shared.signal.reason : proxyError(shared.attempted, to, error);
  }
}
