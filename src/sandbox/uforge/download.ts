import type { StoredObject } from '../files/objects.js';
import { parseRange } from '../server/byte-range.js';
import { deliver, replyInstead } from '../server/delivery.js';
import { type Exchange, header, LOGIN_PAGE, reply, replyHtml } from '../server/exchange.js';
import { validatorsOf } from '../server/validators.js';
import { admit, commonHeaders, notFound, replyError, unauthorized } from './answer.js';
import { imageNow } from './image-state.js';
import { isReady, OWNER, type UforgeImage } from './objects.js';
import type { UforgeParts } from './parts.js';
import { keyParameters } from './shown-key.js';

/** The bytes of an image, by a one-time key in the query or by credentials. */
export async function downloadImage(
  { keys, stages }: UforgeParts,
  exchange: Exchange,
  relative: string,
  image: UforgeImage,
): Promise<void> {
  const { query, modes } = exchange;
  const key = keyParameters(image, exchange)
    .map((name) => query.get(name))
    .find((value) => value !== null);
  if (key === undefined || key === null) {
    if (modes.get('keysOnly')) return unauthorized(exchange);
    if (admit(exchange, relative, OWNER) === undefined) return;
    const now = imageNow(image, { stages, modes, look: false });
    if (!isReady(now) || now.registeringName !== undefined) return notFound(exchange, 'Image file', String(image.id));
  } else if (!keys.spend(key, image.object.name, modes.get('keyUse'))) {
    const dead = modes.get('deadKey');
    if (dead === 'html') return replyHtml(exchange, 200, LOGIN_PAGE);
    return replyError(exchange, dead, 'The download id is not valid or has expired.', 'ERROR.DOWNLOAD.ID');
  }
  await sendBytes(exchange, image.object);
}

/** The bytes of anything, as a Tomcat behind an Apache sends them. */
export async function sendBytes(exchange: Exchange, object: StoredObject): Promise<void> {
  const { modes } = exchange;
  if (await replyInstead(exchange)) return;
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
