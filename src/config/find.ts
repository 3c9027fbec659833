import { lstat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';

/**
 * Where configuration files are looked for. The current directory is never one of the places: an endpoint or a file
 * name from a checked-out repository must not meet the user's credentials or disk.
 */

export const SYSTEM_DIRECTORY = '/etc/imgdl';

/** The names of a configuration file, of which a directory may hold one. */
export const CONFIG_NAMES = ['config.yaml', 'config.yml', 'config.json'] as const;

export interface Places {
  /** Undefined when there is neither XDG_CONFIG_HOME nor a home directory. */
  readonly user: string | undefined;
  readonly system: string;
}

/** `$XDG_CONFIG_HOME/imgdl` or `~/.config/imgdl`, and `/etc/imgdl`. */
export function configPlaces(env: ReadonlyMap<string, string>, home: string, system = SYSTEM_DIRECTORY): Places {
  const xdg = env.get('XDG_CONFIG_HOME') ?? '';
  // XDG Base Directory specification: a relative path is invalid and to be ignored. It would also be the current
  // directory by another name, and so would a relative HOME.
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, '.config') : undefined;
  return { user: base === undefined ? undefined : join(base, 'imgdl'), system };
}

/**
 * The one configuration file of a directory, undefined when it has none.
 * @throws AppError config.read when there are two: which one counts would be a guess.
 */
export async function findConfig(directory: string): Promise<string | undefined> {
  const found: string[] = [];
  for (const name of CONFIG_NAMES) {
    const path = join(directory, name);
    if (await exists(path)) found.push(path);
  }
  if (found.length > 1) {
    const names = found.map(escapeControls).join(' and ');
    throw new AppError('config.read', `looking for the configuration: found both ${names}`, {
      hint: 'keep one and remove the other',
    });
  }
  return found[0];
}

async function exists(path: string): Promise<boolean> {
  try {
    // lstat: a dangling link is there, and reading it says so; it must not count as absent.
    await lstat(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new AppError('config.read', `looking for ${escapeControls(path)}: ${String(code ?? error)}`, {
      hint: 'make the directory readable, or name another one with XDG_CONFIG_HOME',
    });
  }
}
