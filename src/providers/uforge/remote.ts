import { formatOfName } from '../../core/image-format.js';
import type { Remote, SourceRef } from '../../core/source.js';
import { fallbackName, labelOf, lastSegment, nameOf } from './file-name.js';
import type { ImageFacts } from './image.js';
import { declaredFormat } from './image-format.js';
import type { GivenKey } from './image-url.js';
import { pathOf, type Resource } from './resource.js';

/** The ids say which image it is: nothing is to be asked for that. */
export function refOf(resource: Resource): SourceRef {
  return { provider: 'uforge', endpoint: resource.base.endpoint, ref: pathOf(resource) };
}

/** What the metadata say of an image. */
export function remoteOf(resource: Resource, image: ImageFacts): Remote {
  const name = nameOf(image);
  const label = labelOf(image);
  const format = declaredFormat(image, name);
  return {
    ref: refOf(resource),
    ...(name === undefined ? {} : { name }),
    ...(label === undefined ? {} : { label }),
    fallbackName: fallbackName(resource),
    ...(format === undefined ? {} : { format }),
    identity: image.identity,
    digests: image.digests,
    opener: 'range',
    headerDigest: 'body',
    validator: 'provider',
    warnings: image.warnings,
  };
}

/** A bare one-time id: metadata would need credentials, and every other request would spend the id. */
export function blindRemote(resource: Resource, given: GivenKey): Remote {
  const name = lastSegment(given.url?.pathname);
  const format = formatOfName(name);
  return {
    ref: refOf(resource),
    ...(name === undefined ? {} : { name }),
    fallbackName: fallbackName(resource),
    ...(format === undefined ? {} : { format }),
    identity: {},
    digests: [],
    opener: 'range',
    headerDigest: 'body',
    validator: 'provider',
    warnings: [],
  };
}
