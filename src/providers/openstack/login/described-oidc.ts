import { AppError } from '../../../core/errors.js';
import { quoteForeign } from '../../../core/redact.js';
import { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { FederatedLogIn, LogIn, OidcClient, OidcGrant } from './cloud.js';
import { text } from './cloud-values.js';
import { type Description, missing, type Need } from './description.js';

/** OpenID Connect Core 1.0 wants `openid`; keystoneauth's default. */
const SCOPE = 'openid profile';

export function isOidc(method: LogIn['method']): method is OidcGrant['method'] {
  return method === 'oidc-password' || method === 'oidc-client' || method === 'oidc-token';
}

/** By the options of keystoneauth's plugins (loading/_plugins/identity/v3.py). @throws AppError config.cloud */
export function oidcLogInOf(
  method: OidcGrant['method'],
  description: Description,
  need: Need,
): Omit<FederatedLogIn, 'authUrl' | 'scope'> & OidcGrant {
  const provider = {
    identityProvider: need('identity_provider', 'the name of the identity provider'),
    protocol: need('protocol', 'the protocol of the identity provider'),
  };
  switch (method) {
    case 'oidc-token':
      return { ...provider, method, accessToken: new Secret(need('access_token', 'the access token')) };
    case 'oidc-client':
      return { ...provider, method, client: clientOf(description, need, true) };
    case 'oidc-password': {
      const username = need('username', 'the user');
      const password = new Secret(need('password', 'the password'));
      return { ...provider, method, client: clientOf(description, need, false), username, password };
    }
  }
}

/** @param confidential it proves who it is by a secret */
function clientOf(description: Description, need: Need, confidential: boolean): OidcClient {
  const { values, where } = description;
  const secret = confidential ? need('client_secret', 'the secret of the client') : text(values, 'client_secret');
  const tokenEndpoint = text(values, 'access_token_endpoint');
  const discovery = text(values, 'discovery_endpoint');
  if (tokenEndpoint === undefined && discovery === undefined) {
    throw missing(description, 'the address of the identity provider', ['discovery_endpoint', 'access_token_endpoint']);
  }
  const tokenType = text(values, 'access_token_type') ?? 'access_token';
  if (tokenType !== 'access_token' && tokenType !== 'id_token') {
    throw new AppError(
      OPENSTACK_CODES['config.cloud'],
      `${where}: access_token_type ${quoteForeign(tokenType)} is not supported`,
      { hint: 'use access_token or id_token' },
    );
  }
  return {
    id: need('client_id', 'the id of the client'),
    ...(secret === undefined ? {} : { secret: new Secret(secret) }),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    ...(discovery === undefined ? {} : { discovery }),
    scope: text(values, 'openid_scope') ?? SCOPE,
    tokenType,
  };
}
