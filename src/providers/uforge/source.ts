import { AppError } from '../../core/errors.js';
import { oncePer } from '../../core/once.js';
import type { Settings } from '../../core/option.js';
import type { CommandSpec, ProviderPorts } from '../../core/provider.js';
import { Secret } from '../../core/secret.js';
import type { Source } from '../../core/source.js';
import { isUnder } from './base.js';
import { ImageSource } from './image-source.js';
import { type Credentials, logInCure, readAccount } from './login/credentials.js';
import { DOWNLOAD_ID, VIA } from './options.js';
import { type GivenKey, KEY_PARAMETERS, KINDS, parseIds, type Resource, resourceOfUrl, SHAPES } from './resource.js';

/** Of a command, which names the configured AppCenter: read once for all images of a run. */
const accountOf = oncePer((ports: ProviderPorts) => readAccount(ports));

/**
 * The source of a command's image.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfImage(
  command: CommandSpec,
  args: readonly string[],
  ports: ProviderPorts,
): Promise<Source> {
  const wanted = command.path.join(' ');
  const kind = KINDS.find((one) => SHAPES[one].command.path.join(' ') === wanted);
  if (kind === undefined) throw new AppError('bug', `UForge has no command ${wanted}`);
  const ids = parseIds(kind, args);
  const { base, credentials, uid } = await accountOf(ports);
  if (base === undefined) {
    throw new AppError('usage.missing', 'the base URL of the AppCenter is missing', {
      hint: `use --url https://HOST/api, or ${ports.profile === undefined ? 'set IMGDL_URL' : `add url to ${ports.profile}`}`,
    });
  }
  if (uid === undefined) {
    throw new AppError('usage.missing', 'the owner of the image is missing: every UForge path contains it', {
      hint: 'use --uid LOGIN, or --user LOGIN',
    });
  }
  const key = ports.settings.get(DOWNLOAD_ID);
  const given = key === undefined ? undefined : { key, parameter: SHAPES[kind].parameters[0] };
  const cure = logInCure(base, base, ports.settings, ports.env);
  return assemble({ resource: { base, kind, uid, ids }, credentials, given, cure }, ports);
}

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
  return assemble({ resource, credentials, given: keyOf(url, resource, ports), cure }, ports);
}

interface Parts {
  readonly resource: Resource;
  readonly credentials: Credentials | undefined;
  readonly given: GivenKey | undefined;
  /** How to log in, as a hint. */
  readonly cure: string;
}

function assemble({ resource, credentials, given, cure }: Parts, ports: ProviderPorts): Source {
  const via = ports.settings.get(VIA);
  // Not ignored: who gave the key means it. Not used: it would be gone for whoever wants to go by key later.
  if (via === 'credentials' && given !== undefined) throw needlessKey(ports.settings);
  if (via === 'credentials' && credentials === undefined) {
    throw new AppError('usage.missing', '--via credentials: there are no credentials for this server', { hint: cure });
  }
  return new ImageSource({
    resource,
    ...(credentials === undefined ? {} : { credentials }),
    ...(given === undefined ? {} : { given }),
    via,
    cure: `${cure}, or --download-id KEY`,
    transport: ports.transport,
    note: (message) => ports.note(message),
  });
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
