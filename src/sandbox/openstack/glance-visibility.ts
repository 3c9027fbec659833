import { BadQuery } from './glance-errors.js';
import { type GlanceImage, type MemberStatus, PROJECT_IDS, type ProjectName } from './glance-image.js';
import type { Token } from './keystone-tokens.js';

const VISIBILITIES: readonly string[] = ['community', 'public', 'private', 'shared', 'all'];
const MEMBER_STATUSES: readonly string[] = ['pending', 'accepted', 'rejected', 'all'];

const isOwn = (image: GlanceImage, token: Token): boolean => PROJECT_IDS[image.owner] === token.project?.id;

function membership(image: GlanceImage, token: Token): MemberStatus | undefined {
  const project = (Object.keys(PROJECT_IDS) as ProjectName[]).find((name) => PROJECT_IDS[name] === token.project?.id);
  return image.visibility === 'shared' && project !== undefined ? image.members[project] : undefined;
}

/** Whether an image can be had by its id: a pending membership is enough for that. */
export function mayRead(image: GlanceImage, token: Token): boolean {
  if (token.user.admin || isOwn(image, token)) return true;
  return image.visibility === 'public' || image.visibility === 'community' || membership(image, token) !== undefined;
}

/**
 * Whether an image is in a list: those of other people's communities are only when `visibility` asks for them, shares
 * only with the membership that `member_status` asks for, which is `accepted`.
 * @throws BadQuery
 */
export function listedWith(query: URLSearchParams, token: Token): (image: GlanceImage) => boolean {
  const visibility = query.getAll('visibility').at(-1);
  if (visibility !== undefined && visibility !== '' && !VISIBILITIES.includes(visibility)) {
    throw new BadQuery(`Invalid visibility value: ${visibility}`);
  }
  const status = query.getAll('member_status').at(-1) ?? 'accepted';
  if (!MEMBER_STATUSES.includes(status)) throw new BadQuery(`Invalid status: ${status}`);
  return (image) => {
    const own = isOwn(image, token);
    const member = membership(image, token);
    const shared = member !== undefined && (status === 'all' || status === member);
    const open = image.visibility === 'public' || image.visibility === 'community';
    if (!own && !shared && !open && !token.user.admin) return false;
    if (visibility === undefined) return image.visibility !== 'community' || own;
    return visibility === 'all' || image.visibility === visibility;
  };
}
