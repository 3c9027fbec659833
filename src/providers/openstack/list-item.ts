import type { ListItem } from '../../core/list.js';
import { utcOf } from '../../core/utc.js';
import type { ImageRecord } from './answers.js';
import { digestsOf } from './image-digests.js';
import { reasonOf } from './readiness.js';

/** `imgdl glance image ID` */
export const IMAGE_COMMAND = 'glance image';

/** An image as lists show it. What its record promises in vain is left out; a download tells it. */
export function itemOf(image: ImageRecord): ListItem {
  const reason = reasonOf(image) ?? null;
  return {
    command: IMAGE_COMMAND,
    args: [image.id],
    id: image.id,
    name: image.name ?? null,
    version: null,
    revision: null,
    format: image.disk_format ?? null,
    bytes: image.size ?? null,
    created: utcOf(image.created_at),
    updated: utcOf(image.updated_at),
    ready: reason === null,
    reason,
    digests: digestsOf(image, []).map(({ algorithm, hex }) => ({ algorithm, hex })),
    percent: null,
    visibility: image.visibility ?? null,
    owner: image.owner ?? null,
  };
}
