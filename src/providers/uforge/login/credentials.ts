import { AppError } from '../../../core/errors.js';
import type { Settings } from '../../../core/option.js';
import type { ProviderPorts } from '../../../core/provider.js';
import { escapeControls } from '../../../core/redact.js';
import { Secret, type SecretHeaders } from '../../../core/secret.js';
import type { Base } from '../base.js';
import {
  DOWNLOAD_ID,
  PASSWORD_FILE,
  PUBLIC_KEY,
  parseUid,
  SECRET_KEY_FILE,
  UID,
  URL_OPTION,
  USER,
} from '../options.js';
import { signUrl } from './api-key.js';
import { readHammr, sayHammrIgnored } from './hammr.js';

export type Credentials =
  | { readonly kind: 'basic'; readonly login: string; readonly password: Secret }
  | { readonly kind: 'api-key'; readonly publicKey: string; readonly secretKey: Secret };

/** The AppCenter that is configured, and who we are there. */
export interface Account {
  readonly base?: Base;
  readonly credentials?: Credentials;
  /** Owner of the images: --uid, else the part after the backslash of the login, else the login. */
  readonly uid?: string;
}

/**
 * Options first; hammr's file only where they name neither a server nor a user nor keys, and then as a whole, so that
 * its password never meets another server; and not beside a profile, which is complete in itself.
 * @param wanted false for a server that is not meant: then no secret is even read
 * @throws AppError usage.missing, usage.option, config.*
 */
export async function readAccount(
  ports: ProviderPorts,
  wanted: (base: Base) => boolean = () => true,
): Promise<Account> {
  const { settings } = ports;
  const base = settings.get(URL_OPTION);
  const user = settings.get(USER);
  const publicKey = settings.get(PUBLIC_KEY);
  const uid = settings.get(UID);
  const isSilent = base === undefined && !saysWho(ports);
  if (isSilent && ports.profile === undefined) return hammrAccount(ports, uid, wanted);
  if (isSilent && ports.profile !== undefined) await sayHammrIgnored(ports, `${ports.profile} is complete in itself`);
  if (base === undefined || !wanted(base)) return account(base, undefined, uid ?? targetOf(user));
  const credentials = await configuredCredentials(user, publicKey, ports);
  return account(base, credentials, uid ?? targetOf(user));
}

async function hammrAccount(
  ports: ProviderPorts,
  uid: string | undefined,
  wanted: (base: Base) => boolean,
): Promise<Account> {
  const hammr = await readHammr(ports);
  if (hammr === undefined || !wanted(hammr.base)) return account(hammr?.base, undefined, uid);
  ports.note(`using ${hammr.path}`);
  const { user } = hammr;
  let credentials: Credentials | undefined;
  if (hammr.publicKey !== undefined && hammr.secretKey !== undefined) {
    credentials = { kind: 'api-key', publicKey: hammr.publicKey, secretKey: hammr.secretKey };
  } else if (user !== undefined && hammr.password !== undefined) {
    credentials = { kind: 'basic', login: user, password: hammr.password };
  }
  return account(hammr.base, credentials, uid ?? targetOf(user));
}

function account(base: Base | undefined, credentials: Credentials | undefined, uid: string | undefined): Account {
  return {
    ...(base === undefined ? {} : { base }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(uid === undefined ? {} : { uid }),
  };
}

async function configuredCredentials(
  user: string | undefined,
  publicKey: string | undefined,
  ports: ProviderPorts,
): Promise<Credentials | undefined> {
  const { settings } = ports;
  if (publicKey !== undefined) {
    if (settings.get(PASSWORD_FILE) !== undefined) {
      throw new AppError('usage.option', '--public-key and --password-file are both given', {
        hint: 'use either a password or API keys',
      });
    }
    const secretKey = await ports.secret('secret-key', URL_OPTION);
    if (secretKey === undefined) {
      throw missing('the secret key for --public-key', secretCure('secret-key', 'IMGDL_SECRET_KEY', ports));
    }
    return { kind: 'api-key', publicKey, secretKey };
  }
  if (settings.get(SECRET_KEY_FILE) !== undefined)
    throw missing('the public key for --secret-key-file', '--public-key');
  if (user === undefined) {
    if (settings.get(PASSWORD_FILE) !== undefined) throw missing('the login for --password-file', '--user');
    return undefined;
  }
  const password = await ports.secret('password', URL_OPTION);
  if (password !== undefined) return { kind: 'basic', login: user, password };
  // With a one-time id the login only says whose image it is.
  if (settings.get(DOWNLOAD_ID) !== undefined) return undefined;
  throw missing('the password for --user', secretCure('password', 'IMGDL_PASSWORD', ports));
}

/** Where to put it: only where it would count. That of a profile is for the profile's own server. */
function secretCure(name: string, variable: string, { profile, settings }: ProviderPorts): string {
  const file = `--${name}-file FILE`;
  const stdin = `--${name}-file - to read it from stdin`;
  if (profile === undefined) {
    return variablesCount(settings)
      ? `${file}, ${stdin}, or set ${variable}`
      : `${file}, ${stdin}, or add ${name}-file to ${escapeControls(settings.origin(URL_OPTION) ?? '')}`;
  }
  return settings.origin(URL_OPTION)?.startsWith('--') === true
    ? `${file}, or ${stdin}`
    : `${file}, ${stdin}, or add ${name}-file, ${name}-command or ${name}-env to ${profile}`;
}

/** A secret of the environment goes only to a server that the environment or an option names, not to that of a file. */
function variablesCount(settings: Settings): boolean {
  const origin = settings.origin(URL_OPTION);
  return origin === undefined || origin.startsWith('--') || origin === 'IMGDL_URL';
}

function saysWho({ settings }: ProviderPorts): boolean {
  return [USER, PUBLIC_KEY, PASSWORD_FILE, SECRET_KEY_FILE].some((option) => settings.get(option) !== undefined);
}

/** No server is named. Who says who they are, and has a file of hammr that names one, may take it for that. */
export async function sayServerIgnored(ports: ProviderPorts): Promise<void> {
  if (ports.profile === undefined && saysWho(ports)) {
    await sayHammrIgnored(ports, 'it does not count beside a user, keys or a secret that are given elsewhere');
  }
}

/** Nobody says who. A file of hammr that does may be meant, and does not count beside a server. */
export async function sayLoginIgnored(ports: ProviderPorts): Promise<void> {
  if (ports.profile === undefined && ports.settings.get(URL_OPTION) !== undefined) {
    await sayHammrIgnored(ports, 'it does not count beside a server that is given elsewhere');
  }
}

function missing(what: string, option: string): AppError {
  return new AppError('usage.missing', `logging in to UForge: ${what} is missing`, { hint: `use ${option}` });
}

/**
 * What to give so that there are credentials for `wanted`: only what is not given yet. A hint, without its end.
 * @param configured the AppCenter that is configured, if it is this one
 */
export function logInCure(
  wanted: Base,
  configured: Base | undefined,
  settings: Settings,
  env: ReadonlyMap<string, string>,
): string {
  const password = passwordCure(settings, env, true);
  const url = `--url ${wanted.endpoint}`;
  if (settings.get(PUBLIC_KEY) !== undefined) return `add ${url}, so that the API keys are sent to this server`;
  if (settings.get(USER) !== undefined) {
    return `add ${url}${password === undefined ? ', so that the login is sent to this server' : ` with ${password}`}`;
  }
  const keys = (variables: boolean): string =>
    `API keys (--public-key with --secret-key-file FILE${variables ? ' or IMGDL_SECRET_KEY' : ''})`;
  // hammr's server counts no longer once there is a --user.
  if (configured === undefined || settings.get(URL_OPTION) === undefined) {
    return `use ${url} with --user${password === undefined ? '' : ` and ${password}`}, or with ${keys(true)}`;
  }
  const variables = variablesCount(settings);
  const given = passwordCure(settings, env, variables);
  return `use --user${given === undefined ? '' : ` with ${given}`}, or ${keys(variables)}`;
}

/** @param variables those count for the server @returns undefined where there is a password already */
function passwordCure(settings: Settings, env: ReadonlyMap<string, string>, variables: boolean): string | undefined {
  if (settings.get(PASSWORD_FILE) !== undefined || (variables && env.has('IMGDL_PASSWORD'))) return undefined;
  return `--password-file FILE${variables ? ' (or IMGDL_PASSWORD)' : ''}`;
}

/** In supervisor mode the login is `supervisor\target` and paths name the target. */
function targetOf(login: string | undefined): string | undefined {
  if (login === undefined) return undefined;
  return parseUid(login.slice(login.indexOf('\\') + 1));
}

/** A request with its authorisation: a header, or a signature in the query. */
export interface Authorised {
  readonly url: URL;
  readonly headers: SecretHeaders;
  readonly by: 'basic' | 'API key' | 'none';
}

/** Basic authentication is UTF-8 (RFC 7617 section 2.1). */
export function authorise(base: Base, url: URL, credentials: Credentials | undefined): Authorised {
  switch (credentials?.kind) {
    case undefined:
      return { url, headers: {}, by: 'none' };
    case 'api-key':
      return { url: signUrl(base, url, credentials.publicKey, credentials.secretKey), headers: {}, by: 'API key' };
    case 'basic': {
      const authorization = new Secret(`Basic ${basicPair(credentials.login, credentials.password)}`);
      return { url, headers: { authorization }, by: 'basic' };
    }
  }
}

function basicPair(login: string, password: Secret): string {
  return Buffer.from(`${login}:${password.reveal()}`, 'utf8').toString('base64');
}
