import type { StoredObject } from '../files/objects.js';

/** Login whose objects these are. */
export const OWNER = 'alice';

/** `users/alice/…` of a path below the user. */
export const own = (path: string): string => `users/${OWNER}/${path}`;

export type ImageState = 'complete' | 'generating' | 'queued' | 'error' | 'cancelled' | 'complete-with-error';

/** The clouds that an image may have been published to. */
export type CloudName = 'OpenStack' | 'Aws' | 'Docker';

/** An image, published image, scan image or container image of the sandbox. */
export interface UforgeImage {
  readonly kind: 'image' | 'pimage';
  readonly id: number;
  /** Path below the user: `appliances/747/images/1095`. */
  readonly path: string;
  /** Where the bytes are: `appliances/747/pimages/88`; for all but published images the same as `path`. */
  readonly dataPath: string;
  readonly parent: string;
  readonly object: StoredObject;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly name: string;
  readonly version: string;
  readonly revision: number;
  readonly format: string;
  readonly extension: string;
  /** Last segment of the download's URL; untrusted on purpose for some. */
  readonly fileName: string;
  readonly state: ImageState;
  /** Of 100. */
  readonly percentage: number;
  /** It becomes `complete` with time. */
  readonly takesTime: boolean;
  readonly compress: boolean;
  readonly simulated: boolean;
  /** false: complete, yet without a file. */
  readonly imageCreated: boolean;
  /** false: neither downloadKey nor downloadUri, not even when it is ready. */
  readonly keyed: boolean;
  readonly sums: 'present' | 'absent' | 'wrong';
  /** `size` and `fileSize`: as they should be, size 0 as of scan images, neither, or a fileSize that is wrong. */
  readonly sizes: 'right' | 'size-zero' | 'absent' | 'wrong';
  /** Registry images: what `docker pull` wants. */
  readonly registeringName?: string;
  /** Published images. */
  readonly source?: string;
  readonly cloud?: CloudName;
}

/** It has a file that can be downloaded, or pulled from the registry. */
export function isReady(image: UforgeImage): boolean {
  return image.state === 'complete' && image.compress && !image.simulated && image.imageCreated;
}

/** Secrets of cloud accounts in the answers about published images: no client may show or keep them. */
export const CANARIES = {
  password: 'canary-cloud-password-6f1c',
  accessKey: 'CANARYACCESSKEY7f3a',
  secretAccessKey: 'canary-secret-access-key-91be',
} as const;
