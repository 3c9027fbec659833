import { AppError } from '../../../core/errors.js';
import type { Reply } from '../../../core/http.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { quoteForeign, redactUrl } from '../../../core/redact.js';
import { redirectedWords } from '../../../core/redirected-words.js';
import { Secret } from '../../../core/secret.js';
import { isUnavailable } from '../../../core/unavailable.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { requestIdOf, said, strange, unavailable } from '../replies.js';
import type { FederatedLogIn } from './cloud.js';
import { identityUrl, issuedToken, logIn, type Token } from './keystone.js';
import { scopeText } from './log-in-refusal.js';
import { accessToken } from './oidc.js';

/**
 * Logs in by an identity provider: its token gets an unscoped one from Keystone (OS-FEDERATION), and that one a token
 * for the project.
 * @throws AppError as keystone.ts's logIn() and oidc.ts's accessToken()
 */
export async function federatedLogIn(login: FederatedLogIn, ports: ProviderPorts, signal: AbortSignal): Promise<Token> {
  const identity = identityUrl(login.authUrl, ports);
  const bearer = await accessToken(login, ports, signal);
  const path = ['identity_providers', login.identityProvider, 'protocols', login.protocol, 'auth'];
  const url = new URL(`${identity.pathname}/OS-FEDERATION/${path.map(encodeURIComponent).join('/')}`, identity.origin);
  const doing = `logging in at ${redactUrl(url)}`;
  const authorization = new Secret(`Bearer ${bearer.reveal()}`, (to) => bearer.checkDestination(to));
  const headers = { accept: 'application/json', authorization };
  const reply = await ports.transport.call({ method: 'POST', url, headers }, signal);
  if (reply.status !== 201 && reply.status !== 200) throw refusal(doing, login, reply);
  const unscoped = issuedToken(doing, url, reply, ports);
  const { authUrl, scope } = login;
  if (scope === undefined) return unscoped;
  try {
    return await logIn({ method: 'token', authUrl, scope, token: unscoped.value }, ports, signal);
  } catch (error) {
    // A moment ago the token was good.
    if (!(error instanceof AppError) || error.code !== 'auth.token') throw error;
    throw new AppError('auth.refused', `${doing}: Keystone refused ${scopeText(scope)} to this user`, {
      hint: 'check the project and its domain, and that the user has a role in it',
      details: error.details,
    });
  }
}

function refusal(attempted: string, login: FederatedLogIn, reply: Reply): AppError {
  const { status, headers, text } = reply;
  const doing = `${attempted}${redirectedWords(reply)}`;
  const details = { status, ...requestIdOf(headers) };
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (status === 404) {
    return new AppError(
      'not-found.url',
      `${doing}: Keystone knows no identity provider ${quoteForeign(login.identityProvider)} with protocol ${quoteForeign(login.protocol)}${said(text)}`,
      { hint: 'check identity_provider, protocol and auth_url', details },
    );
  }
  if (status === 401 || status === 403) {
    const given = login.method === 'oidc-token';
    return new AppError(
      given ? OPENSTACK_CODES['auth.token'] : 'auth.refused',
      `${doing}: Keystone refused the token of the identity provider${said(text)}`,
      {
        hint: given
          ? 'get a new access token, as it may have expired'
          : 'check identity_provider and protocol, and that Keystone maps this user',
        details,
      },
    );
  }
  return strange(doing, reply, 'check auth_url, identity_provider and protocol');
}
