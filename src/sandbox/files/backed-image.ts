import { FixedObject } from './objects.js';

const CLUSTER = 65_536;
const HEADER_BYTES = 104;
/** A file that every host has. */
const BACKING_FILE = '/etc/passwd';

/** A qcow2 whose header names a backing file, as an attacker would upload it: what opens it shows that file as a disk. */
export function backedImage(name: string, modifiedMs: number): FixedObject {
  const image = Buffer.alloc(4 * CLUSTER);
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(3, 4);
  image.writeBigUInt64BE(BigInt(HEADER_BYTES + 8), 8);
  image.writeUInt32BE(BACKING_FILE.length, 16);
  // Clusters of 64 KiB, a disk of 64 MiB with one table of level 1, and one of the reference counts.
  image.writeUInt32BE(16, 20);
  image.writeBigUInt64BE(BigInt(64 * 1024 * 1024), 24);
  image.writeUInt32BE(1, 36);
  image.writeBigUInt64BE(BigInt(3 * CLUSTER), 40);
  image.writeBigUInt64BE(BigInt(CLUSTER), 48);
  image.writeUInt32BE(1, 56);
  image.writeUInt32BE(4, 96);
  image.writeUInt32BE(HEADER_BYTES, 100);
  image.write(BACKING_FILE, HEADER_BYTES + 8, 'latin1');
  image.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER);
  for (let used = 0; used < 4; used += 1) image.writeUInt16BE(1, 2 * CLUSTER + 2 * used);
  return new FixedObject(name, image, modifiedMs);
}
