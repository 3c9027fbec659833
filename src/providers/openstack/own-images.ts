import type { ImageRecord } from './answers.js';
import type { ImageFilter } from './image-filter.js';
import { ImageList, type Query, type Search } from './image-list.js';
import { readMembership } from './images.js';

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
  #shares: Promise<readonly [accepted: ReadonlySet<string>, pending: ReadonlySet<string>]> | undefined;

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
    const known = this.#memberships.get(image.id) ?? this.#askMembership(image.id, this.#projectId);
    this.#memberships.set(image.id, known);
    return await known;
  }

  async #askMembership(id: string, projectId: string): Promise<string | undefined> {
    const { service, signal } = this.#search;
    return (await readMembership(service, id, projectId, signal)) ?? (await this.#listedAs(id));
  }

  /**
   * Where a policy forbids to ask, the lists tell: a share is in the one of its status alone. For an administrator all
   * are in both, which tells nothing.
   */
  async #listedAs(id: string): Promise<string | undefined> {
    this.#shares ??= Promise.all([this.#sharesThatAre('accepted'), this.#sharesThatAre('pending')]);
    const [accepted, pending] = await this.#shares;
    if (accepted.has(id) === pending.has(id)) return undefined;
    return accepted.has(id) ? 'accepted' : 'pending';
  }

  async #sharesThatAre(status: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const query: Query = [
      ['visibility', 'shared'],
      ['member_status', status],
      ['limit', '500'],
    ];
    const list = new ImageList(this.#search, query);
    if (await list.isKnown()) for await (const { image } of list) ids.add(image.id);
    return ids;
  }
}
