import { AppError } from '../../../core/errors.js';
import type { Reply } from '../../../core/http.js';
import { quoteForeign } from '../../../core/redact.js';
import { isUnavailable } from '../../../core/unavailable.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { requestIdOf, said, strange, unavailable } from '../replies.js';
import type { DomainRef, KeystoneLogIn, OwnedRef, Scope } from './cloud.js';

/**
 * Keystone's answer to a log-in that got no token, in words. Wrong password, unknown user, unknown project and a
 * missing role are one and the same 401 there: the message names all that may be wrong.
 */
export function logInRefusal(doing: string, login: KeystoneLogIn, full: Reply): AppError {
  const { status, headers } = full;
  // A 400 is a schema error of thousands of characters that quotes the request.
  const text = status === 400 ? '' : full.text;
  const reply = { status, headers, text };
  const details = { status, ...requestIdOf(headers) };
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (login.method === 'token' && (status === 401 || status === 404)) {
    // Keystone answers 404 for a token it no longer knows (measured on Zed), and so does a URL without Keystone.
    return new AppError(
      OPENSTACK_CODES['auth.token'],
      `${doing}: the given token is expired, revoked or for another cloud${said(text)}`,
      {
        hint: 'get a new token with openstack token issue; with a password or an application credential, imgdl renews the token itself',
        details,
      },
    );
  }
  if (status === 401 && headers.has('openstack-auth-receipt')) {
    return new AppError(OPENSTACK_CODES['auth.mfa'], `${doing}: ${candidates(login)} needs a second factor`, {
      hint: 'use an application credential, or a token made with openstack token issue (OS_AUTH_TYPE=v3token, OS_TOKEN)',
      details,
    });
  }
  if (status === 401) {
    return new AppError('auth.refused', `${doing}: Keystone refused ${candidates(login)}${said(text)}`, {
      hint: `Keystone does not say which is wrong: check ${toCheck(login)}`,
      details,
    });
  }
  if (status === 403) {
    return new AppError('auth.forbidden', `${doing}: Keystone denies access to ${candidates(login)}${said(text)}`, {
      hint:
        login.method === 'token' && login.scope !== undefined
          ? 'remove the project, so that the token keeps the scope it has'
          : 'ask an administrator of the cloud',
      details,
    });
  }
  if (status === 404) {
    return new AppError('not-found.url', `${doing}: there is no Identity API v3${said(text)}`, {
      hint: 'check auth_url',
      details,
    });
  }
  return strange(doing, reply, 'check auth_url: it must be an Identity API v3 endpoint');
}

/** What may be wrong, as Keystone tells none of it from the others. Names only. */
function candidates(login: KeystoneLogIn): string {
  const scope = login.scope === undefined ? '' : `, ${scopeText(login.scope)}`;
  switch (login.method) {
    case 'token':
      return `the given token${scope}`;
    case 'application_credential':
      return `application credential ${
        'id' in login.credential
          ? quoteForeign(login.credential.id)
          : `${quoteForeign(login.credential.name)} of user ${owned(login.credential.user)}`
      }`;
    default:
      return `user ${owned(login.user)}${scope}`;
  }
}

function toCheck(login: KeystoneLogIn): string {
  if (login.method === 'application_credential') {
    return 'its id or name and its secret, whether it has expired, and whether its user is enabled';
  }
  const secret = login.method === 'totp' ? 'passcode (each works only once)' : 'password';
  return login.scope === undefined
    ? `user, domain and ${secret}`
    : `user, ${secret}, both domains, the project, and that the user has a role in it`;
}

function scopeText(scope: Scope): string {
  if ('project' in scope) return `project ${owned(scope.project)}`;
  if ('domain' in scope) return domainText(scope.domain);
  return 'system' in scope ? 'system scope' : `trust ${quoteForeign(scope['OS-TRUST:trust'].id)}`;
}

function owned(ref: OwnedRef): string {
  return 'id' in ref ? `with id ${quoteForeign(ref.id)}` : `${quoteForeign(ref.name)} (${domainText(ref.domain)})`;
}

function domainText(domain: DomainRef): string {
  return 'id' in domain ? `domain id ${quoteForeign(domain.id)}` : `domain ${quoteForeign(domain.name)}`;
}
