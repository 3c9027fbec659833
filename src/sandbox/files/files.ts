import { parseRange } from '../server/byte-range.js';
import { deliver, replyInstead } from '../server/delivery.js';
import { type Exchange, header, LOGIN_PAGE, type Route, reply, replyHtml } from '../server/exchange.js';
import { validatorsOf } from '../server/validators.js';
import { backedImage } from './backed-image.js';
import { FIRST_MODIFIED_MS, type More, NUMBERED, type ObjectStore } from './objects.js';

export interface FilesParts {
  readonly store: ObjectStore;
  /** Another origin than the main one, same scheme. */
  readonly otherOrigin: () => string;
  /** http beside https; undefined when everything is http. */
  readonly plainOrigin: () => string | undefined;
}

/** Names below /files/ and their sizes. */
export function addFiles(store: ObjectStore, big: number, small: number, more: More): void {
  store.add('files/image.raw', big);
  store.add('files/small.raw', small);
  store.add('files/disk.qcow2', small);
  store.add('files/empty.raw', 0);
  store.add('files/page.html', small);
  store.addFixed(backedImage('files/backed.qcow2', FIRST_MODIFIED_MS));
  store.addNumbered({ ...more, prefix: `files/${NUMBERED.prefix}`, first: 0, digits: NUMBERED.digits, suffix: '.raw' });
}

/** If-Range holds when it is the strong ETag or the very date (RFC 9110 section 13.1.5). */
function ifRangeHolds(exchange: Exchange, validators: Readonly<Record<string, string>>): boolean {
  const condition = header(exchange, 'if-range');
  if (condition === undefined) return true;
  return (condition === validators['ETag'] && !condition.startsWith('W/')) || condition === validators['Last-Modified'];
}

async function sendFile(parts: FilesParts, exchange: Exchange, name: string): Promise<void> {
  const { modes } = exchange;
  if (!parts.store.has(`files/${name}`)) {
    return reply(exchange, { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'Not Found\n' });
  }
  const object = parts.store.get(`files/${name}`);
  const validators = validatorsOf(exchange, object);
  if (await replyInstead(exchange)) return;
  const none = header(exchange, 'if-none-match');
  const since = header(exchange, 'if-modified-since');
  const unchanged =
    none === undefined ? since !== undefined && since === validators['Last-Modified'] : none === validators['ETag'];
  if (unchanged) return reply(exchange, { status: 304, headers: validators });
  const headers: Record<string, string> = {
    ...validators,
    'Content-Type': name.endsWith('.html') ? 'text/html' : 'application/octet-stream',
  };
  const asked = ifRangeHolds(exchange, validators) ? header(exchange, 'range') : undefined;
  const range = modes.get('ranges') ? parseRange(asked, object.size) : ({ kind: 'whole' } as const);
  if (range.kind === 'unsatisfiable' || (asked !== undefined && modes.get('rangeFault') === 'refused')) {
    return reply(exchange, { status: 416, headers: { ...headers, 'Content-Range': `bytes */${object.size}` } });
  }
  if (modes.get('ranges')) headers['Accept-Ranges'] = 'bytes';
  await deliver(exchange, { object, range, headers });
}

/**
 * `/redirect/same/files/x`, `/redirect/cross/…` (another origin), `/redirect/http/…` (to plain http), `/redirect/file`
 * (a file: URL), `/redirect/loop`, `/redirect/chain/3/files/x` (three redirects), `/redirect/nowhere` (no Location).
 */
function redirectTarget(parts: FilesParts, exchange: Exchange, kind: string, rest: string): string | undefined {
  const query = exchange.rawQuery === '' ? '' : `?${exchange.rawQuery}`;
  if (kind === 'same') return `/${rest}${query}`;
  if (kind === 'cross') return `${parts.otherOrigin()}/${rest}${query}`;
  if (kind === 'http') return `${parts.plainOrigin() ?? exchange.origin}/${rest}${query}`;
  if (kind === 'file') return 'file:///etc/passwd';
  if (kind === 'loop') return exchange.path;
  if (kind !== 'chain') return undefined;
  const [redirects = '0', ...path] = rest.split('/');
  const left = Number(redirects) - 1;
  return left > 0 ? `/redirect/chain/${left}/${path.join('/')}` : `/${path.join('/')}`;
}

function redirect(parts: FilesParts, exchange: Exchange, kind: string, rest: string): void {
  const location = redirectTarget(parts, exchange, kind, rest);
  reply(exchange, { status: 302, headers: location === undefined ? {} : { Location: location } });
}

/** Plain files, a login page, redirects. */
export function createFiles(parts: FilesParts): Route {
  return async (exchange) => {
    const [, area, name = '', ...rest] = exchange.path.split('/');
    if (area === 'files' && name === 'login') replyHtml(exchange, 200, LOGIN_PAGE);
    else if (area === 'files') await sendFile(parts, exchange, name);
    else if (area === 'redirect') redirect(parts, exchange, name, rest.join('/'));
    else return false;
    return true;
  };
}
