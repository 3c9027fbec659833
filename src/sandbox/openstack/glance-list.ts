import type { ModeView } from '../modes.js';
import type { Stages } from '../stages.js';
import type { GlanceCatalog } from './glance-catalog.js';
import { BadQuery } from './glance-errors.js';
import { type Condition, conditionOf } from './glance-filters.js';
import type { GlanceImage } from './glance-image.js';
import { orderOf } from './glance-order.js';
import { imageRecord } from './glance-record.js';
import { imageNow } from './glance-state.js';
import { listedWith, mayRead } from './glance-visibility.js';
import type { Token } from './keystone-tokens.js';

export interface ListRequest {
  readonly images: GlanceCatalog;
  readonly stages: Stages;
  readonly query: URLSearchParams;
  readonly token: Token;
  readonly modes: ModeView;
  readonly digests: boolean;
}

const DEFAULT_LIMIT = 25;
const LARGEST_LIMIT = 1000;

/** These decide what a page is and who may see an image; all others are conditions. */
const NO_CONDITIONS: readonly string[] = [
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'member_status',
  'visibility',
  'tag',
];

function limitOf(query: URLSearchParams, modes: ModeView): number {
  const text = query.getAll('limit').at(-1);
  if (text !== undefined && !/^[-+]?\d+$/.test(text.trim())) throw new BadQuery('limit param must be an integer');
  const limit = text === undefined ? DEFAULT_LIMIT : Number(text);
  if (limit < 0) throw new BadQuery('limit param must be positive');
  return Math.min(limit, LARGEST_LIMIT, modes.get('pageCap') ?? LARGEST_LIMIT);
}

function conditionsOf(query: URLSearchParams, modes: ModeView): readonly Condition[] {
  if (query.has('changes-since')) throw new BadQuery('The "changes-since" filter is no longer available on v2.');
  const single = singled(query);
  if (!single.has('os_hidden')) single.set('os_hidden', 'false');
  const named = [...single].filter(([name]) => !NO_CONDITIONS.includes(name));
  const tags = query.getAll('tag');
  return [
    (image) => tags.every((tag) => image.tags.includes(tag.trim())),
    ...named.map(([name, text]) => conditionOf(name, text, modes.get('nameOperators'))),
  ];
}

/** Glance's own parameters are a dictionary: of one that is there twice, the last counts. */
function singled(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(Object.fromEntries(query));
}

/** Python's urlencode: `sort=name%3Aasc`, blanks as plus. */
const listPath = (params: URLSearchParams): string => (params.size === 0 ? '/v2/images' : `/v2/images?${params}`);

/**
 * `next` is there whenever a page is full, also after the last image; it and `first` are paths from the host root, and
 * of two tags they keep one.
 */
function linksOf(
  { query, modes }: ListRequest,
  last: GlanceImage | undefined,
): Readonly<Record<string, string | undefined>> {
  const first = singled(query);
  first.delete('marker');
  const next = new URLSearchParams(first);
  const mode = modes.get('next');
  next.set('marker', mode === 'repeats' ? (query.get('marker') ?? '') : (last?.id ?? ''));
  if (mode === 'repeats' && !query.has('marker')) next.delete('marker');
  const path = mode === 'elsewhere' ? `http://elsewhere.example${listPath(next)}` : listPath(next);
  return { first: listPath(first), schema: '/v2/schemas/images', next: last === undefined ? undefined : path };
}

/** GET /v2/images. @throws BadQuery */
export async function listImages(request: ListRequest): Promise<Readonly<Record<string, unknown>>> {
  const { images, stages, query, token, modes, digests } = request;
  const limit = limitOf(query, modes);
  const isListed = listedWith(query, token);
  const conditions = conditionsOf(query, modes);
  const order = orderOf(query);
  const found: GlanceImage[] = [];
  for (const image of images.all()) {
    const now = imageNow(image, stages, modes, false);
    if (isListed(now) && (await all(conditions, now))) found.push(now);
  }
  found.sort(order);
  const marker = query.getAll('marker').at(-1);
  const markedBy = marker === undefined ? undefined : images.byId(marker);
  const after = markedBy && imageNow(markedBy, stages, modes, false);
  if (marker !== undefined && (after === undefined || !mayRead(after, token))) {
    throw new BadQuery(`No image found with ID ${marker}`);
  }
  const rest = after === undefined ? found : found.filter((image) => order(image, after) > 0);
  const page = rest.slice(0, limit);
  const records = [];
  for (const image of page) records.push(await imageRecord(image, digests));
  const { next, ...links } = linksOf(request, page.length > 0 && page.length === limit ? page.at(-1) : undefined);
  return { images: records, ...links, next };
}

async function all(conditions: readonly Condition[], image: GlanceImage): Promise<boolean> {
  for (const condition of conditions) {
    const fits = condition(image);
    if (!(typeof fits === 'boolean' ? fits : await fits)) return false;
  }
  return true;
}
