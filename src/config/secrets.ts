import { isAbsolute, relative } from 'node:path';
import { AppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';
import { escapeControls } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { type FileFacts, readSmallFile } from './file.js';
import { variableOf } from './layers.js';

export type SecretName = 'password' | 'secret-key';

export interface SecretPorts {
  readonly settings: Settings;
  /** The rows, among which are `password-file` and `secret-key-file`. */
  readonly options: readonly OptionSpec<unknown>[];
  readonly env: ReadonlyMap<string, string>;
  /** Of this process. */
  readonly uid: number;
  /** Standard input, for a path of `-`; taken from at most once. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Secrets that a program has given as values; they come first. */
  readonly given?: ReadonlyMap<SecretName, Secret>;
}

/** 64 KiB: more than any password, less than a file named by mistake. */
const LIMIT = 64 * 1024;

/**
 * Where the two secrets that have no option come from: `--password-file` (a file, or `-` for stdin), else
 * `IMGDL_PASSWORD_FILE` or `IMGDL_PASSWORD`, else `password-file` of a configuration file; and `secret-key` alike.
 * Each is read once, when it is first asked for; undefined when nothing names it.
 * @throws AppError usage.option, config.permissions
 */
export function secretReader(ports: SecretPorts): (name: SecretName) => Promise<Secret | undefined> {
  const known = new Map<SecretName, Promise<Secret | undefined>>();
  let stdinTaken = false;
  const takeStdin = (origin: string): Promise<string> => {
    if (stdinTaken) {
      throw new AppError('usage.option', `${origin} -: stdin was already used for another secret`, {
        hint: 'put one of the two in a file',
      });
    }
    stdinTaken = true;
    return firstLine(ports.stdin, origin);
  };
  return (name) => {
    const given = ports.given?.get(name);
    if (given !== undefined) return Promise.resolve(given);
    const found = known.get(name) ?? readSecret(name, ports, takeStdin);
    known.set(name, found);
    return found;
  };
}

/**
 * A secret that is given as a text; from now on it is masked wherever it shows up.
 * @param origin for messages
 * @throws AppError usage.option
 */
export function secretOf(text: string, origin: string): Secret {
  return new Secret(checked(text, origin));
}

async function readSecret(
  name: SecretName,
  ports: SecretPorts,
  takeStdin: (origin: string) => Promise<string>,
): Promise<Secret | undefined> {
  const variable = variableOf(name);
  const direct = ports.env.get(variable) ?? '';
  const row = ports.options.find((option) => option.key === `${name}-file`);
  const path = row === undefined ? undefined : ports.settings.get(row);
  const origin = row === undefined ? undefined : ports.settings.origin(row);

  if (direct !== '' && origin === variableOf(`${name}-file`)) {
    throw new AppError('usage.option', `${variable} and ${origin} are both set`, { hint: 'unset one of them' });
  }
  // The variable stands above files and below flags, as every variable does.
  if (direct !== '' && origin?.startsWith('--') !== true) return secretOf(direct, variable);
  if (typeof path !== 'string' || origin === undefined) return undefined;
  const flag = `--${name}-file`;
  const text = path === '-' ? await takeStdin(origin) : await secretFile(path, flag, ports);
  return secretOf(text.replace(/\r?\n$/, ''), path === '-' ? `${origin} -` : escapeControls(path));
}

async function secretFile(path: string, flag: string, ports: SecretPorts): Promise<string> {
  return readSmallFile(path, {
    limit: LIMIT,
    code: 'usage.option',
    doing: 'reading the secret in',
    also: ['pipe'],
    check: (facts) => refuseShared(path, facts, flag, ports),
  });
}

/** As ssh does with its keys: what others could read, or could have put there, is not a secret. */
function refuseShared(path: string, facts: FileFacts, flag: string, ports: SecretPorts): void {
  // systemd hands credentials out as root's files of mode 0440, where the group bits are only the mask of an ACL
  // that names one user (systemd.exec(5), LoadCredential=).
  const fromManager = facts.uid === 0 && isInside(path, ports.env.get('CREDENTIALS_DIRECTORY') ?? '');
  const shared = fromManager ? facts.mode % 0o10 : facts.mode % 0o100;
  const what =
    shared !== 0
      ? `users other than its owner have access (mode ${(facts.mode % 0o1000).toString(8).padStart(4, '0')})`
      : facts.uid !== ports.uid && facts.uid !== 0
        ? `it belongs to another user (uid ${facts.uid})`
        : undefined;
  if (what === undefined) return;
  throw new AppError('config.permissions', `reading the secret in ${escapeControls(path)}: ${what}`, {
    hint: `make the file yours and run chmod 600 on it, or pass it as ${flag} - <FILE`,
  });
}

function isInside(path: string, directory: string): boolean {
  if (!isAbsolute(directory) || !isAbsolute(path)) return false;
  const rest = relative(directory, path);
  return rest !== '' && !rest.startsWith('..') && !isAbsolute(rest);
}

async function firstLine(stdin: AsyncIterable<Uint8Array>, origin: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.includes(0x0a)) break;
    if (length > LIMIT) break;
  }
  const all = Buffer.concat(chunks);
  const end = all.indexOf(0x0a);
  const line = all.subarray(0, end === -1 ? all.length : end + 1);
  if (line.length > LIMIT) {
    throw new AppError('usage.option', `${origin} -: the first line of stdin is longer than 64 KiB`, {
      hint: 'check what you pipe in',
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    throw new AppError('usage.option', `${origin} -: the first line of stdin is not UTF-8`, {
      hint: 'check what you pipe in',
    });
  }
}

/** CR, LF and NUL would split a header or end a string early; nobody means them. */
function checked(text: string, origin: string): string {
  if (text === '') {
    throw new AppError('usage.option', `${origin}: the secret is empty`, { hint: 'put it on the first line' });
  }
  if (/[\r\n\0]/.test(text)) {
    throw new AppError('usage.option', `${origin}: the secret contains a line break or a NUL`, {
      hint: 'put only the secret there, on one line',
    });
  }
  return text;
}
