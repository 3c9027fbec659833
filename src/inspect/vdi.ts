/** VirtualBox's disks. https://github.com/qemu/qemu/blob/master/block/vdi.c */
import type { Finding } from '../core/inspection.js';
import type { Fields } from './fields.js';
import { badHeader, parent } from './findings.js';

const MAGIC = 0xbeda107f;
const DIFFERENCING = 4;

export function recognizeVdi(start: Fields): 'vdi' | undefined {
  return start.u32(64, 'little') === MAGIC ? 'vdi' : undefined;
}

/** A parent is known by its UUID alone. */
export function inspectVdi(start: Fields): readonly Finding[] {
  const type = start.u32(76, 'little');
  if (type === undefined) return [badHeader('vdi', 'is cut short')];
  return type === DIFFERENCING ? [parent('vdi', '')] : [];
}
