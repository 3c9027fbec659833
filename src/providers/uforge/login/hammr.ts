import { AppError, isAppError } from '../../../core/errors.js';
import type { ForeignFile, ProviderPorts } from '../../../core/provider.js';
import { escapeControls } from '../../../core/redact.js';
import { type RepeatedKey, repeatedText } from '../../../core/repeated-key.js';
import { Secret } from '../../../core/secret.js';
import { BadYaml, mapOf, readFile, type Tree } from '../../foreign-yaml.js';
import { type Base, parseBase } from '../base.js';
import { parseLogin } from '../options.js';

/** hammr's own credentials, good for hammr's own AppCenter only. */
export interface HammrAccount {
  readonly path: string;
  readonly base: Base;
  readonly user?: string;
  readonly password?: Secret;
  readonly publicKey?: string;
  readonly secretKey?: Secret;
}

/** All that hammr has in it (utils/credentials.py). */
const KEYS = ['user', 'password', 'publickey', 'secretkey', 'url', 'acceptAutoSigned'] as const;
type Key = (typeof KEYS)[number];

/** In the order in which hammr looks. */
const NAMES = ['credentials.yml', 'credentials.yaml', 'credentials.json'];

/**
 * Reads `~/.hammr/credentials.*`, the first that exists.
 *
 * hammr itself does not verify certificates unless `acceptAutoSigned` is false; imgdl always does, and says so.
 * @throws AppError config.read
 */
export async function readHammr(ports: ProviderPorts): Promise<HammrAccount | undefined> {
  const found = await findHammr(ports);
  if (found === undefined) return undefined;
  const { shown, file } = found;
  if (file.groupOrWorld) {
    const message = `${shown} contains a secret and others can read it: run chmod 600 on it`;
    ports.warn({ code: 'hammr.permissions', message });
  }
  const onRepeated = (repeated: RepeatedKey): void =>
    ports.warn({ code: 'config.repeated', message: `${shown}: ${repeatedText(repeated)}: the last one counts` });
  return accountOf(await parse(file, shown, onRepeated), shown, ports);
}

/** Where something else names the server, which may not be what somebody with such a file expects. @param why a clause */
export async function sayHammrIgnored(ports: ProviderPorts, why: string): Promise<void> {
  const found = await findHammr(ports);
  if (found === undefined) return;
  ports.warn({ code: 'hammr.ignored', message: `${found.shown} is ignored: ${why}` });
}

async function findHammr(ports: ProviderPorts) {
  for (const name of NAMES) {
    const path = `${ports.home}/.hammr/${name}`;
    const file = await ports.readFile(path);
    if (file !== undefined) return { shown: escapeControls(path), file };
  }
  return undefined;
}

function accountOf(keys: ReadonlyMap<Key, string>, path: string, ports: ProviderPorts): HammrAccount | undefined {
  const url = keys.get('url');
  if (url === undefined) {
    ports.warn({ code: 'hammr.ignored', message: `${path} has no url, so it is ignored` });
    return undefined;
  }
  if (['true', 'yes', 'on', '1'].includes(keys.get('acceptAutoSigned')?.toLowerCase() ?? '')) {
    ports.warn({
      code: 'hammr.tls',
      message: `${path} sets acceptAutoSigned, but imgdl still verifies certificates; use --cacert FILE, or --insecure if that is really what you want`,
    });
  }
  const password = keys.get('password');
  const publicKey = keys.get('publickey');
  const secretKey = keys.get('secretkey');
  if (password !== undefined && (publicKey !== undefined || secretKey !== undefined)) {
    throw new AppError('config.read', `reading ${path}: it has both a password and API keys`, {
      hint: 'keep only one of them; hammr requires that too',
    });
  }
  if ((publicKey === undefined) !== (secretKey === undefined)) {
    const [has, lacks] = publicKey === undefined ? ['secretkey', 'publickey'] : ['publickey', 'secretkey'];
    throw new AppError('config.read', `reading ${path}: it has ${has}, but no ${lacks}`, {
      hint: `add ${lacks}, or use user and password instead`,
    });
  }
  const user = keys.get('user');
  if (password !== undefined && user === undefined) {
    throw new AppError('config.read', `reading ${path}: it has a password, but no user`, { hint: 'add user' });
  }
  return {
    path,
    base: inFile(path, 'url', () => parseBase(url)),
    ...(user === undefined ? {} : { user: inFile(path, 'user', () => parseLogin(user)) }),
    ...(password === undefined ? {} : { password: new Secret(password) }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(secretKey === undefined ? {} : { secretKey: new Secret(secretKey) }),
  };
}

/** What options take may be refused in their words: the place is this file. @throws AppError */
function inFile<T>(path: string, key: Key, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError(error.kind, `reading ${path}: ${error.message}`, { hint: `correct ${key} in it` });
  }
}

/** JSON is YAML, also with tabs: one reader, so that an empty value means the same in both. */
async function parse(
  file: ForeignFile,
  path: string,
  onRepeated: (repeated: RepeatedKey) => void,
): Promise<ReadonlyMap<Key, string>> {
  const content = await read(file, path, onRepeated);
  if (content === undefined) return new Map();
  const map = mapOf(content);
  if (map === undefined) {
    throw new AppError('config.read', `reading ${path}: it has no keys`, {
      hint: 'hammr expects user, password and url in it',
    });
  }
  const keys = new Map<Key, string>();
  for (const key of KEYS) {
    const value = map.get(key);
    if (value === undefined || value === '') continue;
    // A template that was not filled in is a mapping, and no password not the same as an unreadable one.
    if (typeof value !== 'string') {
      throw new AppError('config.read', `reading ${path}: ${key} is a list or a mapping`, {
        hint: `write one value for ${key}, in quotes if it has braces or brackets`,
      });
    }
    if (/[\r\n]/.test(value)) {
      throw new AppError('config.read', `reading ${path}: ${key} contains a line break`, {
        hint: 'write the value on the line of its key, or use |- instead of |',
      });
    }
    keys.set(key, value);
  }
  return keys;
}

async function read(file: ForeignFile, path: string, onRepeated: (repeated: RepeatedKey) => void): Promise<Tree> {
  try {
    return await readFile(file, onRepeated);
  } catch (error) {
    if (!(error instanceof BadYaml)) throw error;
    throw new AppError('config.read', `reading ${path}: ${error.what}`, {
      hint: `${error.hint}, or use --url and --user instead of the file`,
    });
  }
}
