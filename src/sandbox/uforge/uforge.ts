import { type Exchange, header, type Route, reply } from '../server/exchange.js';
import { admit, commonHeaders, notFound, replyTree, UFORGE_VERSION, unauthorised } from './answer.js';
import { authenticate } from './auth.js';
import { browse, type UforgeParts } from './browse.js';
import { download } from './download.js';
import { OWNER } from './objects.js';
import type { Tree } from './xml.js';

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
      if (authenticate(exchange, relative).kind === 'wrong') unauthorised(exchange);
      else showStatus(exchange);
      return true;
    }
    const match = /^users\/([^/]+)(?:\/(.*))?$/.exec(relative);
    if (match === null) return false;
    const uid = decodeURIComponent(match[1] ?? '');
    const below = match[2] ?? '';
    const data = /^(.*)\/downloads(?:\/[^/]*)?$/.exec(below)?.[1];
    const bytesOf = parts.images.find((image) => image.dataPath === data);
    if (bytesOf !== undefined && uid === OWNER) {
      await download(parts, exchange, relative, bytesOf);
      return true;
    }
    if (admit(exchange, relative, uid) === undefined) return true;
    if (uid !== OWNER) {
      // The other accounts own nothing.
      const nothing: Tree = { total: 0, images: { image: [] } };
      if (below === 'images') replyTree(exchange, 200, 'images', nothing, {});
      else notFound(exchange, 'Object', below.split('/').pop() ?? '');
      return true;
    }
    if (!(await browse(parts, exchange, below))) notFound(exchange, 'Object', below.split('/').pop() ?? '');
    return true;
  };
}
