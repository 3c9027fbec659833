import type { Attempted } from '../attempted.js';
import type { Addresses } from '../connection/addresses.js';
import type { BufferPool } from '../connection/buffers.js';
import type { Pool } from '../connection/pool.js';
import { isRelayed, type Route } from '../connection/route.js';
import type { BodyLimits } from './body-queue.js';
import type { RequestMessage } from './parser.js';

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly route: Route;
  /** Lower-case names, already fit for this origin. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body?: string;
  /** On a new connection, and once only. */
  readonly fresh: boolean;
}

/** What the requests of one transport have in common. */
export interface ExchangeOptions extends BodyLimits {
  readonly addresses: Addresses;
  readonly connectMs: number;
  /** How long a connection is kept for another request; 0: never. A server that says less is believed. */
  readonly idleMs: number;
  readonly buffers: BufferPool;
  readonly pool: Pool;
  readonly attempted: Attempted;
}

/** The request as the server, or the proxy that relays it, reads it. */
export function requestMessage({ method, route, headers, body }: Request): RequestMessage {
  const message = { method, ...(body === undefined ? {} : { body }) };
  const fields = Object.fromEntries(headers);
  if (!isRelayed(route)) return { ...message, target: `${route.url.pathname}${route.url.search}`, fields };
  const { authorization } = route.proxy.to;
  const credentials = authorization === undefined ? {} : { 'proxy-authorization': authorization.reveal() };
  return { ...message, target: route.url.href, fields: { ...fields, host: route.url.host, ...credentials } };
}

/** The origin that a connection for this route speaks HTTP with. */
export function peerOf(route: Route): string {
  return isRelayed(route) ? route.proxy.to.url.origin : route.url.origin;
}
