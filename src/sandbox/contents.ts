import { addFiles } from './files/files.js';
import { ObjectStore } from './files/objects.js';
import { GlanceCatalog } from './openstack/glance-catalog.js';
import { createTokenStore, type TokenStore } from './openstack/keystone-tokens.js';
import { Stages } from './stages.js';
import { ImageCatalog } from './uforge/catalog.js';
import { Exports } from './uforge/exports.js';
import { createKeyStore, type KeyStore } from './uforge/keys.js';

/** What the services of one sandbox have, and what they have given out. */
export interface Contents {
  readonly store: ObjectStore;
  readonly uforgeImages: ImageCatalog;
  readonly glanceImages: GlanceCatalog;
  readonly exports: Exports;
  readonly stages: Stages;
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
  const store = new ObjectStore();
  const small = smallSize ?? Math.min(size, SMALL_SIZE);
  const more = { count: images, size: imageSize };
  addFiles(store, size, small, more);
  return {
    store,
    uforgeImages: new ImageCatalog(store, size, small, more),
    glanceImages: new GlanceCatalog(store, size, small, more),
    exports: new Exports(store, small),
    stages: new Stages(),
    keys: createKeyStore(),
    tokens: createTokenStore(),
  };
}
