import { AppError } from '../../../core/errors.js';
import { quoteForeign } from '../../../core/redact.js';
import { Secret } from '../../../core/secret.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { InRegion } from './cloud-regions.js';
import { type CloudValues, text } from './cloud-values.js';

/** A domain, project or user as Keystone's requests name them: by id, or by name inside a domain. */
export type DomainRef = { readonly id: string } | { readonly name: string };
export type OwnedRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef };

/** What the token shall be good for, in the words of `auth.scope` (Identity v3, POST /v3/auth/tokens). */
export type Scope =
  | { readonly project: OwnedRef }
  | { readonly domain: DomainRef }
  | { readonly system: { readonly all: true } }
  | { readonly 'OS-TRUST:trust': { readonly id: string } };

export type LogIn =
  | { readonly method: 'none' }
  /** A token for one endpoint, without Keystone (`admin_token`, `token_endpoint`). */
  | { readonly method: 'fixed-token'; readonly token: Secret }
  | (KeystoneBase & { readonly method: 'password'; readonly user: OwnedRef; readonly password: Secret })
  | (KeystoneBase & { readonly method: 'totp'; readonly user: OwnedRef; readonly passcode: Secret })
  | (KeystoneBase & { readonly method: 'token'; readonly token: Secret })
  | (KeystoneBase & {
      readonly method: 'application_credential';
      readonly credential: { readonly id: string } | { readonly name: string; readonly user: OwnedRef };
      readonly secret: Secret;
    });

interface KeystoneBase {
  readonly authUrl: string;
  /** Absent for an application credential (Keystone refuses one) and where nothing was said. */
  readonly scope?: Scope;
}

export type KeystoneLogIn = Extract<LogIn, KeystoneBase>;

/** A cloud, ready to be logged in to. */
export interface Cloud {
  /** For messages: where its description comes from. */
  readonly where: string;
  readonly login: LogIn;
  readonly region?: string;
  /** The regions that the description speaks of itself: what it says of endpoints is about these. */
  readonly regions: readonly string[];
  /** In order of preference. */
  readonly interfaces: readonly string[];
  /** Used instead of the catalog's. */
  readonly imageEndpoint?: string;
}

/** `where` of a cloud that the environment describes. */
export const ENVIRONMENT = 'the OS_* variables';

/** The cloud in a sentence about what it is, not about how it is described. */
export function named(cloud: Cloud): string {
  return cloud.where === ENVIRONMENT ? 'the cloud' : cloud.where;
}

/** A key as the user has to write it where this cloud is described. */
export function spelt(cloud: Cloud, key: string): string {
  return cloud.where === ENVIRONMENT ? variableOf(key) : key;
}

/** Spellings of other times and tools. The modern name wins where both stand. */
const ALIASES: Readonly<Record<string, string>> = {
  tenant_name: 'project_name',
  tenant_id: 'project_id',
  endpoint_type: 'interface',
  image_interface: 'interface',
  image_endpoint: 'image_endpoint_override',
  auth_token: 'token',
  auth_plugin: 'auth_type',
  url: 'endpoint',
};

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

/** One spelling per key. `image_interface` is the more special one and wins over `interface`. */
export function normalValues(raw: CloudValues): CloudValues {
  const values = new Map(raw);
  for (const [alias, name] of Object.entries(ALIASES)) {
    const value = raw.get(alias);
    if (value === undefined) continue;
    values.delete(alias);
    if (!values.has(name) || alias === 'image_interface') values.set(name, value);
  }
  return values;
}

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

/** A cloud as it is described, in one of its regions. */
export interface Description extends InRegion {
  /** For messages: `cloud "lab"`. */
  readonly where: string;
}

/** @throws AppError config.cloud */
export function cloudOf({ values, where, regions }: Description): Cloud {
  const region = text(values, 'region_name');
  const imageEndpoint = formatted(values, 'image_endpoint_override') ?? formatted(values, 'endpoint');
  const login = loginOf(values, where);
  if ((login.method === 'none' || login.method === 'fixed-token') && imageEndpoint === undefined) {
    throw missing(where, 'the image endpoint', 'image_endpoint_override or auth: endpoint');
  }
  return {
    where,
    login,
    interfaces: interfacesOf(values, where),
    regions,
    ...(region === undefined ? {} : { region }),
    ...(imageEndpoint === undefined ? {} : { imageEndpoint }),
  };
}

function loginOf(values: CloudValues, where: string): LogIn {
  const method = methodOf(values, where);
  const need = (key: string, what: string): string => {
    const value = text(values, key);
    if (value === undefined) throw missing(where, what, key);
    return value;
  };
  if (method === 'none') return { method };
  if (method === 'fixed-token') return { method, token: new Secret(need('token', 'the token')) };

  const authUrl = formatted(values, 'auth_url');
  if (authUrl === undefined) throw missing(where, 'the URL of Keystone', 'auth_url');
  const scope = scopeOf(values);
  const base = { authUrl, ...(scope === undefined ? {} : { scope }) };
  switch (method) {
    case 'password':
      return { method, ...base, user: userOf(values, where), password: new Secret(need('password', 'the password')) };
    case 'totp':
      return { method, ...base, user: userOf(values, where), passcode: new Secret(need('passcode', 'the passcode')) };
    case 'token':
      return { method, ...base, token: new Secret(need('token', 'the token')) };
    case 'application_credential': {
      const id = text(values, 'application_credential_id');
      const credential =
        id === undefined
          ? { name: need('application_credential_name', 'the application credential'), user: userOf(values, where) }
          : { id };
      const secret = new Secret(need('application_credential_secret', 'the secret of the application credential'));
      return { method, authUrl, credential, secret };
    }
  }
}

function userOf(values: CloudValues, where: string): OwnedRef {
  const id = text(values, 'user_id');
  if (id !== undefined) return { id };
  const name = text(values, 'username');
  if (name === undefined) throw missing(where, 'the user', 'username or user_id');
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

function interfacesOf(values: CloudValues, where: string): readonly string[] {
  const stated = values.get('interface') ?? 'public';
  const list = (typeof stated === 'string' ? [stated] : stated).map((name) => name.replace(/URL$/, ''));
  const strange = list.find((name) => !['public', 'internal', 'admin'].includes(name));
  if (strange !== undefined || list.length === 0) {
    throw new AppError(OPENSTACK_CODES['config.cloud'], `${where}: unknown interface ${quoteForeign(strange ?? '')}`, {
      hint: 'use public, internal or admin',
    });
  }
  return list;
}

/** Endpoints are Python format strings in openstacksdk: `https://{region_name}.example.com`. Never fed a secret. */
function formatted(values: CloudValues, key: string): string | undefined {
  return text(values, key)?.replace(/\{(region_name|project_id|project_name|username)\}/g, (whole, name: string) => {
    return text(values, name) ?? whole;
  });
}

function missing(where: string, what: string, key: string): AppError {
  return new AppError(OPENSTACK_CODES['config.cloud'], `${where}: ${what} is missing`, {
    hint: `set ${key} in clouds.yaml, or ${key.split(' or ').map(variableOf).join(' or ')} in the environment`,
  });
}

function variableOf(key: string): string {
  return `OS_${key.replace(/^auth: /, '').toUpperCase()}`;
}
