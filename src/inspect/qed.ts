/** QED, which qemu still reads. https://wiki.qemu.org/Features/QED/Specification */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { backingFile, badHeader } from './findings.js';
import type { HeaderReader } from './header-reader.js';

/** Longest name that qemu accepts. */
const NAME_BYTES = 1023;

export function recognizeQed(start: Fields): 'qed' | undefined {
  return start.has(0, 'QED\0') ? 'qed' : undefined;
}

export async function inspectQed(reader: HeaderReader): Promise<readonly Finding[]> {
  const { start } = reader;
  const features = start.u64(16, 'little');
  const nameAt = start.u32(56, 'little');
  const nameBytes = start.u32(60, 'little');
  if (features === undefined || nameAt === undefined || nameBytes === undefined) {
    return [badHeader('qed', 'is cut short')];
  }
  // Bit 0: a backing file is used.
  if (features % 2n === 0n) return [];
  const length = Math.min(nameBytes, NAME_BYTES);
  return [backingFile('qed', (await reader.at(nameAt, length)).text(0, length))];
}
