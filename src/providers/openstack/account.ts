import { oncePer } from '../../core/once.js';
import type { ProviderPorts } from '../../core/provider.js';
import { imageEndpoint } from './catalog.js';
import type { ImageService } from './images.js';
import type { Cloud } from './login/cloud.js';
import { cloudSession } from './login/cloud-session.js';
import { configuredCloud, noCloud } from './login/configured-cloud.js';
import type { Session } from './login/session.js';

/** The configured cloud as one run sees it: described once, logged in to once. */
export interface Account {
  readonly cloud: Cloud;
  readonly session: Session;
  /** The image service of the catalog or of the override; what is to be said of it is said once. */
  service(signal: AbortSignal): Promise<ImageService>;
}

/** Undefined where nothing is said of a cloud. @throws AppError config.* */
export const accountOf = oncePer(async (ports: ProviderPorts): Promise<Account | undefined> => {
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

/** @throws AppError config.*, usage.missing */
export async function requireAccount(ports: ProviderPorts): Promise<Account> {
  const account = await accountOf(ports);
  if (account === undefined) throw noCloud(ports);
  return account;
}
