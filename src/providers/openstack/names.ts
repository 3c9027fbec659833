import { AppError } from '../../core/errors.js';
import { quoteForeign } from '../../core/redact.js';
import type { Warning } from '../../core/source.js';
import type { ImageRecord } from './answers.js';
import { ambiguous } from './candidates.js';
import { fits, type ImageFilter, queryOf } from './image-filter.js';
import type { Search } from './image-list.js';
import { COMMUNITY, HIDDEN, hiddenOf, imagesIn, PLAIN, SHARES, viewOf } from './image-views.js';
import { type ImageService, readImage } from './images.js';
import { newestImage } from './newest.js';
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

export interface FoundImage {
  readonly image: ImageRecord;
  readonly warnings: readonly Warning[];
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
): Promise<FoundImage> {
  if (word.kind === 'id' || word.kind === 'id-or-name') {
    const image = await readImage(service, word.id, signal);
    if (image !== undefined) return { image, warnings: [] };
    if (word.kind === 'id') throw gone(word.id);
  }
  const search = { service, doing: `looking for image ${quoteForeign(textOf(word))}`, signal };
  if (!choice.newest) return await exactlyNamed(search, textOf(word), choice.filter);
  return { image: await newestImage(search, word, choice), warnings: [] };
}

function textOf(word: Exclude<Word, { readonly kind: 'id' }>): string {
  return word.kind === 'pattern' ? word.pattern : word.name;
}

/** The first list that has the name decides, so that nobody can put another image in front of those of a plain one. */
async function exactlyNamed(search: Search, name: string, filter: ImageFilter): Promise<FoundImage> {
  const chosen = filter.owner !== undefined || filter.visibility !== undefined;
  const own = await OwnImages.of(search, filter);
  const others = new Set<string>();
  for (const view of chosen ? [viewOf(filter), hiddenOf(viewOf(filter))] : [PLAIN, COMMUNITY, HIDDEN, SHARES]) {
    const matches: ImageRecord[] = [];
    for await (const listed of imagesIn(search, { view, name, query: queryOf(filter) })) {
      // A database may compare without regard to case (MySQL does): the name asked for is the exact one.
      if (listed.image.name !== name) others.add(listed.image.name ?? '');
      else if (fits(listed, filter)) matches.push(listed.image);
    }
    const [image] = matches;
    if (matches.length > 1) throw ambiguous(search.doing, matches, (one) => own.isOurs(one));
    if (image === undefined) continue;
    const expected = chosen || (view === PLAIN && image.visibility !== 'private') || image.visibility === 'public';
    return { image, warnings: expected || own.isOurs(image) ? [] : [foreignImage(image)] };
  }
  throw noSuchName(search.doing, others, filter);
}

function foreignImage({ id, owner, visibility }: ImageRecord): Warning {
  const whose = owner ? `to project ${quoteForeign(owner).slice(1, -1)}` : 'to nobody known';
  const how =
    visibility === 'community'
      ? 'which offers it to everybody'
      : visibility === 'shared'
        ? 'and your project has not accepted it'
        : 'and it is private';
  return {
    code: 'glance.foreign-image',
    message: `image ${id} belongs ${whose}, ${how}: check that you trust it`,
  };
}

function noSuchName(doing: string, others: ReadonlySet<string>, filter: ImageFilter): AppError {
  const narrowed = Object.values(filter).some((value) => !Array.isArray(value) || value.length > 0);
  const fitting = narrowed ? ' that fits the options given' : '';
  return new AppError('not-found.image', `${doing}: there is no image with this id or name${fitting}`, {
    hint:
      others.size > 0
        ? `names must match exactly; similar names: ${[...others].slice(0, 5).map(quoteForeign).join(', ')}`
        : 'check the name, the region and the project; an image of another project must be shared with yours',
  });
}
