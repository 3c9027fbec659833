/**
 * Files that list digests: `SHA256SUMS`, `CHECKSUM`, `image.qcow2.sha256`. In the forms of sha256sum and its kin (GNU
 * coreutils), of BSD and `--tag`, of `openssl dgst`, and a digest alone.
 */

import { type Algorithm, algorithmOf, type Digest, normalHex } from './digest.js';
import { AppError } from './errors.js';
import { escapeControls, shorten } from './redact.js';

/** A digest and the file that it is of. */
export interface ChecksumEntry {
  /** As it is written, without `./` in front. Untrusted. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly hex: string;
}

export type BareDigest = Pick<ChecksumEntry, 'algorithm' | 'hex'>;

export interface ChecksumFile {
  /** What the user calls it: its path, or its URL without secrets. */
  readonly shown: string;
  readonly entries: readonly ChecksumEntry[];
  /** The only digest of a file that names none: it is of the only image. */
  readonly bare?: BareDigest;
  /** It lies here, came over https, or is signed: nobody on its way could have changed it. */
  readonly authenticated: boolean;
}

/** What a digest of so many digits is, where its line does not say it. */
const BY_LENGTH: ReadonlyMap<number, Algorithm> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [56, 'sha224'],
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
]);

/** `SHA256 (name) = hex`; OpenSSL leaves blanks out, and says SHA2-256. */
const TAGGED = /^(\\?)([A-Za-z0-9/_-]+) ?\((.*)\) ?= ?([0-9A-Fa-f]+)$/s;
/** The hex, a blank, and a blank or a star for text or binary. */
const PLAIN = /^(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)$/s;
/** Written by hand. */
const LOOSE = /^(\\?)([0-9A-Fa-f]{32,128})[ \t]+(.+)$/s;
/** Alone, or of what came from a pipe. */
const BARE = /^([0-9A-Fa-f]{32,128})(?: [ *]-)?$/;

/**
 * Takes the text apart. What is no entry is skipped: comments, headers of mails, the lines of a signature.
 * @param fileName of the file: it tells apart what has as many digits (`B2SUMS` and `SHA512SUMS`)
 */
export function parseChecksums(text: string, fileName: string): Pick<ChecksumFile, 'entries' | 'bare'> {
  const entries: ChecksumEntry[] = [];
  const bare: BareDigest[] = [];
  for (const written of text.replace(/^\ufeff/, '').split(/\r?\n|\r/)) {
    // coreutils skips blanks in front of a digest, too.
    const line = written.replace(/^[ \t]+/, '');
    const [, alone] = BARE.exec(line.trim()) ?? [];
    const digest = alone === undefined ? undefined : plainDigest(alone, fileName);
    const entry = alone === undefined ? entryOf(line, fileName) : undefined;
    if (digest !== undefined) bare.push(digest);
    if (entry !== undefined) entries.push(entry);
  }
  const [only] = bare;
  return { entries, ...(only !== undefined && bare.length === 1 && entries.length === 0 ? { bare: only } : {}) };
}

function entryOf(line: string, fileName: string): ChecksumEntry | undefined {
  const tagged = TAGGED.exec(line.trimEnd());
  if (tagged !== null) {
    const [, escaped = '', label = '', name = '', hex = ''] = tagged;
    const algorithm = algorithmOf(label.replace(/^sha2-/i, 'sha'));
    const normal = algorithm === undefined ? undefined : normalHex(algorithm, hex);
    return algorithm === undefined || normal === undefined
      ? undefined
      : { name: nameOf(name, escaped !== ''), algorithm, hex: normal };
  }
  const [, escaped = '', hex = '', name = ''] = PLAIN.exec(line) ?? LOOSE.exec(line.trimEnd()) ?? [];
  const digest = plainDigest(hex, fileName);
  return digest === undefined ? undefined : { name: nameOf(name.replace(/^\*/, ''), escaped !== ''), ...digest };
}

function plainDigest(hex: string, fileName: string): BareDigest | undefined {
  const named = algorithmNamed(fileName);
  const ofName = named === undefined ? undefined : normalHex(named, hex);
  if (named !== undefined && ofName !== undefined) return { algorithm: named, hex: ofName };
  const algorithm = BY_LENGTH.get(hex.length);
  return algorithm === undefined ? undefined : { algorithm, hex: hex.toLowerCase() };
}

/** `B2SUMS`, `x.img.blake2b`, `SHA3-256SUMS`: other algorithms than the usual ones of their lengths. */
function algorithmNamed(fileName: string): Algorithm | undefined {
  if (/(?:^|[^a-z0-9])(?:b2|blake2b?)(?:sums?)?(?:[^a-z0-9]|$)/i.test(fileName)) return 'blake2b512';
  const bits = /sha3[-_]?(256|384|512)/i.exec(fileName)?.[1];
  return bits === undefined ? undefined : algorithmOf(`sha3-${bits}`);
}

/** coreutils writes a backslash in front of a line whose name has escapes. */
function nameOf(written: string, escaped: boolean): string {
  const name = escaped ? written.replace(/\\([\\nr])/g, (_, char: string) => ESCAPES[char] ?? char) : written;
  return name.replace(/^(?:\.\/+)+/, '');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r' };

/**
 * The text of a clear-signed message (RFC 9580 section 7) without its signature, which is not looked at; undefined where
 * there is none. Who needs the proof lets gpgv say what the signature covers.
 */
export function clearText(text: string): string | undefined {
  const message =
    /^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)^-----BEGIN PGP SIGNATURE-----/ms;
  return message.exec(text)?.[1]?.replace(/^- /gm, '');
}

/**
 * The digests of the file at a path, of every algorithm that is listed.
 *
 * A list may name files by paths of its own, below its directory or another one: of several entries with the file's
 * name those count that agree with most of the path.
 * @param path decoded segments, of which the last is the file's name; a name alone is a path as well
 * @returns undefined where it is not listed
 * @throws AppError integrity.conflict
 */
export function listedDigests(file: ChecksumFile, path: readonly string[]): readonly Digest[] | undefined {
  if (file.bare !== undefined) return [digestOf(file.bare, file)];
  const exact = entriesFor(path, file, (name) => name);
  const entries = exact.length > 0 ? exact : entriesFor(path, file, portableName);
  if (entries.length === 0) return undefined;
  refuseContradiction(entries, file);
  return entries.map((entry) => digestOf(entry, file));
}

/** @param read what an entry's name says */
function entriesFor(
  path: readonly string[],
  file: ChecksumFile,
  read: (name: string) => string,
): readonly ChecksumEntry[] {
  const name = path.at(-1) ?? '';
  const named = file.entries
    .map((entry) => ({ entry, segments: read(entry.name).split('/') }))
    .filter(({ segments }) => name !== '' && segments.at(-1) === name)
    .map(({ entry, segments }) => ({ entry, agreement: agreementOf(segments, path) }));
  const most = Math.max(...named.map(({ agreement }) => agreement));
  return named.filter(({ agreement }) => agreement === most).map(({ entry }) => entry);
}

/** A name as tools of Windows write it, with blanks behind it, or as it stands in a URL. */
function portableName(name: string): string {
  const path = name
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/+)+/, '');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Segments that agree from the end on; where the entry's path is the end of the file's, that is worth more than any. */
function agreementOf(segments: readonly string[], path: readonly string[]): number {
  let equal = 0;
  while (equal < segments.length && equal < path.length && segments.at(-1 - equal) === path.at(-1 - equal)) equal += 1;
  return equal === segments.length ? equal + path.length : equal;
}

function refuseContradiction(entries: readonly ChecksumEntry[], file: ChecksumFile): void {
  for (const { algorithm, hex, name } of entries) {
    const other = entries.find((entry) => entry.algorithm === algorithm && entry.hex !== hex);
    if (other === undefined) continue;
    throw new AppError(
      'integrity.conflict',
      `looking up ${named(name)} in ${file.shown}: it has two different ${algorithm} digests there`,
      { hint: 'use a checksum file that lists the image once', details: { algorithm, checksums: [hex, other.hex] } },
    );
  }
}

function digestOf({ algorithm, hex }: BareDigest, file: ChecksumFile): Digest {
  return { algorithm, hex, from: 'checksums', ...(file.authenticated ? {} : { unauthenticated: true }) };
}

/** @param names under which it was looked for */
export function unlistedError(file: ChecksumFile, names: readonly string[]): AppError {
  const wanted = names.map(named).join(' or ');
  const some = [...new Set(file.entries.map(({ name }) => name))].slice(0, 3).map(named).join(', ');
  const hint =
    some === ''
      ? 'check that it is a checksum file; a digest without a name counts for a single image only'
      : `check that it is the checksum file of this image; it lists ${some}${file.entries.length > 3 ? ' and others' : ''}`;
  return new AppError('integrity.unlisted', `looking up ${wanted} in ${file.shown}: it is not listed`, { hint });
}

function named(name: string): string {
  return shorten(escapeControls(name), 100);
}
