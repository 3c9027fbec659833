import { type Calls, THREADED } from './calls.js';

/** statfs(2) f_type of file systems that several hosts share, from linux/magic.h and the file systems' own headers. */
const SHARED: ReadonlyMap<bigint, string> = new Map([
  [0x6969n, 'NFS'],
  [0x517bn, 'SMB'],
  [0xff534d42n, 'CIFS'],
  [0xfe534d42n, 'SMB2'],
  [0x0bd00bd0n, 'Lustre'],
  [0x00c36400n, 'Ceph'],
  [0x47504653n, 'GPFS'],
  [0x5346414fn, 'AFS'],
  [0x01021997n, '9p'],
  [0x19830326n, 'BeeGFS'],
  [0x01161970n, 'GFS2'],
  [0x7461636fn, 'OCFS2'],
]);

/** File systems that answer from memory or a disk of this host. */
const LOCAL: ReadonlySet<bigint> = new Set([
  0xef53n, // ext2, ext3, ext4
  0x58465342n, // XFS
  0x9123683en, // Btrfs
  0xf2f52010n, // F2FS
  0x2fc12fc1n, // ZFS
  0x01021994n, // tmpfs
  0x794c7630n, // overlayfs
]);

/** False where a server, or a program that stands for the disk, must answer, and where nobody knows. */
export async function isLocal(directory: string): Promise<boolean> {
  const type = await typeOf(directory, THREADED);
  return type !== undefined && LOCAL.has(type);
}

/** Name of the network file system the directory is on, or undefined. */
export async function networkFileSystem(directory: string, calls: Calls = THREADED): Promise<string | undefined> {
  const type = await typeOf(directory, calls);
  return type === undefined ? undefined : SHARED.get(type);
}

async function typeOf(directory: string, calls: Calls): Promise<bigint | undefined> {
  try {
    const { type } = await calls.statfs(directory);
    // The kernel's long is signed on some platforms.
    return BigInt.asUintN(32, type);
  } catch {
    return undefined;
  }
}
