import { AppError } from '../../../core/errors.js';
import type { TlsSettings } from '../../../core/provider.js';
import { quoteForeign } from '../../../core/redact.js';
import { OPENSTACK_CODES } from '../error-codes.js';
import { type CloudValues, text } from './cloud-values.js';

/**
 * TLS settings as clouds.yaml and OS_* have them; paths as written. `verify` may be the path of a certificate authority,
 * as openstacksdk hands it on to python-requests.
 * @throws AppError config.cloud for a `verify` that is none of these: guessing there is guessing about trust
 */
export function tlsOf(values: CloudValues, where: string): TlsSettings {
  const authority = pathOf(text(values, 'verify'));
  const verify = authority === undefined ? truth(values, 'verify', where) : true;
  // `insecure: true` wins over `verify`, and either over `cacert`, which need not even exist (openstacksdk, cloud_region.py).
  const insecure = truth(values, 'insecure', where) === true || verify === false;
  const cacert = insecure ? undefined : (text(values, 'cacert') ?? authority);
  const cert = text(values, 'cert');
  const key = text(values, 'key');
  return {
    ...(cacert === undefined ? {} : { cacert }),
    ...(insecure ? { insecure } : {}),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function pathOf(verify: string | undefined): string | undefined {
  return verify?.includes('/') === true ? verify : undefined;
}

function truth(values: CloudValues, key: string, where: string): boolean | undefined {
  const value = text(values, key);
  if (value === undefined) return undefined;
  if (/^(?:true|yes|on|y|1)$/i.test(value)) return true;
  if (/^(?:false|no|off|n|0)$/i.test(value)) return false;
  throw new AppError(
    OPENSTACK_CODES['config.cloud'],
    `${where}: ${key} is ${quoteForeign(value)}, neither yes nor no`,
    {
      hint: 'use true or false; put the path of a certificate authority in cacert',
    },
  );
}
