import { AppError } from '../../core/errors.js';
import type { Headers } from '../../core/http.js';
import { isRelayed, type Route } from '../connection/route.js';
import { proxyDenied } from '../connection/tunnel.js';
import { faultyFraming } from '../framing.js';
import { responseHeaders } from '../headers.js';
import { INTERIM_LIMIT } from '../limits.js';
import type { RawFields } from './parser.js';

const CHECK_THE_WAY = 'check the URL, and any proxy between you and the server';

export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * The head of a final answer. Every answer comes through here first: what makes one unfit for anybody is refused here.
 *
 * @throws AppError proto.framing, auth.proxy
 */
export function responseHead(status: number, fields: RawFields, route: Route, attempted: string): ResponseHead {
  const headers = responseHeaders(fields);
  const fault = faultyFraming(headers);
  if (fault !== undefined) {
    throw new AppError('proto.framing', `${attempted}: the response has ${fault}`, { hint: CHECK_THE_WAY });
  }
  if (status === 407 && isRelayed(route)) throw proxyDenied(attempted, route.proxy.to);
  return { status, headers };
}

/**
 * How long the connection may wait for another request after this answer, in milliseconds; 0: not at all.
 * `Keep-Alive: timeout=N` is when the server closes: a second less leaves time for the request to arrive.
 */
export function keptFor(headers: Headers, idleMs: number): number {
  const options = `${headers.get('connection') ?? ''},${headers.get('proxy-connection') ?? ''}`.toLowerCase();
  if (options.split(',').some((option) => option.trim() === 'close')) return 0;
  const told = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(headers.get('keep-alive') ?? '')?.[1];
  return told === undefined ? idleMs : Math.max(0, Math.min(idleMs, Number(told) * 1000 - 1000));
}

export function tooManyInterim(attempted: string): AppError {
  return new AppError('proto.headers', `${attempted}: more than ${INTERIM_LIMIT} interim (1xx) responses`, {
    hint: CHECK_THE_WAY,
  });
}
