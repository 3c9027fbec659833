import { safeParse } from 'valibot';
import { AppError } from '../../core/errors.js';
import { quoteForeign, redactUrl } from '../../core/redact.js';
import { type ImageRecord, pageAnswer } from './answers.js';
import { below } from './catalog.js';
import { get, type ImageService, readImage, recordOf } from './images.js';
import { jsonOf, requestIdOf } from './replies.js';
import { imageIdOf } from './urls.js';

const MAX_PAGES = 1000;

/**
 * A plain list hides hidden images, other projects' community images and shares not accepted yet; each has a filter
 * of its own (measured on Zed). The first list that has the name decides.
 */
const PLAIN = {};
const LISTS: readonly Readonly<Record<string, string>>[] = [
  PLAIN,
  { visibility: 'community' },
  { os_hidden: 'true' },
  { member_status: 'all' },
];

/**
 * The one image of this id or exact name. An image may be *named* like an id: the id goes first.
 * @throws AppError not-found.image, not-found.ambiguous, and as readImage()
 */
export async function findImage(service: ImageService, wanted: string, signal: AbortSignal): Promise<ImageRecord> {
  const id = imageIdOf(wanted);
  const byId = id === undefined ? undefined : await readImage(service, id, signal);
  if (byId !== undefined) return byId;
  const near = new Set<string>();
  for (const filter of LISTS) {
    const listed = await listImages(service, wanted, filter, signal);
    // A database may compare without regard to case (MySQL does): the name asked for is the exact one.
    const matches = listed.filter((image) => image.name === wanted);
    for (const image of listed) if (image.name !== wanted) near.add(image.name ?? '');
    const [image] = matches;
    if (matches.length > 1) throw ambiguous(wanted, matches);
    if (image !== undefined) return image;
  }
  throw new AppError(
    'not-found.image',
    `looking for image ${quoteForeign(wanted)}: there is no image with this id or name`,
    {
      hint:
        near.size > 0
          ? `names must match exactly; similar names: ${[...near].slice(0, 5).map(quoteForeign).join(', ')}`
          : 'check the name, the region and the project; an image of another project must be shared with yours',
    },
  );
}

/** All images of a name in one of the lists. `next` is a path that has lost any prefix of the endpoint: its query counts. */
async function listImages(
  service: ImageService,
  name: string,
  filter: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly ImageRecord[]> {
  const doing = `looking for image ${quoteForeign(name)}`;
  const images = new Map<string, ImageRecord>();
  const visited = new Set<string>();
  // Glance takes what precedes a colon for an operator and answers 400 to `ubuntu:24.04` (glance/common/utils.py).
  let query = new URLSearchParams({ name: name.includes(':') ? `eq:${name}` : name, ...filter }).toString();
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const url = below(service.base, 'v2/images');
    url.search = query;
    if (visited.has(url.search)) throw endless(doing, 'its pages form a loop');
    visited.add(url.search);
    const reply = await get(service, url, doing, signal, filter !== PLAIN);
    // A release that does not know the filter has nothing to add.
    if (reply.status === 400) return [];
    const listed = safeParse(pageAnswer, reply.status === 404 ? undefined : jsonOf(doing, url, reply));
    if (!listed.success) {
      throw new AppError(
        'proto.answer',
        `${doing}: ${redactUrl(url)} returned something that is not a list of images`,
        {
          hint: 'check that this is an Image API v2 endpoint',
          details: { status: reply.status, ...requestIdOf(reply.headers) },
        },
      );
    }
    for (const item of listed.output.images) {
      const image = recordOf(item);
      if (image !== undefined) images.set(image.id, image);
    }
    const next = listed.output.next ?? '';
    const mark = next.indexOf('?');
    if (mark < 0) return [...images.values()];
    query = next.slice(mark + 1).replace(/#.*$/s, '');
  }
  throw endless(doing, `it has more than ${MAX_PAGES} pages`);
}

function endless(doing: string, why: string): AppError {
  return new AppError('proto.answer', `${doing}: the list does not end: ${why}`, { hint: 'use the id of the image' });
}

function ambiguous(name: string, images: readonly ImageRecord[]): AppError {
  const shown = images.slice(0, 20).map((image) => {
    const made =
      image.created_at === null || image.created_at === undefined ? '' : `, ${image.created_at.slice(0, 20)}`;
    return `${image.id} (${quoteForeign(`${image.status}${made}`).slice(1, -1)})`;
  });
  const rest = images.length > shown.length ? ` and ${images.length - shown.length} more` : '';
  return new AppError(
    'not-found.ambiguous',
    `looking for image ${quoteForeign(name)}: ${images.length} images have this name: ${shown.join(', ')}${rest}`,
    { hint: 'use one of the ids', details: { ids: images.map((image) => image.id) } },
  );
}
