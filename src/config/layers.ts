import type { DefaultedOption, OptionSpec, Settings } from '../core/option.js';
import { configPlaces, findConfig } from './find.js';
import { fileValues, type LayerValue, type LayerValues, parseValue } from './keys.js';
import { readConfigFile } from './parse.js';
import { type Profile, profileNamed, profileOfOrigin, profilesIn } from './profiles.js';

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
  /** The plain URLs that the command is to fetch, where it fetches nothing else. */
  readonly urls?: readonly URL[];
  /** For tests; `/etc/imgdl` otherwise. */
  readonly systemDirectory?: string;
}

/** Highest first. */
export type LayerName = 'flag' | 'profile' | 'environment' | 'file' | 'user' | 'system';

export interface Layer {
  readonly name: LayerName;
  /** The configuration file it was read from. */
  readonly path?: string;
  readonly values: LayerValues;
}

export interface LoadedSettings extends Settings {
  /** Of all files; where two have one name, the first counts. */
  readonly profiles: readonly Profile[];
  /** The one in use: named, or that of the origin of all URLs. */
  readonly profile: Profile | undefined;
  /** The layers as they would be without it. */
  readonly others: readonly Layer[];
  /** Highest first; layers without a file are left out. For `imgdl config show`. */
  readonly layers: readonly Layer[];
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

  const files: Layer[] = [];
  const profiles: Profile[] = [];
  const add = async (name: LayerName, path: string | undefined): Promise<void> => {
    if (path === undefined) return;
    const file = await readConfigFile(path, name === 'file');
    files.push({ name, path, values: await fileValues(path, file, options, home) });
    profiles.push(...(await profilesIn(path, file, options, home)));
  };
  await add('file', explicit);
  await add('user', places.user === undefined ? undefined : await findConfig(places.user));
  await add('system', await findConfig(places.system));

  const others: readonly Layer[] = [
    { name: 'flag', values: flags },
    { name: 'environment', values: environment },
    ...files,
  ];
  return settingsForUrls({ others, profiles }, input.urls ?? [], options);
}

/**
 * The settings as they are for these URLs, which may be known later than the rest.
 * @param urls as in {@link SettingsInput}
 * @throws AppError config.profile
 */
export function settingsForUrls(
  { others, profiles }: Pick<LoadedSettings, 'others' | 'profiles'>,
  urls: readonly URL[],
  options: readonly OptionSpec<unknown>[],
): LoadedSettings {
  return settingsWith(chosenProfile(others, profiles, urls), { others, profiles }, options);
}

/** The same settings with a profile, or without one: one of the files' for each server that a run goes to. */
export function settingsWith(
  profile: Profile | undefined,
  { others, profiles }: Pick<LoadedSettings, 'others' | 'profiles'>,
  options: readonly OptionSpec<unknown>[],
): LoadedSettings {
  const layers = withProfile(others, profile, options);
  return { ...settingsOf(layers), layers, others, profiles, profile };
}

/** @throws AppError config.profile */
function chosenProfile(
  others: readonly Layer[],
  profiles: readonly Profile[],
  urls: readonly URL[],
): Profile | undefined {
  const namedBy = (layer: LayerName): LayerValue | undefined =>
    others.find(({ name }) => name === layer)?.values.get('profile');
  const named = namedBy('flag') ?? namedBy('environment');
  const name = last(named?.values);
  if (named !== undefined && typeof name === 'string') return profileNamed(name, named.origin, profiles);
  // Of several origins each has its own, for its credentials alone.
  const [first, ...rest] = urls;
  if (first === undefined || rest.some((url) => url.origin !== first.origin)) return undefined;
  return profileOfOrigin(first, profiles, undefined);
}

/** A profile stands right below the flags; what it and they do not say of a server is said by nobody. */
function withProfile(
  layers: readonly Layer[],
  profile: Profile | undefined,
  options: readonly OptionSpec<unknown>[],
): readonly Layer[] {
  if (profile === undefined) return layers;
  const own = options.filter(({ identity }) => identity !== undefined).map(({ key }) => key);
  const below = layers
    .filter(({ name }) => name !== 'flag')
    .map((layer) => ({ ...layer, values: new Map([...layer.values].filter(([key]) => !own.includes(key))) }));
  const flags = layers.filter(({ name }) => name === 'flag');
  return [...flags, { name: 'profile', path: profile.path, values: profile.values }, ...below];
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
