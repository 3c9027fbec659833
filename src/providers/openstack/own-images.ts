import type { ImageRecord } from './answers.js';
import type { ImageFilter } from './image-filter.js';
import { ImageList, type Query, type Search } from './image-list.js';
import { readMembership } from './images.js';

/** Ids of the images that others share with us, by what we said to it. */
interface Shares {
  readonly accepted: ReadonlySet<string>;
  readonly pending: ReadonlySet<string>;
}

/**
 * Whose images a choice among several may take: public ones, those of one's own project, and shares that it accepted.
 * Anybody can make a community image of any name, and share an image with any project: being newer, it would be taken
 * in place of the right one. Who names its owner, or that kind of visibility, has asked for it.
 *
 * The lists of Glance leave such images out, but not for administrators, to whom they show the images of all projects.
 */
export class OwnImages {
  readonly #search: Search;
  readonly #filter: Pick<ImageFilter, 'owner' | 'visibility'>;
  /** Of the token. Undefined without Keystone: then nobody's images are one's own. */
  readonly #projectId: string | undefined;
  readonly #memberships = new Map<string, Promise<string | undefined>>();
  readonly #shares = new Map<boolean, Promise<Shares>>();

  private constructor(search: Search, filter: ImageFilter, projectId: string | undefined) {
    this.#search = search;
    this.#filter = filter;
    this.#projectId = projectId;
  }

  static async of(search: Search, filter: ImageFilter): Promise<OwnImages> {
    const { projectId } = await search.service.session.grant(search.signal);
    return new OwnImages(search, filter, projectId);
  }

  /** @throws AppError as readMembership() */
  async includes(image: ImageRecord): Promise<boolean> {
    const { owner, visibility } = this.#filter;
    const named = (kind: 'community' | 'shared'): boolean => visibility === kind || visibility === 'all';
    if (owner !== undefined && image.owner === owner) return true;
    if (image.visibility === 'public' || this.isOurs(image)) return true;
    if (image.visibility === 'community') return named('community');
    const membership = await this.#membershipOf(image);
    return membership === 'accepted' || (membership === 'pending' && named('shared'));
  }

  /** False without Keystone, and with a token of no project. */
  get knowsUs(): boolean {
    return this.#projectId !== undefined;
  }

  isOurs({ owner }: ImageRecord): boolean {
    return (owner ?? undefined) === this.#projectId;
  }

  async #membershipOf(image: ImageRecord): Promise<string | undefined> {
    // Since Ocata a private image is nobody else's; before, and in no record with this key, a share was one as well.
    const isPrivate = image.visibility === 'private' && typeof image.os_hidden === 'boolean';
    if (isPrivate || this.#projectId === undefined) return undefined;
    const known = this.#memberships.get(image.id) ?? this.#askMembership(image, this.#projectId);
    this.#memberships.set(image.id, known);
    return await known;
  }

  async #askMembership(image: ImageRecord, projectId: string): Promise<string | undefined> {
    const { service, signal } = this.#search;
    return (await readMembership(service, image.id, projectId, signal)) ?? (await this.#listedAs(image));
  }

  /**
   * Where a policy forbids to ask, the lists tell: a share is in the one of its status alone. For an administrator all
   * are in both, which tells nothing.
   */
  async #listedAs({ id, os_hidden }: ImageRecord): Promise<string | undefined> {
    const { accepted, pending } = await this.#sharesAmong(os_hidden === true);
    if (accepted.has(id) === pending.has(id)) return undefined;
    return accepted.has(id) ? 'accepted' : 'pending';
  }

  /** Hidden images are in lists of their own. */
  #sharesAmong(hidden: boolean): Promise<Shares> {
    const known = this.#shares.get(hidden) ?? this.#listShares(hidden);
    this.#shares.set(hidden, known);
    return known;
  }

  async #listShares(hidden: boolean): Promise<Shares> {
    const statuses = ['accepted', 'pending'].map((status) => this.#sharesThatAre(status, hidden));
    const [accepted = new Set<string>(), pending = new Set<string>()] = await Promise.all(statuses);
    return { accepted, pending };
  }

  async #sharesThatAre(status: string, hidden: boolean): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const query: Query = [
      ['visibility', 'shared'],
      ['member_status', status],
      ...(hidden ? [['os_hidden', 'true'] as const] : []),
      ['limit', '500'],
    ];
    const list = new ImageList(this.#search, query);
    if (await list.isKnown()) for await (const { image } of list) ids.add(image.id);
    return ids;
  }
}
