import { lastSegmentOf } from '../../core/url-path.js';
import type { ImageFacts } from './image.js';
import { imageId, type Resource } from './resource.js';

/** Last segments of download paths that name no file. */
const NO_NAMES = new Set(['', 'downloads', 'file']);

/**
 * The file's name as the server means it, raw: the end of the download link, else the name fields, else what the
 * server's own names are made of (`dev-env_1.0rev1_targz.tar.gz`).
 */
export function nameOf(image: ImageFacts): string | undefined {
  return lastSegment(image.downloadUri) ?? image.fileName ?? composedName(image);
}

function composedName(image: ImageFacts): string | undefined {
  if (image.name === undefined) return undefined;
  const revision = image.revision === undefined ? '' : `rev${image.revision}`;
  const version = image.version === undefined && revision === '' ? '' : `_${image.version ?? ''}${revision}`;
  const format = image.format === undefined ? '' : `_${image.format}`;
  const extension = image.fileExtension?.replace(/^\.+/, '') ?? '';
  return `${image.name}${version}${format}${extension === '' ? '' : `.${extension}`}`;
}

/** Decoded last path segment of a link; undefined when it names no file. */
export function lastSegment(link: string | undefined): string | undefined {
  if (link === undefined) return undefined;
  const name = lastSegmentOf({ pathname: link.replace(/[?#].*$/s, '') });
  return NO_NAMES.has(name) ? undefined : name;
}

export function fallbackName(resource: Resource): string {
  return `${resource.kind}-${imageId(resource)}.img`;
}

/** `dev-env 1.0 rev 1`. */
export function labelOf(image: ImageFacts): string | undefined {
  if (image.name === undefined) return undefined;
  const revision = image.revision === undefined ? undefined : `rev ${image.revision}`;
  return [image.name, image.version, revision].filter((part) => part !== undefined).join(' ');
}
