import { AppError } from '../../../core/errors.js';
import { escapeControls, shorten } from '../../../core/redact.js';

/** The `OS_X` that openstacksdk and openstackclient know and a download needs; key `x`. Others are other tools'. */
export const CLOUD_KEYS = [
  ...['auth_url', 'auth_type', 'username', 'user_id', 'password', 'passcode', 'token', 'auth_token'],
  ...['user_domain_name', 'user_domain_id', 'project_domain_name', 'project_domain_id'],
  ...['project_name', 'project_id', 'tenant_name', 'tenant_id', 'domain_name', 'domain_id'],
  ...['default_domain', 'default_domain_id', 'default_domain_name', 'system_scope', 'trust_id'],
  ...['application_credential_id', 'application_credential_name', 'application_credential_secret'],
  ...['auth_methods', 'identity_provider', 'protocol', 'client_id', 'client_secret', 'openid_scope'],
  ...['discovery_endpoint', 'access_token_endpoint', 'access_token', 'access_token_type'],
  ...['region_name', 'interface', 'endpoint_type', 'endpoint', 'url', 'image_endpoint_override'],
  ...['cacert', 'cert', 'key', 'insecure'],
] as const;

type Camel<Key extends string> = Key extends `${infer Word}_${infer Rest}` ? `${Word}${Capitalize<Camel<Rest>>}` : Key;

/** A cloud as a program describes it: the keys of the OS_* variables in camel case. */
export type CloudLogin = { readonly [Key in (typeof CLOUD_KEYS)[number] as Camel<Key>]?: string };

/**
 * The same as variables.
 * @throws AppError usage.option
 */
export function cloudVariables(login: CloudLogin): Readonly<Record<string, string>> {
  const names = new Map<string, string>(CLOUD_KEYS.map((key) => [camel(key), key]));
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(login)) {
    const key = names.get(name);
    if (key === undefined || typeof value !== 'string' || value === '') {
      const what =
        key === undefined ? 'there is no such key' : value === '' ? 'the value is empty' : 'the value is not a string';
      throw new AppError('usage.option', `cloud: ${shorten(escapeControls(name), 64)}: ${what}`, {
        hint: 'use authUrl, username, password, projectName and the like, as in the OS_* variables',
      });
    }
    variables[`OS_${key.toUpperCase()}`] = value;
  }
  return variables;
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
