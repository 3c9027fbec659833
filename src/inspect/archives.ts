/** What images are wrapped in, by the first bytes. Nothing in there is looked at. */
import type { Archive } from '../core/image-format.js';
import type { Fields } from './fields.js';

const SIGNATURES: readonly (readonly [format: Archive, at: number, bytes: string])[] = [
  ['gzip', 0, '\x1f\x8b\x08'],
  ['xz', 0, '\xfd7zXZ\0'],
  ['zstd', 0, '\x28\xb5\x2f\xfd'],
  ['bzip2', 0, 'BZh'],
  ['zip', 0, 'PK\x03\x04'],
  ['7z', 0, '7z\xbc\xaf\x27\x1c'],
  ['tar', 257, 'ustar'],
];

export function recognizeArchive(start: Fields): Archive | undefined {
  return SIGNATURES.find(([, at, bytes]) => start.has(at, bytes))?.[0];
}

export function isArchive(format: string): boolean {
  return SIGNATURES.some(([known]) => known === format);
}
