import { statfs } from 'node:fs/promises';

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

/** Name of the network file system the directory is on, or undefined. */
export async function networkFileSystem(directory: string): Promise<string | undefined> {
  try {
    const { type } = await statfs(directory, { bigint: true });
    // The kernel's long is signed on some platforms.
    return SHARED.get(BigInt.asUintN(32, type));
  } catch {
    return undefined;
  }
}
