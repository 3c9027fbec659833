import { createHash, randomBytes } from 'node:crypto';
import type { StoredObject } from '../files/objects.js';
import type { Exchange } from './exchange.js';

/** ETag and Last-Modified of a binary. Nobody documents them for UForge, so all forms can be had. */
export function validatorsOf(exchange: Exchange, object: StoredObject): Readonly<Record<string, string>> {
  const mode = exchange.modes.get('validators');
  if (mode === 'absent') return {};
  if (mode === 'changing') {
    return { ETag: `"${randomBytes(8).toString('hex')}"`, 'Last-Modified': new Date().toUTCString() };
  }
  const etag = `"${createHash('md5').update(`${object.name}@${object.revision}`).digest('hex')}"`;
  return { ETag: mode === 'weak' ? `W/${etag}` : etag, 'Last-Modified': new Date(object.modifiedMs).toUTCString() };
}
