import type { Remote, Warning } from '../../core/source.js';
import type { ImageRecord } from './answers.js';
import { endpointText } from './catalog.js';
import { fallbackNameOf, fileNameOf } from './file-name.js';
import { digestsOf } from './image-digests.js';
import { declaredFormat } from './image-format.js';

/** @param base of the image service that has the record */
export function remoteOf(image: ImageRecord, base: URL): Remote {
  const warnings: Warning[] = [];
  const digests = digestsOf(image, warnings);
  const name = fileNameOf(image);
  const format = declaredFormat(image);
  const size = image.size ?? undefined;
  if (size === undefined) {
    warnings.push({ code: 'glance.no-size', message: `image ${image.id} is active, but its record has no size` });
  }
  if (image.img_signature) {
    warnings.push({
      code: 'signature.unchecked',
      message: `image ${image.id} is signed (img_signature), and imgdl does not check the signature`,
    });
  }
  return {
    ref: { provider: 'glance', endpoint: endpointText(base), ref: image.id },
    ...(name === undefined ? {} : { name }),
    ...(image.name ? { label: image.name } : {}),
    ...(image.owner ? { owner: image.owner } : {}),
    fallbackName: fallbackNameOf(image),
    ...(format === undefined ? {} : { format }),
    // Data of an image never change by contract: id, size and digests are the identity; there is no ETag.
    identity: {
      ...(size === undefined ? {} : { size }),
      ...(digests.length === 0 ? {} : { digests: digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`).sort() }),
    },
    digests,
    opener: 'plain',
    headerDigest: 'whole',
    validator: 'provider',
    warnings,
  };
}
