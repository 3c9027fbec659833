/** What is found, in sentences. Names in an image are foreign text, and long ones of no use. */
import type { DiskContainer } from '../core/image-format.js';
import type { Finding } from '../core/inspection.js';
import { quoteForeign, shorten } from '../core/redact.js';

const NAME_LIMIT = 120;
/** Names that are told; the rest is counted. */
const NAMES_TOLD = 3;

/** Why it matters. */
const WOULD_READ = 'qemu would read it on the host that opens the image';
const WOULD_READ_THEM = 'qemu would read such files on the host that opens the image';

export function backingFile(format: DiskContainer, name: string, nameFormat?: string): Finding {
  const as = nameFormat === undefined || nameFormat === '' ? '' : ` of format ${quoteName(nameFormat)}`;
  return {
    code: 'inspect.backing-file',
    message: `the ${format} image has a backing file${as}, ${named(name)}: ${WOULD_READ}`,
  };
}

export function dataFile(name: string): Finding {
  return {
    code: 'inspect.data-file',
    message: `the qcow2 image keeps its data in another file, ${named(name)}: qemu would read and write it on the host that opens the image`,
  };
}

export function extents(names: readonly string[]): Finding {
  const told = names.slice(0, NAMES_TOLD).map(quoteName).join(', ');
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more` : '';
  const which = names.length === 0 ? '' : `, ${told}${more}`;
  return {
    code: 'inspect.extent',
    message: `the vmdk image has its data in other files${which}: ${WOULD_READ_THEM}`,
  };
}

export function parent(format: DiskContainer, name: string): Finding {
  return {
    code: 'inspect.parent',
    message: `the ${format} image is only the difference from a parent image, ${named(name)}: ${WOULD_READ}`,
  };
}

/** @param why without a subject: `is cut short` */
export function badHeader(format: DiskContainer, why: string): Finding {
  return {
    code: 'inspect.header',
    message: `the ${format} header of the image ${why}: what the image refers to cannot be told`,
  };
}

function named(name: string): string {
  return name === '' ? 'whose name cannot be read' : quoteName(name);
}

export function quoteName(name: string): string {
  return quoteForeign(shorten(name, NAME_LIMIT));
}
