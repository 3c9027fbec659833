import type { ListItem } from '../../core/list.js';
import { utcOf } from '../../core/utc.js';
import { detached } from './detached.js';
import { type ImageFacts, readListedImage } from './image.js';
import { type Place, placeOf } from './image-url.js';
import { type Kind, SHAPES } from './kinds.js';
import type { Reading } from './list-reading.js';
import { percentOf, reasonOf } from './readiness.js';

/** An image in a list, and where it is. */
export interface ListedImage {
  readonly kind: Kind;
  /** Decimals, outermost first. */
  readonly ids: readonly string[];
  readonly item: ListItem;
}

/** What is known of all images of a list. */
export interface Listing {
  readonly segment: 'images' | 'pimages';
  /** `users/alice/appliances/747`, where they are all of one thing. */
  readonly parent?: string;
}

/** A published image of a scan or a container template: there is no download of those. */
const PUBLISHED_ELSEWHERE = /(?:^|\/)(?:scannedinstances|mysoftware)\/.*\/pimages\/[0-9]+\/?$/;

/**
 * An entry of a list of images.
 * @param wanted other kinds are not listed
 */
export function imageEntry(entry: unknown, listing: Listing, wanted: Kind): Reading<ListedImage> {
  const image = readListedImage(entry);
  if (typeof image === 'string') return { kind: 'unusable', why: image };
  const own = image.uri ?? image.dbId;
  if (own === undefined) return { kind: 'unusable', why: 'it has no id' };
  const key = detached(own);
  const place = placeIn(image, listing);
  if (place === undefined) {
    if (PUBLISHED_ELSEWHERE.test(key)) return { kind: 'other', key };
    return { kind: 'unusable', why: 'it does not say what it is an image of' };
  }
  if (place.kind !== wanted) return { kind: 'other', key };
  return { kind: 'row', key, row: detached({ kind: place.kind, ids: place.ids, item: itemOf(image, place) }) };
}

/** By its own path, else by that of what it was made from. */
function placeIn({ uri, parentUri, dbId }: ImageFacts, { segment, parent }: Listing): Place | undefined {
  const below = [parentUri, parent].flatMap((path) =>
    path === undefined || dbId === undefined ? [] : [`${path}/${segment}/${dbId}`],
  );
  for (const path of uri === undefined ? below : [uri, ...below]) {
    const place = placeOf(path);
    if (place !== undefined) return place;
  }
  return undefined;
}

function itemOf(image: ImageFacts, { kind, uid, ids }: Place): ListItem {
  const reason = reasonOf(image) ?? null;
  const { formatTitle } = image;
  return {
    command: SHAPES[kind].command.path.join(' '),
    args: ids,
    id: ids.at(-1) ?? null,
    name: image.name ?? null,
    version: image.version ?? null,
    revision: image.revision ?? null,
    format: image.format ?? null,
    bytes: image.identity.size ?? null,
    created: utcOf(image.created),
    updated: utcOf(image.updated),
    ready: reason === null,
    reason,
    digests: image.digests.map(({ algorithm, hex }) => ({ algorithm, hex })),
    percent: reason === 'generating' ? (percentOf(image) ?? null) : null,
    visibility: null,
    owner: decoded(uid),
    ...(formatTitle === undefined ? {} : { formatTitle }),
  };
}

/** Servers write the user of a path as they like. */
function decoded(uid: string): string {
  try {
    return decodeURIComponent(uid);
  } catch {
    return uid;
  }
}
