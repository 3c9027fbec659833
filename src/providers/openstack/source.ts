import { AppError } from '../../core/errors.js';
import { oncePer } from '../../core/once.js';
import type { ProviderPorts } from '../../core/provider.js';
import { quoteForeign } from '../../core/redact.js';
import type { Source } from '../../core/source.js';
import { endpointText, imageEndpoint, vouchedFor } from './catalog.js';
import { ImageSource } from './image-source.js';
import type { ImageService } from './images.js';
import type { Cloud } from './login/cloud.js';
import { anonymousSession, cloudSession } from './login/cloud-session.js';
import { configuredCloud, noCloud } from './login/configured-cloud.js';
import { identityUrl } from './login/keystone.js';
import type { Session } from './login/session.js';
import { requireImageUrl } from './urls.js';

/** Longest name Glance keeps (glance/schema: `name`, maxLength). */
const NAME_LIMIT = 255;

/** The configured cloud as one run sees it: described once, logged in to once. */
interface Account {
  readonly cloud: Cloud;
  readonly session: Session;
  /** The image service of the catalog or of the override; what is to be said of it is said once. */
  service(signal: AbortSignal): Promise<ImageService>;
}

const accountOf = oncePer(async (ports: ProviderPorts): Promise<Account | undefined> => {
  const cloud = await configuredCloud(ports);
  if (cloud === undefined) return undefined;
  const session = cloudSession(cloud, ports);
  let found: ImageService | undefined;
  return {
    cloud,
    session,
    async service(signal) {
      const grant = await session.grant(signal);
      found ??= { base: imageEndpoint(cloud, grant), session, ports };
      return found;
    },
  };
});

/**
 * The source of an image by id or exact name, of the configured cloud.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfImage(args: readonly string[], ports: ProviderPorts): Promise<Source> {
  const wanted = requireImage(args);
  const account = await accountOf(ports);
  if (account === undefined) throw noCloud();
  return new ImageSource({
    wanted,
    presumed: { provider: 'glance', endpoint: presumedEndpoint(account.cloud), ref: wanted },
    service: account.service,
  });
}

/**
 * The source of an image's URL.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(url: URL, ports: ProviderPorts): Promise<Source> {
  const { base, id } = requireImageUrl(url);
  const account = await accountOf(ports);
  return new ImageSource({
    wanted: id,
    only: 'id',
    presumed: { provider: 'glance', endpoint: endpointText(base), ref: id },
    service: urlService(base, account, ports),
  });
}

function requireImage(args: readonly string[]): string {
  const wanted = args[0] ?? '';
  if (wanted.trim() !== '' && [...wanted].length <= NAME_LIMIT) return wanted;
  throw new AppError(
    'usage.id',
    `reading the image ${quoteForeign(wanted)}: ${wanted.trim() === '' ? 'it is empty' : `it has more than ${NAME_LIMIT} characters`}`,
    { hint: 'use the id of the image, or its exact name' },
  );
}

/** Checks the URLs of the configuration, so that a typo is told before anything is sent. */
function presumedEndpoint(cloud: Cloud): string {
  if (cloud.imageEndpoint !== undefined) {
    const nobody = { token: undefined, catalog: undefined, projectId: undefined };
    const endpoint = endpointText(imageEndpoint(cloud, nobody));
    if (!('authUrl' in cloud.login)) return endpoint;
    identityUrl(cloud.login.authUrl, { note() {} });
    return endpoint;
  }
  return 'authUrl' in cloud.login ? endpointText(identityUrl(cloud.login.authUrl, { note() {} })) : '';
}

/** A token goes only where the catalog or the user's override vouches for the address; elsewhere nobody is named. */
function urlService(
  base: URL,
  account: Account | undefined,
  ports: ProviderPorts,
): (signal: AbortSignal) => Promise<ImageService> {
  return async (signal) => {
    if (account !== undefined) {
      const { cloud, session } = account;
      if (vouchedFor(base, cloud, await session.grant(signal))) return { base, session, ports };
      ports.note(`${endpointText(base)} is not the image service of ${cloud.where}: connecting without credentials`);
    }
    return { base, session: anonymousSession(), ports };
  };
}
