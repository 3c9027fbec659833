import { parseRange } from '../server/byte-range.js';
import { deliver, replyInstead } from '../server/delivery.js';
import { type Exchange, header, LOGIN_PAGE, reply, replyHtml } from '../server/exchange.js';
import { validatorsOf } from '../server/validators.js';
import { admit, commonHeaders, notFound, replyError, unauthorised } from './answer.js';
import type { KeyStore } from './keys.js';
import { OWNER, type UforgeImage } from './objects.js';
import type { ShownKey } from './trees.js';

function isDownloadable(image: UforgeImage): boolean {
  return image.state === 'complete' && image.compress && !image.simulated && image.registeringName === undefined;
}

/** Path of the bytes with the file name as one encoded segment, without the key. */
export function downloadPath(image: UforgeImage): string {
  return `users/${OWNER}/${image.dataPath}/downloads/${encodeURIComponent(image.fileName)}`;
}

function parameterOf(image: UforgeImage, exchange: Exchange): readonly string[] {
  if (image.kind !== 'pimage') return ['downloadId'];
  const mode = exchange.modes.get('pimageParameter');
  return mode === 'both' ? ['id', 'downloadId'] : [mode];
}

/** Key and link as the metadata of an image show them now. */
export function showKey(keys: KeyStore, exchange: Exchange, image: UforgeImage): ShownKey | undefined {
  if (!image.keyed) return undefined;
  const key = keys.shown(image.object.name, exchange.modes.get('keyMint'));
  if (image.kind === 'pimage') {
    const bare = `users/${OWNER}/${image.dataPath}/downloads`;
    const form = exchange.modes.get('pimageUri');
    const keyed = `${bare}?${parameterOf(image, exchange)[0]}=${key}`;
    return { key, uri: form === 'absent' ? undefined : form === 'bare' ? bare : keyed };
  }
  const form = exchange.modes.get('downloadUri');
  const keyed = `${downloadPath(image)}?downloadId=${key}`;
  // Bug 8437: name and downloadId were missing.
  const bare = `users/${OWNER}/${image.dataPath}/downloads`;
  return { key, uri: form === 'absent' ? undefined : form === 'bare' ? bare : keyed };
}

/** The bytes of an image, by a one-time key in the query or by credentials. */
export async function download(
  { keys }: { readonly keys: KeyStore },
  exchange: Exchange,
  relative: string,
  image: UforgeImage,
): Promise<void> {
  const { query, modes } = exchange;
  const key = parameterOf(image, exchange)
    .map((name) => query.get(name))
    .find((value) => value !== null);
  if (key === undefined || key === null) {
    if (modes.get('keysOnly')) return unauthorised(exchange);
    if (admit(exchange, relative, OWNER) === undefined) return;
    if (!isDownloadable(image)) return notFound(exchange, 'Image file', String(image.id));
  } else if (!keys.spend(key, image.object.name, modes.get('keyUse'))) {
    const dead = modes.get('deadKey');
    if (dead === 'html') return replyHtml(exchange, 200, LOGIN_PAGE);
    return replyError(exchange, dead, 'The download id is not valid or has expired.', 'ERROR.DOWNLOAD.ID');
  }
  if (await replyInstead(exchange)) return;
  const { object } = image;
  const headers: Record<string, string> = {
    ...commonHeaders(),
    'Content-Type': 'application/octet-stream',
    ...validatorsOf(exchange, object),
  };
  const asked = header(exchange, 'range');
  if (asked !== undefined && modes.get('rangeFault') === 'refused') {
    return reply(exchange, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${object.size}` } });
  }
  const range = modes.get('ranges') ? parseRange(asked, object.size) : ({ kind: 'whole' } as const);
  if (range.kind === 'unsatisfiable') {
    return reply(exchange, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${object.size}` } });
  }
  if (modes.get('ranges')) headers['Accept-Ranges'] = 'bytes';
  await deliver(exchange, { object, range, headers });
}
