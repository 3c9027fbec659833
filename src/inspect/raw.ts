/**
 * A disk as it is, known by its partition table (UEFI specification, section 5.2). One without partitions cannot be told
 * from anything else.
 */
import type { Fields } from './fields.js';

const PARTITIONS_AT = 446;
const PARTITION_BYTES = 16;
const PARTITIONS = 4;

export function recognizeRaw(start: Fields): 'raw' | undefined {
  if (!start.has(510, '\x55\xaa')) return undefined;
  const places = Array.from({ length: PARTITIONS }, (_, at) => PARTITIONS_AT + at * PARTITION_BYTES);
  const isTable = places.every((at) => start.byte(at) === 0 || start.byte(at) === 0x80);
  // The type of a partition.
  return isTable && places.some((at) => start.byte(at + 4) !== 0) ? 'raw' : undefined;
}
