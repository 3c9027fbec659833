/** What kind of file an image is, and what it is said to be. */

/** Containers of a disk, with a header that says so. */
export type DiskContainer = 'qcow2' | 'qcow' | 'qed' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'parallels';
/** A disk as it is, byte by byte. */
export type PlainDisk = 'raw' | 'iso' | 'luks';
/** What images are wrapped in. */
export type Archive = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip' | '7z' | 'tar';
export type ImageFormat = DiskContainer | PlainDisk | Archive;

/** What somebody says that an image is. */
export interface DeclaredFormat {
  /** In the words of whoever says it. Untrusted. */
  readonly said: string;
  readonly by: 'metadata' | 'name' | 'option';
  /** What it may be according to that. */
  readonly formats: readonly ImageFormat[];
}

/**
 * Extensions that are clear. `.img`, `.raw` and `.bin` are given to anything: Ubuntu's `.img` is a qcow2.
 */
const BY_EXTENSION: ReadonlyMap<string, readonly ImageFormat[]> = new Map([
  ['qcow2', ['qcow2']],
  ['qcow', ['qcow', 'qcow2']],
  ['qed', ['qed']],
  ['vmdk', ['vmdk']],
  ['vhd', ['vhd']],
  ['vhdx', ['vhdx']],
  ['vdi', ['vdi']],
  ['iso', ['iso']],
  ['tar', ['tar']],
  // OVF 1.1, section 12: a tar that begins with the descriptor.
  ['ova', ['tar']],
  ['gz', ['gzip']],
  ['tgz', ['gzip']],
  ['gzip', ['gzip']],
  ['xz', ['xz']],
  ['txz', ['xz']],
  ['zst', ['zstd']],
  ['bz2', ['bzip2']],
  ['zip', ['zip']],
  ['7z', ['7z']],
]);

/** VMware's data beside a descriptor: a raw disk. */
const FLAT_EXTENT = /-flat\.vmdk$/i;

/** What the extension of a file name says; undefined where it says nothing. */
export function formatOfName(name: string | undefined): DeclaredFormat | undefined {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(name ?? '')?.[1]?.toLowerCase();
  if (name === undefined || extension === undefined || FLAT_EXTENT.test(name)) return undefined;
  const formats = BY_EXTENSION.get(extension);
  return formats === undefined ? undefined : { said: `.${extension}`, by: 'name', formats };
}

/** What the word for a format says, as in `--format qcow2`; undefined where it is not one of ours. */
export function formatOfWord(word: string | undefined): DeclaredFormat | undefined {
  if (word === undefined) return undefined;
  const formats = word.toLowerCase() === 'raw' ? (['raw'] as const) : BY_EXTENSION.get(word.toLowerCase());
  return formats === undefined ? undefined : { said: word, by: 'option', formats };
}
