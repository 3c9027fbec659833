import type { More, ObjectStore } from '../files/objects.js';
import type { UforgeImage } from './objects.js';

/** What an image differs in from the usual one. `big`: as long as the main images; absent: as long as the variants. */
type Traits = Partial<Omit<UforgeImage, 'object' | 'path' | 'dataPath' | 'id'>> & { readonly bytes?: number | 'big' };

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

const APPLIANCE = 'appliances/747';
const SCAN = 'scannedinstances/12/scans/34';
const TEMPLATE = 'mysoftware/718/templates/130';

const REGISTERING_NAME = 'uforge.example.com/software/718/130590/0123456789abcdef0123456789abcdef01234567';

/** Of appliance 747. */
const IMAGES: readonly (readonly [id: number, traits: Traits])[] = [
  [1095, { bytes: 'big' }],
  [1096, { sums: 'absent', format: 'vmware', extension: 'zip', bytes: 'big' }],
  [1097, { state: 'generating', keyed: false }],
  [1098, { state: 'error', keyed: false }],
  [1099, { state: 'cancelled', keyed: false }],
  [1100, { compress: false, keyed: false, format: 'openstackqcow2', extension: 'qcow2' }],
  [1101, { simulated: true, keyed: false }],
  [1102, { format: 'docker', extension: 'tar', keyed: false, registeringName: REGISTERING_NAME }],
  [1103, { keyed: false }],
  [1104, { fileName: '../../etc/cron.d/x' }],
  [1105, { sizes: 'size-zero' }],
  [1106, { bytes: 0 }],
  [1107, { sizes: 'absent', sums: 'absent' }],
  [1108, { sums: 'wrong' }],
  [1109, { state: 'complete-with-error', keyed: false }],
  [1110, { sizes: 'wrong', sums: 'absent' }],
  [1111, { state: 'queued', keyed: false }],
  [1112, { revision: 2 }],
];

/** Of appliance 747, from its image `source`. */
const PUBLISHED: readonly (readonly [id: number, traits: Traits, source: number])[] = [
  [88, { bytes: 'big' }, 1095],
  [89, { state: 'generating', keyed: false }, 1095],
  [90, { state: 'error', keyed: false }, 1095],
  [91, { keyed: false }, 1095],
  [92, { cloud: 'Aws', sizes: 'absent', sums: 'absent', format: 'aws', extension: 'raw' }, 1096],
  [93, { compress: false, keyed: false }, 1100],
];

const SCANNED = { name: 'web-server', version: 'Scan #1', format: 'vbox', extension: 'tar.gz' } as const;
const CONTAINER = { name: 'nginx', version: '1.14', format: 'docker', extension: 'tar' } as const;

interface Row {
  readonly parent: string;
  readonly id: number;
  readonly traits: Traits;
  readonly objectName: string;
  /** Where the metadata are, when not where the bytes are. */
  readonly path?: string;
}

const row = (parent: string, id: number, traits: Traits, objectName: string): Row => ({
  parent,
  id,
  traits,
  objectName,
});

/** In the order in which lists show them. */
function rowsOf(more: readonly Traits[]): readonly Row[] {
  return [
    ...IMAGES.map(([id, traits]) => row(APPLIANCE, id, traits, `images/${id}`)),
    ...more.map((traits, index) => row(APPLIANCE, FIRST_MORE + index, traits, `images/${FIRST_MORE + index}`)),
    row('appliances/748', 1120, { name: 'web', version: '2.0' }, 'images/1120'),
    row('appliances/749', 1121, { name: 'web', version: '2.1' }, 'images/1121'),
    ...PUBLISHED.map(publishedRow),
    row(SCAN, 56, { ...SCANNED, sizes: 'size-zero', bytes: 'big' }, 'scan-images/56'),
    row(SCAN, 57, { ...SCANNED, state: 'generating', keyed: false }, 'scan-images/57'),
    row(TEMPLATE, 590, { ...CONTAINER, bytes: 'big' }, 'container-images/590'),
    row(TEMPLATE, 591, { ...CONTAINER, keyed: false, registeringName: REGISTERING_NAME }, 'container-images/591'),
  ];
}

function publishedRow([id, traits, from]: (typeof PUBLISHED)[number]): Row {
  const source = `${APPLIANCE}/images/${from}`;
  const usual = { kind: 'pimage', format: 'openstackqcow2', extension: 'qcow2', cloud: 'OpenStack' } as const;
  return {
    ...row(APPLIANCE, id, { ...usual, ...traits, source }, `pimages/${id}`),
    path: `${source}/pimages/${id}`,
  };
}

/** Adds the images and their bytes. `big` is the size of the main ones, `small` that of the variants. */
export function createUforgeImages(store: ObjectStore, big: number, small: number, more: More): readonly UforgeImage[] {
  const numbered = Array.from({ length: more.count }, (_, index) => ({ bytes: more.size, name: `dev-env-${index}` }));
  return rowsOf(numbered).map(({ parent, id, traits, objectName, path }) => {
    const { bytes = small, ...rest } = traits;
    const named = { ...DEFAULTS, parent, ...rest };
    const dataPath = `${parent}/${named.kind}s/${id}`;
    const fileName = `${named.name}_${named.version}rev${named.revision}_${named.format}.${named.extension}`;
    const object = store.add(objectName, bytes === 'big' ? big : bytes);
    return { fileName, ...named, id, path: path ?? dataPath, dataPath, object };
  });
}
