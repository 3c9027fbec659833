/** A CD or DVD: ISO 9660 (ECMA-119, section 8.1) or UDF (ECMA-167, section 2/9). Its first 32 KiB may be anything. */
import type { Fields } from './fields.js';

const DESCRIPTOR_AT = 32 * 1024 + 1;

export function recognizeIso(start: Fields): 'iso' | undefined {
  return start.has(DESCRIPTOR_AT, 'CD001') || start.has(DESCRIPTOR_AT, 'BEA01') ? 'iso' : undefined;
}
