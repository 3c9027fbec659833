import { byAge } from './candidates.js';
import type { ImageFilter } from './image-filter.js';
import { ImageList, type ListedImage, type Query, type Search } from './image-list.js';

/**
 * Where to look. A plain list leaves out hidden images, other projects' community images and shares that were not
 * accepted; each has a filter of its own (measured on Zed).
 */
export interface View {
  readonly query: Query;
  /** Where to look when the release does not know that filter: it has nothing to add, or knows parts of it. */
  readonly instead?: readonly Query[];
}

const ALL_SHARES: Query = [['member_status', 'all']];
export const PLAIN: View = { query: [] };
export const COMMUNITY: View = { query: [['visibility', 'community']], instead: [] };
export const HIDDEN: View = { ...hiddenOf(PLAIN), instead: [] };
export const SHARES: View = { query: ALL_SHARES, instead: [] };
const EVERYTHING: View = {
  query: [['visibility', 'all'], ...ALL_SHARES],
  instead: [PLAIN.query, COMMUNITY.query, ALL_SHARES],
};

/** Where a filter leads. Who names an owner or a kind of visibility also means what a plain list leaves out. */
export function viewOf({ owner, visibility }: ImageFilter): View {
  if (visibility === 'all' || (visibility === undefined && owner !== undefined)) return EVERYTHING;
  if (visibility === undefined) return PLAIN;
  return { query: [['visibility', visibility], ...(visibility === 'shared' ? ALL_SHARES : [])] };
}

/** The hidden images of a view: no list has both. */
export function hiddenOf({ query, instead }: View): View {
  const hidden = (where: Query): Query => [...where, ['os_hidden', 'true']];
  return { query: hidden(query), ...(instead === undefined ? {} : { instead: instead.map(hidden) }) };
}

export interface Question {
  readonly view: View;
  /** Exactly this one; any when absent. The server may also find what is only similar. */
  readonly name?: string;
  /** What else the server is asked for. */
  readonly query: Query;
}

/**
 * What the server finds.
 * @throws AppError auth.*, http.unavailable, proto.*, net.*
 */
export async function* imagesIn(search: Search, { view, name, query }: Question): AsyncGenerator<ListedImage> {
  if (name === undefined || !name.includes(':')) {
    yield* inView(search, view, name === undefined ? [] : [['name', name]], query);
    return;
  }
  // Glance takes what precedes a colon for an operator and answers 400 to `ubuntu:24.04` (glance/common/utils.py) …
  let found = false;
  for await (const listed of inView(search, view, [['name', `eq:${name}`]], query)) {
    found ||= listed.image.name === name;
    yield listed;
  }
  // … and a release that has no operators looks for this very text. 400 says that it has some.
  if (!found) yield* inView(search, { instead: [], ...view }, [['name', name]], query);
}

async function* inView(search: Search, view: View, name: Query, query: Query): AsyncGenerator<ListedImage> {
  const asked = (where: Query): Query => [...name, ...where, ...query];
  const list = new ImageList(search, asked(view.query));
  if (view.instead === undefined || (await list.isKnown())) yield* list;
  else yield* await together(search, view.instead.map(asked));
}

/** Several lists as one: the newest first, each image once. */
async function together(search: Search, queries: readonly Query[]): Promise<readonly ListedImage[]> {
  const found = new Map<string, ListedImage>();
  for (const query of queries) {
    const list = new ImageList(search, query);
    if (!(await list.isKnown())) continue;
    for await (const listed of list) found.set(listed.image.id, listed);
  }
  return [...found.values()].sort((a, b) => byAge(a.image, b.image));
}
