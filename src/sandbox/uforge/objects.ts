import type { StoredObject } from '../files/objects.js';

/** Login whose objects these are. */
export const OWNER = 'alice';

export type ImageState = 'complete' | 'generating' | 'queued' | 'error' | 'cancelled' | 'complete-with-error';

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
  readonly name: string;
  readonly version: string;
  readonly revision: number;
  readonly format: string;
  readonly extension: string;
  /** Last segment of the download's URL; untrusted on purpose for some. */
  readonly fileName: string;
  readonly state: ImageState;
  readonly compress: boolean;
  readonly simulated: boolean;
  /** false: neither downloadKey nor downloadUri. */
  readonly keyed: boolean;
  readonly sums: 'present' | 'absent' | 'wrong';
  /** `size` and `fileSize`: as they should be, size 0 as of scan images, neither, or a fileSize that is wrong. */
  readonly sizes: 'right' | 'size-zero' | 'absent' | 'wrong';
  /** Registry images: what `docker pull` wants. */
  readonly registeringName?: string;
  /** Published images. */
  readonly source?: string;
  readonly cloud?: 'OpenStack' | 'Aws';
}

/** Secrets of cloud accounts in the answers about published images: no client may show or keep them. */
export const CANARIES = {
  password: 'canary-cloud-password-6f1c',
  accessKey: 'CANARYACCESSKEY7f3a',
  secretAccessKey: 'canary-secret-access-key-91be',
} as const;

/** What has no bytes of its own: lists show it, names are resolved by it. */
export const APPLIANCES = [
  { id: 747, name: 'dev-env', version: '1.0', revision: 1, distribution: 'CentOS 7' },
  { id: 748, name: 'web', version: '2.0', revision: 1, distribution: 'Debian 9' },
  { id: 749, name: 'web', version: '2.1', revision: 3, distribution: 'Debian 9' },
] as const;
export const SCANNED_INSTANCE = { id: 12, name: 'web-server' } as const;
export const SCAN = { id: 34, name: 'Scan #1' } as const;
export const BUNDLE = { id: 718, name: 'nginx', version: '1.14' } as const;
export const TEMPLATE = { id: 130 } as const;
