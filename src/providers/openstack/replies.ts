import { AppError, type Details } from '../../core/errors.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import type { Headers, Reply } from '../../core/types.js';

/** Longest wait we take over from a `Retry-After` in milliseconds' terms; the engine has its own limit. */
const DAY_MS = 86_400_000;

/** What operators search their logs by. Not sent with the 401 of the auth middleware, nor with a 500. */
export function requestIdOf(headers: Headers): Details {
  const id = headers.get('x-openstack-request-id');
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? { requestId: id } : {};
}

/** 408, 425, 429 and 5xx: of the service, or of the proxy in front of it. */
export function isUnavailable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function unavailable(doing: string, status: number, headers: Headers, text: string): AppError {
  const retryAfterMs = retryAfterOf(headers);
  return new AppError('http.unavailable', `${doing}: the server answered ${status}${said(text)}`, {
    hint: 'run again later',
    details: { status, ...requestIdOf(headers) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** RFC 9110 section 10.2.3: seconds, or a date, which is read against the server's own Date. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, DAY_MS);
  const at = Date.parse(value);
  const now = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(at) || Number.isNaN(now) ? undefined : Math.min(Math.max(at - now, 0), DAY_MS);
}

/** An answer that makes no sense for this call. */
export function strange(doing: string, reply: Pick<Reply, 'status' | 'headers' | 'text'>, hint: string): AppError {
  // 300 is how Glance and Keystone answer a path outside their API: with the list of versions, which helps nobody.
  const text = reply.status === 300 ? ' with a list of API versions' : said(reply.text);
  return new AppError('proto.status', `${doing}: the server answered ${reply.status}${text}`, {
    hint,
    details: { status: reply.status, ...requestIdOf(reply.headers) },
  });
}

/**
 * The reply as JSON.
 * @throws AppError proto.answer, which says when it is a web page: a login portal, or the dashboard's URL
 */
export function jsonOf(doing: string, url: URL, reply: Reply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    const page = /^\s*<(?:!doctype|html|head|body)\b/i.test(reply.text);
    throw new AppError(
      'proto.answer',
      `${doing}: ${redactUrl(url)} answered ${reply.status} with ${page ? `a web page: ${quoteForeign(reply.text)}` : 'something that is no JSON'}`,
      {
        hint: page ? 'check the URL; this may be a login page or the dashboard' : 'check the URL',
        details: { status: reply.status, ...requestIdOf(reply.headers) },
      },
    );
  }
}

/** `: "…"`, or nothing when there is no text. OpenStack's JSON errors are reduced to their message. */
export function said(text: string): string {
  if (text.trim() === '') return '';
  return `: ${quoteForeign(messageOf(text) ?? text)}`;
}

/** Keystone: `{"error": {"message"}}`. Glance: `{"message"}`. */
function messageOf(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const error = field(body, 'error') ?? body;
    const message = field(error, 'message');
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}
