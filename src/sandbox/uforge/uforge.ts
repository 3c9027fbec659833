import { type Exchange, header, type Route, reply } from '../server/exchange.js';
import { admit, commonHeaders, notFound, replyTree, UFORGE_VERSION, unauthorized } from './answer.js';
import { authenticate } from './auth.js';
import { browse } from './browse.js';
import { downloadImage } from './download.js';
import { answerExport } from './export-requests.js';
import { replyList } from './list-answer.js';
import { emptyListAt } from './lists.js';
import { OWNER } from './objects.js';
import type { UforgeParts } from './parts.js';

function showStatus(exchange: Exchange): void {
  const accept = header(exchange, 'accept') ?? '';
  if (accept.includes('text/plain')) {
    reply(exchange, { status: 200, headers: { ...commonHeaders(), 'Content-Type': 'text/plain' }, body: 'UP' });
  } else {
    replyTree(exchange, 200, 'serviceStatus', { alive: true, version: UFORGE_VERSION, serviceLoad: 7 }, {});
  }
}

/** Everything below the base. */
export function createUforge(parts: UforgeParts): Route {
  return async (exchange) => {
    const { path } = exchange;
    if (!path.startsWith(`${parts.base}/`)) return false;
    const relative = path.slice(parts.base.length + 1);
    if (relative === 'status') {
      // Open, yet a wrong Authorization is still refused.
      if (authenticate(exchange, relative).kind === 'wrong') unauthorized(exchange);
      else showStatus(exchange);
      return true;
    }
    const match = /^users\/([^/]+)(?:\/(.*))?$/.exec(relative);
    if (match === null) return false;
    await answerUser(parts, exchange, relative, decodeURIComponent(match[1] ?? ''), match[2] ?? '');
    return true;
  };
}

/** @param below the path below the user */
async function answerUser(
  parts: UforgeParts,
  exchange: Exchange,
  relative: string,
  uid: string,
  below: string,
): Promise<void> {
  const data = /^(.*)\/downloads(?:\/[^/]*)?$/.exec(below)?.[1];
  const bytesOf = data === undefined ? undefined : parts.images.withBytesAt(data);
  if (bytesOf !== undefined && uid === OWNER) return downloadImage(parts, exchange, relative, bytesOf);
  if (admit(exchange, relative, uid) === undefined) return;
  if (uid === OWNER) {
    if (!(await answerExport(parts, exchange, below))) await browse(parts, exchange, below);
    return;
  }
  // The other accounts own nothing.
  const nothing = emptyListAt(below);
  if (nothing === undefined) notFound(exchange, 'Object', below.split('/').pop() ?? '');
  else await replyList(exchange, nothing);
}
