import { isAbsolute, join, resolve } from 'node:path';
import { parseHeaders } from '../config/header-file.js';
import { loginOf } from '../config/netrc.js';
import { readSecretFile, SECRET_BYTES } from '../config/secret-file.js';
import { readStdin } from '../config/stdin.js';
import { AppError } from '../core/errors.js';
import type { Settings } from '../core/option.js';
import type { OriginCredentials } from '../core/origin-credentials.js';
import { escapeControls } from '../core/redact.js';
import { Secret } from '../core/secret.js';
import { HEADER_FILE, NETRC } from './credential-options.js';
import { isThere } from './files.js';
import type { Host } from './host.js';

/** What the user has for the servers of plain URLs. Files are read once, when they are first asked for. */
export interface UserCredentials {
  /**
   * @param imageOrigin of the image's URL: the header file is for this one alone
   * @throws AppError usage.*, config.*
   */
  for(url: URL, imageOrigin: string): Promise<OriginCredentials | undefined>;
}

/** Another place where users keep credentials by origin. */
export type CredentialsByOrigin = (url: URL) => Promise<OriginCredentials | undefined>;

/** @param profiles above a netrc, below the header file of a run */
export function userCredentials(
  settings: Settings,
  host: Host,
  profiles: CredentialsByOrigin = async () => undefined,
): UserCredentials {
  const headerFile = once(() => readHeaderFile(settings, host));
  const netrc = once(() => readNetrc(settings, host));
  return {
    async for(url, imageOrigin) {
      const own = url.origin === imageOrigin ? await headerFile() : undefined;
      return own ?? (await profiles(url)) ?? netrcCredentials(await netrc(), url);
    },
  };
}

async function readHeaderFile(settings: Settings, host: Host): Promise<OriginCredentials | undefined> {
  const path = settings.get(HEADER_FILE);
  if (path === undefined) return undefined;
  const origin = settings.origin(HEADER_FILE) ?? '--header-file';
  const headers =
    path === '-'
      ? parseHeaders(await readStdin(host.stdin, SECRET_BYTES, origin), 'stdin')
      : parseHeaders(await headerText(resolve(host.cwd, path), host), escapeControls(path));
  return { headers, by: 'own headers', from: origin };
}

async function headerText(path: string, { env, owner }: Host): Promise<string> {
  const hint = 'make the file yours and run chmod 600 on it, or pass it as --header-file - <FILE';
  return await readSecretFile(path, { env, uid: owner.uid, doing: 'reading the headers in', hint });
}

interface Netrc {
  readonly path: string;
  readonly text: string;
}

async function readNetrc(settings: Settings, host: Host): Promise<Netrc | undefined> {
  if (!settings.get(NETRC)) return undefined;
  const { env, home, cwd, owner } = host;
  const named = env.get('NETRC');
  const path = named === undefined ? (isAbsolute(home) ? join(home, '.netrc') : undefined) : resolve(cwd, named);
  const isWanted = named !== undefined || /^(?:--|IMGDL_)/.test(settings.origin(NETRC) ?? '');
  if (path === undefined || !(await isThere(path))) {
    // A configuration file may serve users who have none.
    if (!isWanted) return undefined;
    throw new AppError('usage.missing', `--netrc: there is no ${escapeControls(path ?? '~/.netrc')}`, {
      hint: 'create it, or name another file in the NETRC variable',
    });
  }
  const hint = 'make the file yours and run chmod 600 on it';
  return { path, text: await readSecretFile(path, { env, uid: owner.uid, doing: 'reading', hint }) };
}

function netrcCredentials(netrc: Netrc | undefined, { hostname }: URL): OriginCredentials | undefined {
  const found = netrc === undefined ? undefined : loginOf(netrc.text, netrc.path, hostname);
  if (netrc === undefined || found === undefined) return undefined;
  return basic(found.login, found.password, netrc.path);
}

/** RFC 7617, in UTF-8. @throws AppError config.read for a user with a colon, which would be read as another one */
export function basic(user: string, password: Secret, from: string): OriginCredentials {
  if (user.includes(':')) {
    throw new AppError('config.read', `reading ${escapeControls(from)}: a user name contains a colon`, {
      hint: 'the server could not tell user and password apart; use --header-file',
    });
  }
  const authorization = new Secret(`Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`);
  return { headers: { authorization }, by: 'basic', from };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
