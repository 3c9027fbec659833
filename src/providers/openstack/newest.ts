import { AppError } from '../../core/errors.js';
import type { ImageRecord } from './answers.js';
import { byAge, candidateDetails, inWords } from './candidates.js';
import { fits, type ImageFilter, queryOf } from './image-filter.js';
import type { Query, Search } from './image-list.js';
import { COMMUNITY, imagesIn, SHARES, type View, viewOf } from './image-views.js';
import { OwnImages } from './own-images.js';
import { isBeingMade, reasonOf } from './readiness.js';
import { fitsWord, type Word } from './word.js';

const NEWEST_FIRST: Query = [['sort', 'created_at:desc']];
const PAGE: Query = [['limit', '500']];

export interface NewestOf {
  readonly filter: ImageFilter;
  readonly wait: boolean;
}

type Named = Exclude<Word, { readonly kind: 'id' }>;

/**
 * The newest image that fits and has data, or will have some where somebody waits for it. Where none has, the newest of
 * all: why it is not ready is for others to say.
 * @throws AppError not-found.image, and as imagesIn()
 */
export async function newestImage(search: Search, word: Named, { filter, wait }: NewestOf): Promise<ImageRecord> {
  const own = await OwnImages.of(search, filter);
  const isReady = (image: ImageRecord): boolean => reasonOf(image) === undefined || (wait && isBeingMade(image));
  const others: ImageRecord[] = [];
  // A hidden image is for those who know its name.
  for (const hidden of word.kind === 'pattern' ? [false] : [false, true]) {
    const fitting = await fittingIn(search, viewOf(filter), word, { ...filter, hidden });
    const chosen = (await firstOwn(fitting.filter(isReady), own)) ?? (await firstOwn(fitting, own));
    if (chosen !== undefined) {
      const among = fitting.length === 1 ? 'the only image that fits' : `the newest of ${fitting.length} that fit`;
      search.service.ports.note(`${search.doing}: ${among} is ${inWords([chosen], () => false)}`);
      return chosen;
    }
    others.push(...fitting);
  }
  if (filter.owner === undefined && filter.visibility === undefined) {
    for (const view of [COMMUNITY, SHARES]) others.push(...(await fittingIn(search, view, word, filter)));
  }
  throw others.length === 0 ? nothingFits(search.doing) : nothingOwn(search.doing, others, filter);
}

/** The newest first, whatever the server thinks of the order. */
async function fittingIn(
  search: Search,
  view: View,
  word: Named,
  filter: ImageFilter,
): Promise<readonly ImageRecord[]> {
  const query = [...queryOf(filter), ...NEWEST_FIRST, ...PAGE];
  const name = word.kind === 'pattern' ? {} : { name: word.name };
  const found: ImageRecord[] = [];
  for await (const listed of imagesIn(search, { view, ...name, query })) {
    if (fitsWord(listed.image, word) && fits(listed, filter)) found.push(listed.image);
  }
  return found.sort(byAge);
}

async function firstOwn(images: readonly ImageRecord[], own: OwnImages): Promise<ImageRecord | undefined> {
  for (const image of images) if (await own.includes(image)) return image;
  return undefined;
}

function nothingFits(doing: string): AppError {
  return new AppError('not-found.image', `${doing}: there is no image that fits`, {
    hint: 'see what there is with imgdl glance list',
  });
}

/** What fits is somebody else's. */
export function nothingOwn(
  doing: string,
  images: readonly ImageRecord[],
  { visibility }: Pick<ImageFilter, 'visibility'>,
): AppError {
  const unique = [...new Map(images.map((image) => [image.id, image])).values()].sort(byAge);
  const many = unique.length === 1 ? 'the only image that fits is' : `all ${unique.length} images that fit are`;
  // Who has named a visibility has found that it is not enough.
  const kinds = visibility === undefined ? '; --visibility community or shared includes all of that kind' : '';
  return new AppError(
    'not-found.image',
    `${doing}: ${many} another project's, neither public nor a share that your project accepted: ${inWords(unique, () => false)}`,
    {
      hint: `if you trust its owner, use its id or --owner ID${kinds}`,
      details: candidateDetails(unique),
    },
  );
}
