import type { More, ObjectStore, StoredObject } from '../files/objects.js';

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

type Traits = Partial<Omit<UforgeImage, 'object' | 'path' | 'dataPath' | 'id'>> & { readonly bytes?: number };

/** Secrets of cloud accounts in the answers about published images: no client may show or keep them. */
export const CANARIES = {
  password: 'canary-cloud-password-6f1c',
  accessKey: 'CANARYACCESSKEY7f3a',
  secretAccessKey: 'canary-secret-access-key-91be',
} as const;

const DEFAULTS = {
  kind: 'image',
  name: 'dev-env',
  version: '1.0',
  revision: 1,
  format: 'targz',
  extension: 'tar.gz',
  state: 'complete',
  compress: true,
  simulated: false,
  keyed: true,
  sums: 'present',
  sizes: 'right',
} as const;

/** The id of the first of `more` images of appliance 747. */
export const FIRST_MORE = 10_000;

/** Adds the images and their bytes. `big` is the size of the main ones, `small` that of the variants. */
export function createUforgeImages(store: ObjectStore, big: number, small: number, more: More): readonly UforgeImage[] {
  const images: UforgeImage[] = [];
  const add = (parent: string, id: number, traits: Traits, objectName: string, path?: string): void => {
    const { bytes, ...rest } = traits;
    const named = { ...DEFAULTS, parent, ...rest };
    const dataPath = `${parent}/${named.kind}s/${id}`;
    const fileName = `${named.name}_${named.version}rev${named.revision}_${named.format}.${named.extension}`;
    const object = store.add(objectName, bytes ?? small);
    images.push({ fileName, ...named, id, path: path ?? dataPath, dataPath, object });
  };

  const appliance = 'appliances/747';
  const image = (id: number, traits: Traits): void => add(appliance, id, traits, `images/${id}`);
  image(1095, { bytes: big });
  image(1096, { sums: 'absent', format: 'vmware', extension: 'zip', bytes: big });
  image(1097, { state: 'generating', keyed: false });
  image(1098, { state: 'error', keyed: false });
  image(1099, { state: 'cancelled', keyed: false });
  image(1100, { compress: false, keyed: false, format: 'openstackqcow2', extension: 'qcow2' });
  image(1101, { simulated: true, keyed: false });
  const registeringName = 'uforge.example.com/software/718/130590/0123456789abcdef0123456789abcdef01234567';
  image(1102, { format: 'docker', extension: 'tar', keyed: false, registeringName });
  image(1103, { keyed: false });
  image(1104, { fileName: '../../etc/cron.d/x' });
  image(1105, { sizes: 'size-zero' });
  image(1106, { bytes: 0 });
  image(1107, { sizes: 'absent', sums: 'absent' });
  image(1108, { sums: 'wrong' });
  image(1109, { state: 'complete-with-error', keyed: false });
  image(1110, { sizes: 'wrong', sums: 'absent' });
  image(1111, { state: 'queued', keyed: false });
  image(1112, { bytes: small, revision: 2 });
  for (let index = 0; index < more.count; index += 1) {
    image(FIRST_MORE + index, { bytes: more.size, name: `dev-env-${index}` });
  }
  add('appliances/748', 1120, { name: 'web', version: '2.0', bytes: small }, 'images/1120');
  add('appliances/749', 1121, { name: 'web', version: '2.1', bytes: small }, 'images/1121');

  const pimage = (id: number, traits: Traits, source = 1095): void =>
    add(
      appliance,
      id,
      {
        kind: 'pimage',
        format: 'openstackqcow2',
        extension: 'qcow2',
        cloud: 'OpenStack',
        ...traits,
        source: `${appliance}/images/${source}`,
      },
      `pimages/${id}`,
      `${appliance}/images/${source}/pimages/${id}`,
    );
  pimage(88, { bytes: big });
  pimage(89, { state: 'generating', keyed: false });
  pimage(90, { state: 'error', keyed: false });
  pimage(91, { keyed: false });
  pimage(92, { cloud: 'Aws', sizes: 'absent', sums: 'absent', format: 'aws', extension: 'raw' }, 1096);
  pimage(93, { compress: false, keyed: false }, 1100);

  const scan = 'scannedinstances/12/scans/34';
  const scanned = { name: 'web-server', version: 'Scan #1', format: 'vbox', extension: 'tar.gz' } as const;
  add(scan, 56, { ...scanned, sizes: 'size-zero', bytes: big }, 'scan-images/56');
  add(scan, 57, { ...scanned, state: 'generating', keyed: false }, 'scan-images/57');

  const template = 'mysoftware/718/templates/130';
  const docker = { name: 'nginx', version: '1.14', format: 'docker', extension: 'tar' } as const;
  add(template, 590, { ...docker, bytes: big }, 'container-images/590');
  add(template, 591, { ...docker, keyed: false, registeringName }, 'container-images/591');
  return images;
}

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
