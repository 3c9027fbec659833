import { X509Certificate } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { escapeControls } from '../core/redact.js';

/**
 * Certificates of authorities in files, as OpenSSL has them. Read without waiting: it is done once, within the call that
 * makes a TLS context.
 */
export interface CertificateSet {
  readonly certificates: readonly FoundCertificate[];
  /** Files of a directory that were passed over, and why. */
  readonly skipped: readonly string[];
  readonly isDirectory: boolean;
}

/** One that is there; whether it is any good is another question. */
export interface FoundCertificate {
  /** With its BEGIN line. */
  readonly pem: string;
  /** `certificate 2 in /etc/ssl/bundle.pem`, escaped. */
  readonly place: string;
}

/** 50 times the bundle of a distribution. */
const LIMIT = 16 * 1024 * 1024;

/** As `openssl rehash` names the links; `.r0` are revocation lists. */
const HASHED = /^[0-9a-f]{8}\.\d+$/;
const PLAIN = /\.(?:pem|crt|cer)$/i;

/**
 * All certificates of a file or of a directory.
 *
 * In a directory with hashed names those count, and nothing else, as with OpenSSL; in any other one every .pem, .crt and
 * .cer file does. Not those in directories below.
 * @throws CertificateFileError when the path itself cannot be read
 */
export function readCertificates(path: string): CertificateSet {
  if (!isDirectory(path)) return { certificates: certificatesIn(path), skipped: [], isDirectory: false };
  const skipped: string[] = [];
  const certificates = namesOf(path).flatMap((name) => {
    const file = join(path, name);
    try {
      return certificatesIn(file);
    } catch (error) {
      // A link whose package is gone, a file of somebody else's: the others are as good as before.
      skipped.push(`${escapeControls(file)}: ${reason(error)}`);
      return [];
    }
  });
  return { certificates, skipped, isDirectory: true };
}

/** Why a file or directory of certificates cannot be read; the message is that reason alone. */
export class CertificateFileError extends Error {
  override readonly name = 'CertificateFileError';
}

/** Can it be parsed? Node skips one that it cannot, without a word. */
export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/**
 * A name for a certificate that no other one has, for less than parsing it: the end of its signature. Line breaks,
 * and how many letters a line has, do not matter.
 */
export function fingerprint(pem: string): string {
  const end = pem.lastIndexOf('-----END');
  return pem
    .slice(Math.max(0, end - 200), end)
    .replace(/\s/g, '')
    .slice(-120);
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new CertificateFileError(reason(error));
  }
}

function namesOf(directory: string): readonly string[] {
  try {
    const names = readdirSync(directory).sort();
    const hashed = names.filter((name) => HASHED.test(name));
    return hashed.length > 0 ? hashed : names.filter((name) => PLAIN.test(name));
  } catch (error) {
    throw new CertificateFileError(reason(error));
  }
}

function certificatesIn(path: string): readonly FoundCertificate[] {
  const place = escapeControls(path);
  return pemBlocks(readText(path)).map((pem, at) => ({ pem, place: `certificate ${at + 1} in ${place}` }));
}

function readText(path: string): string {
  let file: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    file = openSync(path, constants.O_RDONLY + constants.O_NONBLOCK);
    const facts = fstatSync(file);
    if (!facts.isFile()) throw new CertificateFileError('not a regular file');
    if (facts.size > LIMIT) throw new CertificateFileError('larger than 16 MiB');
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw error instanceof CertificateFileError ? error : new CertificateFileError(reason(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * The certificates of a text, each from its BEGIN to its END line. What is between them, such as names in words, is not
 * looked at. One whose END is missing is there too, up to the next one: it must be noticed.
 */
function pemBlocks(text: string): readonly string[] {
  const begins = [...text.matchAll(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g)].map(({ index }) => index);
  return begins.map((begin, at) => {
    const block = text.slice(begin, begins[at + 1] ?? text.length);
    const end = /-----END [A-Z0-9 ]+-----/.exec(block);
    return `${end === null ? block : block.slice(0, end.index + end[0].length)}\n`;
  });
}

function reason(error: unknown): string {
  if (error instanceof CertificateFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EACCES: 'permission denied',
    ELOOP: 'too many symbolic links',
  };
  return words[code] ?? (code === '' ? 'it cannot be read' : code);
}
