/**
 * Files that list digests: `SHA256SUMS`, `CHECKSUM`, `image.qcow2.sha256`. In the forms of sha256sum and its kin (GNU
 * coreutils), of BSD and `--tag`, of `openssl dgst`, and a digest alone.
 */

import { type DigestKind, digestKind, unusualWord } from './checksum-algorithm.js';
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

/** An entry whose algorithm imgdl does not compute. */
export interface ForeignEntry {
  /** Absent where the digest stands alone. Untrusted, as the label. */
  readonly name?: string;
  readonly label: string;
}

export interface ChecksumFile {
  /** What the user calls it: its path, or its URL without secrets. */
  readonly shown: string;
  readonly entries: readonly ChecksumEntry[];
  /** The only digest of a file that names none: it is of the only image. */
  readonly bare?: BareDigest;
  readonly foreign: readonly ForeignEntry[];
  /** It lies here, came over https, or is signed: nobody on its way could have changed it. */
  readonly authenticated: boolean;
}

/** `SHA256 (name) = hex`; OpenSSL leaves blanks out, says SHA2-256, and may leave out the algorithm of what it was piped. */
const TAGGED = /^(\\?)([A-Za-z0-9/_-]*) ?\((.*)\) ?= ?([0-9A-Fa-f]+)$/s;
/** The hex, a blank, and a blank or a star for text or binary. `sha256:` in front is how `--checksum` has it. */
const PLAIN = /^(\\?)(?:([A-Za-z0-9]+):)?([0-9A-Fa-f]{32,128}) [ *](.+)$/s;
/** Written by hand. */
const LOOSE = /^(\\?)(?:([A-Za-z0-9]+):)?([0-9A-Fa-f]{32,128})[ \t]+(.+)$/s;
/** Alone. */
const BARE = /^()(?:([A-Za-z0-9]+):)?([0-9A-Fa-f]{32,128})()$/;

/** How the tools call what came from a pipe, which has no name. */
const PIPED: ReadonlySet<string> = new Set(['-', 'stdin']);

/** Digits of a digest; less is a number. */
const SHORTEST = 32;

type Entries = Pick<ChecksumFile, 'entries' | 'bare' | 'foreign'>;

/**
 * Takes the text apart. What is no entry is skipped: comments, headers of mails, the lines of a signature.
 * @param fileName of the file: it tells apart what has as many digits (`B2SUMS` and `SHA512SUMS`)
 */
export function parseChecksums(text: string, fileName: string): Entries {
  const entries: ChecksumEntry[] = [];
  const bare: BareDigest[] = [];
  const foreign: ForeignEntry[] = [];
  const word = unusualWord(fileName);
  for (const written of text.replace(/^\ufeff/, '').split(/\r?\n|\r/)) {
    // coreutils skips blanks in front of a digest, too.
    const line = lineOf(written.replace(/^[ \t]+/, ''));
    const kind = line === undefined ? undefined : kindOf(line, word);
    if (line === undefined || kind === undefined) continue;
    const { name, hex } = line;
    if (kind.kind === 'foreign') foreign.push({ label: kind.label, ...(name === undefined ? {} : { name }) });
    else if (name === undefined) bare.push({ algorithm: kind.algorithm, hex });
    else entries.push({ name, algorithm: kind.algorithm, hex });
  }
  const [only] = bare;
  const isAlone = only !== undefined && bare.length === 1 && entries.length === 0;
  return { entries, foreign, ...(isAlone ? { bare: only } : {}) };
}

/** A line as it is written. */
interface Line {
  /** Of the algorithm; empty where it is not said. */
  readonly label: string;
  /** Lower case. */
  readonly hex: string;
  /** Undefined for a digest that stands alone. */
  readonly name: string | undefined;
}

function lineOf(written: string): Line | undefined {
  const tagged = TAGGED.exec(written.trimEnd());
  if (tagged !== null) {
    const [, escaped, label = '', name = '', hex = ''] = tagged;
    return { label, hex: hex.toLowerCase(), name: nameOf(name, escaped) };
  }
  const plain = BARE.exec(written.trimEnd()) ?? PLAIN.exec(written) ?? LOOSE.exec(written.trimEnd());
  if (plain === null) return undefined;
  const [, escaped, label = '', hex = '', name = ''] = plain;
  return { label, hex: hex.toLowerCase(), name: name === '' ? undefined : nameOf(name.replace(/^\*/, ''), escaped) };
}

/** @returns undefined for what has not the length of a digest */
function kindOf({ label, hex }: Line, word: string | undefined): DigestKind | undefined {
  if (label === '') return digestKind(hex, word);
  const algorithm = algorithmOf(label.replace(/^sha2-/i, 'sha'));
  if (algorithm === undefined) return hex.length < SHORTEST ? undefined : { kind: 'foreign', label };
  return normalHex(algorithm, hex) === undefined ? undefined : { kind: 'known', algorithm };
}

/** coreutils writes a backslash in front of a line whose name has escapes. Undefined for what came from a pipe. */
function nameOf(written: string, escaped: string | undefined): string | undefined {
  if (PIPED.has(written)) return undefined;
  const name = escaped ? written.replace(/\\([\\nr])/g, (_, char: string) => ESCAPES[char] ?? char) : written;
  return name.replace(/^(?:\.\/+)+/, '');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r' };

/**
 * The text of a clear-signed message (RFC 9580 section 7) without its signature, which is not looked at; undefined where
 * there is none. Who needs the proof lets gpgv say what the signature covers.
 */
export function clearText(text: string): string | undefined {
  const begin = /^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n/m.exec(text);
  if (begin === null) return undefined;
  const message = text.slice(begin.index + begin[0].length);
  // An empty line ends the headers, which may be none.
  const headers = /(?:^|\n)\r?\n/.exec(message);
  if (headers === null) return undefined;
  const body = message.slice(headers.index + headers[0].length);
  const end = body.search(/^-----BEGIN PGP SIGNATURE-----/m);
  return end < 0 ? undefined : body.slice(0, end).replace(/^- /gm, '');
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
  const most = named.reduce((best, { agreement }) => Math.max(best, agreement), 0);
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
  const known = new Map<Algorithm, string>();
  for (const { algorithm, hex, name } of entries) {
    const other = known.get(algorithm) ?? hex;
    known.set(algorithm, other);
    if (other === hex) continue;
    throw new AppError(
      'integrity.conflict',
      `looking up ${named(name)} in ${file.shown}: it has two different ${algorithm} digests there`,
      { hint: 'use a checksum file that lists the image once', details: { algorithm, checksums: [other, hex] } },
    );
  }
}

function digestOf({ algorithm, hex }: BareDigest, file: ChecksumFile): Digest {
  return { algorithm, hex, from: 'checksums', ...(file.authenticated ? {} : { unauthenticated: true }) };
}

/** @param names under which it was looked for */
export function unlistedError(file: ChecksumFile, names: readonly string[]): AppError {
  const wanted = names.map(named).join(' or ');
  const foreign = file.foreign.find(({ name }) => name === undefined || names.includes(name.split('/').at(-1) ?? ''));
  if (foreign !== undefined) {
    const what = `its digest there is of the algorithm ${named(foreign.label)}, which imgdl does not know`;
    return new AppError('integrity.unlisted', `looking up ${wanted} in ${file.shown}: ${what}`, {
      hint: 'use a checksum file of another algorithm, such as SHA256SUMS, or --checksum ALGO:HEX',
    });
  }
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
