import { AppError } from './errors.js';
import { quoteForeign } from './redact.js';

/** Digest algorithms by the names of Node's crypto, weakest first (core/digest.ts knows the aliases). */
export const ALGORITHMS = [
  'md5',
  'sha1',
  'sha224',
  'blake2s256',
  'sha3-256',
  'sha256',
  'sha384',
  'sha3-384',
  'blake2b512',
  'sha3-512',
  'sha512',
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/**
 * Who promised a digest. `user`: `--checksum`. `checksums`: the file that `--checksums` names. `receipt`: we ourselves,
 * in an earlier run, with no more proof than that run had.
 */
export type DigestOrigin = 'user' | 'checksums' | 'metadata' | 'header' | 'receipt';

export interface Digest {
  readonly algorithm: Algorithm;
  /** Lower-case hex of the right length for the algorithm. */
  readonly hex: string;
  readonly from: DigestOrigin;
  /** Of a checksum file that anybody on its way could have changed. */
  readonly unauthenticated?: true;
}

/** Whose word a digest is, the weightiest first. A checksum file is the user's word unless others may have written it. */
const VOICES = ['user', 'metadata', 'header', 'receipt'] as const;

export type Voice = (typeof VOICES)[number];

export function voiceOf({ from, unauthenticated }: Digest): Voice {
  if (from !== 'checksums') return from;
  return unauthenticated === true ? 'header' : 'user';
}

/** A digest beside what was computed. `matched` is null where nobody promised a value, or nothing was computed yet. */
export interface CheckedDigest {
  readonly algorithm: Algorithm;
  readonly hex: string;
  readonly from: DigestOrigin | 'computed';
  readonly matched: boolean | null;
}

/** `user`: a checksum that is the user's word matched; else the strongest algorithm that matched; else how little is known. */
export type Verified = 'user' | Algorithm | 'size-only' | 'none';

const HEX_LENGTH: Readonly<Record<Algorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  blake2s256: 64,
  'sha3-256': 64,
  sha256: 64,
  sha384: 96,
  'sha3-384': 96,
  blake2b512: 128,
  'sha3-512': 128,
  sha512: 128,
};

/** Names of Python's hashlib (Glance's `os_hash_algo`) and of coreutils, beside Node's own. */
const ALIASES: ReadonlyMap<string, Algorithm> = new Map([
  ['blake2b', 'blake2b512'],
  ['blake2s', 'blake2s256'],
  ...ALGORITHMS.map((name): [string, Algorithm] => [name.replaceAll('-', ''), name]),
]);

/** Node's name of an algorithm however it is spelled (`SHA_512`, `sha3_256`), or undefined. */
export function algorithmOf(name: string): Algorithm | undefined {
  return ALIASES.get(name.trim().toLowerCase().replace(/[-_]/g, ''));
}

/** The digest in lower case, or undefined when it is not hex of the algorithm's length. */
export function normalHex(algorithm: Algorithm, text: string): string | undefined {
  const hex = text.trim().toLowerCase();
  return hex.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(hex) ? hex : undefined;
}

/** The algorithms that `--checksum` takes. */
export const CHECKSUM_ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;

/**
 * `ALGO:HEX` as a user types it.
 * @throws AppError usage.option
 */
export function parseChecksum(text: string): Digest {
  const colon = text.indexOf(':');
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => name === algorithmOf(text.slice(0, colon)));
  if (colon < 1 || algorithm === undefined) {
    const why = /^[^\s:]+:[0-9a-f]+$/i.test(text)
      ? `the algorithm ${quoteForeign(text.slice(0, colon))} is not known`
      : 'not of the form ALGO:HEX';
    throw new AppError('usage.option', `--checksum ${quoteForeign(text)}: ${why}`, {
      hint: checksumHint(text) ?? `use one of ${CHECKSUM_ALGORITHMS.join(', ')}, as in sha256:0123…`,
    });
  }
  const hex = normalHex(algorithm, text.slice(colon + 1));
  if (hex === undefined) {
    throw new AppError('usage.option', `--checksum ${quoteForeign(text)}: not ${HEX_LENGTH[algorithm]} hex digits`, {
      hint: checksumHint(text) ?? `a ${algorithm} digest has ${HEX_LENGTH[algorithm]} hex digits`,
    });
  }
  return { algorithm, hex, from: 'user' };
}

/** What was meant, where it can be told: a digest without its algorithm, or a file of digests as Ansible takes it here. */
function checksumHint(text: string): string | undefined {
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => normalHex(name, text) !== undefined);
  if (algorithm !== undefined) return `if it is a ${algorithm} digest, write ${algorithm}:${text.trim().slice(0, 4)}…`;
  return /:\/\/|^(?:[\w-]+:)?(?:\.{0,2}\/|~)|\.\w+$|sums?$/i.test(text)
    ? 'for a checksum file, use --checksums URL|FILE'
    : undefined;
}

/** A digest as parseChecksum() takes it. Undefined for what is none. */
export function checksumText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('algorithm' in value && 'hex' in value)) return undefined;
  return `${value.algorithm}:${value.hex}`;
}

/**
 * `Content-MD5`: base64 of 16 bytes by RFC 1864, 32 hex digits by Glance; the two never overlap.
 * Undefined when it is neither.
 */
export function parseContentMd5(value: string): string | undefined {
  const text = value.trim();
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase();
  if (/^[A-Za-z0-9+/]{22}==$/.test(text)) return Buffer.from(text, 'base64').toString('hex');
  return undefined;
}

/** Promises of several sources, one per algorithm and value: that of whose word weighs most, else the first. */
export function mergeDigests(...lists: readonly (readonly Digest[])[]): readonly Digest[] {
  const found = new Map<string, Digest>();
  for (const digest of lists.flat()) {
    const key = `${digest.algorithm}:${digest.hex}`;
    const earlier = found.get(key);
    if (earlier === undefined || outweighs(digest, earlier)) found.set(key, digest);
  }
  return [...found.values()];
}

function outweighs(a: Digest, b: Digest): boolean {
  return VOICES.indexOf(voiceOf(a)) < VOICES.indexOf(voiceOf(b));
}
