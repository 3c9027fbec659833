import { open } from 'node:fs/promises';
import { AppError } from '../../core/errors.js';
import { dearmoredKeys, isBinaryKeyring } from '../../core/openpgp-armor.js';
import { escapeControls } from '../../core/redact.js';

/** The keys that a signature is wanted of. */
export type Keyring =
  | { readonly kind: 'file'; readonly path: string }
  /** Those of an armoured file, as gpgv reads them. */
  | { readonly kind: 'keys'; readonly keys: Uint8Array };

/** Armoured; a binary one is gpgv's business, and Debian's has 30 MB. */
const LIMIT = 16 * 1024 * 1024;

/**
 * @param path absolute
 * @throws AppError usage.option
 */
export async function readKeyring(path: string): Promise<Keyring> {
  const refused = (why: string): AppError =>
    new AppError('usage.option', `--keyring ${escapeControls(path)}: ${why}`, {
      hint: 'use a file with public keys, as gpg --export writes it, with or without --armor',
    });
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refused(code === 'ENOENT' || code === 'ENOTDIR' ? 'there is no such file' : `it cannot be read (${code})`);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw refused('it is not a regular file');
    const start = Buffer.alloc(16);
    const { bytesRead } = await file.read(start, 0, start.byteLength, 0);
    if (isBinaryKeyring(start.subarray(0, bytesRead))) return { kind: 'file', path };
    const keys = facts.size > LIMIT ? undefined : dearmoredKeys((await file.readFile()).toString('latin1'));
    if (keys === undefined || !isBinaryKeyring(keys)) throw refused('it has no OpenPGP keys');
    return { kind: 'keys', keys };
  } finally {
    await file.close();
  }
}
