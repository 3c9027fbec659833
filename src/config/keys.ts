import { isAbsolute, join, resolve } from 'node:path';
import { AppError, isAppError } from '../core/errors.js';
import { type OptionSpec, optionValue } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { ConfigEntry, ConfigValue } from './parse.js';
import { suggest } from './suggest.js';

/** The values of one option in one layer, parsed. */
export interface LayerValue {
  /** `--url`, `IMGDL_URL`, `/etc/imgdl/config.yaml`. */
  readonly origin: string;
  /** As their row parsed them. What was written is not kept: a one-time key would be among it. */
  readonly values: readonly unknown[];
}

export type LayerValues = ReadonlyMap<string, LayerValue>;

/**
 * Gives the keys of a configuration file their meaning.
 * @throws AppError config.key: unknown (with the nearest known one), of the wrong type, or for the command line only
 */
export function fileValues(
  path: string,
  entries: readonly ConfigEntry[],
  options: readonly OptionSpec<unknown>[],
  home: string,
): LayerValues {
  const values = new Map<string, LayerValue>();
  for (const entry of entries) {
    const place = `${escapeControls(path)}${entry.line === undefined ? '' : ` line ${entry.line}`}`;
    const option = options.find((candidate) => candidate.key === entry.key);
    if (option === undefined) throw unknownKey(place, entry.key, options);
    if (option.runOnly === true) {
      throw new AppError('config.key', `${place}: ${option.key} may not stand in a file, it would act on every run`, {
        hint: `remove it and use --${option.key} on the command line`,
      });
    }
    const texts = textsOf(place, option, entry.value).map((text) => anchored(option, text, path, home));
    values.set(option.key, { origin: path, values: texts.map((text) => parseValue(option, text, place, true)) });
  }
  return values;
}

/** What a row says of a value, with the name of the option in front. @throws AppError usage.option, config.key */
export function parseValue(option: OptionSpec<unknown>, given: unknown, origin: string, inFile: boolean): unknown {
  try {
    return optionValue(option, given);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const flag = `--${option.key}`;
    // Some parsers name the flag themselves; the value may have come from elsewhere.
    const bare = error.message.startsWith(`${flag} `) ? error.message.slice(flag.length + 1) : error.message;
    const name = inFile ? `${origin}: ${option.key}` : origin;
    throw new AppError(inFile ? 'config.key' : error.kind, `${name}: ${bare}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: error.details,
    });
  }
}

function unknownKey(place: string, key: string, options: readonly OptionSpec<unknown>[]): AppError {
  const shown = shorten(escapeControls(key), 64);
  // Before any suggestion: the nearest key of `password` must not tempt anybody to leave it there.
  if (/^(password|secret|token|secret[-_]?key|passcode)$/i.test(key)) {
    const file = /key/i.test(key) ? 'secret-key-file' : 'password-file';
    return new AppError('config.key', `${place}: ${shown} has no place in a configuration file`, {
      hint: `put the secret into a file of its own (chmod 600) and write ${file}: FILE`,
    });
  }
  const known = options.filter((option) => option.runOnly !== true).map((option) => option.key);
  const near = suggest(key, known);
  return new AppError('config.key', `${place}: there is no option ${shown}`, {
    hint: near === undefined ? 'remove it; imgdl(1) lists the options' : `did you mean ${near}?`,
  });
}

function textsOf(place: string, option: OptionSpec<unknown>, value: ConfigValue): readonly string[] {
  if (value.kind === 'list') {
    if (option.repeatable !== true) throw wrongType(place, option, 'a list');
    return value.items.flatMap((item) => textsOf(place, option, item));
  }
  if (value.kind === 'other') throw wrongType(place, option, value.what);
  const isSwitch = option.value === undefined;
  // A switch takes true; for anything else a YAML true is a slip (`output: true` names no file of the user's).
  if (value.kind === 'boolean' && !isSwitch && option.choices?.includes(value.text) !== true) {
    throw wrongType(place, option, value.text);
  }
  return [value.text];
}

function wrongType(place: string, option: OptionSpec<unknown>, what: string): AppError {
  const wanted = option.value === undefined ? 'true or false' : (option.choices?.join(', ') ?? option.value);
  return new AppError('config.key', `${place}: ${option.key} is ${what}`, {
    hint: `write ${option.key}: ${wanted}${option.value !== undefined && option.choices === undefined ? ', in quotes if need be' : ''}`,
  });
}

/**
 * A path in a file is relative to that file, not to wherever the command happens to run; `~/` is the home directory,
 * as no shell expands it here.
 */
function anchored(option: OptionSpec<unknown>, text: string, path: string, home: string): string {
  if (option.value === undefined || !/^(FILE|PATH|DIR)/.test(option.value)) return text;
  if (text === '' || text === '-' || isAbsolute(text)) return text;
  if (text.startsWith('~/') && isAbsolute(home)) return join(home, text.slice(2));
  // resolve() would drop a trailing slash, which says "this is a directory".
  return `${resolve(path, '..', text)}${text.endsWith('/') ? '/' : ''}`;
}
