import { type ChecksumFile, clearText, parseChecksums } from '../../core/checksum-file.js';
import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { type Signed, verifySignature } from './gpgv.js';
import type { Keyring } from './keyring.js';
import type { ChecksumPlace } from './place.js';

/** How a checksum file is proven. */
export interface Proof {
  /** It must be signed by one of these. */
  readonly keyring: Keyring;
  /** The variable PATH, for gpgv. */
  readonly path: string;
  /** For `-v`. */
  note(message: string): void;
}

/**
 * A checksum file, taken apart. With a proof nothing but what a signature covers is read.
 * @throws AppError integrity.signature, usage.*, and what reading throws; the signal's reason
 */
export async function readChecksums(
  place: ChecksumPlace,
  proof: Proof | undefined,
  signal: AbortSignal,
): Promise<ChecksumFile> {
  const bytes = await place.read(signal);
  const text = proof === undefined ? plainText(bytes) : decoded(await signedText(bytes, place, proof, signal));
  const authenticated = proof !== undefined || place.authenticated;
  return { shown: place.shown, authenticated, ...parseChecksums(text, place.name) };
}

/** Names need not be UTF-8; one that is none is not found. PowerShell writes UTF-16. */
function decoded(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

function plainText(bytes: Uint8Array): string {
  const text = decoded(bytes);
  return clearText(text) ?? text;
}

/** What names the signature of a file: Fedora's and Arch's, Ubuntu's, Debian's. */
const SUFFIXES = ['.asc', '.gpg', '.sign', '.sig'] as const;

async function signedText(
  bytes: Uint8Array,
  place: ChecksumPlace,
  proof: Proof,
  signal: AbortSignal,
): Promise<Uint8Array> {
  // A BOM in front of a clear-signed text is outside of what is signed, and gpgv would not find the beginning.
  const bare = withoutBom(bytes);
  if (isClearSigned(bare)) {
    const signed = await verified(bare, undefined, place.shown, proof, signal);
    if (signed.kind === 'good') return signed.text;
    throw unsigned(place.shown, signed.why);
  }
  const failures: string[] = [];
  for (const suffix of SUFFIXES) {
    const beside = await place.beside(suffix, signal);
    if (beside === undefined) continue;
    const signature = withoutBom(beside);
    // Of CentOS and others it is a clear-signed copy.
    const data = isClearSigned(signature) ? undefined : bytes;
    const signed = await verified(signature, data, place.shown, proof, signal);
    if (signed.kind === 'good') return signed.text;
    failures.push(`${signed.why} (${suffix})`);
  }
  const nothing = `it is not clear-signed, and beside it there is no ${SUFFIXES.join(', ')}`;
  throw unsigned(place.shown, failures.join('; ') || nothing);
}

async function verified(
  signature: Uint8Array,
  data: Uint8Array | undefined,
  shown: string,
  { keyring, path, note }: Proof,
  signal: AbortSignal,
): Promise<Signed> {
  const input = { keyring, signature, ...(data === undefined ? {} : { data }) };
  const signed = await verifySignature(input, path, shown, signal);
  if (signed.kind === 'good') note(`${shown} is signed by ${quoteForeign(signed.signer)} (${signed.fingerprint})`);
  return signed;
}

function withoutBom(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function isClearSigned(bytes: Uint8Array): boolean {
  return /^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?$/m.test(Buffer.from(bytes).toString('latin1'));
}

function unsigned(shown: string, why: string): AppError {
  return new AppError('integrity.signature', `verifying the signature of ${shown}: ${why}`, {
    hint: 'check that --keyring has the key of the publisher, and that the file is complete',
  });
}
