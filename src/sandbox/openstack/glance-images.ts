import { createHash } from 'node:crypto';
import { type More, numberedName, type ObjectStore, type StoredObject } from '../files/objects.js';

export type GlanceStatus = 'active' | 'queued' | 'saving' | 'importing' | 'deactivated';

export interface GlanceImage {
  readonly id: string;
  readonly name: string;
  readonly status: GlanceStatus;
  readonly visibility: 'public' | 'private' | 'community' | 'shared';
  /** Name of the owning project. */
  readonly owner: 'admin' | 'demo' | 'other';
  readonly hidden: boolean;
  readonly diskFormat: string;
  readonly tags: readonly string[];
  readonly object: StoredObject;
  /** Whether the record has a `checksum` (MD5). */
  readonly checksum: boolean;
  /** `os_hash_algo`; null without hash. */
  readonly hashAlgo: string | null;
  /** The hash itself is still being computed: `os_hash_value` null beside an algorithm. */
  readonly hashPending: boolean;
  /** What the store does: `lost` (204), `truncated` (clean end without length), `stalled` (length, then silence). */
  readonly store: 'sound' | 'lost' | 'truncated' | 'stalled' | 'corrupt';
}

/** What an image differs in from the usual one. `big`: as long as the main image. */
type Traits = Partial<Omit<GlanceImage, 'object'>> & { readonly bytes?: number | 'big'; readonly objectName?: string };

/** A stable UUID (version 5's form) per name. */
export function imageId(name: string): string {
  const hex = createHash('sha1').update(`imgdl sandbox ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Name of the image that is named like the UUID of another one. */
export const UUID_NAME = imageId('small-raw');

const NO_HASHES = { checksum: false, hashAlgo: null } as const;
const NO_DATA = { ...NO_HASHES, owner: 'demo', visibility: 'private' } as const;

/** The states of the recorded server and some more. */
const IMAGES: readonly (readonly [name: string, traits?: Traits])[] = [
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
  ['shared-other', { visibility: 'shared', owner: 'other' }],
];

const USUAL = {
  status: 'active',
  visibility: 'public',
  owner: 'admin',
  hidden: false,
  diskFormat: 'raw',
  tags: [],
  checksum: true,
  hashAlgo: 'sha512',
  hashPending: false,
  store: 'sound',
} as const;

/** More than one page of a list has (25 by default). */
const PAGES = 30;

/** Objects are called `glance/<name>`. `big` is the size of the main image, `small` that of the others. */
export function createGlanceImages(store: ObjectStore, big: number, small: number, more: More): readonly GlanceImage[] {
  const pages = Array.from({ length: PAGES }, (_, page): [string, Traits] => [
    `page-${String(page).padStart(2, '0')}`,
    { ...NO_HASHES, status: 'queued', tags: ['page'], bytes: 0 },
  ]);
  const numbered = Array.from({ length: more.count }, (_, index): [string, Traits] => [
    numberedName(index),
    { bytes: more.size },
  ]);
  return [...IMAGES, ...pages, ...numbered].map(([name, traits = {}]) => {
    const { bytes = small, objectName, ...rest } = traits;
    const object = store.add(objectName ?? `glance/${name}`, bytes === 'big' ? big : bytes);
    return { id: imageId(objectName ?? name), name, ...USUAL, ...rest, object };
  });
}

export const PROJECT_IDS: Readonly<Record<GlanceImage['owner'], string>> = {
  demo: '5b9c222c425742ec9bbdc3e1c75df2b4',
  admin: 'eb3f75cd53c44132b0db4948cf9cfb3a',
  other: 'cf7204442f634de786317d4f7b81de3c',
};

const HASHLIB: Readonly<Record<string, string>> = { sha512: 'sha512', sha256: 'sha256' };

/** Python hashlib's name to hex; an algorithm nobody knows gets 128 digits of something. */
async function hashValue(image: GlanceImage): Promise<string | null> {
  if (image.hashAlgo === null || image.hashPending) return null;
  const algorithm = HASHLIB[image.hashAlgo];
  const [hex] = await image.object.digests([algorithm ?? 'sha512']);
  return algorithm === undefined ? (hex?.replace(/./g, 'e') ?? null) : (hex ?? null);
}

export function hasData(image: GlanceImage): boolean {
  return image.status === 'active' || image.status === 'deactivated';
}

export async function imageMd5(image: GlanceImage): Promise<string | undefined> {
  if (!image.checksum || !hasData(image)) return undefined;
  return (await image.object.digests(['md5']))[0];
}

/** The record as v2.16 shows it. `self`, `file` and `next` are paths from the host root: they lose any prefix. */
export async function imageRecord(image: GlanceImage, digests: boolean): Promise<Readonly<Record<string, unknown>>> {
  const data = hasData(image);
  const size = data ? image.object.size : null;
  const at = new Date(image.object.modifiedMs).toISOString().replace(/\.\d+Z/, 'Z');
  const format = image.tags.includes('page') ? null : image.diskFormat;
  const known = digests && data;
  return {
    name: image.name,
    disk_format: format,
    container_format: format === null ? null : 'bare',
    visibility: image.visibility,
    size,
    virtual_size: size,
    status: image.status,
    checksum: known ? ((await imageMd5(image)) ?? null) : null,
    protected: false,
    min_ram: 0,
    min_disk: 0,
    owner: PROJECT_IDS[image.owner],
    os_hidden: image.hidden,
    os_hash_algo: known ? image.hashAlgo : null,
    os_hash_value: known ? await hashValue(image) : null,
    id: image.id,
    created_at: at,
    updated_at: at,
    tags: image.tags,
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    stores: data && image.status !== 'deactivated' ? 'fs' : undefined,
  };
}
