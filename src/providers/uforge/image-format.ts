import { type DeclaredFormat, formatOfName, formatOfWord } from '../../core/image-format.js';
import type { ImageFacts } from './image.js';

/**
 * Primitives that are a disk of one format end in its name, after that of a cloud: `cloudstackqcow2`, `k5vmdk`. The
 * others are packages, or what a cloud makes of them.
 */
const DISK = /(?:qcow2|vhd|vmdk|vdi|raw|iso)$/i;

/**
 * What an image is, by the file that is downloaded and by its primitive: a disk may come in an archive, or as it is.
 * @param name the file's
 */
export function declaredFormat(image: ImageFacts, name: string | undefined): DeclaredFormat | undefined {
  const { format = '' } = image;
  const disk = formatOfWord(DISK.exec(format)?.[0]);
  const named = formatOfName(name);
  if (disk === undefined) return named;
  return { said: format, by: 'metadata', formats: [...disk.formats, ...(named?.formats ?? [])] };
}
