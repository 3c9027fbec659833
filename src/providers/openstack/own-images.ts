import type { ImageRecord } from './answers.js';
import type { ImageFilter } from './image-filter.js';
import type { Search } from './image-list.js';
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

  isOurs({ owner }: ImageRecord): boolean {
    return (owner ?? undefined) === this.#projectId;
  }

  async #membershipOf(image: ImageRecord): Promise<string | undefined> {
    // Since Ocata a private image is nobody else's; before, and in no record with this key, a share was one as well.
    const isPrivate = image.visibility === 'private' && typeof image.os_hidden === 'boolean';
    if (isPrivate || this.#projectId === undefined) return undefined;
    const { service, signal } = this.#search;
    const known = this.#memberships.get(image.id) ?? readMembership(service, image.id, this.#projectId, signal);
    this.#memberships.set(image.id, known);
    return await known;
  }
}
