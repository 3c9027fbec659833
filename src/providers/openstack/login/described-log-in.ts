import { AppError } from '../../../core/errors.js';
import { quoteForeign } from '../../../core/redact.js';
import { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { DomainRef, LogIn, OwnedRef, Scope } from './cloud.js';
import { type CloudValues, formatted, text } from './cloud-values.js';
import { type Description, missing } from './description.js';

const AUTH_TYPES: ReadonlyMap<string, LogIn['method']> = new Map<string, LogIn['method']>([
  ['password', 'password'],
  ['v3password', 'password'],
  ['token', 'token'],
  ['v3token', 'token'],
  ['v3applicationcredential', 'application_credential'],
  ['v3totp', 'totp'],
  ['admin_token', 'fixed-token'],
  ['token_endpoint', 'fixed-token'],
  ['none', 'none'],
]);

/** The one secret each method lives on: what an environment variable may add to a named cloud. */
export const SECRET_OF: Readonly<Partial<Record<LogIn['method'], string>>> = {
  password: 'password',
  totp: 'passcode',
  token: 'token',
  'fixed-token': 'token',
  application_credential: 'application_credential_secret',
};

/**
 * How to log in. Without `auth_type` what is there decides; a password goes before a token, as it can be used again
 * when the token of a long download expires.
 * @throws AppError config.cloud for a type imgdl does not know
 */
export function methodOf(values: CloudValues, where: string): LogIn['method'] {
  const stated = text(values, 'auth_type');
  if (stated !== undefined) {
    const method = AUTH_TYPES.get(stated);
    if (method !== undefined) return method;
    throw new AppError(
      OPENSTACK_CODES['config.cloud'],
      `${where}: auth_type ${quoteForeign(stated)} is not supported`,
      {
        hint: `use one of ${[...AUTH_TYPES.keys()].join(', ')}; for any other, get a token (openstack token issue) or use an application credential`,
      },
    );
  }
  if (values.has('application_credential_id') || values.has('application_credential_name')) {
    return 'application_credential';
  }
  const user = values.has('username') || values.has('user_id');
  if (values.has('token') && !(user && values.has('password'))) return 'token';
  if (user && values.has('passcode') && !values.has('password')) return 'totp';
  return 'password';
}

/** @throws AppError config.cloud */
export function loginOf(description: Description): LogIn {
  const { values, where } = description;
  const method = methodOf(values, where);
  const need = (key: string, what: string): string => {
    const value = text(values, key);
    if (value === undefined) throw missing(description, what, [key], key === SECRET_OF[method]);
    return value;
  };
  if (method === 'none') return { method };
  if (method === 'fixed-token') return { method, token: new Secret(need('token', 'the token')) };

  const authUrl = formatted(values, 'auth_url');
  if (authUrl === undefined) throw missing(description, 'the URL of Keystone', ['auth_url']);
  const scope = scopeOf(values);
  const base = { authUrl, ...(scope === undefined ? {} : { scope }) };
  switch (method) {
    case 'password':
      return { method, ...base, user: userOf(description), password: new Secret(need('password', 'the password')) };
    case 'totp':
      return { method, ...base, user: userOf(description), passcode: new Secret(need('passcode', 'the passcode')) };
    case 'token':
      return { method, ...base, token: new Secret(need('token', 'the token')) };
    case 'application_credential': {
      const id = text(values, 'application_credential_id');
      const credential =
        id === undefined
          ? { name: need('application_credential_name', 'the application credential'), user: userOf(description) }
          : { id };
      const secret = new Secret(need('application_credential_secret', 'the secret of the application credential'));
      return { method, authUrl, credential, secret };
    }
  }
}

function userOf(description: Description): OwnedRef {
  const { values } = description;
  const id = text(values, 'user_id');
  if (id !== undefined) return { id };
  const name = text(values, 'username');
  if (name === undefined) throw missing(description, 'the user', ['username', 'user_id']);
  return { name, domain: domainOf(values, 'user_domain') };
}

function scopeOf(values: CloudValues): Scope | undefined {
  const trust = text(values, 'trust_id');
  if (trust !== undefined) return { 'OS-TRUST:trust': { id: trust } };
  const projectId = text(values, 'project_id');
  if (projectId !== undefined) return { project: { id: projectId } };
  const projectName = text(values, 'project_name');
  if (projectName !== undefined) return { project: { name: projectName, domain: domainOf(values, 'project_domain') } };
  if (text(values, 'system_scope') !== undefined) return { system: { all: true } };
  const domain = statedDomain(values, 'domain');
  return domain === undefined ? undefined : { domain };
}

/**
 * `domain_*` fills both domains (openstacksdk), then the default domain, then the id `default`, which is what
 * `openstack` falls back to and what every Keystone is installed with.
 */
function domainOf(values: CloudValues, key: 'user_domain' | 'project_domain'): DomainRef {
  return statedDomain(values, key) ?? statedDomain(values, 'domain') ?? defaultDomain(values);
}

function defaultDomain(values: CloudValues): DomainRef {
  return statedDomain(values, 'default_domain') ?? { id: text(values, 'default_domain') ?? 'default' };
}

function statedDomain(values: CloudValues, key: string): DomainRef | undefined {
  const id = text(values, `${key}_id`);
  if (id !== undefined) return { id };
  const name = text(values, `${key}_name`);
  return name === undefined ? undefined : { name };
}
