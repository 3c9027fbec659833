import { isAbsolute, join, resolve } from 'node:path';
import type { ErrorName } from '../core/error-codes.js';
import { AppError, isAppError } from '../core/errors.js';
import { type OptionSpec, optionValue, wantedBy } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import { suggest } from '../core/suggest.js';
import type { ConfigEntry, ConfigFile, ConfigValue } from './parse.js';
import { anchoredAt, isRelativePath } from './relative-path.js';
import { SECRET_KEYS } from './secret-places.js';

/** The key of a file under which its profiles stand. */
export const PROFILES = 'profiles';

/** For plain URLs of one origin: in the rest of a file it would go to the server of every URL that anybody types. */
export const HEADER_FILE = 'header-file';

/** What a profile has beside options, or may have although the rest of a file may not. */
export const PROFILE_KEYS: readonly string[] = ['origin', HEADER_FILE, ...SECRET_KEYS];

/** The values of one option in one layer, parsed. */
export interface LayerValue {
  /** `--url`, `IMGDL_URL`, `/etc/imgdl/config.yaml`. */
  readonly origin: string;
  /** As their row parsed them. What was written is not kept: a one-time key would be among it. */
  readonly values: readonly unknown[];
}

export type LayerValues = ReadonlyMap<string, LayerValue>;

/** Where keys stand, and what they mean there. */
export interface KeyPlace {
  /** The file; undefined for a pipe. */
  readonly path: string | undefined;
  /** For messages. */
  readonly origin: string;
  readonly options: readonly OptionSpec<unknown>[];
  /** Keys beside those of the options, for suggestions. */
  readonly others: readonly string[];
  readonly home: string;
  /** `/etc/imgdl/config.yaml line 3, column 1` of a key. */
  placeOf(key: string): Promise<string>;
}

/**
 * Gives the keys of a configuration file their meaning, but for {@link PROFILES}.
 * @throws AppError config.key: unknown (with the nearest known one), of the wrong type, or for the command line only
 */
export async function fileValues(
  path: string,
  file: ConfigFile,
  options: readonly OptionSpec<unknown>[],
  home: string,
): Promise<LayerValues> {
  const placeOf = async (key: string): Promise<string> => `${escapeControls(path)}${await file.placeOf(key)}`;
  const entries = file.entries.filter(({ key }) => key !== PROFILES);
  const own = file.pipe ? undefined : path;
  return await keyValues(entries, { path: own, origin: path, options, others: [PROFILES], home, placeOf });
}

/** @throws AppError as {@link fileValues} */
export async function keyValues(entries: readonly ConfigEntry[], place: KeyPlace): Promise<LayerValues> {
  const { path, origin, options, others, home } = place;
  const values = new Map<string, LayerValue>();
  for (const entry of entries) {
    await atKey(entry.key, place, () => {
      const option = optionOf(entry.key, options, others);
      const texts = textsOf(option, entry.value).map((text) => anchored(option, text, path, home));
      values.set(option.key, { origin, values: texts.map((text) => parseValue(option, text, option.key)) });
    });
  }
  return values;
}

/** What is wrong with a key is told with its place. @throws AppError config.key */
export async function atKey<T>(key: string, { placeOf }: Pick<KeyPlace, 'placeOf'>, read: () => T): Promise<T> {
  try {
    return read();
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw reworded(error, 'config.key', `${await placeOf(key)}: ${error.message}`);
  }
}

function optionOf(
  key: string,
  options: readonly OptionSpec<unknown>[],
  others: readonly string[],
): OptionSpec<unknown> {
  const option = options.find((candidate) => candidate.key === key);
  if (option === undefined) throw unknownKey(key, options, others);
  if (option.runOnly !== true) return option;
  throw new AppError('config.key', `${key} is not allowed in a configuration file: it would apply to every run`, {
    hint: `remove it, and use --${key} on the command line`,
  });
}

/**
 * What a row says of a value, with the name under which it was given in front.
 * @throws AppError usage.option
 */
export function parseValue(option: OptionSpec<unknown>, given: unknown, name: string): unknown {
  try {
    return optionValue(option, given);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const flag = `--${option.key}`;
    // Some parsers name the flag themselves; the value may have come from elsewhere.
    const bare = error.message.startsWith(flag)
      ? error.message.slice(flag.length).replace(/^[: ]+/, '')
      : error.message;
    throw reworded(error, error.kind, `${name}: ${bare}`);
  }
}

function reworded({ hint, details }: AppError, name: ErrorName, message: string): AppError {
  return new AppError(name, message, { hint, details });
}

function unknownKey(key: string, options: readonly OptionSpec<unknown>[], others: readonly string[]): AppError {
  const shown = shorten(escapeControls(key), 64);
  // Before any suggestion: the nearest key of `password` must not tempt anybody to leave it there.
  if (/^(password|secret|token|secret[-_]?key|passcode)$/i.test(key)) {
    const file = /key/i.test(key) ? 'secret-key-file' : 'password-file';
    return new AppError('config.key', `${shown} is not allowed in a configuration file`, {
      hint: `put the secret in its own file (chmod 600) and write ${file}: FILE`,
    });
  }
  const known = [...options.filter((option) => option.runOnly !== true).map((option) => option.key), ...others];
  if (PROFILE_KEYS.includes(key)) {
    return new AppError('config.key', `${shown} is for profiles only`, {
      hint: `write it below ${PROFILES}: and the name of a profile`,
    });
  }
  const near = suggest(key, known);
  return new AppError('config.key', `there is no option ${shown}`, {
    hint: near === undefined ? 'remove it; imgdl(1) lists the options' : `did you mean ${near}?`,
  });
}

function textsOf(option: OptionSpec<unknown>, value: ConfigValue): readonly string[] {
  if (value.kind === 'list') {
    if (option.repeatable !== true) throw wrongType(option, 'a list');
    return value.items.flatMap((item) => textsOf(option, item));
  }
  if (value.kind === 'other') throw wrongType(option, value.what);
  if (value.kind === 'mapping') throw wrongType(option, 'a mapping');
  const isSwitch = option.value === undefined;
  // A switch takes true; for anything else a YAML true is a slip (`output: true` names no file of the user's).
  if (value.kind === 'boolean' && !isSwitch && option.choices?.includes(value.text) !== true) {
    throw wrongType(option, value.text);
  }
  return [value.text];
}

function wrongType(option: OptionSpec<unknown>, what: string): AppError {
  return new AppError('config.key', `${option.key} is ${what}`, {
    hint: `write ${option.key}: ${wantedBy(option)}${option.value !== undefined && option.choices === undefined ? ', in quotes if necessary' : ''}`,
  });
}

/**
 * A path in a file is relative to that file, not to wherever the command happens to run; `~/` is the home directory,
 * as no shell expands it here.
 * @param path undefined: a pipe, whose relative paths are like those of the command line
 */
function anchored(option: OptionSpec<unknown>, text: string, path: string | undefined, home: string): string {
  return isRelativePath(option, text) ? anchoredPath(text, path, home) : text;
}

/** @param path of the file in which `text` stands; undefined: a pipe */
export function anchoredPath(text: string, path: string | undefined, home: string): string {
  if (isAbsolute(text)) return text;
  if (text.startsWith('~/') && isAbsolute(home)) return join(home, text.slice(2));
  return path === undefined ? text : anchoredAt(resolve(path, '..'), text);
}
