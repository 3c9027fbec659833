import { createHash } from 'node:crypto';
import type { StoredObject } from '../files/objects.js';
import {
  type APPLIANCES,
  BUNDLE,
  CANARIES,
  OWNER,
  SCAN,
  SCANNED_INSTANCE,
  TEMPLATE,
  type UforgeImage,
} from './objects.js';
import { type Tree, TYPE } from './xml.js';

/** `2019-05-02T08:21:07.000Z` */
const time = (ms: number): string => new Date(ms).toISOString();

const own = (path: string): string => `users/${OWNER}/${path}`;

/** The object's digest "used for etag": of the metadata, not of the file. */
export function objectDigest(path: string, revision: number): string {
  return createHash('md5').update(`${path}@${revision}`).digest('hex');
}

function statusTree(image: UforgeImage, path: string): Tree {
  const is = (...states: readonly string[]): boolean => states.includes(image.state);
  const percentage = is('queued') ? 0 : is('generating', 'error', 'cancelled') ? 42 : 100;
  return {
    cancelled: is('cancelled'),
    complete: is('complete', 'complete-with-error'),
    detailedError: false,
    error: is('error', 'complete-with-error'),
    ...(is('error', 'complete-with-error') ? { errorMessage: 'No space left on the build machine <br/> & more' } : {}),
    message: is('complete') ? 'Done' : is('queued') ? 'In queue' : 'Installing packages',
    parentUri: own(path),
    percentage,
    ...(image.kind === 'pimage' ? { published: is('complete') } : {}),
  };
}

export interface ShownKey {
  readonly key: string;
  /** undefined: no downloadUri. */
  readonly uri: string | undefined;
}

async function sums(object: StoredObject, kind: 'right' | 'wrong'): Promise<Tree> {
  const [md5sum, sha256sum] = await object.digests(['md5', 'sha256']);
  if (kind === 'right') return { md5sum, sha256sum };
  return { md5sum: md5sum?.replace(/./g, '0'), sha256sum: sha256sum?.replace(/./g, 'f') };
}

function credentials(image: UforgeImage): Tree {
  if (image.cloud === 'Aws') {
    const { accessKey, secretAccessKey } = CANARIES;
    return { [TYPE]: 'CredAccountAws', name: 'aws', accessKey, secretAccessKey };
  }
  return { [TYPE]: 'CredAccountOpenStack', name: 'lab', login: 'cloud-login', password: CANARIES.password };
}

/**
 * `image` or `publishImage`, in the order of the schema: UForgeObject, UForgeUploadObject, own fields.
 * @param sumsMode what the metadata promise where this image has sums; undefined where digests are switched off.
 */
export async function imageTree(
  image: UforgeImage,
  shown: ShownKey | undefined,
  sumsMode: 'right' | 'wrong' | 'absent',
): Promise<Tree> {
  const { object, path } = image;
  const ready = image.state === 'complete' && image.compress && !image.simulated;
  const hasSums = ready && image.sums !== 'absent' && sumsMode !== 'absent';
  const wrong = image.sums === 'wrong' || sumsMode === 'wrong';
  const hasSizes = ready && image.sizes !== 'absent';
  return {
    ...(image.cloud === undefined ? {} : { [TYPE]: `PublishImage${image.cloud}` }),
    created: time(object.modifiedMs - 367_000),
    dbId: image.id,
    digest: objectDigest(path, object.revision),
    lastModified: time(object.modifiedMs),
    ...(hasSums ? await sums(object, wrong ? 'wrong' : 'right') : {}),
    ...(hasSizes ? { size: image.sizes === 'size-zero' ? 0 : object.size } : {}),
    status: statusTree(image, path),
    uploaded: ready,
    parentUri: own(image.parent),
    compress: image.compress,
    ...(image.cloud === undefined ? {} : { credAccount: credentials(image) }),
    distributionName: 'CentOS 7',
    downloadKey: shown?.key,
    downloadUri: shown?.uri,
    ...(ready ? { fileExtension: image.extension, fileName: image.fileName } : {}),
    ...(hasSizes ? { fileSize: image.sizes === 'wrong' ? object.size + 1 : object.size } : {}),
    format: { name: image.format },
    targetFormat: {
      name: image.extension,
      format: { name: image.format },
      type: image.format === 'docker' ? 'container' : image.kind === 'pimage' ? 'cloud' : 'virtual',
    },
    imageCreated: ready,
    name: image.name,
    registeringName: image.registeringName,
    revision: image.revision,
    simulated: image.simulated,
    statusUri: own(`${path}/status`),
    uri: own(path),
    version: image.version,
    ...(image.source === undefined ? {} : { cloudId: '6f1c7f3a', imageUri: own(image.source) }),
  };
}

export function imageStatusTree(image: UforgeImage): Tree {
  return statusTree(image, image.path);
}

export function applianceTree(appliance: (typeof APPLIANCES)[number]): Tree {
  const uri = own(`appliances/${appliance.id}`);
  return {
    created: '2019-05-01T08:00:00.000Z',
    dbId: appliance.id,
    digest: objectDigest(uri, 1),
    lastModified: '2019-05-02T08:00:00.000Z',
    archName: 'x86_64',
    baseImagesUri: `${uri}/images`,
    basePublishImagesUri: `${uri}/pimages`,
    distributionName: appliance.distribution,
    name: appliance.name,
    revision: appliance.revision,
    uri,
    version: appliance.version,
  };
}

export function userTree(): Tree {
  const uri = `users/${OWNER}`;
  return {
    dbId: 101,
    digest: objectDigest(uri, 1),
    loginName: OWNER,
    admin: false,
    active: true,
    baseImagesUri: `${uri}/images`,
    baseAppliancesUri: `${uri}/appliances`,
    uri,
  };
}

export function scannedInstanceTree(): Tree {
  const uri = own(`scannedinstances/${SCANNED_INSTANCE.id}`);
  return {
    dbId: SCANNED_INSTANCE.id,
    digest: objectDigest(uri, 1),
    name: SCANNED_INSTANCE.name,
    platformType: 'linux',
    scansUri: `${uri}/scans`,
    totalScans: 1,
    uri,
  };
}

export function scanTree(): Tree {
  const uri = own(`scannedinstances/${SCANNED_INSTANCE.id}/scans/${SCAN.id}`);
  return {
    dbId: SCAN.id,
    digest: objectDigest(uri, 1),
    name: SCAN.name,
    status: { complete: true, error: false },
    imagesUri: `${uri}/images`,
    uri,
  };
}

export function bundleTree(): Tree {
  const uri = own(`mysoftware/${BUNDLE.id}`);
  return {
    dbId: BUNDLE.id,
    digest: objectDigest(uri, 1),
    name: BUNDLE.name,
    version: BUNDLE.version,
    containerTemplatesUri: `${uri}/templates`,
    uri,
  };
}

/** A container template has no name; its images are nested, there is no list of them. */
export function templateTree(images: readonly Tree[]): Tree {
  const uri = own(`mysoftware/${BUNDLE.id}/templates/${TEMPLATE.id}`);
  return {
    dbId: TEMPLATE.id,
    digest: objectDigest(uri, 1),
    softwareBundle: bundleTree(),
    images: { image: images },
    imagesUri: `${uri}/images`,
    uri,
  };
}
