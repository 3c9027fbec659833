/**
 * VMware's disks: a text that names other files, or a sparse file that holds its descriptor.
 * https://github.com/libyal/libvmdk/blob/main/documentation/VMWare%20Virtual%20Disk%20Format%20(VMDK).asciidoc
 */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { badHeader, extents, parent } from './findings.js';
import { BUDGET_BYTES, type HeaderReader } from './header-reader.js';
import { parseDescriptor, type VmdkDescriptor } from './vmdk-descriptor.js';

const SECTOR = 512;
/** In place of an offset: the header is at the end of the file, where a stream puts it. */
const AT_END = 0xffff_ffff_ffff_ffffn;
/** Of a text, to recognize it. */
const PROBED_BYTES = 2048;
/** qemu looks for a parent here, whatever the header says. */
const USUAL_PLACE = { offset: SECTOR, length: 20 * SECTOR };
/** Of a descriptor: a few hundred bytes are usual. */
const DESCRIPTOR_BYTES = BUDGET_BYTES / 4;
/** The data is in the file itself. */
const SELF_CONTAINED = /^(?:monolithicSparse|streamOptimized)$/i;

export function recognizeVmdk(start: Fields): 'vmdk' | undefined {
  return start.has(0, 'KDMV') || start.has(0, 'COWD') || isText(start) ? 'vmdk' : undefined;
}

export async function inspectVmdk(reader: HeaderReader): Promise<readonly Finding[]> {
  const { start } = reader;
  if (isText(start)) {
    const text = await reader.at(0, Math.min(reader.size, BUDGET_BYTES / 2));
    return ofDescriptor(parseDescriptor(text.latin1(0, text.length)), { describesOthers: true });
  }
  return start.has(0, 'COWD') ? ofCowd(start) : await ofSparse(reader);
}

/** Comments and blank lines, then the version, as qemu recognizes one; or the comment that VMware begins with. */
function isText(start: Fields): boolean {
  for (const line of start.latin1(0, PROBED_BYTES).split('\n')) {
    const words = line.trim();
    if (/^# *disk descriptorfile/i.test(words)) return true;
    if (words !== '' && !words.startsWith('#')) return /^version=[123]$/.test(words);
  }
  return false;
}

/** ESX Server's sparse extent: the name of a parent in a fixed place. */
function ofCowd(start: Fields): readonly Finding[] {
  const flags = start.u32(8, 'little');
  if (flags === undefined) return [badHeader('vmdk', 'is cut short')];
  // Bit 0 of the flags: a root, which has no parent.
  return flags % 2 === 1 ? [] : [parent('vmdk', start.text(32, 1024))];
}

async function ofSparse(reader: HeaderReader): Promise<readonly Finding[]> {
  const { start } = reader;
  const headers = [start];
  if (start.u64(56, 'little') === AT_END) headers.push(await reader.at(reader.size - 2 * SECTOR, SECTOR));
  const findings: Finding[] = [];
  for (const header of headers) findings.push(...(await ofHeader(header, reader)));
  const usual = await reader.at(USUAL_PLACE.offset, USUAL_PLACE.length);
  const described = parseDescriptor(usual.latin1(0, usual.length));
  if (described.parentName !== undefined) findings.push(...ofDescriptor({ ...described, extents: [] }, {}));
  return findings;
}

async function ofHeader(header: Fields, reader: HeaderReader): Promise<readonly Finding[]> {
  const capacity = header.u64(12, 'little');
  const sectorAt = header.offset(28, 'little');
  const sectors = header.offset(36, 'little');
  if (!header.has(0, 'KDMV') || capacity === undefined || header.length < 44)
    return [badHeader('vmdk', 'is cut short')];
  // An extent of a disk that lies in several files has no descriptor.
  if (sectorAt === 0) return [];
  const length = (sectors ?? DESCRIPTOR_BYTES) * SECTOR;
  const text = await reader.at(
    sectorAt === undefined ? undefined : sectorAt * SECTOR,
    Math.min(length, DESCRIPTOR_BYTES),
  );
  if (text.length < Math.min(length, DESCRIPTOR_BYTES) || length > DESCRIPTOR_BYTES) {
    const partly = ofDescriptor(parseDescriptor(text.latin1(0, text.length)), { describesOthers: capacity === 0n });
    return [...partly, badHeader('vmdk', 'has a descriptor that is not all there, or too long')];
  }
  // Without a capacity of its own the file is nothing but its descriptor.
  return ofDescriptor(parseDescriptor(text.latin1(0, text.length)), { describesOthers: capacity === 0n });
}

/** @param describesOthers whatever it says: no data can be in the file that has it */
function ofDescriptor(
  { createType, extents: parts, parentName, hasParent }: VmdkDescriptor,
  { describesOthers = false }: { readonly describesOthers?: boolean },
): readonly Finding[] {
  const names = parts.flatMap(({ name }) => (name === undefined ? [] : [name]));
  // A file that holds its data names itself, as it was called when it was made.
  const itself = names.length <= 1 && names.every((name) => !/[/\\:]|\.\./.test(name));
  const isOwn = createType === undefined || SELF_CONTAINED.test(createType);
  return [
    ...(describesOthers || !isOwn || !itself ? [extents(names)] : []),
    ...(hasParent ? [parent('vmdk', parentName ?? '')] : []),
  ];
}
