import type { DomainRef, OwnedRef, Scope } from './cloud.js';
import { type CloudValues, text } from './cloud-values.js';
import { type Description, missing } from './description.js';

/** @throws AppError config.cloud */
export function userOf(description: Description): OwnedRef {
  const { values } = description;
  const id = text(values, 'user_id');
  if (id !== undefined) return { id };
  const name = text(values, 'username');
  if (name === undefined) throw missing(description, 'the user', ['username', 'user_id']);
  return { name, domain: domainOf(values, 'user_domain') };
}

/** What the token shall be good for, if anything is said of it. */
export function scopeOf(values: CloudValues): Scope | undefined {
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
