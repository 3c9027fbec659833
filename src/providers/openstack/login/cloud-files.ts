import { isAbsolute, resolve } from 'node:path';
import { AppError, isAppError } from '../../../core/errors.js';
import type { ForeignFile, ProviderPorts } from '../../../core/provider.js';
import { escapeControls, quoteForeign } from '../../../core/redact.js';
import { repeatedText } from '../../../core/repeated-key.js';
import { BadYaml, mapOf, readFile, type TreeMap } from '../../foreign-yaml.js';

/** What reading a cloud's description needs; cloudTls() is called before there is a transport. */
export type CloudPorts = Pick<ProviderPorts, 'settings' | 'env' | 'home' | 'cwd' | 'readFile' | 'warn' | 'note'> &
  Partial<Pick<ProviderPorts, 'profile' | 'secret'>>;

/** One of openstacksdk's three kinds of file (its config/loader.py). */
export type CloudFileKind = 'clouds' | 'secure' | 'clouds-public';

export interface CloudFile {
  readonly path: string;
  readonly tree: TreeMap;
}

const SECRET_KEY = /^[^#\n]*\b(?:password|passcode|\w*token|\w*secret)["']?[ \t]*:[ \t]*\S/m;

/** openstacksdk's search path without the current directory, which has rules of its own (clouds-yaml.ts). */
export function cloudDirectories(ports: CloudPorts): readonly string[] {
  // "All paths set in these environment variables must be absolute": else they lead below the current directory.
  const userConfig = [ports.env.get('XDG_CONFIG_HOME') ?? ''].filter((path) => isAbsolute(path));
  const siteConfig = (ports.env.get('XDG_CONFIG_DIRS') ?? '/etc/xdg').split(':').filter((path) => isAbsolute(path));
  const directories = [
    ...(userConfig.length > 0 ? userConfig : [`${ports.home}/.config`]),
    `${ports.home}/Library/Application Support`,
    `${ports.home}/.config`,
    ...siteConfig,
    '/etc',
  ].map((path) => `${path}/openstack`);
  return [...new Set(directories)];
}

/**
 * The first file of a kind in these directories: openstacksdk does not merge files of one kind. A file that may not
 * be read is passed over with a warning, as there.
 * @throws AppError config.read for one that cannot be parsed: a broken file must not hand over to an older one
 */
export async function findCloudFile(
  kind: CloudFileKind,
  directories: readonly string[],
  ports: CloudPorts,
): Promise<CloudFile | undefined> {
  for (const directory of directories) {
    for (const extension of ['yaml', 'yml', 'json']) {
      const path = `${directory}/${kind}.${extension}`;
      let found: Awaited<ReturnType<CloudPorts['readFile']>>;
      try {
        found = await ports.readFile(path);
      } catch (error) {
        if (!isAppError(error)) throw error;
        ports.warn({ code: error.code, message: error.message });
        continue;
      }
      if (found !== undefined) return await parsed(path, found, ports);
    }
  }
  return undefined;
}

/**
 * A file that the user named (OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE).
 * @throws AppError config.read also when it does not exist
 */
export async function readNamedFile(variable: string, path: string, ports: CloudPorts): Promise<CloudFile> {
  const absolute = resolve(ports.cwd, path);
  const found = await ports.readFile(absolute, true);
  if (found === undefined) {
    throw new AppError('config.read', `reading ${escapeControls(absolute)} of ${variable}: there is no such file`, {
      hint: `correct or unset ${variable}`,
    });
  }
  return await parsed(absolute, found, ports);
}

async function parsed(path: string, file: ForeignFile, ports: CloudPorts): Promise<CloudFile> {
  ports.note(`reading ${escapeControls(path)}`);
  if (file.groupOrWorld && SECRET_KEY.test(file.text)) {
    ports.warn({
      code: 'config.permissions',
      message: `${escapeControls(path)} contains a secret and others can read it: run chmod 600 on it`,
    });
  }
  const tree = await readFile(file, (repeated) =>
    ports.warn({
      code: 'config.repeated',
      message: `${escapeControls(path)}: ${repeatedText(repeated)}: the last one counts`,
    }),
  ).catch((error: unknown) => {
    if (!(error instanceof BadYaml)) throw error;
    throw new AppError('config.read', `reading ${escapeControls(path)}: ${error.what}`, { hint: error.hint });
  });
  return { path, tree: mapOf(tree) ?? new Map() };
}

/** Names for a message: escaped, at most twenty. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => quoteForeign(name));
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ');
}
