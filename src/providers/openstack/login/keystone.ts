import { safeParse } from 'valibot';
import { AppError } from '../../../core/errors.js';
import type { Reply } from '../../../core/http.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { redactUrl } from '../../../core/redact.js';
import { redirectedWords } from '../../../core/redirected-words.js';
import { Secret, type SecretHeaders } from '../../../core/secret.js';
import { type CatalogService, tokenAnswer } from '../answers.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { jsonOf, requestIdOf } from '../replies.js';
import { ADDRESS_HINT, addressFault } from './auth-url.js';
import type { Factor, KeystoneLogIn, Scope } from './cloud.js';
import { factorsOf, identityOf } from './factors.js';
import { logInRefusal } from './log-in-refusal.js';
import { missingFactors, receiptOf } from './receipt.js';
import { isSendable, sendable } from './sendable.js';
import { tokenGuard } from './token-guard.js';

/** Permission from Keystone. */
export interface Token {
  readonly value: Secret;
  /** Life from the moment it was received, in milliseconds; undefined when the server's words do not say. */
  readonly lifeMs: number | undefined;
  /** Undefined for an unscoped token: Keystone leaves the key out. */
  readonly catalog: readonly CatalogService[] | undefined;
  readonly projectId: string | undefined;
  /** A passcode went into it, which is good once: the same log-in will not work again. */
  readonly spent?: true;
}

/**
 * `auth_url` with or without `/v3`; both are in use. v2.0 was removed in Queens (2018) and is answered with 404. Messages
 * about redirects name the whole URL of a log-in, so that is taken, too.
 * @throws AppError config.cloud
 */
export function identityUrl(authUrl: string, ports: Pick<ProviderPorts, 'note'>): URL {
  const fault = addressFault(authUrl);
  if (fault !== undefined) {
    throw new AppError(OPENSTACK_CODES['config.cloud'], `auth_url ${fault}`, { hint: ADDRESS_HINT });
  }
  const url = new URL(authUrl);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/auth\/tokens$/, '');
  const version = /\/v(\d)(?:\.\d+)?$/.exec(path);
  if (version !== null && version[1] !== '3') {
    ports.note(`auth_url ${redactUrl(url)} names an obsolete Identity API; using v3`);
  }
  return new URL(`${version === null ? path : path.slice(0, version.index)}/v3`, url.origin);
}

/**
 * Logs in. A token that the user gave and that is to keep its own scope is only looked at: asking for a new one
 * without naming a scope would lose it.
 * @throws AppError auth.refused, auth.mfa, auth.token, auth.forbidden, http.unavailable, keystone.token, proto.*, net.*
 */
export async function logIn(login: KeystoneLogIn, ports: ProviderPorts, signal: AbortSignal): Promise<Token> {
  const identity = identityUrl(login.authUrl, ports);
  const url = new URL(`${identity.pathname}/auth/tokens`, identity.origin);
  const doing = `logging in at ${redactUrl(identity)}`;
  if (login.method === 'token' && login.scope === undefined) {
    const headers = { 'x-auth-token': sendable(login.token), 'x-subject-token': login.token };
    const reply = await call('GET', url, headers, undefined, ports, signal);
    if (reply.status !== 200) throw logInRefusal(doing, login, reply);
    return tokenOf(doing, url, reply, login.token.reveal(), ports);
  }
  let factors = factorsOf(login);
  let reply = await call('POST', url, {}, logInBody(factors, login.scope), ports, signal);
  const receipt = receiptOf(reply);
  const more = receipt === undefined ? undefined : missingFactors(login, receipt);
  if (receipt !== undefined && more !== undefined) {
    factors = [...factors, ...more];
    const headers = { 'openstack-auth-receipt': receipt.value };
    reply = await call('POST', url, headers, logInBody(more, login.scope), ports, signal);
  }
  if (reply.status !== 201) throw logInRefusal(doing, login, reply);
  const token = issuedToken(doing, url, reply, ports);
  return factors.some(({ method }) => method === 'totp') ? { ...token, spent: true } : token;
}

/**
 * The token of an answer that issues one.
 * @param url that was asked
 * @throws AppError keystone.token, proto.answer
 */
export function issuedToken(doing: string, url: URL, reply: Reply, ports: ProviderPorts): Token {
  const value = reply.headers.get('x-subject-token');
  if (value !== undefined && isSendable(value)) return tokenOf(doing, url, reply, value, ports);
  const what = value === undefined ? 'has no token' : 'has an invalid token';
  throw new AppError(OPENSTACK_CODES['keystone.token'], `${doing}${redirectedWords(reply)}: the response ${what}`, {
    hint: 'check auth_url; a proxy may have altered the response',
    details: requestIdOf(reply.headers),
  });
}

async function call(
  method: 'GET' | 'POST',
  url: URL,
  headers: SecretHeaders,
  body: Secret | undefined,
  ports: ProviderPorts,
  signal: AbortSignal,
): Promise<Reply> {
  const type: SecretHeaders = body === undefined ? {} : { 'content-type': 'application/json' };
  const request = { method, url, headers: { accept: 'application/json', ...type, ...headers } };
  return await ports.transport.call(body === undefined ? request : { ...request, body }, signal);
}

/** @param url that was asked */
function tokenOf(doing: string, url: URL, reply: Reply, value: string, ports: ProviderPorts): Token {
  const parsed = safeParse(tokenAnswer, jsonOf(doing, url, reply));
  if (!parsed.success) {
    throw new AppError(
      'proto.answer',
      `${doing}${redirectedWords(reply)}: the response is not from an Identity API v3`,
      {
        hint: 'check auth_url',
        details: requestIdOf(reply.headers),
      },
    );
  }
  const { expires_at, issued_at, catalog, project } = parsed.output.token;
  // Both ends by the server's clocks, never ours: with a clock a day ahead every token would look expired.
  const now = Date.parse(reply.headers.get('date') ?? issued_at ?? '');
  const lifeMs = Date.parse(expires_at ?? '') - now;
  const encrypted = (reply.url ?? url).protocol === 'https:';
  return {
    value: encrypted ? new Secret(value, tokenGuard(ports)) : new Secret(value),
    lifeMs: Number.isFinite(lifeMs) && lifeMs > 0 ? lifeMs : undefined,
    catalog: catalog ?? undefined,
    projectId: project?.id,
  };
}

/** The body of POST /v3/auth/tokens (Identity API v3, "Password/Token/Application credential authentication"). */
function logInBody(factors: readonly Factor[], scope: Scope | undefined): Secret {
  const identity = identityOf(factors);
  return new Secret(JSON.stringify({ auth: { identity, ...(scope === undefined ? {} : { scope }) } }));
}
