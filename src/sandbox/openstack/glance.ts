import { randomUUID } from 'node:crypto';
import { deliver, replyInstead } from '../server/delivery.js';
import { type Exchange, header, type Route, reply } from '../server/exchange.js';
import type { Stages } from '../stages.js';
import type { GlanceCatalog } from './glance-catalog.js';
import { BadQuery } from './glance-errors.js';
import { type GlanceImage, hasData } from './glance-image.js';
import { listImages } from './glance-list.js';
import { parseGlanceRange } from './glance-range.js';
import { imageMd5, imageRecord } from './glance-record.js';
import { IMAGE_SCHEMA, IMAGES_SCHEMA } from './glance-schemas.js';
import { imageNow } from './glance-state.js';
import { mayRead } from './glance-visibility.js';
import type { Token, TokenStore } from './keystone-tokens.js';
import { pythonJson } from './python-json.js';

export interface GlanceParts {
  /** `/image` */
  readonly base: string;
  readonly images: GlanceCatalog;
  readonly stages: Stages;
  readonly tokens: TokenStore;
  readonly keystoneUrl: () => string;
  /** false: no checksum and hashes, which cost a pass over the bytes. */
  readonly digests: boolean;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Request Range Not Satisfiable',
};
const UNAUTHORISED =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied ' +
  'the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials ' +
  'required.';
const NO_RESOURCE = 'The resource could not be found.';

/** Eventlet sends neither `Connection` nor `Keep-Alive` on an answer that keeps the connection. */
function quietConnection(exchange: Exchange): void {
  if (header(exchange, 'connection') !== 'close') exchange.response.removeHeader('Connection');
}

function requestId(exchange: Exchange): Record<string, string> {
  const own = header(exchange, 'x-openstack-request-id');
  return { 'X-Openstack-Request-Id': own?.startsWith('req-') && own.length <= 64 ? own : `req-${randomUUID()}` };
}

/**
 * WebOb's error page in the format that `Accept` asks for: JSON for JSON alone, HTML for it or anything, else text, as
 * where it is missing.
 */
function fail(exchange: Exchange, status: number, text: string, extra: Readonly<Record<string, string>> = {}): void {
  quietConnection(exchange);
  const title = `${status} ${TITLES[status] ?? ''}`;
  const accept = header(exchange, 'accept') ?? '';
  const [explanation, ...detail] = text.split('\n');
  // 405 has a template of its own, without the empty lines.
  const marked = `${explanation}<br /><br />\n${detail.join('\n')}${status === 405 ? '' : '\n\n'}`;
  let type = 'text/plain; charset=UTF-8';
  let body = `${title}\n\n${explanation}\n\n ${detail.join(' ')}${status === 405 ? '' : '  '}`;
  if (accept === 'application/json') {
    type = 'application/json; charset=UTF-8';
    body = pythonJson({ message: marked, code: title, title: TITLES[status] });
  } else if (accept.includes('html') || accept.includes('*/*')) {
    type = 'text/html; charset=UTF-8';
    body = `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${marked}\n </body>\n</html>`;
  }
  const headers = { ...extra, ...(status === 401 ? {} : requestId(exchange)), 'Content-Type': type };
  reply(exchange, { status, reason: TITLES[status] ?? '', headers, body: exchange.log.method === 'HEAD' ? '' : body });
}

function sendJson(exchange: Exchange, status: number, document: unknown): void {
  quietConnection(exchange);
  const headers = { 'Content-Type': 'application/json', ...(status === 300 ? {} : requestId(exchange)) };
  reply(exchange, { status, headers, body: pythonJson(document) });
}

async function sendFile(parts: GlanceParts, exchange: Exchange, image: GlanceImage, token: Token): Promise<void> {
  const { modes, response } = exchange;
  const asked = header(exchange, 'range') ?? header(exchange, 'content-range');
  if (image.status === 'deactivated' && !token.user.admin) {
    return fail(exchange, 403, 'The requested image has been deactivated. Image data download is forbidden.');
  }
  if (!hasData(image) && asked !== undefined) {
    // A range of `size: null` is a bug of Glance's own.
    return reply(exchange, { status: 500, headers: { 'Content-Type': 'text/plain', Connection: 'close' } });
  }
  quietConnection(exchange);
  if (!hasData(image) || image.store === 'lost') {
    return reply(exchange, { status: 204, headers: { ...requestId(exchange), 'Content-Length': '0' } });
  }
  if (await replyInstead(exchange)) return;
  const { object } = image;
  const range = parseGlanceRange(header(exchange, 'range'), header(exchange, 'content-range'), object.size);
  if (range.kind === 'bad') return fail(exchange, range.status, range.text);
  if (range.kind === 'unsatisfiable' || (asked !== undefined && modes.get('rangeFault') === 'refused')) {
    return fail(exchange, 416, 'The Range requested is not available.\nInvalid Range header.');
  }
  if (range.kind === 'part' && !modes.get('ranges')) {
    const length = range.end - range.start;
    const words = 'Getting images randomly from this store is not supported.';
    return fail(exchange, 400, `${words} Offset: ${range.start}, length: ${length}`);
  }
  const md5 = parts.digests && modes.get('contentMd5') === 'default' ? await imageMd5(image) : undefined;
  const short = image.store === 'truncated' || image.store === 'stalled';
  response.setHeader('Content-Type', 'application/octet-stream');
  await deliver(exchange, {
    object,
    range,
    headers: { ...(md5 === undefined ? {} : { 'Content-Md5': md5 }), ...requestId(exchange) },
    ...(short ? { storeEnd: Math.floor((object.size * 2) / 3) } : {}),
    ...(image.store === 'truncated' ? { framing: 'close' } : {}),
    corrupt: image.store === 'corrupt',
  });
}

const VERSIONS = [
  'v2.16',
  'v2.15',
  'v2.13',
  'v2.12',
  'v2.11',
  'v2.10',
  'v2.9',
  'v2.8',
  'v2.7',
  'v2.6',
  'v2.5',
  'v2.4',
  'v2.3',
  'v2.2',
  'v2.1',
  'v2.0',
];

function sendVersions(parts: GlanceParts, exchange: Exchange, status: number): void {
  const links = [{ rel: 'self', href: `${exchange.origin}${parts.base}/v2/` }];
  const versions = VERSIONS.map((id, index) => ({ id, status: index === 0 ? 'CURRENT' : 'SUPPORTED', links }));
  sendJson(exchange, status, { versions });
}

const METHODS: readonly { readonly path: RegExp; readonly allow: string }[] = [
  { path: /^images\/[^/]+\/file$/, allow: 'GET, PUT' },
  { path: /^images\/[^/]+$/, allow: 'GET, PATCH, DELETE' },
];

async function serve(parts: GlanceParts, exchange: Exchange, path: string, token: Token): Promise<void> {
  const { method } = exchange.log;
  const allow = METHODS.find((row) => row.path.test(path))?.allow;
  if (allow !== undefined && method !== 'GET') {
    return fail(exchange, 405, `The method ${method} is not allowed for this resource. `, { Allow: allow });
  }
  if (path === 'images') return serveList(parts, exchange, token);
  const known = DOCUMENTS[path];
  if (known !== undefined) return sendJson(exchange, 200, known);
  const [, id = '', file] = /^images\/([^/]+)(\/file)?$/.exec(path) ?? [];
  if (id === '') return fail(exchange, 404, NO_RESOURCE);
  const image = parts.images.byId(id);
  if (image === undefined || !mayRead(image, token)) {
    return fail(exchange, 404, `No image found with ID ${decodeURIComponent(id)}`);
  }
  const now = imageNow(image, parts.stages, exchange.modes, true);
  if (file !== undefined) return sendFile(parts, exchange, now, token);
  sendJson(exchange, 200, await imageRecord(now, parts.digests));
}

/** The same for everybody. */
const DOCUMENTS: Readonly<Record<string, unknown>> = {
  'schemas/image': IMAGE_SCHEMA,
  'schemas/images': IMAGES_SCHEMA,
  'info/stores': {
    stores: [
      { id: 'fs', default: 'true' },
      { id: 'web', 'read-only': 'true' },
    ],
  },
};

async function serveList(parts: GlanceParts, exchange: Exchange, token: Token): Promise<void> {
  const { images, stages, digests } = parts;
  const { query, modes } = exchange;
  try {
    sendJson(exchange, 200, await listImages({ images, stages, query, token, modes, digests }));
  } catch (error) {
    if (!(error instanceof BadQuery)) throw error;
    fail(exchange, 400, error.message);
  }
}

/** Image API v2, as the recorded Glance 25.1 answers. */
export function createGlance(parts: GlanceParts): Route {
  return async (exchange) => {
    if (exchange.path !== parts.base && !exchange.path.startsWith(`${parts.base}/`)) return false;
    const [version = '', ...rest] = exchange.path.slice(parts.base.length).replace(/^\/+/, '').split('/');
    if (version === 'versions') sendVersions(parts, exchange, 200);
    else if (version !== 'v2' && !VERSIONS.includes(version)) sendVersions(parts, exchange, 300);
    else {
      const token = parts.tokens.find(header(exchange, 'x-auth-token'));
      const challenge = { 'Www-Authenticate': `Keystone uri="${parts.keystoneUrl()}"` };
      if (token?.project === undefined) fail(exchange, 401, UNAUTHORISED, challenge);
      else await serve(parts, exchange, rest.join('/'), token);
    }
    return true;
  };
}
