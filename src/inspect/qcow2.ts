/**
 * qcow2, versions 2 and 3, and its predecessor qcow, whose backing file stands at the same place.
 * https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst
 */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { backingFile, badHeader, dataFile } from './findings.js';
import type { HeaderReader } from './header-reader.js';

const MAGIC = 'QFI\xfb';
/** Incompatible feature, bit 2: the data is in an external file. */
const EXTERNAL_DATA = 4n;
/** Header extensions. */
const BACKING_FORMAT = 0xe2792aca;
const DATA_FILE = 0x44415441;
/** Longest name that qemu accepts. */
const NAME_BYTES = 1023;
const V2_HEADER_BYTES = 72;
/** Extensions end with the first cluster, of 64 KiB unless somebody chose another size. */
const MOST_EXTENSIONS = 4096;

export function recognizeQcow(start: Fields): 'qcow2' | 'qcow' | undefined {
  if (!start.has(0, MAGIC)) return undefined;
  return start.u32(4, 'big') === 1 ? 'qcow' : 'qcow2';
}

export async function inspectQcow(format: 'qcow2' | 'qcow', reader: HeaderReader): Promise<readonly Finding[]> {
  const { start } = reader;
  const nameAt = start.offset(8, 'big');
  const nameBytes = start.u32(16, 'big');
  const version = start.u32(4, 'big') ?? 0;
  const features = version >= 3 ? start.u64(72, 'big') : 0n;
  const extensionsAt = version >= 3 ? start.u32(100, 'big') : V2_HEADER_BYTES;
  if (nameBytes === undefined || features === undefined || extensionsAt === undefined) {
    return [badHeader(format, 'is cut short')];
  }
  const { backingFormat, data } = format === 'qcow' ? {} : extensionsOf(start, extensionsAt);
  const findings: Finding[] = [];
  if (nameAt !== 0) {
    const length = Math.min(nameBytes, NAME_BYTES);
    findings.push(backingFile(format, (await reader.at(nameAt, length)).text(0, length), backingFormat));
  }
  const usesOtherFile = (features / EXTERNAL_DATA) % 2n === 1n;
  if (usesOtherFile || data !== undefined) findings.push(dataFile(data ?? ''));
  return findings;
}

/** Type, length and data of each, padded to 8 bytes; a type of 0 ends them. */
function extensionsOf(
  header: Fields,
  from: number,
): { readonly backingFormat?: string | undefined; readonly data?: string | undefined } {
  let backingFormat: string | undefined;
  let data: string | undefined;
  let at = from;
  for (let seen = 0; seen < MOST_EXTENSIONS; seen += 1) {
    const type = header.u32(at, 'big');
    const length = header.u32(at + 4, 'big');
    if (type === undefined || length === undefined || type === 0) break;
    if (type === BACKING_FORMAT) backingFormat ??= header.text(at + 8, length);
    if (type === DATA_FILE) data ??= header.text(at + 8, length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return { backingFormat, data };
}
