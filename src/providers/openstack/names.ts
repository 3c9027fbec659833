import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { ImageRecord } from './answers.js';
import { ambiguous } from './candidates.js';
import { fits, type ImageFilter, queryOf } from './image-filter.js';
import type { Search } from './image-list.js';
import { COMMUNITY, HIDDEN, hiddenOf, imagesIn, PLAIN, SHARES, viewOf } from './image-views.js';
import { type ImageService, readImage } from './images.js';
import { newestImage, nothingOwn } from './newest.js';
import { OwnImages } from './own-images.js';
import { gone } from './refusal.js';
import type { Word } from './word.js';

/** Which of several images is meant. */
export interface Choice {
  readonly filter: ImageFilter;
  /** The newest of those that fit. */
  readonly newest: boolean;
  /** Those that are still being made count, too: somebody waits for them. */
  readonly wait: boolean;
}

/**
 * The one image that a word means. Who gives its id has chosen already.
 * @throws AppError not-found.image, not-found.ambiguous, and as readImage()
 */
export async function findImage(
  service: ImageService,
  word: Word,
  choice: Choice,
  signal: AbortSignal,
): Promise<ImageRecord> {
  if (word.kind === 'id' || word.kind === 'id-or-name') {
    const image = await readImage(service, word.id, signal);
    if (image !== undefined) return image;
    if (word.kind === 'id') throw gone(word.id);
  }
  const search = { service, doing: `looking for image ${quoteForeign(textOf(word))}`, signal };
  if (!choice.newest) return await exactlyNamed(search, textOf(word), choice.filter);
  return await newestImage(search, word, choice);
}

function textOf(word: Exclude<Word, { readonly kind: 'id' }>): string {
  return word.kind === 'pattern' ? word.pattern : word.name;
}

/**
 * The first list that has an image of the name that may be taken decides. Somebody else's may have the name as well,
 * and could have been given it for that: it is not taken by its name, even where there is no other.
 */
async function exactlyNamed(search: Search, name: string, filter: ImageFilter): Promise<ImageRecord> {
  const chosen = filter.owner !== undefined || filter.visibility !== undefined;
  const own = await OwnImages.of(search, filter);
  const near = new Set<string>();
  const foreign: ImageRecord[] = [];
  for (const view of chosen ? [viewOf(filter), hiddenOf(viewOf(filter))] : [PLAIN, COMMUNITY, HIDDEN, SHARES]) {
    const matches: ImageRecord[] = [];
    // Where nobody is logged in, the plain list is all that tells what may be taken.
    const all = view === PLAIN && !own.knowsUs;
    for await (const listed of imagesIn(search, { view, name, query: queryOf(filter) })) {
      const { image } = listed;
      // A database may compare without regard to case (MySQL does): the name asked for is the exact one.
      if (image.name !== name) near.add(image.name ?? '');
      else if (fits(listed, filter)) (all || (await own.includes(image)) ? matches : foreign).push(image);
    }
    const [image] = matches;
    if (matches.length > 1) throw ambiguous(search.doing, matches, (one) => own.isOurs(one));
    if (image !== undefined) return image;
  }
  throw foreign.length > 0 ? nothingOwn(search.doing, foreign, filter) : noSuchName(search.doing, near, filter);
}

function noSuchName(doing: string, others: ReadonlySet<string>, filter: ImageFilter): AppError {
  const narrowed = Object.values(filter).some((value) => !Array.isArray(value) || value.length > 0);
  const fitting = narrowed ? ' that fits the options given' : '';
  return new AppError('not-found.image', `${doing}: there is no image with this id or name${fitting}`, {
    hint:
      others.size > 0
        ? `names must match exactly; similar names: ${[...others].slice(0, 5).map(quoteForeign).join(', ')}`
        : 'see what there is with imgdl glance list; check the region and the project, as an image of another project must be shared with yours',
  });
}
