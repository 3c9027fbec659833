import { writeFileSync } from 'node:fs';
import type { Cloud } from './cloud.js';

type Environment = Record<string, string>;

const domains = { OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default' };

/** The demo user by password, as an openrc file would have it. `more` overrides; an empty value unsets. */
export function password(cloud: Cloud, more: Environment = {}): Environment {
  return {
    ...domains,
    OS_AUTH_URL: cloud.keystone,
    OS_USERNAME: 'demo',
    OS_PASSWORD: 'demo-pw',
    OS_PROJECT_NAME: 'demo',
    OS_REGION_NAME: 'RegionOne',
    ...more,
  };
}

/** The demo user by an application credential, named or by id. */
export function applicationCredential(cloud: Cloud, by: 'id' | 'name'): Environment {
  const credential = cloud.applicationCredential;
  return {
    OS_AUTH_URL: cloud.keystone,
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_APPLICATION_CREDENTIAL_SECRET: credential.secret,
    OS_REGION_NAME: 'RegionOne',
    ...(by === 'id'
      ? { OS_APPLICATION_CREDENTIAL_ID: credential.id }
      : {
          OS_APPLICATION_CREDENTIAL_NAME: credential.name,
          OS_USERNAME: 'demo',
          OS_USER_DOMAIN_NAME: 'Default',
        }),
  };
}

export function token(cloud: Cloud, value: string): Environment {
  return {
    OS_AUTH_URL: cloud.keystone,
    OS_AUTH_TYPE: 'v3token',
    OS_TOKEN: value,
    OS_PROJECT_NAME: 'demo',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  };
}

/** Writes a clouds.yaml (JSON is YAML) with the cloud `lab`; its password only when `secret`. */
export function writeClouds(path: string, cloud: Cloud, secret: boolean): void {
  const auth = {
    auth_url: cloud.keystone,
    username: 'demo',
    user_domain_name: 'Default',
    project_name: 'demo',
    project_domain_name: 'Default',
    ...(secret ? { password: 'demo-pw' } : {}),
  };
  writeFileSync(path, JSON.stringify({ clouds: { lab: { auth, region_name: 'RegionOne' } } }), { mode: 0o600 });
}

/** Writes the secure.yaml with the password that {@link writeClouds} left out. */
export function writeSecure(path: string): void {
  writeFileSync(path, JSON.stringify({ clouds: { lab: { auth: { password: 'demo-pw' } } } }), { mode: 0o600 });
}
