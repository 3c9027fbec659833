import type { ImageRecord } from './answers.js';

/** Extensions people give images and what wraps them. A name that ends in one is left alone. */
const KNOWN =
  /\.(?:img|raw|bin|qcow2?|vmdk|vhdx?|vdi|iso|ova|ovf|ami|aki|ari|ploop|hds|tar|tgz|gz|xz|bz2|zst|zip|7z|vmlinuz|initrd)$/i;

/**
 * The image's name with an extension by its format. `22.04` at the end of a name is a version, not an extension,
 * so only known ones count. The name stays the server's, raw.
 */
export function fileNameOf(image: ImageRecord): string | undefined {
  const name = image.name ?? '';
  if (name.trim() === '') return undefined;
  const compressed = image.container_format === 'compressed';
  const whole = KNOWN.test(name) ? name : `${name}.${formatExtension(image)}`;
  return compressed && !/\.(?:gz|tgz|xz|bz2|zst|zip|7z)$/i.test(whole) ? `${whole}.gz` : whole;
}

/** For an image without a name: `image-<id>.qcow2`. */
export function fallbackNameOf(image: ImageRecord): string {
  return `image-${image.id}.${formatExtension(image)}${image.container_format === 'compressed' ? '.gz' : ''}`;
}

/** `container_format: ova` is a tar around the disk, `docker` a tar of layers. Formats are the operator's to name. */
function formatExtension(image: ImageRecord): string {
  if (image.container_format === 'ova') return 'ova';
  if (image.container_format === 'docker') return 'tar';
  const format = image.disk_format ?? '';
  return /^[a-z0-9]{1,8}$/.test(format) ? format : 'img';
}
