import type { Exchange } from '../server/exchange.js';
import type { KeyStore } from './keys.js';
import { isReady, own, type UforgeImage } from './objects.js';
import type { ShownKey } from './trees/image-tree.js';

/** Path of the bytes with the file name as one encoded segment, without the key. */
export function downloadPath(image: UforgeImage): string {
  return own(`${image.dataPath}/downloads/${encodeURIComponent(image.fileName)}`);
}

/** Names of the query parameter that carries the key of this image. */
export function keyParameters(image: UforgeImage, exchange: Exchange): readonly string[] {
  if (image.kind !== 'pimage') return ['downloadId'];
  const mode = exchange.modes.get('pimageParameter');
  return mode === 'both' ? ['id', 'downloadId'] : [mode];
}

/** Key and link as the metadata of an image show them now. */
export function showKey(keys: KeyStore, exchange: Exchange, image: UforgeImage): ShownKey | undefined {
  if (!image.keyed || !isReady(image)) return undefined;
  const key = keys.shown(image.object.name, exchange.modes.get('keyMint'));
  const bare = own(`${image.dataPath}/downloads`);
  const published = image.kind === 'pimage';
  const form = exchange.modes.get(published ? 'pimageUri' : 'downloadUri');
  if (form === 'absent') return { key, uri: undefined };
  // Bug 8437: name and downloadId were missing.
  if (form === 'bare') return { key, uri: bare };
  const uri = published
    ? `${bare}?${keyParameters(image, exchange)[0]}=${key}`
    : `${downloadPath(image)}?downloadId=${key}`;
  return { key, uri };
}
