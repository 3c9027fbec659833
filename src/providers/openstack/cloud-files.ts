import { resolve } from 'node:path';
import { AppError, isAppError } from '../../core/errors.js';
import type { ProviderPorts } from '../../core/provider.js';
import { escapeControls, quoteForeign } from '../../core/redact.js';

/** What reading a cloud's description needs; cloudTls() is called before there is a transport. */
export type CloudPorts = Pick<ProviderPorts, 'settings' | 'env' | 'home' | 'cwd' | 'readFile' | 'warn' | 'note'>;

/** YAML as it is written: every scalar is the text of the file. */
export type Tree = string | undefined | readonly Tree[] | TreeMap;
export type TreeMap = ReadonlyMap<string, Tree>;

/** One of openstacksdk's three kinds of file (its config/loader.py). */
export type CloudFileKind = 'clouds' | 'secure' | 'clouds-public';

export interface CloudFile {
  readonly path: string;
  readonly tree: TreeMap;
}

const SECRET_KEY = /^[^#\n]*\b(?:password|passcode|token|\w*secret)["']?[ \t]*:[ \t]*\S/m;

/** openstacksdk's search path without the current directory, which has rules of its own (clouds.ts). */
export function cloudDirectories(ports: CloudPorts): readonly string[] {
  const userConfig = ports.env.get('XDG_CONFIG_HOME') ?? `${ports.home}/.config`;
  const siteConfig = (ports.env.get('XDG_CONFIG_DIRS') ?? '/etc/xdg').split(':').filter((path) => path.startsWith('/'));
  const directories = [
    userConfig,
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
  const found = await ports.readFile(absolute);
  if (found === undefined) {
    throw new AppError('config.read', `reading ${escapeControls(absolute)} of ${variable}: there is no such file`, {
      hint: `correct or unset ${variable}`,
    });
  }
  return await parsed(absolute, found, ports);
}

async function parsed(
  path: string,
  file: { readonly text: string; readonly groupOrWorld: boolean },
  ports: CloudPorts,
): Promise<CloudFile> {
  if (file.groupOrWorld && SECRET_KEY.test(file.text)) {
    ports.warn({
      code: 'config.permissions',
      message: `${escapeControls(path)} holds a secret and can be read by others: chmod 600 it`,
    });
  }
  const load = await loader();
  let yaml: unknown;
  try {
    yaml = load(file.text.replace(/^\ufeff/, ''));
  } catch (error) {
    // The exception's own text quotes lines of the file, and those may hold a secret: only the place is told.
    const mark = /\((\d+):(\d+)\)/.exec(error instanceof Error ? error.message : '');
    const place = mark === null ? '' : `, line ${mark[1]}, column ${mark[2]}`;
    throw new AppError('config.read', `reading ${escapeControls(path)}: this is not valid YAML${place}`, {
      hint: 'correct the file',
    });
  }
  return { path, tree: mapOf(treeOf(yaml, new Map())) ?? new Map() };
}

/**
 * Loaded when there is a file to read: many log in by the environment.
 *
 * With any richer schema `project_id: 012345` becomes a number and loses digits. `<<` is kept: people write
 * clouds.yaml with merge keys, and PyYAML knows them.
 */
async function loader(): Promise<(text: string) => unknown> {
  const { FAILSAFE_SCHEMA, load, Type } = await import('js-yaml');
  const merge = new Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text: unknown) => text === '<<' });
  const schema = FAILSAFE_SCHEMA.extend({ implicit: [merge] });
  return (text) => load(text, { schema });
}

/** Aliases are shared, not copied, in the result too: a "billion laughs" file stays as small as it is. */
function treeOf(value: unknown, seen: Map<object, Tree>): Tree {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: Tree[] = [];
    seen.set(value, list);
    for (const item of value) list.push(treeOf(item, seen));
    return list;
  }
  const map = new Map<string, Tree>();
  seen.set(value, map);
  for (const [key, item] of Object.entries(value)) map.set(key, treeOf(item, seen));
  return map;
}

export function mapOf(tree: Tree): TreeMap | undefined {
  return tree instanceof Map ? tree : undefined;
}

export function listOf(tree: Tree): readonly Tree[] | undefined {
  return Array.isArray(tree) ? tree : undefined;
}

/** Names for a message: escaped, at most twenty. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => quoteForeign(name));
  return names.length > 20 ? `${shown.join(', ')} and ${names.length - 20} more` : shown.join(', ');
}
