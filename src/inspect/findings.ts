/** What is found, in sentences. Names in an image are foreign text, and long ones of no use. */
import type { DiskContainer } from '../core/image-format.js';
import type { Finding } from '../core/inspection.js';
import { quoteForeign, shorten } from '../core/redact.js';

const NAME_LIMIT = 120;
/** Names that are told; the rest is counted. */
const NAMES_TOLD = 3;

/** Who opens images of a format, and reads what they name. */
const READERS: Readonly<Partial<Record<DiskContainer, string>>> = {
  vhd: 'Hyper-V',
  vhdx: 'Hyper-V',
  vdi: 'VirtualBox',
};

/** Why it matters. */
function wouldRead(format: DiskContainer, also = ''): string {
  return `which ${READERS[format] ?? 'qemu'} would read${also} on the host that opens the image`;
}

/** @param nameFormat what the image says that the file is; empty where it says nothing */
export function backingFile(format: DiskContainer, name: string, nameFormat = ''): Finding {
  const as = nameFormat === '' ? '' : ` of format ${quoteName(nameFormat)}`;
  const message = `the ${format} image has a backing file${as}${named(name)}, ${wouldRead(format)}`;
  return { code: 'inspect.backing-file', message };
}

export function dataFile(name: string): Finding {
  const message = `the qcow2 image keeps its data in another file${named(name)}, ${wouldRead('qcow2', ' and write')}`;
  return { code: 'inspect.data-file', message };
}

export function extents(names: readonly string[]): Finding {
  const told = names.slice(0, NAMES_TOLD).map(quoteName).join(', ');
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more` : '';
  const which = names.length === 0 ? '' : `, ${told}${more}`;
  return {
    code: 'inspect.extent',
    message: `the vmdk image has its data in other files${which}, ${wouldRead('vmdk')}`,
  };
}

export function parent(format: DiskContainer, name: string): Finding {
  const message = `the ${format} image holds only what differs from a parent${named(name)}, ${wouldRead(format)}`;
  return { code: 'inspect.parent', message };
}

/** @param why without a subject: `is cut short` */
export function badHeader(format: DiskContainer, why: string): Finding {
  return {
    code: 'inspect.header',
    message: `the ${format} header of the image ${why}: what the image refers to cannot be told`,
  };
}

function named(name: string): string {
  return name === '' ? ' whose name cannot be read' : `, ${quoteName(name)}`;
}

/** A text of a header, or of whoever declares a format. */
export function quoteName(name: string): string {
  return quoteForeign(shorten(name, NAME_LIMIT));
}
