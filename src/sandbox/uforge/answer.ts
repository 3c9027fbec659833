import { createHash, randomBytes } from 'node:crypto';
import { type Exchange, header, reply } from '../server/exchange.js';
import { authenticate, type Caller } from './auth.js';
import { localisedId, type Tree, toJson, toXml } from './xml.js';

/** hammr refuses any other version than its own. */
export const UFORGE_VERSION = '3.8.13';

export function wantsJson(exchange: Exchange): boolean {
  const accept = header(exchange, 'accept') ?? '*/*';
  if (accept.includes('json')) return true;
  return exchange.modes.get('json') && !accept.includes('xml');
}

/** Header fields of every answer, as recorded of a 3.7.4. */
export function commonHeaders(): Record<string, string> {
  return {
    Server: 'Apache',
    'Content-Language': 'en',
    version: UFORGE_VERSION,
    'Set-Cookie': `JSESSIONID=${randomBytes(16).toString('hex').toUpperCase()}; Path=/ufws/; HttpOnly`,
  };
}

export function replyTree(
  exchange: Exchange,
  status: number,
  root: string,
  tree: Tree,
  extra: Record<string, string>,
): void {
  const json = wantsJson(exchange);
  reply(exchange, {
    status,
    headers: { ...commonHeaders(), ...extra, 'Content-Type': json ? 'application/json' : 'application/xml' },
    body: json ? toJson(root, tree, exchange.modes.get('jsonSingle')) : toXml(root, tree),
    chunked: true,
  });
}

/** A metadata answer with validators; a conditional request that matches gets the documented 304. */
export function replyObject(exchange: Exchange, root: string, tree: Tree): void {
  const digest = String(tree['digest'] ?? createHash('md5').update(JSON.stringify(tree)).digest('hex'));
  const etag = `"${digest}"`;
  const modified = new Date(String(tree['lastModified'] ?? '2019-05-02T08:21:07.000Z')).toUTCString();
  const validators = { ETag: etag, 'Last-Modified': modified };
  const known = header(exchange, 'if-none-match');
  const unchanged = known === undefined ? header(exchange, 'if-modified-since') === modified : known === etag;
  if (unchanged) {
    reply(exchange, { status: 304, headers: { ...commonHeaders(), ...validators } });
    return;
  }
  replyTree(exchange, 200, root, tree, validators);
}

export function replyError(
  exchange: Exchange,
  status: number,
  message: string,
  messageId: string,
  parameter?: string,
): void {
  const tree: Tree = {
    localizedErrorMsg: {
      message,
      messageId,
      ...(parameter === undefined ? {} : { parameters: { parameter: [parameter] } }),
    },
    requestMethod: exchange.log.method,
    requestUri: `${exchange.origin}${exchange.path}`,
    statusCode: status,
    timestamp: new Date().toISOString(),
  };
  const extra: Record<string, string> = status === 401 ? { 'WWW-Authenticate': 'Basic realm="UForge"' } : {};
  const form = exchange.modes.get('errorBody');
  if (form === 'default') {
    replyTree(exchange, status, 'uforgeError', tree, extra);
  } else if (form === 'html') {
    const html = `<html><body><h1>${status}</h1><p>${message}</p><hr>Apache Tomcat</body></html>`;
    reply(exchange, { status, headers: { ...commonHeaders(), ...extra, 'Content-Type': 'text/html' }, body: html });
  } else {
    const body = form === 'empty' ? '' : form === 'json' ? toJson('uforgeError', tree) : toXml('uforgeError', tree);
    const type: Record<string, string> = form === 'empty' ? {} : { 'Content-Type': `application/${form}` };
    reply(exchange, { status, headers: { ...commonHeaders(), ...extra, ...type }, body });
  }
}

export const unauthorized = (exchange: Exchange): void =>
  replyError(exchange, 401, 'Authentication failed.', 'ERROR.AUTHENTICATION.INVALID');
export const forbidden = (exchange: Exchange): void =>
  replyError(exchange, 403, 'You do not have the privilege to do this.', 'ERROR.AUTHORIZATION.DENIED');
export const badRequest = (exchange: Exchange, message: string): void =>
  replyError(exchange, 400, message, 'ERROR.REQUEST');
export const methodNotAllowed = (exchange: Exchange): void =>
  replyError(exchange, 405, `${exchange.log.method} is not possible here.`, 'ERROR.METHOD');
export const notFound = (exchange: Exchange, what: string, id: string): void =>
  replyError(
    exchange,
    404,
    `${what} with id ${localisedId(id)} not found.`,
    'ERROR.NOTFOUND',
    localisedId(id).slice(1, -1),
  );

/** The caller when the request carries credentials for this user's paths; else the refusal has been sent. */
export function admit(exchange: Exchange, relative: string, uid: string): Caller | undefined {
  const answer = authenticate(exchange, relative);
  if (answer.kind !== 'caller') {
    unauthorized(exchange);
    return undefined;
  }
  if (!answer.caller.entitled || (answer.caller.login !== uid && !answer.caller.all)) {
    forbidden(exchange);
    return undefined;
  }
  return answer.caller;
}
