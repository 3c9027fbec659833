/**
 * Virtual PC's disks: a footer at the end, and a copy at the start of those that grow.
 * Microsoft, "Virtual Hard Disk Image Format Specification".
 */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { badHeader, parent } from './findings.js';
import type { HeaderReader } from './header-reader.js';

const FOOTER_BYTES = 512;
const COOKIE = 'conectix';
const DIFFERENCING = 4;
const HEADER_BYTES = 1024;
const CHECKSUM_AT = 64;
/** `MacX`, `W2ku`, `W2ru`: in which system's words a parent is named. */
const LOCATORS = 8;

/** At the start, where qemu looks for it. */
export function recognizeVhd(start: Fields): 'vhd' | undefined {
  return start.has(0, COOKIE) ? 'vhd' : undefined;
}

/** At the end alone: a fixed disk. Its checksum is right: the last bytes of a disk may be anything. */
export function recognizeFixedVhd(end: Fields): 'vhd' | undefined {
  return end.has(0, COOKIE) && end.u32(CHECKSUM_AT, 'big') === checksumOf(end) ? 'vhd' : undefined;
}

export async function endOf(reader: HeaderReader): Promise<Fields> {
  return await reader.at(reader.size - FOOTER_BYTES, FOOTER_BYTES);
}

export async function inspectVhd(reader: HeaderReader): Promise<readonly Finding[]> {
  const footers = [reader.start, await endOf(reader)].filter((footer) => footer.has(0, COOKIE));
  const findings: Finding[] = [];
  for (const footer of footers) {
    const type = footer.u32(60, 'big');
    if (type === undefined) findings.push(badHeader('vhd', 'is cut short'));
    if (type === DIFFERENCING) findings.push(parent('vhd', await parentOf(footer, reader)));
  }
  return findings;
}

/** The dynamic header says it, in its own field or by a locator. */
async function parentOf(footer: Fields, reader: HeaderReader): Promise<string> {
  const header = await reader.at(footer.offset(16, 'big'), HEADER_BYTES);
  const name = header.text(64, 512, 'utf-16be');
  if (!header.has(0, 'cxsparse') || name !== '') return name;
  for (let at = 576; at < 576 + LOCATORS * 24; at += 24) {
    const length = header.u32(at + 8, 'big') ?? 0;
    const located = await reader.at(header.offset(at + 16, 'big'), Math.min(length, 1024));
    const text = located.text(0, located.length, header.has(at, 'MacX') ? 'utf-8' : 'utf-16le');
    if (text !== '') return text;
  }
  return '';
}

/** The one's complement of the sum of all bytes but its own. */
function checksumOf(footer: Fields): number | undefined {
  let sum = 0;
  for (let at = 0; at < FOOTER_BYTES; at += 1) {
    const byte = footer.byte(at);
    if (byte === undefined) return undefined;
    if (at < CHECKSUM_AT || at >= CHECKSUM_AT + 4) sum += byte;
  }
  return 0xffff_ffff - sum;
}
