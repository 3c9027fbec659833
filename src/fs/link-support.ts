/**
 * What link(2) says where hard links cannot be made: EPERM by POSIX (vfat, exFAT, some FUSE), the others by network
 * and FUSE file systems; EMLINK where a file may have one name only; EXDEV where the names of one directory may lie on
 * several disks (mergerfs).
 */
export const LINK_UNSUPPORTED: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
  'EXDEV',
  'ENOSYS',
]);
