import type { StoredObject } from '../../files/objects.js';
import { formatOf } from '../formats.js';
import { isReady, own, type UforgeImage } from '../objects.js';
import { type Tree, TYPE } from '../xml.js';
import { cloudAccountTree } from './cloud-account-tree.js';
import { objectDigest, time } from './identity.js';
import { imageStatusTree } from './status-tree.js';

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

/** hammr takes `fileSize` for granted, also of an image that has no file yet: 0. */
function sizes({ sizes, object }: UforgeImage, ready: boolean): { readonly size?: number; readonly fileSize?: number } {
  if (!ready) return { size: 0, fileSize: 0 };
  if (sizes === 'absent') return {};
  return {
    size: sizes === 'size-zero' ? 0 : object.size,
    fileSize: sizes === 'wrong' ? object.size + 1 : object.size,
  };
}

/** The name that people see, and the platform's word for it. */
export function targetFormatTree(primitive: string): Tree {
  const { display, type } = formatOf(primitive);
  return { name: display, format: { name: primitive }, type };
}

/**
 * `image` or `publishImage`, in the order of the schema: UForgeObject, UForgeUploadObject, own elements, those of a
 * publication.
 * @param sumsMode what the metadata promise where this image has sums; absent where digests are switched off
 */
export async function imageTree(
  image: UforgeImage,
  shown: ShownKey | undefined,
  sumsMode: 'right' | 'wrong' | 'absent',
): Promise<Tree> {
  const { object, path } = image;
  const ready = isReady(image);
  const hasSums = ready && image.sums !== 'absent' && sumsMode !== 'absent';
  const wrong = image.sums === 'wrong' || sumsMode === 'wrong';
  const { size, fileSize } = sizes(image, ready);
  return {
    ...(image.cloud === undefined ? {} : { [TYPE]: `PublishImage${image.cloud}` }),
    created: time(image.createdMs),
    dbId: image.id,
    digest: objectDigest(path, `${object.revision}${image.state}${image.percentage}`),
    lastModified: time(object.modifiedMs),
    ...(hasSums ? await sums(object, wrong ? 'wrong' : 'right') : {}),
    size,
    status: imageStatusTree(image),
    uploaded: ready,
    parentUri: own(image.parent),
    compress: image.compress,
    ...(image.cloud === undefined ? {} : { credAccount: cloudAccountTree(image.cloud) }),
    distributionName: 'CentOS 7',
    downloadKey: shown?.key,
    downloadUri: shown?.uri,
    ...(ready ? { fileExtension: image.extension, fileName: image.fileName } : {}),
    fileSize,
    format: { name: image.format },
    targetFormat: targetFormatTree(image.format),
    imageCreated: ready,
    name: image.name,
    revision: image.revision,
    simulated: image.simulated,
    statusUri: own(`${path}/status`),
    uri: own(path),
    version: image.version,
    ...(image.format === 'docker' ? { entrypoint: '/usr/sbin/init', registeringName: image.registeringName } : {}),
    ...(image.source === undefined ? {} : { cloudId: '6f1c7f3a', imageUri: own(image.source) }),
    ...(image.cloud === 'Docker' ? { namespace: 'software', repositoryName: 'nginx', tagName: '1.14' } : {}),
  };
}
