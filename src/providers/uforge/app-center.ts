import { AppError } from '../../core/errors.js';
import { oncePer } from '../../core/once.js';
import type { ProviderPorts } from '../../core/provider.js';
import type { Base } from './base.js';
import { type Credentials, logInCure, readAccount, sayLoginIgnored, sayServerIgnored } from './login/credentials.js';
import { URL_OPTION } from './options.js';
import type { RefusalContext } from './refusal.js';

/** The configured AppCenter as one run sees it: the same object for all that the run asks for. */
export interface AppCenter {
  readonly base: Base;
  /** Login of the owner of the images. */
  readonly uid: string;
  readonly credentials?: Credentials;
  /** How to log in, as a hint. */
  readonly cure: string;
  readonly ports: ProviderPorts;
}

/** @throws AppError usage.*, config.* */
export const appCenterOf = oncePer(async (ports: ProviderPorts): Promise<AppCenter> => {
  const { base, credentials, uid } = await readAccount(ports);
  if (base === undefined) {
    await sayServerIgnored(ports);
    throw new AppError('usage.missing', 'the base URL of the AppCenter is missing', {
      hint: `use --url https://HOST/api, or ${ports.profile === undefined ? 'set IMGDL_URL' : `add url to ${ports.profile}`}`,
    });
  }
  if (uid === undefined) {
    await sayLoginIgnored(ports);
    const ofHammr = ports.settings.get(URL_OPTION) === undefined;
    throw new AppError('usage.missing', 'the owner of the image is missing: every UForge path contains it', {
      // hammr's file does not count beside a --user.
      hint: ofHammr ? "add user to hammr's credentials, or use --uid LOGIN" : 'use --uid LOGIN, or --user LOGIN',
    });
  }
  const cure = logInCure(base, base, ports.settings, ports.env);
  return { base, uid, ...(credentials === undefined ? {} : { credentials }), cure, ports };
});

/**
 * @param what `listing the images of alice`
 * @param missing what a 404 means
 */
export function listContext({ base, credentials, cure }: AppCenter, what: string, missing: string): RefusalContext {
  return {
    what,
    missing,
    authorised: credentials === undefined ? 'nothing' : 'credentials',
    endpoint: base.endpoint,
    ...(credentials === undefined ? { cure } : {}),
  };
}
