import type { More, ObjectStore, StoredObject } from '../files/objects.js';
import { formatOf } from './formats.js';
import type { UforgeImage } from './objects.js';

/** What an image differs in from the usual one. `big`: as long as the main images; absent: as long as the variants. */
interface Traits extends Partial<Omit<UforgeImage, 'object' | 'path' | 'dataPath' | 'id' | 'createdMs'>> {
  readonly bytes?: number | 'big';
  /** When it was finished; absent: an hour for each id since the first. */
  readonly made?: string;
}

const USUAL = {
  kind: 'image',
  name: 'dev-env',
  version: '1.0',
  revision: 1,
  format: 'targz',
  state: 'complete',
  takesTime: false,
  compress: true,
  simulated: false,
  imageCreated: true,
  keyed: true,
  sums: 'present',
  sizes: 'right',
} as const;

/** The id of the first of `more` images of appliance 747. */
export const FIRST_MORE = 10_000;

const DEV_ENV = 'appliances/747';
const WEB_SERVER = 'appliances/752';
const SCAN = 'scannedinstances/12/scans/34';
const TEMPLATE = 'mysoftware/718/templates/130';

const REGISTERING_NAME = 'uforge.example.com/software/718/130590/0123456789abcdef0123456789abcdef01234567';

/** Of appliance 747: one in every state. */
const STATES: readonly (readonly [id: number, traits: Traits])[] = [
  [1095, { bytes: 'big' }],
  [1096, { sums: 'absent', format: 'vmware', bytes: 'big' }],
  [1097, { state: 'generating', keyed: false }],
  [1098, { state: 'error', keyed: false }],
  [1099, { state: 'cancelled', keyed: false }],
  [1100, { compress: false, keyed: false, format: 'openstackqcow2' }],
  [1101, { simulated: true, keyed: false }],
  [1102, { format: 'docker', keyed: false, registeringName: REGISTERING_NAME }],
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
  [1113, { imageCreated: false, keyed: false }],
];

const SERVER_1_0 = { name: 'web-server', version: '1.0' } as const;
const SERVER_1_2 = { name: 'web-server', version: '1.2' } as const;

/** What somebody finds who knows a name only. */
const NAMED: readonly (readonly [parent: string, id: number, traits: Traits])[] = [
  ['appliances/748', 1120, { name: 'web', version: '2.0' }],
  ['appliances/749', 1121, { name: 'web', version: '2.1' }],
  ['appliances/750', 1130, { ...SERVER_1_0, format: 'qcow2', made: '2019-05-10T09:00:00Z' }],
  ['appliances/751', 1131, { ...SERVER_1_0, revision: 2, format: 'vmware', made: '2019-05-20T09:00:00Z' }],
  [WEB_SERVER, 1132, { ...SERVER_1_2, format: 'qcow2', made: '2019-06-01T09:00:00Z' }],
  [WEB_SERVER, 1133, { ...SERVER_1_2, format: 'openstackqcow2', compress: false, made: '2019-06-02T09:00:00Z' }],
  [WEB_SERVER, 1134, { ...SERVER_1_2, revision: 2, format: 'qcow2', bytes: 'big', made: '2019-06-10T09:00:00Z' }],
  [WEB_SERVER, 1135, { ...SERVER_1_2, revision: 2, format: 'vbox', made: '2019-06-10T09:30:00Z' }],
  [WEB_SERVER, 1136, { ...SERVER_1_2, revision: 3, format: 'ovf', takesTime: true, made: '2019-06-12T09:00:00Z' }],
  [
    WEB_SERVER,
    1137,
    { ...SERVER_1_2, format: 'docker', registeringName: REGISTERING_NAME, made: '2019-06-03T09:00:00Z' },
  ],
  [WEB_SERVER, 1138, { ...SERVER_1_2, format: 'aws', compress: false, made: '2019-06-02T10:00:00Z' }],
  ['appliances/754', 1140, { name: 'mail@home', made: '2019-06-04T09:00:00Z' }],
];

const OPENSTACK = { kind: 'pimage', format: 'openstackqcow2', cloud: 'OpenStack' } as const;
const AWS = { kind: 'pimage', format: 'aws', cloud: 'Aws' } as const;

/** From the image of the path `source`, which comes last. */
const PUBLISHED: readonly (readonly [id: number, traits: Traits, source: string])[] = [
  [88, { ...OPENSTACK, bytes: 'big' }, `${DEV_ENV}/images/1095`],
  [89, { ...OPENSTACK, state: 'generating', keyed: false }, `${DEV_ENV}/images/1095`],
  [90, { ...OPENSTACK, state: 'error', keyed: false }, `${DEV_ENV}/images/1095`],
  [91, { ...OPENSTACK, keyed: false }, `${DEV_ENV}/images/1095`],
  [92, { ...AWS, sizes: 'absent', sums: 'absent' }, `${DEV_ENV}/images/1096`],
  [93, { ...OPENSTACK, compress: false, keyed: false }, `${DEV_ENV}/images/1100`],
  [94, { ...OPENSTACK, ...SERVER_1_2, made: '2019-06-02T11:00:00Z' }, `${WEB_SERVER}/images/1133`],
  [95, { ...OPENSTACK, ...SERVER_1_2, bytes: 'big', made: '2019-06-11T09:00:00Z' }, `${WEB_SERVER}/images/1133`],
  [96, { ...AWS, ...SERVER_1_2, made: '2019-06-03T11:00:00Z' }, `${WEB_SERVER}/images/1138`],
  [
    97,
    { ...OPENSTACK, ...SERVER_1_2, state: 'generating', keyed: false, made: '2019-06-12T10:00:00Z' },
    `${WEB_SERVER}/images/1133`,
  ],
];

const SCANNED = { name: 'web-server', version: 'Scan #1', format: 'vbox' } as const;
const CONTAINER = { name: 'nginx', version: '1.14', format: 'docker' } as const;

/** Published, but with no path that their bytes could be downloaded from: UForge has none for them. */
const WITHOUT_DOWNLOAD: readonly (readonly [id: number, traits: Traits, source: string])[] = [
  [98, { ...SCANNED, ...OPENSTACK, keyed: false }, `${SCAN}/images/56`],
  [99, { ...CONTAINER, kind: 'pimage', cloud: 'Docker', keyed: false }, `${TEMPLATE}/images/590`],
];

interface Row {
  readonly parent: string;
  readonly id: number;
  readonly traits: Traits;
  readonly objectName: string;
  /** Where the metadata are, when not where the bytes are. */
  readonly path?: string;
  /** false: nowhere. */
  readonly bytes?: false;
}

const row = (parent: string, id: number, traits: Traits, objectName: string): Row => ({
  parent,
  id,
  traits,
  objectName,
});

function publishedRow([id, traits, source]: (typeof PUBLISHED)[number]): Row {
  const parent = source.replace(/\/images\/\d+$/, '');
  return { ...row(parent, id, { ...traits, source }, `pimages/${id}`), path: `${source}/pimages/${id}` };
}

/** In the order in which lists show them. */
const ROWS: readonly Row[] = [
  ...STATES.map(([id, traits]) => row(DEV_ENV, id, traits, `images/${id}`)),
  ...NAMED.map(([parent, id, traits]) => row(parent, id, traits, `images/${id}`)),
  ...PUBLISHED.map(publishedRow),
  ...WITHOUT_DOWNLOAD.map((published) => ({ ...publishedRow(published), bytes: false }) as const),
  row(SCAN, 56, { ...SCANNED, sizes: 'size-zero', bytes: 'big' }, 'scan-images/56'),
  row(SCAN, 57, { ...SCANNED, state: 'generating', keyed: false }, 'scan-images/57'),
  row('scannedinstances/12/scans/35', 58, { ...SCANNED, version: 'Scan #2' }, 'scan-images/58'),
  row('scannedinstances/13/scans/36', 59, { ...SCANNED, name: 'database', version: 'nightly' }, 'scan-images/59'),
  row(TEMPLATE, 590, { ...CONTAINER, bytes: 'big' }, 'container-images/590'),
  row(TEMPLATE, 591, { ...CONTAINER, keyed: false, registeringName: REGISTERING_NAME }, 'container-images/591'),
];

/** 2019-05-02T08:21:07Z, the time in UForge's own samples. */
const FIRST_MADE_MS = 1_556_785_267_000;
const HOUR_MS = 3_600_000;
/** How long it took. */
const GENERATION_MS = 367_000;

/** What there always is. `big` is the size of the main images, `small` that of the variants. */
export function createUforgeImages(store: ObjectStore, big: number, small: number): readonly UforgeImage[] {
  return ROWS.map((entry, index) => {
    const { bytes = small, made } = entry.traits;
    const madeMs = made === undefined ? FIRST_MADE_MS + index * HOUR_MS : Date.parse(made);
    return imageOf(entry, store.add(entry.objectName, bytes === 'big' ? big : bytes, madeMs), madeMs);
  });
}

function imageOf(entry: Omit<Row, 'objectName'>, object: StoredObject, madeMs: number): UforgeImage {
  const { parent, id, path, bytes: hasBytes = true } = entry;
  const { bytes: _, made: __, ...traits } = entry.traits;
  const named = { ...USUAL, parent, ...traits };
  const { extension } = formatOf(named.format);
  const place = `${parent}/${named.kind}s/${id}`;
  const state = named.takesTime ? 'generating' : named.state;
  return {
    fileName: `${named.name}_${named.version}rev${named.revision}_${named.format}.${extension}`,
    ...named,
    id,
    path: path ?? place,
    dataPath: hasBytes ? place : '',
    object,
    createdMs: madeMs - GENERATION_MS,
    extension,
    state,
    percentage: state === 'complete' || state === 'complete-with-error' ? 100 : state === 'queued' ? 0 : 42,
  };
}

/** Names of the objects of `more` images. */
export const MORE_IMAGES = { prefix: 'images/', first: FIRST_MORE } as const;

/** One of `more` images of appliance 747, made when somebody asks. Each is a minute younger than the one before it. */
export function numberedImage(store: ObjectStore, index: number): UforgeImage {
  const id = FIRST_MORE + index;
  const object = store.get(`images/${id}`);
  return imageOf({ parent: DEV_ENV, id, traits: { name: `dev-env-${index}` } }, object, numberedMs(index));
}

/** Milliseconds since 1970. */
export function numberedMs(index: number): number {
  return Date.parse('2019-07-01T00:00:00Z') + index * 60_000;
}

/** So many images, and of which size: those beyond what there always is. */
export function addNumberedImages(store: ObjectStore, more: More): void {
  store.addNumbered({ ...MORE_IMAGES, digits: 1, suffix: '', ...more, modifiedMs: numberedMs });
}
