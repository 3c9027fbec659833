import { FORMAT } from '../../core/choice-options.js';
import type { Settings } from '../../core/option.js';
import type { ListedImage, Query } from './image-list.js';
import { HIDDEN, type ImageProperty, OWNER, PROPERTY, STATUS, TAG, VISIBILITY, type Visibility } from './options.js';

/** Which images are wanted, beside their names. */
export interface ImageFilter {
  readonly tags: readonly string[];
  readonly properties: readonly ImageProperty[];
  readonly owner?: string;
  readonly visibility?: Visibility;
  /** Of the disk, in any case. */
  readonly format?: string;
  readonly status?: string;
  /** The hidden ones alone, or the others. Absent: both. */
  readonly hidden?: boolean;
}

/** What the options that lists and names share say. */
export function choiceFilter(settings: Settings): ImageFilter {
  const owner = settings.get(OWNER);
  const visibility = settings.get(VISIBILITY);
  const format = settings.get(FORMAT);
  return {
    tags: settings.all(TAG),
    properties: settings.all(PROPERTY),
    ...(owner === undefined ? {} : { owner }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(format === undefined ? {} : { format }),
  };
}

/** @param ready only those with data are wanted */
export function listFilter(settings: Settings, ready: boolean): ImageFilter {
  const status = settings.get(STATUS) ?? (ready ? 'active' : undefined);
  return {
    ...choiceFilter(settings),
    hidden: settings.get(HIDDEN),
    ...(status === undefined ? {} : { status }),
  };
}

/** What the server can filter, but for the visibility, which decides where to look (image-views.ts). */
export function queryOf({ tags, properties, owner, format, status, hidden }: ImageFilter): Query {
  return [
    ...(owner === undefined ? [] : [['owner', owner] as const]),
    ...(status === undefined || status.includes(':') ? [] : [['status', status] as const]),
    // Formats are written in lower case, and Glance cares.
    ...(format === undefined || format.includes(':') ? [] : [['disk_format', format.toLowerCase()] as const]),
    ...tags.map((tag) => ['tag', tag] as const),
    ...properties.filter(({ key }) => isAskedFor(key)).map(({ key, value }) => [key, value] as const),
    ...(hidden === true ? [['os_hidden', 'true'] as const] : []),
  ];
}

/** The last word, whatever the server has filtered. */
export function fits({ image, record }: ListedImage, filter: ImageFilter): boolean {
  const { tags, properties, owner, visibility, format, status, hidden } = filter;
  if (owner !== undefined && image.owner !== owner) return false;
  if (visibility !== undefined && visibility !== 'all' && image.visibility !== visibility) return false;
  if (status !== undefined && image.status !== status) return false;
  if (format !== undefined && image.disk_format?.toLowerCase() !== format.toLowerCase()) return false;
  if (hidden !== undefined && (image.os_hidden === true) !== hidden) return false;
  return tags.every((tag) => image.tags.includes(tag)) && properties.every((property) => has(record, property));
}

function has(record: unknown, { key, value }: ImageProperty): boolean {
  if (typeof record !== 'object' || record === null || !Object.hasOwn(record, key)) return false;
  const held: unknown = new Map<string, unknown>(Object.entries(record)).get(key);
  // Properties are text; what Glance itself keeps of an image may be a number or a switch.
  return ['string', 'number', 'boolean'].includes(typeof held) && String(held) === value;
}

/** What Glance keeps of every image, and what its lists are asked with. */
const NO_PROPERTY: ReadonlySet<string> = new Set([
  ...['checksum', 'container_format', 'created_at', 'deleted_at', 'direct_url', 'disk_format', 'locations', 'min_disk'],
  ...['min_ram', 'os_hash_algo', 'os_hash_value', 'os_hidden', 'updated_at', 'virtual_size'],
  ...['changes-since', 'changes_since', 'is_public', 'member_status', 'sort_dir', 'sort_key', 'to_dict'],
]);

/**
 * Whether the server is asked for a property. Glance looks a filter up among the attributes of its own class first
 * (`metadata` ends in a 500), and takes `…_min` and `…_max` for limits of numbers (glance/db/sqlalchemy/api.py). Other
 * properties are filtered here alone.
 */
function isAskedFor(key: string): boolean {
  return /^[a-z][\w.:-]*[_.:-][\w.:-]+$/i.test(key) && !/_(?:min|max)$/.test(key) && !NO_PROPERTY.has(key);
}
