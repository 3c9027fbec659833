import { type Base, below } from './base.js';
import { type Kind, LEVELS, SHAPES } from './kinds.js';

/** One image of one user on one AppCenter. */
export interface Resource {
  readonly base: Base;
  readonly kind: Kind;
  /** Login name of the owner, not encoded. */
  readonly uid: string;
  /** Decimal ids, outermost first; the last is the image's. */
  readonly ids: readonly string[];
  /** What the user has typed for it where that was not the ids; safe to be shown. */
  readonly typed?: string;
}

/** `users/alice/appliances/747/images/1095`: canonical, so that it can name the object in journals and receipts. */
export function pathOf({ kind, uid, ids }: Pick<Resource, 'kind' | 'uid' | 'ids'>): string {
  const pairs = SHAPES[kind].levels.map((level, at) => `${LEVELS[level].segment}/${ids[at] ?? ''}`);
  return `users/${encodeURIComponent(uid)}/${pairs.join('/')}`;
}

export function imageId(resource: Resource): string {
  return resource.ids.at(-1) ?? '';
}

/** Where the object's facts are. Published images have no GET of their own here, only the appliance's list. */
export function metadataUrl(resource: Resource): URL {
  const path = pathOf(resource);
  return below(resource.base, resource.kind === 'pimage' ? path.slice(0, path.lastIndexOf('/')) : path);
}

export function downloadsUrl(resource: Resource): URL {
  return below(resource.base, `${pathOf(resource)}/downloads`);
}

/** `appliance image 747 1095`, `appliance image web latest (747 1095)`, for messages. */
export function describeResource({ kind, ids, typed }: Resource): string {
  const command = SHAPES[kind].command.path.join(' ');
  return typed === undefined ? `${command} ${ids.join(' ')}` : `${command} ${typed} (${ids.join(' ')})`;
}
