import { type GlanceImage, imageMd5, imageRecord, PROJECT_IDS } from './glance-images.js';

export type GlanceList =
  | { readonly kind: 'list'; readonly document: Readonly<Record<string, unknown>> }
  | { readonly kind: 'bad'; readonly text: string };

const DEFAULT_LIMIT = 25;
const LARGEST_LIMIT = 1000;
const SORT_KEYS = ['name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at'];

/** `in:a,b` with quotes where a value has a comma. */
function values(text: string): readonly string[] {
  if (!text.startsWith('in:')) return [text];
  return [...text.slice(3).matchAll(/"([^"]*)"|([^,]+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

/** Hidden, community and not yet accepted images are in a list only when asked for. */
function isListed(image: GlanceImage, query: URLSearchParams, project: string): boolean {
  if (image.hidden !== (query.get('os_hidden') === 'true')) return false;
  if (image.visibility === 'community') return query.get('visibility') === 'community';
  if (image.visibility !== 'shared' || PROJECT_IDS[image.owner] === project) return true;
  return ['all', 'pending'].includes(query.get('member_status') ?? '');
}

async function matches(image: GlanceImage, query: URLSearchParams): Promise<boolean> {
  const is = (name: string, value: string): boolean => {
    const wanted = query.get(name);
    return wanted === null || values(wanted).includes(value);
  };
  const tags = query.getAll('tag').every((tag) => image.tags.includes(tag));
  const simple = is('name', image.name) && is('status', image.status) && is('visibility', image.visibility);
  if (!tags || !simple || !is('id', image.id) || !is('owner', PROJECT_IDS[image.owner])) return false;
  if (!is('disk_format', image.diskFormat)) return false;
  if (query.has('checksum') && query.get('checksum') !== (await imageMd5(image))) return false;
  if (query.has('os_hash_value')) {
    return (await imageRecord(image, true))['os_hash_value'] === query.get('os_hash_value');
  }
  return true;
}

function order(images: GlanceImage[], query: URLSearchParams): string | undefined {
  const [key = 'created_at', direction = 'desc'] = (
    query.get('sort') ?? `${query.get('sort_key') ?? 'created_at'}:${query.get('sort_dir') ?? 'desc'}`
  ).split(':');
  if (!SORT_KEYS.includes(key)) {
    return `Invalid sort key: ${key}. It must be one of the following: ${SORT_KEYS.join(', ')}.`;
  }
  const text = (image: GlanceImage): string =>
    ({ name: image.name, status: image.status, disk_format: image.diskFormat, id: image.id })[key] ??
    String(key === 'size' ? image.object.size : image.object.modifiedMs);
  images.sort((a, b) => text(a).localeCompare(text(b), 'en', { numeric: true }) || a.id.localeCompare(b.id));
  if (direction === 'desc') images.reverse();
  return undefined;
}

/**
 * GET /v2/images. `next` is there whenever a page is full, also after the last image; `first` and `next` are paths
 * from the host root.
 * @param visible the images the project may see at all
 */
export async function listImages(
  visible: readonly GlanceImage[],
  query: URLSearchParams,
  project: string,
  digests: boolean,
): Promise<GlanceList> {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit)) return { kind: 'bad', text: 'limit param must be an integer' };
  if (limit < 0) return { kind: 'bad', text: 'limit param must be positive' };
  const found: GlanceImage[] = [];
  for (const image of visible) {
    if (isListed(image, query, project) && (await matches(image, query))) found.push(image);
  }
  const wrongKey = order(found, query);
  if (wrongKey !== undefined) return { kind: 'bad', text: wrongKey };
  const marker = query.get('marker');
  if (marker !== null && !visible.some((image) => image.id === marker)) {
    return { kind: 'bad', text: `No image found with ID ${marker}` };
  }
  const from = marker === null ? 0 : found.findIndex((image) => image.id === marker) + 1;
  const page = found.slice(from, from + Math.min(limit, LARGEST_LIMIT));
  const records = [];
  for (const image of page) records.push(await imageRecord(image, digests));
  const first = new URLSearchParams([...query].filter(([name]) => name !== 'marker'));
  const path = (params: URLSearchParams): string => (params.size === 0 ? '/v2/images' : `/v2/images?${params}`);
  const last = page.at(-1);
  const next = new URLSearchParams([...first, ['marker', last?.id ?? '']]);
  const full = last !== undefined && page.length === Math.min(limit, LARGEST_LIMIT);
  return {
    kind: 'list',
    document: {
      images: records,
      first: path(first),
      schema: '/v2/schemas/images',
      next: full ? path(next) : undefined,
    },
  };
}
