import { AppError } from '../core/errors.js';
import type { OptionSpec } from '../core/option.js';
import { escapeControls, quoteForeign, shorten } from '../core/redact.js';
import {
  anchoredPath,
  atKey,
  HEADER_FILE,
  type KeyPlace,
  keyValues,
  type LayerValues,
  PROFILE_KEYS,
  PROFILES,
} from './keys.js';
import type { ConfigEntry, ConfigFile, ConfigValue } from './parse.js';
import { SECRET_KEYS, SECRET_NAMES, type SecretName, type SecretPlace, secretPlace } from './secret-places.js';

/** A server by a name of the user's: how it is reached, who one is there, where the secret is. */
export interface Profile {
  readonly name: string;
  /** `profile prod in /etc/imgdl/config.yaml`, escaped: the origin of its values, and for messages. */
  readonly label: string;
  /** The file that it stands in. */
  readonly path: string;
  /** That file is a pipe, which has no directory. */
  readonly pipe: boolean;
  /** `https://files.example.com:8443`: it is for plain URLs of this origin. */
  readonly origin: string | undefined;
  /** The headers for that origin, instead of a secret. */
  readonly headerFile: string | undefined;
  readonly values: LayerValues;
  /** Those that are not in a file of the user's: a file is the value of an option. */
  readonly secrets: ReadonlyMap<SecretName, SecretPlace>;
}

/** A name that needs no quotes anywhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws AppError usage.option */
export function parseProfileName(raw: string): string {
  if (NAME.test(raw)) return raw;
  throw new AppError('usage.option', `${quoteForeign(raw)} is not the name of a profile`, {
    hint: 'use letters, digits, dots, hyphens and underscores',
  });
}

/**
 * The profiles of a configuration file. All of them must be valid, used or not: a slip would show on another day.
 * @throws AppError config.key
 */
export async function profilesIn(
  path: string,
  file: ConfigFile,
  rows: readonly OptionSpec<unknown>[],
  home: string,
): Promise<readonly Profile[]> {
  const value = file.entries.find(({ key }) => key === PROFILES)?.value;
  // All of them may be commented out.
  if (value === undefined || (value.kind === 'other' && value.what === 'nothing')) return [];
  const shown = escapeControls(path);
  const failed = async (keys: readonly string[], what: string): Promise<AppError> =>
    new AppError('config.key', `${shown}${await file.placeOf(...keys)}: ${what}`, {
      hint: `write ${PROFILES}:, below it the name of a profile, and below that its options`,
    });
  if (value.kind !== 'mapping') throw await failed([PROFILES], `${PROFILES} has no names of profiles`);
  const profiles: Profile[] = [];
  for (const { key: name, value: options } of await value.entries()) {
    const label = `profile ${shorten(escapeControls(name), 64)}`;
    if (!NAME.test(name)) throw await failed([PROFILES, name], `${label}: not the name of a profile`);
    if (options.kind !== 'mapping') throw await failed([PROFILES, name], `${label} has no options`);
    const placeOf = async (key: string): Promise<string> =>
      `${shown}${await file.placeOf(PROFILES, name, key)}: ${label}`;
    const own = file.pipe ? undefined : path;
    const place = { path: own, origin: `${label} in ${shown}`, options: rows, others: PROFILE_KEYS, home, placeOf };
    profiles.push({ path, pipe: file.pipe, ...(await profileOf(name, await options.entries(), place)) });
  }
  return profiles;
}

async function profileOf(
  name: string,
  entries: readonly ConfigEntry[],
  place: KeyPlace,
): Promise<Omit<Profile, 'path' | 'pipe'>> {
  const { origin, headerFile, secrets } = await ownKeysOf(entries, place);
  const values = await keyValues(
    entries.filter(({ key }) => !PROFILE_KEYS.includes(key)),
    place,
  );
  const credentials = [
    ...SECRET_NAMES.flatMap((one) => secrets.get(one)?.key ?? []),
    ...SECRET_NAMES.map((one) => `${one}-file`).filter((key) => values.has(key)),
    ...(headerFile === undefined ? [] : [HEADER_FILE]),
  ];
  const [first, second] = credentials;
  if (first !== undefined && second !== undefined) await refuse(second, place, twice(first, second));
  if (headerFile !== undefined && origin === undefined) {
    const error = new AppError('config.key', `${HEADER_FILE} is for plain URLs, and there is no origin`, {
      hint: 'add origin: https://HOST, so that only this server gets the headers',
    });
    await refuse(HEADER_FILE, place, error);
  }
  return { name, label: place.origin, origin, headerFile, values, secrets };
}

type OwnKeys = Pick<Profile, 'origin' | 'headerFile' | 'secrets'>;

async function ownKeysOf(entries: readonly ConfigEntry[], place: KeyPlace): Promise<OwnKeys> {
  const secrets = new Map<SecretName, SecretPlace>();
  let origin: string | undefined;
  let headerFile: string | undefined;
  for (const { key, value } of entries) {
    await atKey(key, place, () => {
      if (key === 'origin') origin = originOf(value.kind === 'text' ? value.text : '');
      if (key === HEADER_FILE) headerFile = headerFileOf(value, place);
      if (!SECRET_KEYS.includes(key)) return;
      const secret = SECRET_NAMES.find((one) => key.startsWith(one)) ?? 'password';
      const earlier = secrets.get(secret);
      if (earlier !== undefined) throw twice(earlier.key, key);
      secrets.set(secret, secretPlace(key, value));
    });
  }
  return { origin, headerFile, secrets };
}

async function refuse(key: string, place: KeyPlace, error: AppError): Promise<void> {
  await atKey(key, place, () => {
    throw error;
  });
}

function headerFileOf(value: ConfigValue, { path, home }: KeyPlace): string {
  if (value.kind === 'text' && value.text !== '' && value.text !== '-') return anchoredPath(value.text, path, home);
  throw new AppError('config.key', `${HEADER_FILE} is not the name of a file`, { hint: `write ${HEADER_FILE}: FILE` });
}

function twice(first: string, second: string): AppError {
  return new AppError('config.key', `${first} and ${second} are both set`, { hint: 'keep one of the two' });
}

/** Scheme, host and port: what credentials belong to. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (bare) return url.origin;
  throw new AppError('config.key', 'origin is not a scheme, a host and perhaps a port', {
    hint: 'write it as origin: https://files.example.com',
  });
}

/**
 * The profile of this name; the first file that has it counts, as a whole.
 * @param named where the name comes from: `--profile`
 * @throws AppError config.profile
 */
export function profileNamed(name: string, named: string, profiles: readonly Profile[]): Profile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const known = [...new Set(profiles.map((profile) => profile.name))];
  throw new AppError('config.profile', `${named} ${name}: there is no such profile`, {
    hint:
      known.length > 0 ? `use one of these: ${known.join(', ')}` : `add it to a configuration file, below ${PROFILES}:`,
  });
}

/**
 * The profile for a plain URL: that of its origin.
 * @param named the profile that the user has named; it decides between two of one origin
 * @throws AppError config.profile: there are two
 */
export function profileOfOrigin(
  url: URL,
  profiles: readonly Profile[],
  named: Profile | undefined,
): Profile | undefined {
  const byName = new Map([...profiles].reverse().map((profile) => [profile.name, profile]));
  const fitting = [...byName.values()].filter(({ origin }) => origin === url.origin);
  if (named !== undefined && fitting.includes(named)) return named;
  const [first, second] = fitting;
  if (first === undefined || second === undefined) return first;
  const names = fitting.map(({ name }) => name).sort();
  throw new AppError('config.profile', `${url.origin}: there are several profiles for it: ${names.join(', ')}`, {
    hint: 'name one with --profile',
  });
}
