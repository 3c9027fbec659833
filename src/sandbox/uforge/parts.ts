import type { Stages } from '../stages.js';
import type { ImageCatalog } from './catalog.js';
import type { Exports } from './exports.js';
import type { KeyStore } from './keys.js';

/** What UForge has, and how it was started. */
export interface UforgeParts {
  /** `/api`, `/ufws`, `` for the root. */
  readonly base: string;
  readonly images: ImageCatalog;
  readonly exports: Exports;
  readonly keys: KeyStore;
  readonly stages: Stages;
  /** false: no md5sum and sha256sum, which cost a pass over the bytes. */
  readonly digests: boolean;
}
