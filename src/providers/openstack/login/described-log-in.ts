import { AppError } from '../../../core/errors.js';
import { quoteForeign } from '../../../core/redact.js';
import { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { ADDRESS_HINT, addressFault } from './auth-url.js';
import type { Factor, LogIn } from './cloud.js';
import { type CloudValues, formatted, text } from './cloud-values.js';
import { isOidc, oidcLogInOf } from './described-oidc.js';
import { scopeOf, userOf } from './described-scope.js';
import { type Description, missing, type Need, variableOf } from './description.js';

type Method = LogIn['method'];

/** By the names of keystoneauth's plugins. */
const AUTH_TYPES: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['password', 'password'],
  ['v3password', 'password'],
  ['token', 'token'],
  ['v3token', 'token'],
  ['v3applicationcredential', 'application_credential'],
  ['v3totp', 'totp'],
  ['v3multifactor', 'multifactor'],
  ['v3oidcpassword', 'oidc-password'],
  ['v3oidcclientcredentials', 'oidc-client'],
  ['v3oidcaccesstoken', 'oidc-token'],
  ['admin_token', 'fixed-token'],
  ['token_endpoint', 'fixed-token'],
  ['http_basic', 'http-basic'],
  ['none', 'none'],
]);

/** The secrets that each method lives on: what the environment may add to a named cloud. */
const SECRETS: Readonly<Record<Exclude<Method, 'multifactor'>, readonly string[]>> = {
  password: ['password', 'passcode'],
  totp: ['passcode'],
  token: ['token'],
  application_credential: ['application_credential_secret'],
  'oidc-password': ['password', 'client_secret'],
  'oidc-client': ['client_secret'],
  'oidc-token': ['access_token'],
  'fixed-token': ['token'],
  'http-basic': ['password'],
  none: [],
};

/**
 * How to log in. Without `auth_type` what is there decides; a password goes before a token, as it can be used again
 * when the token of a long download expires.
 * @throws AppError config.cloud for a type imgdl does not know
 */
export function methodOf(values: CloudValues, where: string): Method {
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
  // As openstackclient reads a token and an endpoint that has no Keystone beside it.
  if (values.has('token') && values.has('endpoint') && !values.has('auth_url')) return 'fixed-token';
  if (values.has('token') && !(user && values.has('password'))) return 'token';
  if (user && values.has('passcode') && !values.has('password')) return 'totp';
  return 'password';
}

/** @throws AppError config.cloud */
export function secretsOf(method: Method, values: CloudValues, where: string): readonly string[] {
  if (method !== 'multifactor') return SECRETS[method];
  return factorMethods(values, where).flatMap((factor) => SECRETS[factor]);
}

/** @throws AppError config.cloud */
export function loginOf(description: Description): LogIn {
  const { values, where } = description;
  const method = methodOf(values, where);
  const secrets = secretsOf(method, values, where);
  const need: Need = (key, what) => {
    const value = text(values, key);
    if (value === undefined) throw missing(description, what, [key], secrets.includes(key));
    return value;
  };
  switch (method) {
    case 'none':
      return { method };
    case 'fixed-token':
      return { method, token: new Secret(need('token', 'the token')) };
    case 'http-basic':
      return {
        method,
        username: basicUser(need('username', 'the user'), where),
        password: new Secret(need('password', 'the password')),
      };
    default:
      break;
  }
  const authUrl = formatted(values, 'auth_url');
  if (authUrl === undefined) throw missing(description, 'the URL of Keystone', ['auth_url']);
  const fault = addressFault(authUrl);
  if (fault !== undefined) {
    const key = description.from === 'environment' ? variableOf('auth_url') : 'auth_url';
    throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${key} ${fault}`, { hint: ADDRESS_HINT });
  }
  const scope = scopeOf(values);
  const base = { authUrl, ...(scope === undefined ? {} : { scope }) };
  if (isOidc(method)) return { ...base, ...oidcLogInOf(method, description, need) };
  const methods = method === 'multifactor' ? factorMethods(values, where) : [method];
  const [first, ...more] = methods.map((each) => factorOf(each, description, need));
  if (first === undefined) throw missing(description, 'the list of methods', ['auth_methods']);
  // Keystone lets no application credential choose a scope: it has one.
  const scoped = methods.includes('application_credential') ? { authUrl } : base;
  return more.length === 0 ? { ...scoped, ...first } : { ...scoped, method: 'multifactor', factors: [first, ...more] };
}

/** RFC 7617 section 2: the first colon ends the user. @throws AppError config.cloud */
function basicUser(username: string, where: string): string {
  if (!username.includes(':')) return username;
  throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: the user name contains a colon`, {
    hint: 'basic authentication cannot tell such a name from its password; use another user',
  });
}

function factorOf(method: Factor['method'], description: Description, need: Need): Factor {
  switch (method) {
    case 'password': {
      const passcode = text(description.values, 'passcode');
      return {
        method,
        user: userOf(description),
        password: new Secret(need('password', 'the password')),
        ...(passcode === undefined ? {} : { passcode: new Secret(passcode) }),
      };
    }
    case 'totp':
      return { method, user: userOf(description), passcode: new Secret(need('passcode', 'the passcode')) };
    case 'token':
      return { method, token: new Secret(need('token', 'the token')) };
    case 'application_credential': {
      const id = text(description.values, 'application_credential_id');
      const credential =
        id === undefined
          ? { name: need('application_credential_name', 'the application credential'), user: userOf(description) }
          : { id };
      const secret = new Secret(need('application_credential_secret', 'the secret of the application credential'));
      return { method, credential, secret };
    }
  }
}

/** `auth_methods`: a list, or a text with commas where it is a variable. */
function factorMethods(values: CloudValues, where: string): readonly Factor['method'][] {
  const stated = values.get('auth_methods') ?? [];
  const names = typeof stated === 'string' ? stated.split(/[\s,]+/).filter((name) => name !== '') : stated;
  return [...new Set(names.map((name) => factorMethod(name, where)))];
}

function factorMethod(name: string, where: string): Factor['method'] {
  const method = AUTH_TYPES.get(name) ?? AUTH_TYPES.get(`v3${name}`);
  switch (method) {
    case 'password':
    case 'totp':
    case 'token':
    case 'application_credential':
      return method;
    default:
      throw new AppError(
        OPENSTACK_CODES['config.cloud'],
        `${where}: ${quoteForeign(name)} in auth_methods is not supported`,
        { hint: 'use v3password, v3totp, v3token or v3applicationcredential' },
      );
  }
}
