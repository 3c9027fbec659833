import { type GlanceImage, hasData, PROJECT_IDS } from './glance-image.js';

/** Python hashlib's name to Node's. */
const HASHLIB: Readonly<Record<string, string>> = { sha512: 'sha512', sha256: 'sha256' };

interface Hashes {
  readonly checksum: string | null;
  readonly hashValue: string | null;
}

/** In one pass. An algorithm that nobody knows gets 128 digits of something. */
async function hashesOf(image: GlanceImage): Promise<Hashes> {
  const known = image.hashAlgo === null ? undefined : (HASHLIB[image.hashAlgo] ?? 'sha512');
  const [md5, hex] = await image.object.digests(['md5', ...(known === undefined || image.hashPending ? [] : [known])]);
  const strange = image.hashAlgo !== null && HASHLIB[image.hashAlgo] === undefined;
  return {
    checksum: image.checksum ? (md5 ?? null) : null,
    hashValue: hex === undefined ? null : strange ? hex.replace(/./g, 'e') : hex,
  };
}

export async function imageMd5(image: GlanceImage): Promise<string | undefined> {
  if (!image.checksum || !hasData(image)) return undefined;
  return (await image.object.digests(['md5']))[0];
}

/** `2019-05-02T08:21:07Z` */
const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');

/**
 * The record as v2.16 shows it: properties first, then the members of every image. `self`, `file` and `next` are
 * paths from the host root: they lose any prefix.
 */
export async function imageRecord(image: GlanceImage, digests: boolean): Promise<Readonly<Record<string, unknown>>> {
  const data = hasData(image);
  const size = data ? image.object.size : null;
  const known = digests && data;
  const { checksum, hashValue } = known ? await hashesOf(image) : { checksum: null, hashValue: null };
  return {
    ...image.properties,
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.diskFormat === null ? null : 'bare',
    visibility: image.visibility,
    size,
    virtual_size: size,
    status: image.status,
    checksum,
    protected: false,
    min_ram: 0,
    min_disk: 0,
    owner: PROJECT_IDS[image.owner],
    os_hidden: image.hidden,
    os_hash_algo: known ? image.hashAlgo : null,
    os_hash_value: hashValue,
    id: image.id,
    created_at: time(image.createdMs),
    updated_at: time(image.object.modifiedMs),
    tags: image.tags,
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    stores: data && image.status !== 'deactivated' ? 'fs' : undefined,
  };
}
