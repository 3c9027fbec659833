import { AppError } from '../core/errors.js';
import { HEADER_FILE } from './credential-options.js';
import type { Image } from './images.js';
import type { Run } from './run.js';

/**
 * A header file is for one server, and a URL may lead to any: what it has must not go to whoever is named beside.
 * @throws AppError usage.option
 */
export function checkHeaderFile(images: readonly Image[], { settings, input }: Run): void {
  const origin = settings.origin(HEADER_FILE);
  if (origin === undefined) return;
  const refused = (what: string, hint: string): AppError =>
    new AppError('usage.option', `${origin}: ${what}`, { hint });
  const origins = new Set(images.map(({ source }) => source.ref.endpoint));
  if (origins.size > 1) {
    throw refused('the URLs are of several servers, and the headers are for one', 'run imgdl once for each server');
  }
  const owners = images.map(({ source }) => input.providers.find(({ id }) => id === source.ref.provider));
  if (owners.some((owner) => owner?.takesOriginCredentials !== true)) {
    throw refused('the URL is of a service with a login of its own', 'remove it, or use --as plain');
  }
}
