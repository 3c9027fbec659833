import { AppError } from '../core/errors.js';
import { readPem } from './files.js';

/** A client certificate and its key, both PEM; neither, or both. */
export type ClientIdentity =
  | { readonly cert?: never; readonly key?: never }
  | { readonly cert: string; readonly key: string };

/**
 * Reads them. One file may have both, as curl and python-requests take it.
 * @param cert path @param key path
 * @throws AppError usage.missing, usage.option
 */
export async function clientIdentity(cert: string | undefined, key: string | undefined): Promise<ClientIdentity> {
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined) throw missing('cert');
  const pem = await readPem(cert, 'cert');
  if (key !== undefined) return { cert: pem, key: await readPem(key, 'key') };
  if (/^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/m.test(pem)) return { cert: pem, key: pem };
  throw missing('key');
}

function missing(which: 'cert' | 'key'): AppError {
  return new AppError('usage.missing', `reading the client certificate: --${which} is missing`, {
    hint: 'use --cert and --key together, or a file that has both with --cert',
  });
}
