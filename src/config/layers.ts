import type { DefaultedOption, OptionSpec, Settings } from '../core/option.js';
import { escapeControls, shorten } from '../core/redact.js';
import { suggest } from '../core/suggest.js';
import { configPlaces, findConfig } from './find.js';
import { fileValues, type LayerValue, type LayerValues, parseValue } from './keys.js';
import { readConfigFile } from './parse.js';

/** Values by option key; several where an option was given several times. */
export type Given = ReadonlyMap<string, readonly unknown[]>;

export interface SettingsInput {
  /**
   * Values of the flags that were given, by option key, as text or typed already; a switch is `true`, or `false` for
   * its `--no-` form.
   */
  readonly flags: Given;
  readonly env: ReadonlyMap<string, string>;
  readonly home: string;
  /** Every option of every command: a file serves all commands, and its unknown keys are errors. */
  readonly options: readonly OptionSpec<unknown>[];
  /** For tests; `/etc/imgdl` otherwise. */
  readonly systemDirectory?: string;
}

/** Highest first. */
export type LayerName = 'flag' | 'environment' | 'file' | 'user' | 'system';

export interface Layer {
  readonly name: LayerName;
  /** The configuration file it was read from. */
  readonly path?: string;
  readonly values: LayerValues;
}

export interface LoadedSettings extends Settings {
  /** Highest first; layers without a file are left out. For `imgdl config show`. */
  readonly layers: readonly Layer[];
  /** For `-v`: variables that look like a slip of the pen. */
  readonly notes: readonly string[];
}

/** Variables that are no option's: secrets, which no option takes. */
export const SECRET_VARIABLES = ['IMGDL_PASSWORD', 'IMGDL_SECRET_KEY'] as const;

/** `download-id` is `IMGDL_DOWNLOAD_ID`. */
export function variableOf(key: string): string {
  return `IMGDL_${key.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Reads and parses everything that is set anywhere. A value that is overridden must be valid too: it is a slip that
 * would show on another day.
 * @throws AppError usage.option, config.*
 */
export async function loadSettings(input: SettingsInput): Promise<LoadedSettings> {
  const { env, home, options } = input;
  const flags = flagValues(input.flags, options);
  const environment = environmentValues(env, options);
  const named = last(flags.get('config')?.values);
  const explicit = typeof named === 'string' ? named : nonEmpty(env, variableOf('config'));
  const places = configPlaces(env, home, input.systemDirectory);

  const layers: Layer[] = [
    { name: 'flag', values: flags },
    { name: 'environment', values: environment },
  ];
  const add = async (name: LayerName, path: string | undefined): Promise<void> => {
    if (path === undefined) return;
    const file = await readConfigFile(path, name === 'file');
    layers.push({ name, path, values: await fileValues(path, file, options, home) });
  };
  await add('file', explicit);
  await add('user', places.user === undefined ? undefined : await findConfig(places.user));
  await add('system', await findConfig(places.system));

  return { ...settingsOf(layers), layers, notes: slips(env, options) };
}

/** The view of layers, highest first. */
export function settingsOf(layers: readonly Layer[]): Settings {
  const find = (key: string): LayerValue | undefined => {
    for (const layer of layers) {
      const value = layer.values.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  // The values were made by the parse() of the row with this key, so they have its type.
  function get<T>(option: DefaultedOption<T>): T;
  function get<T>(option: OptionSpec<T>): T | undefined;
  function get<T>(option: OptionSpec<T>): T | undefined {
    const found = find(option.key);
    return found === undefined ? option.default : (last(found.values) as T | undefined);
  }
  return {
    get,
    all: <T>(option: OptionSpec<T>) => (find(option.key)?.values ?? []) as readonly T[],
    origin: (option) => find(option.key)?.origin,
  };
}

/**
 * The settings of flags alone.
 * @throws AppError usage.option
 */
export function settingsOfFlags(flags: Given, options: readonly OptionSpec<unknown>[]): Settings {
  return settingsOf([{ name: 'flag', values: flagValues(flags, options) }]);
}

function flagValues(flags: Given, options: readonly OptionSpec<unknown>[]): LayerValues {
  const values = new Map<string, LayerValue>();
  for (const option of options) {
    const given = flags.get(option.key) ?? [];
    if (given.length > 0) values.set(option.key, layerValue(option, `--${option.key}`, given));
  }
  return values;
}

function environmentValues(env: ReadonlyMap<string, string>, options: readonly OptionSpec<unknown>[]): LayerValues {
  const values = new Map<string, LayerValue>();
  for (const option of options) {
    for (const name of [variableOf(option.key), ...(option.foreignEnv ?? [])]) {
      const text = nonEmpty(env, name);
      if (text === undefined) continue;
      // Several values in one variable are separated by blanks or commas; neither occurs in one of them.
      const texts = option.repeatable === true ? text.split(/[\s,]+/).filter((part) => part !== '') : [text];
      values.set(option.key, layerValue(option, name, texts));
      break;
    }
  }
  return values;
}

function layerValue(option: OptionSpec<unknown>, origin: string, given: readonly unknown[]): LayerValue {
  return { origin, values: given.map((value) => parseValue(option, value, origin)) };
}

/** Containers and CI set variables to nothing to unset them. */
function nonEmpty(env: ReadonlyMap<string, string>, name: string): string | undefined {
  const text = env.get(name);
  return text === '' ? undefined : text;
}

function last<T>(items: readonly T[] | undefined): T | undefined {
  return items?.at(-1);
}

/** Unknown variables are no errors, a newer imgdl may know them; a near miss is worth a word. Values are not shown. */
function slips(env: ReadonlyMap<string, string>, options: readonly OptionSpec<unknown>[]): readonly string[] {
  const known = [...options.map((option) => variableOf(option.key)), ...SECRET_VARIABLES];
  return [...env.keys()]
    .filter((name) => name.startsWith('IMGDL_') && !known.includes(name))
    .flatMap((name) => {
      const near = suggest(
        name.slice('IMGDL_'.length),
        known.map((variable) => variable.slice('IMGDL_'.length)),
      );
      return near === undefined
        ? []
        : [`unknown variable ${shorten(escapeControls(name), 64)}; did you mean IMGDL_${near}?`];
    });
}
