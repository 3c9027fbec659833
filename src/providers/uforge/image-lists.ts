import { isAppError } from '../../core/errors.js';
import { type Kind, type Level, SHAPES } from './kinds.js';
import { type ListForm, PUBLISHED } from './list-answer.js';
import { type ListRequest, readList, type Search } from './list-reading.js';
import { imageEntry, type ListedImage } from './listed-image.js';
import { listParents, nameOfParent, type ParentLevel, pathBelowUser } from './parents.js';

const IMAGES: ListForm = { path: ['images', 'images', 'image'], noun: 'images' };
/** Images of a template have no list of their own: the template holds them. */
const OF_TEMPLATE: ListForm = { path: ['containerTemplate', 'images', 'image'], noun: 'images' };

interface KindOfList {
  /** All of a user; those of other kinds among them. */
  readonly wide: ListForm;
  readonly narrow: ListForm;
  /** Conditions in FIQL are known to the narrow list. */
  readonly fiql?: true;
}

const LISTS: Readonly<Record<Kind, KindOfList>> = {
  image: { wide: IMAGES, narrow: IMAGES, fiql: true },
  pimage: { wide: PUBLISHED, narrow: PUBLISHED },
  container: { wide: IMAGES, narrow: OF_TEMPLATE },
  scan: { wide: IMAGES, narrow: IMAGES },
};

const segmentOf = (kind: Kind): 'images' | 'pimages' => (kind === 'pimage' ? 'pimages' : 'images');

/** What images are made from, outermost first. */
export function parentLevels(kind: Kind): readonly ParentLevel[] {
  return SHAPES[kind].levels.filter((level): level is ParentLevel => level !== 'image' && level !== 'pimage');
}

/**
 * All images of a kind, in any order: of the user, or of what `scope` names.
 *
 * The user's own list has all; where it is refused, the lists of everything that has images are read. Of one thing it is
 * the other way round.
 * @param scope ids of the outermost levels
 * @param filter a condition in FIQL; others may come, too
 * @throws AppError auth.*, not-found.image, http.unavailable, proto.*, net.*
 */
export async function listImages(
  search: Search,
  kind: Kind,
  scope: readonly string[],
  filter?: string,
): Promise<readonly ListedImage[]> {
  const wide = (): Promise<readonly ListedImage[]> => wideList(search, kind, scope);
  const narrow = (): Promise<readonly ListedImage[]> => narrowLists(search, kind, scope, filter);
  if (scope.length === 0) return await firstOf(search, wide, narrow, [403, 404]);
  return await firstOf(search, narrow, wide, [403]);
}

/** The other way where one is refused; where both are, what the first one said. */
async function firstOf<Result>(
  { center }: Search,
  first: () => Promise<Result>,
  second: () => Promise<Result>,
  refusals: readonly number[],
): Promise<Result> {
  try {
    return await first();
  } catch (error) {
    if (!isRefusal(error, refusals)) throw error;
    center.ports.note(`${error instanceof Error ? error.message : ''}; trying another list`);
    return await second().catch((later: unknown) => {
      throw isRefusal(later, [403, 404]) ? error : later;
    });
  }
}

function isRefusal(error: unknown, statuses: readonly number[]): boolean {
  return isAppError(error) && statuses.some((status) => error.details['status'] === status);
}

async function wideList(search: Search, kind: Kind, scope: readonly string[]): Promise<readonly ListedImage[]> {
  const { wide } = LISTS[kind];
  const segment = segmentOf(kind);
  const request: ListRequest = {
    path: segment,
    form: wide,
    what: `listing the ${wide.noun} of ${search.center.uid}`,
    missing: 'the server has no such list',
  };
  const found = await readList(search, request, (entry) => imageEntry(entry, { segment }, kind));
  return found.filter(({ ids }) => scope.every((id, at) => ids[at] === id));
}

async function narrowLists(
  search: Search,
  kind: Kind,
  scope: readonly string[],
  filter: string | undefined,
): Promise<readonly ListedImage[]> {
  const levels = parentLevels(kind);
  if (scope.length === levels.length) return await narrowList(search, kind, scope, filter);
  const found: (readonly ListedImage[])[] = [];
  for (const { id } of await listParents(search, levels, scope)) {
    found.push(await narrowLists(search, kind, [...scope, id], filter));
  }
  return found.flat();
}

async function narrowList(
  search: Search,
  kind: Kind,
  ids: readonly string[],
  filter: string | undefined,
): Promise<readonly ListedImage[]> {
  const { narrow, fiql } = LISTS[kind];
  const levels: readonly Level[] = SHAPES[kind].levels;
  const segment = segmentOf(kind);
  const path = pathBelowUser(levels, ids);
  const parent = nameOfParent(search, levels, ids);
  const request: ListRequest = {
    path: narrow === OF_TEMPLATE ? path : `${path}/${segment}`,
    form: narrow,
    what: `listing the ${narrow.noun} of ${parent}`,
    missing: `there is no ${parent} on the server`,
    ...(filter === undefined || fiql === undefined ? {} : { filter }),
  };
  const own = `users/${encodeURIComponent(search.center.uid)}/${path}`;
  return await readList(search, request, (entry) => imageEntry(entry, { segment, parent: own }, kind));
}
