import { lstat, open } from 'node:fs/promises';
import { AppError } from '../core/errors.js';
import type { ProviderPorts } from '../core/provider.js';
import { escapeControls } from '../core/redact.js';

const LIMIT = 1024 * 1024;

/** Small text files of other tools (clouds.yaml, hammr's credentials); see ProviderPorts.readFile. */
export const readForeignFile: ProviderPorts['readFile'] = async (path) => {
  const failed = (what: string): AppError =>
    new AppError('config.read', `reading ${escapeControls(path)}: ${what}`, {
      hint: 'check the file and its permissions',
    });
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failed(code);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw failed('not a regular file');
    if (facts.size > LIMIT) throw failed('larger than 1 MiB');
    const text = await file.readFile('utf8');
    return { text, groupOrWorld: facts.mode % 0o100 !== 0 };
  } finally {
    await file.close();
  }
};

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

/** A PEM file that an option names. @throws AppError usage.option */
export async function readPem(path: string, flag: string): Promise<string> {
  const file = await readForeignFile(path);
  if (file === undefined || !file.text.includes('-----BEGIN ')) {
    const why = file === undefined ? 'there is no such file' : 'not in PEM form';
    throw new AppError('usage.option', `${flag} ${escapeControls(path)}: ${why}`, {
      hint: 'use a PEM file, with BEGIN and END lines',
    });
  }
  return file.text;
}
