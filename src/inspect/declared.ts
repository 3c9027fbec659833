import type { DeclaredFormat, ImageFormat } from '../core/image-format.js';
import type { Finding } from '../core/inspection.js';
import { isArchive } from './archives.js';
import { quoteName } from './findings.js';

/** A disk as it is. What a disk begins with is its own business: a CD, an encrypted disk. */
const PLAIN: readonly ImageFormat[] = ['raw', 'iso', 'luks'];

const SAYS: Readonly<Record<DeclaredFormat['by'], (said: string) => string>> = {
  metadata: (said) => `the metadata calls the image ${said}`,
  name: (said) => `the name of the image ends in ${said}`,
  option: (said) => `--format calls the image ${said}`,
};

/**
 * Is the image something else than it is said to be? What is not recognized contradicts nobody, and neither does an
 * archive: services wrap what they call a disk.
 */
export function contradiction(
  found: ImageFormat | undefined,
  declared: DeclaredFormat | undefined,
): readonly Finding[] {
  if (found === undefined || declared === undefined || isArchive(found)) return [];
  const { formats } = declared;
  if (formats.includes(found) || (formats.includes('raw') && PLAIN.includes(found))) return [];
  const is = PLAIN.includes(found)
    ? `it begins as ${found === 'iso' ? 'an iso' : `a ${found} disk`} does`
    : `its header says ${found}`;
  const guessed = `a tool that guesses the format would treat it as ${found}`;
  const message = `${SAYS[declared.by](quoteName(declared.said))}, but ${is}: ${guessed}`;
  return [{ code: 'inspect.format', message }];
}
