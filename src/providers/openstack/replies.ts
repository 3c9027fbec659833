import { AppError, type Details } from '../../core/errors.js';
import type { Headers, Reply } from '../../core/http.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import { retryAfter } from '../../core/unavailable.js';

/** What operators search their logs by. Not sent with the 401 of the auth middleware, nor with a 500. */
export function requestIdOf(headers: Headers): Details {
  const id = headers.get('x-openstack-request-id');
  return id !== undefined && /^[\w-]{1,64}$/.test(id) ? { requestId: id } : {};
}

export function unavailable(doing: string, status: number, headers: Headers, text: string): AppError {
  return new AppError('http.unavailable', `${doing}: the server returned ${status}${said(text)}`, {
    hint: 'run again later',
    details: { status, ...requestIdOf(headers) },
    ...retryAfter(headers),
  });
}

/** An answer that makes no sense for this call. */
export function strange(doing: string, reply: Pick<Reply, 'status' | 'headers' | 'text'>, hint: string): AppError {
  // 300 is how Glance and Keystone answer a path outside their API: with the list of versions, which helps nobody.
  const text = reply.status === 300 ? ' with a list of API versions' : said(reply.text);
  return new AppError('proto.status', `${doing}: the server returned ${reply.status}${text}`, {
    hint,
    details: { status: reply.status, ...requestIdOf(reply.headers) },
  });
}

/**
 * The reply as JSON.
 * @throws AppError proto.answer
 */
export function jsonOf(doing: string, url: URL, reply: Reply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    throw notJson(doing, reply.url ?? url, reply, reply.text);
  }
}

/** It says when the text is a web page: a login portal, or the dashboard's URL. */
export function notJson(doing: string, url: URL, reply: Pick<Reply, 'status' | 'headers'>, text: string): AppError {
  const page = /^\s*<(?:!doctype|html|head|body)\b/i.test(text);
  return new AppError(
    'proto.answer',
    `${doing}: ${redactUrl(url)} returned ${reply.status} with ${page ? `a web page: ${quoteForeign(text)}` : 'something that is not JSON'}`,
    {
      hint: page ? 'check the URL; this may be a login page or the dashboard' : 'check the URL',
      details: { status: reply.status, ...requestIdOf(reply.headers) },
    },
  );
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
