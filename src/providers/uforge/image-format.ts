import { type DeclaredFormat, formatOfName, type ImageFormat } from '../../core/image-format.js';
import type { ImageFacts } from './image.js';

/** Primitives that are a disk of one format. The others are packages, or what a cloud makes of them. */
const DISKS: Readonly<Record<string, ImageFormat>> = {
  qcow2: 'qcow2',
  openstackqcow2: 'qcow2',
  cloudstackqcow2: 'qcow2',
  vhd: 'vhd',
  openstackvhd: 'vhd',
  cloudstackvhd: 'vhd',
  openstackvmdk: 'vmdk',
  k5vmdk: 'vmdk',
  openstackvdi: 'vdi',
  raw: 'raw',
  cloudsigmaraw: 'raw',
  oracleraw: 'raw',
  ISO: 'iso',
};

/**
 * What an image is, by the file that is downloaded and by its primitive: a disk may come in an archive, or as it is.
 * @param name the file's
 */
export function declaredFormat(image: ImageFacts, name: string | undefined): DeclaredFormat | undefined {
  const { format = '' } = image;
  const disk = Object.hasOwn(DISKS, format) ? DISKS[format] : undefined;
  const named = formatOfName(name);
  if (disk === undefined) return named;
  return { said: format, by: 'metadata', formats: [disk, ...(named?.formats ?? [])] };
}
