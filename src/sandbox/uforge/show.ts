import type { Exchange } from '../server/exchange.js';
import { imageNow } from './image-state.js';
import type { UforgeImage } from './objects.js';
import type { UforgeParts } from './parts.js';
import { showKey } from './shown-key.js';
import { imageTree } from './trees/image-tree.js';
import type { Tree } from './xml.js';

/** Nobody waits for a list that hashes gibibytes: there, larger images have no sums. */
const LARGEST_LISTED_SUM = 16 * 1024 * 1024;

/** An image by itself: a look at it, which may take it further. */
export function showImage(parts: UforgeParts, exchange: Exchange, image: UforgeImage): Promise<Tree> {
  return show(parts, exchange, image, true);
}

/** An image as an entry of a list, or nested in something else. */
export function listImage(parts: UforgeParts, exchange: Exchange, image: UforgeImage): Promise<Tree> {
  return show(parts, exchange, image, false);
}

function show(parts: UforgeParts, exchange: Exchange, image: UforgeImage, look: boolean): Promise<Tree> {
  const { keys, stages, digests } = parts;
  const { modes } = exchange;
  const now = imageNow(image, { stages, modes, look });
  const hashed = digests && (look || isByItself(image, exchange) || image.object.size <= LARGEST_LISTED_SUM);
  return imageTree(now, showKey(keys, exchange, now), hashed ? modes.get('sums') : 'absent');
}

/** A published image has no GET of its own: who wants it asks for those of its appliance. */
function isByItself({ kind }: UforgeImage, { path }: Exchange): boolean {
  return kind === 'pimage' && /\/appliances\/\d+\/pimages$/.test(path);
}
