/** Parallels' disks, which Virtuozzo's ploop are, too. https://github.com/qemu/qemu/blob/master/docs/interop/parallels.txt */
import type { Fields } from './fields.js';

export function recognizeParallels(start: Fields): 'parallels' | undefined {
  return start.has(0, 'WithoutFreeSpace') || start.has(0, 'WithouFreSpacExt') ? 'parallels' : undefined;
}
