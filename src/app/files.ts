import { isUtf8 } from 'node:buffer';
import { lstat } from 'node:fs/promises';
import { OpenedFile, type SpecialFile } from '../config/opened-file.js';
import { AppError } from '../core/errors.js';
import type { ForeignFile, ProviderPorts } from '../core/provider.js';
import { escapeControls } from '../core/redact.js';

const LIMIT = 1024 * 1024;

/**
 * Reads small text files of other tools (clouds.yaml, hammr's credentials), each once: a description of a server is
 * looked at before the transport is made and when a source is, and a pipe has its bytes only for the first.
 */
export function foreignFileReader(): ProviderPorts['readFile'] {
  const known = new Map<string, Promise<ForeignFile | undefined>>();
  return (path, named = false) => {
    const found = known.get(path) ?? readForeignFile(path, named);
    known.set(path, found);
    return found;
  };
}

/** @param named by the user, so that it may be a pipe */
async function readForeignFile(path: string, named = false): Promise<ForeignFile | undefined> {
  const also: readonly SpecialFile[] = named ? ['pipe', 'device'] : [];
  const failed = (what: string): AppError =>
    new AppError('config.read', `reading ${escapeControls(path)}: ${what}`, {
      hint: 'check the file and its permissions',
    });
  let file: OpenedFile;
  try {
    file = await OpenedFile.open(path);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failed(code);
  }
  try {
    const { facts } = file;
    if (!file.isReadable(also)) throw failed('not a regular file');
    const bytes = await file.readAtMost(LIMIT);
    if (bytes === undefined) throw failed('larger than 1 MiB');
    const groupOrWorld = facts.isFile() && facts.mode % 0o100 !== 0;
    return { text: bytes.toString('utf8'), groupOrWorld, ...(isUtf8(bytes) ? {} : { garbled: true }) };
  } finally {
    await file.close();
  }
}

/** A link that leads nowhere is there, too: reading it says so. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

/** A PEM file that an option, or the description of a server, names. @throws AppError usage.option */
export async function readPem(path: string, key: string): Promise<string> {
  const file = await readForeignFile(path);
  if (file === undefined || !file.text.includes('-----BEGIN ')) {
    const why = file === undefined ? 'there is no such file' : 'not in PEM form';
    throw new AppError('usage.option', `${key} ${escapeControls(path)}: ${why}`, {
      hint: 'use a PEM file, with BEGIN and END lines',
    });
  }
  return file.text;
}
