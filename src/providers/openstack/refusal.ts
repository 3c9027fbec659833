import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { redirectedWords } from '../../core/redirected-words.js';
import type { Refusal } from '../../core/source.js';
import { isUnavailable } from '../../core/unavailable.js';
import { requestIdOf, said, strange, unavailable } from './replies.js';

/** What the engine cannot know of Glance's answers to the data request. */
export function refusalError(id: string, refusal: Refusal): AppError | undefined {
  const { status, headers, text } = refusal;
  const doing = `downloading image ${quoteForeign(id).slice(1, -1)}${redirectedWords(refusal)}`;
  if (status === 204) {
    return new AppError('not-ready.no-data', `${doing}: the service has no data for it (204)`, {
      hint: 'the data was lost or never uploaded: ask the owner or the operator of the cloud',
      details: requestIdOf(headers),
    });
  }
  if (status === 300) return strange(doing, refusal, 'check the image endpoint: this is the list of its API versions');
  if (status === 403) return forbidden(id, refusal);
  if (status === 404 || status === 410) return gone(id, refusal);
  if (isUnavailable(status)) return unavailable(doing, status, headers, text);
  if (status === 400 || status === 405) return strange(doing, refusal, 'ask the operator of the cloud');
  return undefined;
}

export function gone(id: string, refusal?: Refusal): AppError {
  const way = refusal === undefined ? '' : redirectedWords(refusal);
  return new AppError(
    'not-found.image',
    `reading image ${id}${way}: it does not exist, or these credentials cannot see it`,
    {
      hint: 'it may have been deleted, or it may be private to another project',
      details: refusal === undefined ? {} : requestIdOf(refusal.headers),
    },
  );
}

export function forbidden(id: string, refusal: Refusal): AppError {
  return new AppError(
    'auth.forbidden',
    `downloading image ${id}${redirectedWords(refusal)}: the service denies access${said(refusal.text)}`,
    {
      hint: 'a policy of the cloud restricts this image (licensed images often are): ask its operator',
      details: requestIdOf(refusal.headers),
    },
  );
}
