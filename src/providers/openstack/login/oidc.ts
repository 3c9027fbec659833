import { safeParse } from 'valibot';
import { AppError } from '../../../core/errors.js';
import type { Reply } from '../../../core/http.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { quoteForeign, redactUrl } from '../../../core/redact.js';
import { redirectedWords } from '../../../core/redirected-words.js';
import { Secret, type SecretHeaders } from '../../../core/secret.js';
import { isUnavailable } from '../../../core/unavailable.js';
import { discoveryAnswer, oauthError, oidcTokenAnswer } from '../answers.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { jsonOf, strange, unavailable } from '../replies.js';
import type { OidcClient, OidcGrant } from './cloud.js';
import { sendable } from './sendable.js';
import { tokenGuard } from './token-guard.js';

/** What an identity provider is asked for a token with (RFC 6749 sections 4.3 and 4.4). */
type Asked = Exclude<OidcGrant, { readonly method: 'oidc-token' }>;

/**
 * The token of an identity provider that Keystone trusts. One that was issued over https does not go to http.
 * @throws AppError auth.refused, config.cloud, http.unavailable, proto.*, tls.plain-http, net.*
 */
export async function accessToken(grant: OidcGrant, ports: ProviderPorts, signal: AbortSignal): Promise<Secret> {
  if (grant.method === 'oidc-token') return sendable(grant.accessToken);
  const url = await tokenEndpoint(grant, ports, signal);
  const doing = `logging in at ${redactUrl(url)}`;
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...clientHeader(grant.client),
  };
  const reply = await ports.transport.call({ method: 'POST', url, headers, body: formOf(grant) }, signal);
  if (reply.status !== 200) throw refusal(doing, grant, reply);
  const parsed = safeParse(oidcTokenAnswer, jsonOf(doing, url, reply));
  const value = parsed.success ? parsed.output[grant.client.tokenType] : undefined;
  if (typeof value !== 'string') {
    throw new AppError('proto.answer', `${doing}: the response has no ${grant.client.tokenType}`, {
      hint: 'check the endpoint, and access_token_type',
    });
  }
  const encrypted = (reply.url ?? url).protocol === 'https:';
  return sendable(encrypted ? new Secret(value, tokenGuard(ports)) : new Secret(value));
}

/** What is stated goes before what the discovery document says. */
async function tokenEndpoint({ method, client }: Asked, ports: ProviderPorts, signal: AbortSignal): Promise<URL> {
  if (client.tokenEndpoint !== undefined) return addressOf(client.tokenEndpoint, 'access_token_endpoint');
  const url = addressOf(client.discovery ?? '', 'discovery_endpoint');
  const reply = await ports.transport.call({ method: 'GET', url, headers: { accept: 'application/json' } }, signal);
  const doing = `reading the discovery document ${redactUrl(url)}${redirectedWords(reply)}`;
  if (isUnavailable(reply.status)) throw unavailable(doing, reply.status, reply.headers, reply.text);
  if (reply.status !== 200) throw strange(doing, reply, 'check discovery_endpoint');
  const parsed = safeParse(discoveryAnswer, jsonOf(doing, url, reply));
  const found = parsed.success ? parsed.output.token_endpoint : undefined;
  if (typeof found !== 'string') {
    throw new AppError('proto.answer', `${doing}: it names no token endpoint`, {
      hint: 'check discovery_endpoint; it usually ends in /.well-known/openid-configuration',
    });
  }
  const type = GRANT_TYPES[method];
  const supported = parsed.success ? parsed.output.grant_types_supported : undefined;
  if (supported !== undefined && supported !== null && !supported.includes(type)) {
    throw new AppError('auth.refused', `${doing}: the identity provider does not offer the grant type ${type}`, {
      hint: 'use another auth_type, or an application credential',
    });
  }
  const endpoint = addressOf(found, 'the token endpoint of the discovery document');
  // What came over https must not talk a password into travelling by http.
  if (url.protocol === 'https:') tokenGuard(ports)(endpoint);
  return endpoint;
}

const GRANT_TYPES = { 'oidc-password': 'password', 'oidc-client': 'client_credentials' } as const;

function addressOf(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password === '') return url;
  throw new AppError(OPENSTACK_CODES['config.cloud'], `reading ${what}: it is not an http(s) URL without credentials`, {
    hint: 'write it as https://HOST/PATH',
  });
}

/** RFC 6749 section 2.3.1: id and secret are encoded before they are joined. What needs no encoding stays as it is. */
function clientHeader({ id, secret }: OidcClient): SecretHeaders {
  if (secret === undefined) return {};
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret.reveal())}`;
  return { authorization: new Secret(`Basic ${Buffer.from(pair, 'utf8').toString('base64')}`) };
}

function formOf(grant: Asked): Secret {
  const { client } = grant;
  const form = new URLSearchParams({ grant_type: GRANT_TYPES[grant.method], scope: client.scope });
  // A public client only says who it is.
  if (client.secret === undefined) form.set('client_id', client.id);
  if (grant.method === 'oidc-password') {
    form.set('username', grant.username);
    form.set('password', grant.password.reveal());
  }
  return new Secret(form.toString());
}

/** RFC 6749 section 5.2: a 400 or 401 with a word for what is wrong. */
function refusal(attempted: string, grant: Asked, reply: Reply): AppError {
  const { status, headers, text } = reply;
  const doing = `${attempted}${redirectedWords(reply)}`;
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (status !== 400 && status !== 401 && status !== 403) {
    return strange(doing, reply, 'check discovery_endpoint or access_token_endpoint');
  }
  const who =
    grant.method === 'oidc-password'
      ? `user ${quoteForeign(grant.username)} or client ${quoteForeign(grant.client.id)}`
      : `client ${quoteForeign(grant.client.id)}`;
  return new AppError('auth.refused', `${doing}: the identity provider refused ${who}${oauthSaid(text)}`, {
    hint:
      grant.method === 'oidc-password'
        ? 'check user and password, client_id and client_secret, and that the client may use this grant type'
        : 'check client_id and client_secret, and that the client may use this grant type',
    details: { status },
  });
}

function oauthSaid(text: string): string {
  let parsed: ReturnType<typeof safeParse<typeof oauthError>>;
  try {
    parsed = safeParse(oauthError, JSON.parse(text));
  } catch {
    return '';
  }
  if (!parsed.success) return '';
  const { error, error_description } = parsed.output;
  return `: ${quoteForeign(typeof error_description === 'string' ? `${error}: ${error_description}` : error)}`;
}
