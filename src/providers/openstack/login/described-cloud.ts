import { AppError } from '../../../core/errors.js';
import { quoteForeign } from '../../../core/redact.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import type { Cloud } from './cloud.js';
import { type CloudValues, formatted, text } from './cloud-values.js';
import { loginOf } from './described-log-in.js';
import { type Description, missing } from './description.js';

/** @throws AppError config.cloud */
export function cloudOf(description: Description): Cloud {
  const { values, where, from, regions } = description;
  const region = text(values, 'region_name');
  const imageEndpoint = formatted(values, 'image_endpoint_override') ?? formatted(values, 'endpoint');
  const login = loginOf(description);
  // Without Keystone there is no catalog.
  if (!('authUrl' in login) && imageEndpoint === undefined) {
    throw missing(description, 'the image endpoint', ['image_endpoint_override', 'endpoint']);
  }
  return {
    where,
    from,
    login,
    interfaces: interfacesOf(values, where),
    regions,
    ...(region === undefined ? {} : { region }),
    ...(imageEndpoint === undefined ? {} : { imageEndpoint }),
  };
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
