import { AppError } from '../core/errors.js';
import type { OptionSpec, Settings } from '../core/option.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { type LoadedSettings, variableOf } from './layers.js';
import type { Profile } from './profiles.js';
import type { SecretName, SecretPlace } from './secret-places.js';

/** What says where a secret is. */
export interface SecretSearch {
  readonly settings: Settings & Partial<Pick<LoadedSettings, 'layers' | 'profile'>>;
  /** The rows, among which are `password-file` and `secret-key-file`. */
  readonly options: readonly OptionSpec<unknown>[];
  readonly env: ReadonlyMap<string, string>;
  /** Told of a secret that is not for the server. */
  warn?(warning: Warning): void;
}

/** Where a secret is, and who says so. */
export interface Place {
  /** For messages. */
  readonly origin: string;
  readonly where: SecretPlace | { readonly kind: 'file'; readonly path: string };
  /** Of a command: the file that names it; absent for a pipe. */
  readonly named?: string;
}

/**
 * Where the secret is that counts, if there is one. Nothing is read.
 * @param server names the server that the secret is for; undefined: any
 * @throws AppError usage.option
 */
export function placeOf(
  name: SecretName,
  server: OptionSpec<unknown> | undefined,
  ports: SecretSearch,
): Place | undefined {
  const { settings, options, env } = ports;
  const row = options.find((option) => option.key === `${name}-file`);
  const path = row === undefined ? undefined : settings.get(row);
  const origin = row === undefined ? undefined : settings.origin(row);
  const byPath: Place | undefined =
    typeof path === 'string' && origin !== undefined ? { origin, where: { kind: 'file', path } } : undefined;
  if (origin?.startsWith('--') === true) return byPath;
  if (settings.profile !== undefined) return placeForServer(name, server, settings.profile, ports);

  const variable = variableOf(name);
  const direct = (env.get(variable) ?? '') !== '';
  const byVariable = origin === variableOf(`${name}-file`);
  if (direct && byVariable) {
    throw new AppError('usage.option', `${variable} and ${origin} are both set`, { hint: 'unset one of them' });
  }
  if (!direct && !byVariable) return byPath;
  if (server === undefined || isNamedHere(server, settings)) {
    // The variable stands above files and below flags, as every variable does.
    return direct ? { origin: variable, where: { kind: 'variable', key: variable, name: variable } } : byPath;
  }
  ports.warn?.({
    code: 'config.secret',
    message: `${direct ? variable : origin} is ignored: it is only for a server that --${server.key} or ${variableOf(server.key)} names, and this one is named in ${escapeControls(settings.origin(server) ?? '')}`,
  });
  return placeInFiles(`${name}-file`, settings.layers ?? []);
}

/** By the environment or by a flag, rather than by a file; or by nobody. */
function isNamedHere(server: OptionSpec<unknown>, settings: Settings): boolean {
  const origin = settings.origin(server);
  if (origin === undefined || origin.startsWith('--')) return true;
  return [variableOf(server.key), ...(server.foreignEnv ?? [])].includes(origin);
}

function placeInFiles(key: string, layers: LoadedSettings['layers']): Place | undefined {
  for (const { name, values } of layers) {
    const value = values.get(key);
    const path = value?.values.at(-1);
    if (name !== 'environment' && value !== undefined && typeof path === 'string') {
      return { origin: value.origin, where: { kind: 'file', path } };
    }
  }
  return undefined;
}

/** Credentials belong to a server: a flag may name another one than the profile does. */
function placeForServer(
  name: SecretName,
  server: OptionSpec<unknown> | undefined,
  profile: Profile,
  { settings, options, warn }: SecretSearch,
): Place | undefined {
  const place = placeInProfile(name, profile);
  if (place === undefined || server === undefined) return place;
  const isBound =
    profile.origin !== undefined ||
    options.some(({ key, identity }) => identity === 'server' && profile.values.has(key));
  const own = profile.values.get(server.key)?.values.at(-1);
  if (!isBound || (own !== undefined && JSON.stringify(settings.get(server)) === JSON.stringify(own))) return place;
  warn?.({
    code: 'config.secret',
    message: `the ${name === 'password' ? 'password' : 'secret key'} of ${profile.label} is ignored: ${settings.origin(server) ?? `--${server.key}`} names another server than the profile`,
  });
  return undefined;
}

export function placeInProfile(name: SecretName, profile: Profile): Place | undefined {
  const where = profile.secrets.get(name);
  if (where !== undefined)
    return { origin: `${where.key} of ${profile.label}`, where, ...(profile.pipe ? {} : { named: profile.path }) };
  const path = profile.values.get(`${name}-file`)?.values.at(-1);
  return typeof path === 'string' ? { origin: profile.label, where: { kind: 'file', path } } : undefined;
}
