import { addFiles } from './files/files.js';
import { createObjectStore, type ObjectStore } from './files/objects.js';
import { createGlanceImages, type GlanceImage } from './openstack/glance-images.js';
import { createTokenStore, type TokenStore } from './openstack/keystone-tokens.js';
import { createUforgeImages } from './uforge/images.js';
import { createKeyStore, type KeyStore } from './uforge/keys.js';
import type { UforgeImage } from './uforge/objects.js';

/** What the services of one sandbox have, and what they have given out. */
export interface Contents {
  readonly store: ObjectStore;
  readonly uforgeImages: readonly UforgeImage[];
  readonly glanceImages: readonly GlanceImage[];
  readonly keys: KeyStore;
  readonly tokens: TokenStore;
}

/** In bytes, but for `images`: so many more of everything, of `imageSize` each. */
export interface ContentSizes {
  readonly size: number;
  readonly smallSize?: number | undefined;
  readonly images?: number | undefined;
  readonly imageSize?: number | undefined;
}

const SMALL_SIZE = 1024 * 1024 + 4321;
const IMAGE_SIZE = 1024;

export function createContents({ size, smallSize, images = 0, imageSize = IMAGE_SIZE }: ContentSizes): Contents {
  const store = createObjectStore();
  const small = smallSize ?? Math.min(size, SMALL_SIZE);
  const more = { count: images, size: imageSize };
  const uforgeImages = createUforgeImages(store, size, small, more);
  const glanceImages = createGlanceImages(store, size, small, more);
  addFiles(store, size, small, more);
  return { store, uforgeImages, glanceImages, keys: createKeyStore(), tokens: createTokenStore() };
}
