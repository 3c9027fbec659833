import type { DeclaredFormat, ImageFormat } from '../../core/image-format.js';
import type { ImageRecord } from './answers.js';

/**
 * What Glance's disk formats are. The images of Amazon's three are disks, kernels and ramdisks as they are. Operators add
 * formats of their own.
 */
const DISKS: Readonly<Record<string, readonly ImageFormat[]>> = {
  raw: ['raw'],
  ami: ['raw'],
  aki: ['raw'],
  ari: ['raw'],
  qcow2: ['qcow2'],
  vmdk: ['vmdk'],
  vhd: ['vhd'],
  vhdx: ['vhdx'],
  vdi: ['vdi'],
  iso: ['iso'],
  ploop: ['parallels'],
};

/** What is around the disk. `ovf` may be a package of any kind, or the disk alone. */
const CONTAINERS: Readonly<Record<string, readonly ImageFormat[]>> = {
  ova: ['tar'],
  docker: ['tar'],
  compressed: ['gzip', 'xz', 'zstd', 'bzip2', 'zip', '7z'],
};

/** What the record says that the bytes are; undefined where it says nothing that is known. */
export function declaredFormat(image: ImageRecord): DeclaredFormat | undefined {
  const container = image.container_format ?? '';
  if (container === 'ovf') return undefined;
  const around = Object.hasOwn(CONTAINERS, container) ? CONTAINERS[container] : undefined;
  const said = around === undefined ? (image.disk_format ?? '') : container;
  const formats = around ?? (Object.hasOwn(DISKS, said) ? DISKS[said] : undefined);
  if (formats === undefined) return undefined;
  // A vmdk for ESX may be its flat extent alone, which is a raw disk.
  const isFlat = said === 'vmdk' && image.vmware_disktype === 'preallocated';
  return { said, by: 'metadata', formats: isFlat ? [...formats, 'raw'] : formats };
}
