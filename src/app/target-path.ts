import { join, resolve } from 'node:path';
import { AppError } from '../core/errors.js';
import { defaultName } from '../core/names.js';
import { escapeControls } from '../core/redact.js';
import type { Remote } from '../core/source.js';
import { isDirectory } from '../fs/directory.js';

/** Where the bytes go: as the system understands it, and as the user would type it. */
export interface Place {
  readonly path: string;
  readonly shown: string;
}

/**
 * `-o` is a file, or an existing directory, or anything with a trailing slash (a directory, which may be missing).
 * Without it, and inside a directory, the server's name is used, made safe.
 *
 * @throws AppError usage.output when no name can be derived
 */
export async function placeOf(output: string | undefined, remote: Remote, cwd: string): Promise<Place> {
  const directory =
    output === undefined ? '' : output.endsWith('/') || (await isDirectory(resolve(cwd, output))) ? output : undefined;
  if (directory === undefined && output !== undefined) return { path: resolve(cwd, output), shown: output };
  const name = defaultName(remote.name, remote.fallbackName);
  if (name === undefined) {
    const where = directory === undefined || directory === '' ? '' : ` in ${escapeControls(directory)}`;
    throw new AppError('usage.output', `choosing a file name${where}: the source does not provide one`, {
      hint: 'use -o FILE',
    });
  }
  const shown = join(directory ?? '', name);
  return { path: resolve(cwd, shown), shown };
}
