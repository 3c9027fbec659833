import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../core/errors.js';
import type { OptionSpec } from '../core/option.js';
import { escapeControls } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { remember } from '../core/vault.js';
import type { Profile } from './profiles.js';
import { readSecretFile, SECRET_BYTES } from './secret-file.js';
import type { SecretName } from './secret-places.js';
import { type Place, placeInProfile, placeOf, type SecretSearch } from './secret-search.js';

export interface SecretPorts extends SecretSearch {
  /** For `~/` in the command of a profile. */
  readonly home?: string;
  /** What a path is relative to, and where the command of a profile runs that came through a pipe. */
  readonly cwd?: string;
  /** Of this process. */
  readonly uid: number;
  /** Standard input, for a path of `-`; taken from at most once. */
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Told where a secret was read from. */
  readonly note: (message: string) => void;
  /** Secrets that a program has given as values; they come first. */
  readonly given?: ReadonlyMap<SecretName, Secret>;
  /** Ends the command of a profile. */
  readonly signal?: AbortSignal;
}

/**
 * @param server the option that names the server which the secret is for: a secret of the environment goes only to one
 *   that the environment or a flag names, that of a profile only to the profile's own. Absent: any
 */
export type SecretReader = (name: SecretName, server?: OptionSpec<unknown>) => Promise<Secret | undefined>;

/**
 * Where the two secrets that have no option come from: `--password-file` (a file, or `-` for stdin), else the profile in
 * use, else `IMGDL_PASSWORD_FILE` or `IMGDL_PASSWORD`, else `password-file` of a configuration file; and `secret-key`
 * alike. Each is read once, when it is first asked for; undefined when nothing names it.
 * @throws AppError usage.option, config.permissions, config.command
 */
export function secretReader(ports: SecretPorts): SecretReader {
  const known = new Map<string, Promise<Secret | undefined>>();
  const take = secretTaker(ports);
  return (name, server) => {
    const given = ports.given?.get(name);
    if (given !== undefined) return Promise.resolve(given);
    const asked = `${name} ${server?.key ?? ''}`;
    const place = known.get(asked) ?? takeSecret(name, server, ports, take);
    known.set(asked, place);
    return place;
  };
}

type TakeSecret = (name: SecretName, place: Place) => Promise<Secret>;

/**
 * The secret of a profile that is not the one in use, for a plain URL of its origin.
 * @throws AppError as {@link secretReader}
 */
export async function profileSecret(
  name: SecretName,
  profile: Profile,
  ports: SecretPorts,
): Promise<Secret | undefined> {
  const place = placeInProfile(name, profile);
  return place === undefined ? undefined : await secretTaker(ports)(name, place);
}

async function takeSecret(
  name: SecretName,
  server: OptionSpec<unknown> | undefined,
  ports: SecretPorts,
  take: TakeSecret,
): Promise<Secret | undefined> {
  const place = placeOf(name, server, ports);
  if (place === undefined) return undefined;
  const secret = await take(name, place);
  ports.note(`the ${name} is read from ${sourceText(place)}`);
  return secret;
}

/** Not before it was read: a bare word in the place of a file may be the secret itself. */
function sourceText({ origin, where }: Place): string {
  if (where.kind !== 'file') return origin;
  return where.path === '-' ? 'stdin' : escapeControls(where.path);
}

/**
 * A secret that is given as a text; from now on it is masked wherever it shows up.
 * @param origin for messages
 * @throws AppError usage.option
 */
export function secretOf(text: string, origin: string): Secret {
  return new Secret(checked(text, origin));
}

function secretTaker(ports: SecretPorts): TakeSecret {
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
  return async (name, { origin, where, named }) => {
    switch (where.kind) {
      case 'variable': {
        const text = ports.env.get(where.name);
        if (text !== undefined && text !== '') return secretOf(text, where.name);
        throw new AppError('usage.option', `${origin}: ${variableWords(where.name)} is not set`, {
          hint: LIKE_A_NAME.test(where.name) ? `set ${where.name} to the secret` : 'set it, or correct its name',
        });
      }
      case 'command':
        return secretOf(await commandOutput(where.argv, origin, named, ports), origin);
      case 'file': {
        const { path } = where;
        const text = path === '-' ? await takeStdin(origin) : await secretFile(path, `--${name}-file`, ports);
        return secretOf(text.replace(/\r?\n$/, ''), path === '-' ? `${origin} -` : escapeControls(path));
      }
    }
  };
}

/** `~/` is the home directory, as no shell expands it. Relative paths are relative to the file that names the command. */
async function commandOutput(
  argv: readonly string[],
  origin: string,
  named: string | undefined,
  { env, home = '', cwd = '/', uid, signal = new AbortController().signal }: SecretPorts,
): Promise<string> {
  if (named !== undefined) await refuseWritable(named, origin, uid);
  const words = argv.map((word) => (word.startsWith('~/') && isAbsolute(home) ? join(home, word.slice(2)) : word));
  const directory = named === undefined ? cwd : dirname(named);
  // Starting processes takes a while to load.
  const { secretFromCommand } = await import('./secret-command.js');
  return await secretFromCommand({ argv: words, cwd: directory, env, origin, signal });
}

/** As ssh does with its own file: what others can write is not run in our name. */
async function refuseWritable(named: string, origin: string, uid: number): Promise<void> {
  const facts = await stat(named);
  const othersWrite = Math.floor((facts.mode % 0o10) / 2) % 2 === 1;
  if (othersWrite || (facts.uid !== uid && facts.uid !== 0)) {
    throw new AppError('config.permissions', `${origin}: users other than you can change the file`, {
      hint: 'make the file yours, and run chmod go-w on it',
    });
  }
}

async function secretFile(path: string, flag: string, { env, uid, cwd = '' }: SecretPorts): Promise<string> {
  const absolute = resolve(cwd, path);
  if (!path.includes('/') && !(await exists(absolute))) {
    // Who is asked for a password gives it, where the name of its file belongs.
    remember(path);
    throw new AppError('usage.option', `${flag}: there is no such file in the current directory`, {
      hint: 'use the path of a file that contains the secret, not the secret itself',
    });
  }
  const hint = `make the file yours and run chmod 600 on it, or pass it as ${flag} - <FILE`;
  return await readSecretFile(absolute, { env, uid, doing: 'reading the secret in', hint });
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );
}

async function firstLine(stdin: AsyncIterable<Uint8Array>, origin: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.includes(0x0a)) break;
    if (length > SECRET_BYTES) break;
  }
  const all = Buffer.concat(chunks);
  const end = all.indexOf(0x0a);
  const line = all.subarray(0, end === -1 ? all.length : end + 1);
  if (line.length > SECRET_BYTES) {
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

/** By their customary spelling. What is spelled otherwise may be the secret itself in the wrong place. */
const LIKE_A_NAME = /^[A-Z_][A-Z0-9_]*$/;

function variableWords(name: string): string {
  return LIKE_A_NAME.test(name) ? `the variable ${name}` : 'the variable that it names';
}
