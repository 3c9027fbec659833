import { AppError, type Details } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import { utcOf } from '../../core/utc.js';
import type { ImageRecord } from './answers.js';
import { itemOf } from './list-item.js';

/** Told in a message, and in the details of an error. */
const SHOWN = 20;
const LISTED = 100;

/** For sort(): the newest first; of one second, in the order of Glance's own lists. */
export function byAge(a: ImageRecord, b: ImageRecord): number {
  const [left, right] = [utcOf(a.created_at) ?? '', utcOf(b.created_at) ?? ''];
  if (left !== right) return left > right ? -1 : 1;
  return a.id === b.id ? 0 : a.id > b.id ? -1 : 1;
}

/** `ID (active, 2026-11-21T07:24:12Z, private image of project X)`, and so on. */
export function inWords(images: readonly ImageRecord[], isOurs: (image: ImageRecord) => boolean): string {
  const shown = images.slice(0, SHOWN).map((image) => {
    const made = image.created_at ? [image.created_at.slice(0, 20)] : [];
    const whose = isOurs(image) || !image.owner ? [] : [`owner ${image.owner}`];
    return `${image.id} (${quoteForeign([image.status, ...made, ...whose].join(', ')).slice(1, -1)})`;
  });
  return `${shown.join(', ')}${images.length > SHOWN ? ` and ${images.length - SHOWN} more` : ''}`;
}

export function candidateDetails(images: readonly ImageRecord[]): Details {
  const listed = images.slice(0, LISTED);
  return { ids: listed.map(({ id }) => id), candidates: listed.map(itemOf) };
}

export function ambiguous(
  doing: string,
  images: readonly ImageRecord[],
  isOurs: (image: ImageRecord) => boolean,
): AppError {
  const newestFirst = [...images].sort(byAge);
  return new AppError(
    'not-found.ambiguous',
    `${doing}: ${images.length} images have this name: ${inWords(newestFirst, isOurs)}`,
    { hint: 'use one of the ids, or --newest', details: candidateDetails(newestFirst) },
  );
}
