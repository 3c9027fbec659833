import { FORMAT, NEWEST, WAIT } from '../../core/choice-options.js';
import { AppError } from '../../core/errors.js';
import { idleChoice } from '../../core/idle-choice.js';
import type { ProviderPorts } from '../../core/provider.js';
import { quoteForeign } from '../../core/redact.js';
import type { Source } from '../../core/source.js';
import { type Account, accountOf, requireAccount } from './account.js';
import { endpointText, imageEndpoint, vouchedFor } from './catalog.js';
import { choiceFilter } from './image-filter.js';
import { ImageSource } from './image-source.js';
import type { ImageService } from './images.js';
import type { Cloud } from './login/cloud.js';
import { anonymousSession } from './login/cloud-session.js';
import { identityUrl } from './login/keystone.js';
import { findImage } from './names.js';
import { OWNER, PROPERTY, TAG, VISIBILITY } from './options.js';
import { requireImageUrl } from './urls.js';
import { parseWord } from './word.js';

/**
 * The source of an image by id, exact name or pattern, of the configured cloud.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfImage([typed = '']: readonly string[], ports: ProviderPorts): Promise<Source> {
  const { settings } = ports;
  const word = parseWord(typed);
  const newest = settings.get(NEWEST);
  if (word.kind === 'pattern' && !newest) throw severalMeant(typed);
  const choice = { filter: choiceFilter(settings), newest, wait: settings.get(WAIT) !== undefined };
  const account = await requireAccount(ports);
  return new ImageSource({
    presumed: { provider: 'glance', endpoint: presumedEndpoint(account.cloud), ref: typed },
    service: account.service,
    find: async (service, signal) => {
      const image = await findImage(service, word, choice, signal);
      if ('id' in word && word.id === image.id) sayIdle(ports);
      return image;
    },
  });
}

const sayIdle = idleChoice([FORMAT, TAG, PROPERTY, OWNER, VISIBILITY]);

function severalMeant(typed: string): AppError {
  return new AppError('usage.id', `reading the image ${quoteForeign(typed)}: a pattern may fit several images`, {
    hint: `use --newest to take the newest of them, or name:${typed} if that is the name of one`,
  });
}

/** Of one image there is nothing to choose. */
const UNCHOSEN = { filter: { tags: [], properties: [] }, newest: false, wait: false };

/**
 * The source of an image's URL.
 * @throws AppError usage.*, config.*
 */
export async function sourceOfUrl(url: URL, ports: ProviderPorts): Promise<Source> {
  const { base, id } = requireImageUrl(url);
  const account = await accountOf(ports);
  return new ImageSource({
    presumed: { provider: 'glance', endpoint: endpointText(base), ref: id },
    service: urlService(base, account, ports),
    find: (service, signal) => findImage(service, { kind: 'id', id }, UNCHOSEN, signal),
  });
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
