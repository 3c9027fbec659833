import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { StoredObject } from '../files/objects.js';
import { contentRange, type RangeAnswer } from './byte-range.js';
import { drained, type Exchange, LOGIN_PAGE, reply, replyHtml } from './exchange.js';
import { createThrottle } from './throttle.js';

/** What is sent of an object, decided by its service; the modes decide what happens on the way. */
export interface Delivery {
  readonly object: StoredObject;
  readonly range: RangeAnswer;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes after which the store has no more, although the metadata promise them. */
  readonly storeEnd?: number;
  /** `close`: as uWSGI does on a cache miss. Wins over the mode. */
  readonly framing?: 'close';
  /** Flip one byte, as a rotten store does. */
  readonly corrupt?: boolean;
}

/** Answers the modes may give in place of an object's bytes. True when one was given. */
export async function replyInstead(exchange: Exchange): Promise<boolean> {
  const { modes } = exchange;
  if (modes.get('delayMs') > 0) await delay(modes.get('delayMs'));
  if (modes.take('loginPage')) {
    replyHtml(exchange, 200, LOGIN_PAGE);
  } else if (modes.take('emptyBody')) {
    reply(exchange, { status: 200, headers: { 'Content-Type': 'application/octet-stream' } });
  } else if (modes.take('unasked304')) {
    reply(exchange, { status: 304 });
  } else {
    return false;
  }
  return true;
}

/** The bytes that really go out: `shifted` serves other ones than the client asked for. */
function interval(exchange: Exchange, { object, range }: Delivery): { start: number; end: number } {
  if (range.kind !== 'part') return { start: 0, end: object.size };
  const shift = exchange.modes.get('rangeFault') === 'shifted' ? Math.min(range.start, 4096) : 0;
  return { start: range.start - shift, end: range.end - shift };
}

function setFraming(exchange: Exchange, delivery: Delivery, length: number): void {
  const { response, modes } = exchange;
  const framing = delivery.framing ?? modes.get('length');
  if (framing === 'given') response.setHeader('Content-Length', length);
  if (framing !== 'close') return;
  response.removeHeader('Transfer-Encoding');
  response.setHeader('Connection', 'close');
}

async function md5Header(exchange: Exchange, object: StoredObject): Promise<string | undefined> {
  const form = exchange.modes.get('contentMd5');
  if (form === 'default' || form === 'absent') return undefined;
  if (form === 'wrong') return 'd41d8cd98f00b204e9800998ecf8427f';
  const [hex] = await object.digests(['md5']);
  return form === 'hex' ? hex : Buffer.from(hex ?? '', 'hex').toString('base64');
}

/** Writes and resolves when the kernel has the bytes, or the connection is gone. */
function flush(exchange: Exchange, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    exchange.response.once('close', resolve);
    exchange.response.write(bytes, () => resolve());
  });
}

async function gone(exchange: Exchange): Promise<void> {
  if (!exchange.response.destroyed && exchange.request.socket?.destroyed === false) {
    await once(exchange.response, 'close');
  }
}

/** Sends [start, end) at the rate, with the cuts and stalls, of the modes. */
async function stream(exchange: Exchange, delivery: Delivery, start: number, end: number): Promise<void> {
  const { response, modes, log } = exchange;
  const socket = exchange.request.socket;
  const { object } = delivery;
  const throttle = createThrottle(modes.get('rate'));
  const storeEnd = Math.max(start, Math.min(end, delivery.storeEnd ?? end));
  const cutAt = start + (modes.get('cutAfter') ?? Number.POSITIVE_INFINITY);
  const stallAt = start + (modes.get('stallAfter') ?? Number.POSITIVE_INFINITY);
  const cut = cutAt < storeEnd && modes.take('cuts');
  const stall = !cut && stallAt < storeEnd && modes.take('stalls');
  const stop = cut ? cutAt : stall ? stallAt : storeEnd;
  const rotten = delivery.corrupt === true || modes.take('corrupt') ? start + Math.floor((stop - start) / 2) : -1;
  response.flushHeaders();
  log.sentStart = start;
  log.sentEnd = start;
  for (let at = start; at < stop; ) {
    if (response.destroyed || socket.destroyed) return;
    const bytes = object.bytes(at, Math.min(stop, at + throttle.step));
    if (rotten >= at && rotten < at + bytes.length) bytes[rotten - at] = 255 - (bytes[rotten - at] ?? 0);
    at += bytes.length;
    if (at === stop && cut) await flush(exchange, bytes);
    else if (!response.write(bytes)) await drained(exchange);
    log.sentEnd = at;
    await throttle.after(bytes.length);
  }
  if (cut) {
    if (modes.get('cutBy') === 'reset') socket.resetAndDestroy();
    else socket.destroy();
    return;
  }
  // A store that is shorter than promised: with a length the server waits for bytes that never come (eventlet).
  if (stall) return gone(exchange);
  if (storeEnd < end && response.hasHeader('Content-Length')) {
    if (exchange.log.headers['connection'] === 'close') socket.destroySoon();
    return gone(exchange);
  }
  const surplus = response.hasHeader('Content-Length') ? 0 : modes.get('surplus');
  response.end(Buffer.alloc(surplus, '+'));
  log.complete = storeEnd === end;
}

/** Sends an object's bytes as 200 or 206. */
export async function deliver(exchange: Exchange, delivery: Delivery): Promise<void> {
  const { response, modes, log, request } = exchange;
  const { object } = delivery;
  const { start, end } = interval(exchange, delivery);
  for (const [name, value] of Object.entries(delivery.headers)) response.setHeader(name, value);
  if (modes.get('disposition') !== undefined) response.setHeader('Content-Disposition', modes.get('disposition') ?? '');
  const md5 = await md5Header(exchange, object);
  if (md5 !== undefined) response.setHeader('Content-MD5', md5);
  if (delivery.range.kind === 'part') response.setHeader('Content-Range', contentRange(start, end, object.size));
  log.status = delivery.range.kind === 'part' ? 206 : 200;
  response.statusCode = log.status;
  if (modes.get('coding') === 'gzip') {
    const packed = gzipSync(object.bytes(start, end), { level: 1 });
    response.setHeader('Content-Encoding', 'gzip');
    response.end(packed);
    log.complete = true;
    return;
  }
  setFraming(exchange, delivery, end - start);
  if (request.method === 'HEAD') {
    response.end();
    log.complete = true;
    return;
  }
  await stream(exchange, delivery, start, end);
}
