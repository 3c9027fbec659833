import { type More, NUMBERED, numberedName, type ObjectStore, type StoredObject } from '../files/objects.js';
import { type GlanceImage, imageId } from './glance-image.js';

/** What an image differs in from the usual one. `big`: as long as the main image. */
interface Traits extends Partial<Omit<GlanceImage, 'object' | 'createdMs'>> {
  readonly bytes?: number | 'big';
  /** Of an image whose name says too little, or that another one has too. */
  readonly objectName?: string;
  /** When it was created; absent: a minute for each row since the first. */
  readonly created?: string;
}

/** Name of the image that is named like the UUID of another one. */
export const UUID_NAME = imageId('small-raw');

const NO_HASHES = { checksum: false, hashAlgo: null } as const;
const NO_DATA = { ...NO_HASHES, owner: 'demo', visibility: 'private' } as const;

type Rows = readonly (readonly [name: string, traits?: Traits])[];

/** The states of the recorded server and some more. */
const STATES: Rows = [
  ['small-raw'],
  ['big-raw', { bytes: 'big' }],
  ['small-qcow2', { diskFormat: 'qcow2' }],
  ['empty', { bytes: 0 }],
  ['queued-nodata', { ...NO_DATA, status: 'queued' }],
  ['saving', { ...NO_DATA, status: 'saving' }],
  ['importing', { ...NO_DATA, status: 'importing' }],
  ['deactivated', { status: 'deactivated' }],
  ['private-other', { visibility: 'private', owner: 'other' }],
  ['no-hashes', NO_HASHES],
  ['md5-only', { hashAlgo: null }],
  ['sha-only', { checksum: false }],
  ['sha256-algo', { hashAlgo: 'sha256' }],
  ['weird-algo', { hashAlgo: 'shake_999' }],
  ['hash-pending', { checksum: false, hashPending: true }],
  ['corrupt', { store: 'corrupt' }],
  ['truncated', { store: 'truncated' }],
  ['truncated-no-hashes', { ...NO_HASHES, store: 'truncated' }],
  ['stalled', { store: 'stalled' }],
  ['lost-data', { store: 'lost' }],
  ['duplicate', { objectName: 'glance/duplicate-1' }],
  ['duplicate', { objectName: 'glance/duplicate-2' }],
  ['../../etc/cron.d/x\u001b[2J', { objectName: 'glance/hostile' }],
  ['spaces and/slash é✓', { objectName: 'glance/unicode' }],
  [UUID_NAME, { objectName: 'glance/uuid-named' }],
  ['hidden-public', { hidden: true }],
  ['community-other', { visibility: 'community', owner: 'other' }],
  ['shared-other', { visibility: 'shared', owner: 'other', members: { demo: 'pending' } }],
];

/** Properties of a snapshot of an instance whose disk is a volume: the image itself has no bytes. */
const OF_A_VOLUME = {
  base_image_ref: '',
  bdm_v2: 'True',
  block_device_mapping:
    '[{"boot_index": 0, "delete_on_termination": false, "destination_type": "volume", "device_type": "disk", ' +
    '"disk_bus": "virtio", "snapshot_id": "4f6a0e5c-6d0b-4c4e-9a3c-0a4f2f8d1b7e", "source_type": "snapshot", ' +
    '"volume_size": 20}]',
  root_device_name: '/dev/vda',
} as const;

const SIGNATURE = {
  img_signature: 'c2lnbmF0dXJlIG9mIHRoZSBzYW5kYm94'.repeat(10),
  img_signature_certificate_uuid: 'd8a3f0c2-5e7b-4f6d-9b1a-2c3d4e5f6a7b',
  img_signature_hash_method: 'SHA-256',
  img_signature_key_type: 'RSA-PSS',
} as const;

/** By this tag they can be listed alone. */
const RULE = { tags: ['rule'], properties: { os_distro: 'none' } } as const;

const UBUNTU = {
  diskFormat: 'qcow2',
  tags: ['lts'],
  properties: { os_distro: 'ubuntu', os_version: '24.04' },
} as const;
const DEBIAN = { diskFormat: 'qcow2', properties: { os_distro: 'debian', os_version: '13' } } as const;
const NIGHTLY = { diskFormat: 'qcow2', tags: ['nightly'], owner: 'demo', visibility: 'private' } as const;

/** What somebody finds who knows a name, or a part of it; and what must not slip in. */
const NAMED: Rows = [
  ['snapshot-of-volume', { bytes: 0, owner: 'demo', visibility: 'private', properties: OF_A_VOLUME }],
  ['signed', { properties: SIGNATURE }],
  // One for each rule about who sees what, and names that look like operators.
  ['in:the-name', { ...RULE, owner: 'demo', visibility: 'private' }],
  ['odd:operator', { ...RULE, owner: 'demo', visibility: 'private' }],
  ['a name, with a comma', { ...RULE, owner: 'demo', visibility: 'private' }],
  ['hidden-own', { ...RULE, owner: 'demo', visibility: 'private', hidden: true }],
  ['community-own', { ...RULE, owner: 'demo', visibility: 'community' }],
  ['community-foreign', { ...RULE, owner: 'other', visibility: 'community' }],
  ['shared-own', { ...RULE, owner: 'demo', visibility: 'shared' }],
  ['shared-accepted', { ...RULE, owner: 'other', visibility: 'shared', members: { demo: 'accepted' } }],
  ['shared-pending', { ...RULE, owner: 'other', visibility: 'shared', members: { demo: 'pending' } }],
  ['shared-rejected', { ...RULE, owner: 'other', visibility: 'shared', members: { demo: 'rejected' } }],
  ['shared-with-nobody', { ...RULE, owner: 'other', visibility: 'shared' }],
  ['private-foreign', { ...RULE, owner: 'other', visibility: 'private' }],
  ['nightly', { ...NIGHTLY, objectName: 'glance/nightly-1', created: '2019-06-03T02:00:00Z' }],
  ['nightly', { ...NIGHTLY, objectName: 'glance/nightly-2', created: '2019-06-04T02:00:00Z' }],
  ['nightly', { ...NIGHTLY, objectName: 'glance/nightly-3', created: '2019-06-05T02:00:00Z', takesTime: true }],
  ['ubuntu-24.04-20190601', { ...UBUNTU, created: '2019-06-01T10:00:00Z' }],
  ['ubuntu-24.04-20190615', { ...UBUNTU, created: '2019-06-15T10:00:00Z' }],
  ['debian-13', { ...DEBIAN, bytes: 'big', created: '2019-06-10T10:00:00Z' }],
  // Newer ones of the same name, of people whom nobody asked.
  [
    'debian-13',
    {
      ...DEBIAN,
      objectName: 'glance/debian-13-community',
      owner: 'other',
      visibility: 'community',
      created: '2019-06-20T10:00:00Z',
    },
  ],
  [
    'debian-13',
    {
      ...DEBIAN,
      objectName: 'glance/debian-13-pending',
      owner: 'other',
      visibility: 'shared',
      members: { demo: 'pending' },
      created: '2019-06-21T10:00:00Z',
    },
  ],
];

const USUAL = {
  status: 'active',
  takesTime: false,
  visibility: 'public',
  owner: 'admin',
  members: {},
  hidden: false,
  diskFormat: 'raw',
  tags: [],
  properties: {},
  checksum: true,
  hashAlgo: 'sha512',
  hashPending: false,
  store: 'sound',
} as const;

const MINUTE_MS = 60_000;

/** More than one page of a list has (25 by default). */
const PAGES = 30;

/** Records without data, older than all else. */
const pages: Rows = Array.from({ length: PAGES }, (_, page) => [
  `page-${String(page).padStart(2, '0')}`,
  {
    ...NO_HASHES,
    status: 'queued',
    diskFormat: null,
    tags: ['page'],
    bytes: 0,
    created: new Date(Date.parse('2019-04-01T00:00:00Z') + page * MINUTE_MS).toISOString(),
  },
]);

/** 2019-05-02T08:21:07Z */
const FIRST_CREATED_MS = 1_556_785_267_000;

function glanceImage(name: string, traits: Traits, object: StoredObject, createdMs: number): GlanceImage {
  const { bytes: _, objectName, created: __, ...rest } = traits;
  const status = traits.takesTime === true ? 'queued' : USUAL.status;
  return { id: imageId(objectName ?? name), name, ...USUAL, status, ...rest, object, createdMs };
}

/** What there always is. Objects are called `glance/<name>`. `big` is the size of the main image, `small` of others. */
export function createGlanceImages(store: ObjectStore, big: number, small: number): readonly GlanceImage[] {
  return [...STATES, ...pages, ...NAMED].map(([name, traits = {}], index) => {
    const { bytes = small, objectName, created } = traits;
    const createdMs = created === undefined ? FIRST_CREATED_MS + index * MINUTE_MS : Date.parse(created);
    const object = store.add(objectName ?? `glance/${name}`, bytes === 'big' ? big : bytes, createdMs);
    return glanceImage(name, traits, object, createdMs);
  });
}

/** Milliseconds since 1970 of one of many images: each is a minute younger than the one before it. */
const numberedMs = (index: number): number => Date.parse('2019-07-01T00:00:00Z') + index * MINUTE_MS;

export function addNumberedImages(store: ObjectStore, more: More): void {
  const { prefix, digits } = NUMBERED;
  store.addNumbered({ ...more, prefix: `glance/${prefix}`, first: 0, digits, suffix: '', modifiedMs: numberedMs });
}

/** One of many images, `image-0007`. */
export function numberedImage(store: ObjectStore, index: number): GlanceImage {
  const name = numberedName(index);
  return glanceImage(name, {}, store.get(`glance/${name}`), numberedMs(index));
}
