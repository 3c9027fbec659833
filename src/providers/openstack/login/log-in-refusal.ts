import { AppError, type Details } from '../../../core/errors.js';
import type { Reply } from '../../../core/http.js';
import { quoteForeign } from '../../../core/redact.js';
import { redirectedWords } from '../../../core/redirected-words.js';
import { isUnavailable } from '../../../core/unavailable.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { requestIdOf, said, strange, unavailable } from '../replies.js';
import type { DomainRef, Factor, KeystoneLogIn, OwnedRef, Scope } from './cloud.js';
import { factorsOf, reserveOf } from './factors.js';
import { missingMethods, receiptOf } from './receipt.js';

/**
 * Keystone's answer to a log-in that got no token, in words. Wrong password, unknown user, unknown project and a
 * missing role are one and the same 401 there: the message names all that may be wrong.
 */
export function logInRefusal(attempted: string, login: KeystoneLogIn, full: Reply): AppError {
  const { status, headers } = full;
  const doing = `${attempted}${redirectedWords(full)}`;
  // A 400 is a schema error of thousands of characters that quotes the request.
  const text = status === 400 ? '' : full.text;
  const reply = { status, headers, text };
  const details = { status, ...requestIdOf(headers) };
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (login.method === 'token' && login.scope !== undefined && status === 401) {
    // To the token itself it would be a 404.
    return new AppError(OPENSTACK_CODES['auth.token'], `${doing}: Keystone refused ${candidates(login)}${said(text)}`, {
      hint: 'check the project, its domain, and that the user of the token has a role in it; if the token may have expired, get a new token with openstack token issue',
      details,
    });
  }
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
  if (status === 401 && headers.has('openstack-auth-receipt')) return moreWanted(doing, login, full, details);
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

/** What is there is right, and not enough. */
function moreWanted(doing: string, login: KeystoneLogIn, full: Reply, details: Details): AppError {
  const receipt = receiptOf(full);
  const [missing = []] = receipt === undefined ? [] : missingMethods(login, receipt);
  const what = missing.length === 0 ? '' : `: ${missing.map((method) => quoteForeign(method)).join(' and ')}`;
  const passcode = missing.length === 1 && missing[0] === 'totp' ? 'set OS_PASSCODE to a new passcode, ' : '';
  return new AppError(OPENSTACK_CODES['auth.mfa'], `${doing}: ${candidates(login)} needs a second factor${what}`, {
    hint: `${passcode}use an application credential, or a token made with openstack token issue (OS_AUTH_TYPE=v3token, OS_TOKEN)`,
    details,
  });
}

/** What may be wrong, as Keystone tells none of it from the others. Names only. */
function candidates(login: KeystoneLogIn): string {
  const scope = login.scope === undefined ? '' : `, ${scopeText(login.scope)}`;
  const who = [...new Set(factorsOf(login).map(bearer))].join(' and ');
  return `${who}${scope}`;
}

function bearer(factor: Factor): string {
  switch (factor.method) {
    case 'token':
      return 'the given token';
    case 'application_credential':
      return `application credential ${
        'id' in factor.credential
          ? quoteForeign(factor.credential.id)
          : `${quoteForeign(factor.credential.name)} of user ${owned(factor.credential.user)}`
      }`;
    default:
      return `user ${owned(factor.user)}`;
  }
}

function toCheck(login: KeystoneLogIn): string {
  if (login.method === 'application_credential') {
    return 'its id or name and its secret, whether it has expired, and whether its user is enabled';
  }
  const secrets = [...factorsOf(login), ...reserveOf(login)].map(({ method }) => SECRETS[method]).join(', ');
  return login.scope === undefined
    ? `user, domain and ${secrets}`
    : `user, ${secrets}, both domains, the project, and that the user has a role in it`;
}

const SECRETS: Readonly<Record<Factor['method'], string>> = {
  password: 'password',
  totp: 'passcode (each works only once)',
  token: 'token',
  application_credential: 'application credential',
};

export function scopeText(scope: Scope): string {
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
