import { FORMAT } from '../../core/choice-options.js';
import { AppError } from '../../core/errors.js';
import { idleChoice } from '../../core/idle-choice.js';
import type { Settings } from '../../core/option.js';
import type { CommandSpec, ProviderPorts } from '../../core/provider.js';
import { Secret } from '../../core/secret.js';
import type { Source } from '../../core/source.js';
import type { ImageAccess } from './access.js';
import { appCenterOf } from './app-center.js';
import { isUnder } from './base.js';
import { ImageSource } from './image-source.js';
import { type GivenKey, resourceOfUrl } from './image-url.js';
import { KEY_PARAMETERS, KINDS, SHAPES } from './kinds.js';
import { type Credentials, logInCure, readAccount } from './login/credentials.js';
import { NamedSource } from './named-source.js';
import { DOWNLOAD_ID, REVISION, VIA } from './options.js';
import { resolve } from './resolve.js';
import type { Resource } from './resource.js';
import { idsOf, parseWanted, pathOfWords } from './words.js';

/**
 * The source of a command's image.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfImage(
  command: CommandSpec,
  args: readonly string[],
  ports: ProviderPorts,
): Promise<Source> {
  const path = command.path.join(' ');
  const kind = KINDS.find((one) => SHAPES[one].command.path.join(' ') === path);
  if (kind === undefined) throw new AppError('bug', `UForge has no command ${path}`);
  const wanted = parseWanted(kind, args);
  if (wanted.words.at(-1)?.kind === 'id') sayIdle(ports);
  const center = await appCenterOf(ports);
  const { base, uid, credentials, cure } = center;
  const key = ports.settings.get(DOWNLOAD_ID);
  const given = key === undefined ? undefined : { key, parameter: SHAPES[kind].parameters[0] };
  const way = wayOf({ credentials, given, cure }, ports);
  const ids = idsOf(wanted);
  if (ids !== undefined) return new ImageSource({ ...way, resource: { base, kind, uid, ids } });
  if (given !== undefined && credentials === undefined) {
    throw new AppError('usage.missing', `${path} ${wanted.typed}: looking up a name requires credentials`, {
      hint: `name the image by all of its ids, or ${cure}`,
    });
  }
  const ref = { provider: 'uforge', endpoint: base.endpoint, ref: pathOfWords(wanted, uid) };
  return new NamedSource(ref, async (signal) => {
    return new ImageSource({ ...way, resource: await resolve(center, wanted, signal) });
  });
}

const sayIdle = idleChoice([FORMAT, REVISION]);

/**
 * The source of an image's URL.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(url: URL, ports: ProviderPorts): Promise<Source> {
  const resource = resourceOfUrl(url);
  if (url.searchParams.has('apiKey') || url.searchParams.has('signature')) {
    throw new AppError('usage.url', 'the UForge URL is signed with an API key', {
      hint: 'remove apiKey and signature from the URL, and pass the keys with --public-key and --secret-key-file',
    });
  }
  const { base, credentials } = await readAccount(ports, (one) => isUnder(one, url));
  const configured = base !== undefined && isUnder(base, url) ? base : undefined;
  const cure = logInCure(resource.base, configured, ports.settings, ports.env);
  return new ImageSource({ ...wayOf({ credentials, given: keyOf(url, resource, ports), cure }, ports), resource });
}

interface Login {
  readonly credentials: Credentials | undefined;
  readonly given: GivenKey | undefined;
  /** How to log in, as a hint. */
  readonly cure: string;
}

/** All there is to get at an image but the image. @throws AppError usage.missing, usage.option */
function wayOf({ credentials, given, cure }: Login, ports: ProviderPorts): Omit<ImageAccess, 'resource'> {
  const via = ports.settings.get(VIA);
  // Not ignored: who gave the key means it. Not used: it would be gone for whoever wants to go by key later.
  if (via === 'credentials' && given !== undefined) throw needlessKey(ports.settings);
  if (via === 'credentials' && credentials === undefined) {
    throw new AppError('usage.missing', '--via credentials: there are no credentials for this server', { hint: cure });
  }
  return {
    ...(credentials === undefined ? {} : { credentials }),
    ...(given === undefined ? {} : { given }),
    via,
    cure: `${cure}, or --download-id KEY`,
    transport: ports.transport,
    note: (message) => ports.note(message),
  };
}

function needlessKey(settings: Settings): AppError {
  const origin = settings.origin(DOWNLOAD_ID);
  const what = origin ?? 'a one-time download id in the URL';
  const leave = origin === undefined ? 'remove it from the URL' : `remove ${origin}`;
  return new AppError('usage.option', `${what} together with --via credentials: the id would be wasted`, {
    hint: `${leave}, or use --via auto`,
  });
}

/**
 * The one-time key given beside a link, else the one in it: the cure of a link whose key is spent is the same command
 * with --download-id NEW. It goes where the link's own key was.
 */
function keyOf(url: URL, resource: Resource, ports: ProviderPorts): GivenKey | undefined {
  const path = /\/downloads(?:\/[^/]*)?\/?$/.test(url.pathname) ? { url } : {};
  const carried = KEY_PARAMETERS.find((name) => (url.searchParams.get(name) ?? '') !== '');
  const inLink = carried === undefined ? null : url.searchParams.get(carried);
  const key = ports.settings.get(DOWNLOAD_ID) ?? (inLink === null ? undefined : new Secret(inLink));
  return key === undefined ? undefined : { key, parameter: carried ?? SHAPES[resource.kind].parameters[0], ...path };
}
