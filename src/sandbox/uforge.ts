import { createHash, randomBytes } from 'node:crypto';
import { parseRange } from './byte-range.js';
import { deliver, replyInstead } from './delivery.js';
import { type Exchange, header, LOGIN_PAGE, type Route, reply, replyHtml } from './exchange.js';
import { authenticate, type Caller } from './uforge-auth.js';
import type { KeyStore } from './uforge-keys.js';
import { APPLIANCES, BUNDLE, OWNER, SCAN, SCANNED_INSTANCE, TEMPLATE, type UforgeImage } from './uforge-objects.js';
import { queryList } from './uforge-query.js';
import {
  applianceTree,
  bundleTree,
  imageStatusTree,
  imageTree,
  objectDigest,
  type ShownKey,
  scannedInstanceTree,
  scanTree,
  templateTree,
  userTree,
} from './uforge-trees.js';
import { localisedId, type Tree, toJson, toXml } from './uforge-xml.js';

/** hammr refuses any other version than its own. */
export const UFORGE_VERSION = '3.8.13';

export interface UforgeParts {
  /** `/api`, `/ufws`, `` for the root. */
  readonly base: string;
  readonly images: readonly UforgeImage[];
  readonly keys: KeyStore;
  /** false: no md5sum and sha256sum, which cost a pass over the bytes. */
  readonly digests: boolean;
}

function wantsJson(exchange: Exchange): boolean {
  const accept = header(exchange, 'accept') ?? '*/*';
  if (accept.includes('json')) return true;
  return exchange.modes.get('json') && !accept.includes('xml');
}

/** Header fields of every answer, as recorded of a 3.7.4. */
function commonHeaders(): Record<string, string> {
  return {
    Server: 'Apache',
    'Content-Language': 'en',
    version: UFORGE_VERSION,
    'Set-Cookie': `JSESSIONID=${randomBytes(16).toString('hex').toUpperCase()}; Path=/ufws/; HttpOnly`,
  };
}

function replyTree(exchange: Exchange, status: number, root: string, tree: Tree, extra: Record<string, string>): void {
  const json = wantsJson(exchange);
  reply(exchange, {
    status,
    headers: { ...commonHeaders(), ...extra, 'Content-Type': json ? 'application/json' : 'application/xml' },
    body: json ? toJson(root, tree) : toXml(root, tree),
    chunked: true,
  });
}

/** A metadata answer with validators; a conditional request that matches gets the documented 304. */
function replyObject(exchange: Exchange, root: string, tree: Tree): void {
  const digest = String(tree['digest'] ?? createHash('md5').update(JSON.stringify(tree)).digest('hex'));
  const etag = `"${digest}"`;
  const modified = new Date(String(tree['lastModified'] ?? '2019-05-02T08:21:07.000Z')).toUTCString();
  const validators = { ETag: etag, 'Last-Modified': modified };
  if (header(exchange, 'if-none-match') === etag || header(exchange, 'if-modified-since') === modified) {
    reply(exchange, { status: 304, headers: { ...commonHeaders(), ...validators } });
    return;
  }
  replyTree(exchange, 200, root, tree, validators);
}

function replyError(exchange: Exchange, status: number, message: string, messageId: string, parameter?: string): void {
  const tree: Tree = {
    localizedErrorMsg: {
      message,
      messageId,
      ...(parameter === undefined ? {} : { parameters: { parameter: [parameter] } }),
    },
    requestMethod: exchange.log.method,
    requestUri: `${exchange.origin}${exchange.path}`,
    statusCode: status,
    timestamp: new Date().toISOString(),
  };
  const extra: Record<string, string> = status === 401 ? { 'WWW-Authenticate': 'Basic realm="UForge"' } : {};
  const form = exchange.modes.get('errorBody');
  if (form === 'default') {
    replyTree(exchange, status, 'uforgeError', tree, extra);
  } else if (form === 'html') {
    const html = `<html><body><h1>${status}</h1><p>${message}</p><hr>Apache Tomcat</body></html>`;
    reply(exchange, { status, headers: { ...commonHeaders(), ...extra, 'Content-Type': 'text/html' }, body: html });
  } else {
    const body = form === 'empty' ? '' : form === 'json' ? toJson('uforgeError', tree) : toXml('uforgeError', tree);
    const type: Record<string, string> = form === 'empty' ? {} : { 'Content-Type': `application/${form}` };
    reply(exchange, { status, headers: { ...commonHeaders(), ...extra, ...type }, body });
  }
}

const unauthorised = (exchange: Exchange): void =>
  replyError(exchange, 401, 'Authentication failed.', 'ERROR.AUTHENTICATION.INVALID');
const forbidden = (exchange: Exchange): void =>
  replyError(exchange, 403, 'You do not have the privilege to do this.', 'ERROR.AUTHORIZATION.DENIED');
const notFound = (exchange: Exchange, what: string, id: string): void =>
  replyError(
    exchange,
    404,
    `${what} with id ${localisedId(id)} not found.`,
    'ERROR.NOTFOUND',
    localisedId(id).slice(1, -1),
  );

/** The caller when the request carries credentials for this user's paths; else the refusal has been sent. */
function admit(exchange: Exchange, relative: string, uid: string): Caller | undefined {
  const answer = authenticate(exchange, relative);
  if (answer.kind !== 'caller') {
    unauthorised(exchange);
    return undefined;
  }
  if (!answer.caller.entitled || (answer.caller.login !== uid && !answer.caller.all)) {
    forbidden(exchange);
    return undefined;
  }
  return answer.caller;
}

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

function showKey(parts: UforgeParts, exchange: Exchange, image: UforgeImage): ShownKey | undefined {
  if (!image.keyed) return undefined;
  const key = parts.keys.shown(image.object.name, exchange.modes.get('keyMint'));
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

/** Validators of a binary: nobody documents them for UForge, so all forms can be had. */
export function binaryValidators(
  exchange: Exchange,
  name: string,
  revision: number,
  modifiedMs: number,
): Record<string, string> {
  const mode = exchange.modes.get('validators');
  if (mode === 'absent') return {};
  if (mode === 'changing')
    return { ETag: `"${randomBytes(8).toString('hex')}"`, 'Last-Modified': new Date().toUTCString() };
  const etag = `"${objectDigest(name, revision)}"`;
  return { ETag: mode === 'weak' ? `W/${etag}` : etag, 'Last-Modified': new Date(modifiedMs).toUTCString() };
}

async function download(parts: UforgeParts, exchange: Exchange, relative: string, image: UforgeImage): Promise<void> {
  const { query, modes } = exchange;
  const key = parameterOf(image, exchange)
    .map((name) => query.get(name))
    .find((value) => value !== null);
  if (key === undefined || key === null) {
    if (modes.get('keysOnly')) return unauthorised(exchange);
    if (admit(exchange, relative, OWNER) === undefined) return;
    if (!isDownloadable(image)) return notFound(exchange, 'Image file', String(image.id));
  } else if (!parts.keys.spend(key, image.object.name, modes.get('keyUse'))) {
    const dead = modes.get('deadKey');
    if (dead === 'html') return replyHtml(exchange, 200, LOGIN_PAGE);
    return replyError(exchange, dead, 'The download id is not valid or has expired.', 'ERROR.DOWNLOAD.ID');
  }
  if (await replyInstead(exchange)) return;
  const { object } = image;
  const headers: Record<string, string> = {
    ...commonHeaders(),
    'Content-Type': 'application/octet-stream',
    ...binaryValidators(exchange, image.path, object.revision, object.modifiedMs),
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

async function showImages(
  parts: UforgeParts,
  exchange: Exchange,
  images: readonly UforgeImage[],
): Promise<readonly Tree[]> {
  const trees: Tree[] = [];
  for (const image of images) trees.push(await showImage(parts, exchange, image));
  return trees;
}

function showImage(parts: UforgeParts, exchange: Exchange, image: UforgeImage): Promise<Tree> {
  return imageTree(image, showKey(parts, exchange, image), parts.digests ? exchange.modes.get('sums') : 'absent');
}

/** `<images><total/><images><image/>…</images></images>`: the doubled wrapper of every list. */
function listTree(outer: string, item: string, trees: readonly Tree[], query: URLSearchParams): Tree {
  const found = queryList(trees, query);
  return { total: found.length, [outer]: { [item]: found } };
}

/** The lists and objects without bytes. True when one was sent. */
async function browse(parts: UforgeParts, exchange: Exchange, path: string): Promise<boolean> {
  const { query } = exchange;
  const list = (outer: string, item: string, trees: readonly Tree[]): boolean => {
    replyObject(exchange, outer, listTree(outer, item, trees, query));
    return true;
  };
  const one = (root: string, tree: Tree): boolean => {
    replyObject(exchange, root, tree);
    return true;
  };
  const images = (filter: (image: UforgeImage) => boolean): Promise<readonly Tree[]> =>
    showImages(parts, exchange, parts.images.filter(filter));
  const instance = `scannedinstances/${SCANNED_INSTANCE.id}`;
  const scan = `${instance}/scans/${SCAN.id}`;
  const bundle = `mysoftware/${BUNDLE.id}`;
  const template = `${bundle}/templates/${TEMPLATE.id}`;
  if (path === '') return one('user', userTree());
  if (path === 'images') return list('images', 'image', await images((image) => image.kind === 'image'));
  if (path === 'pimages')
    return list('publishImages', 'publishImage', await images((image) => image.kind === 'pimage'));
  if (path === 'appliances') return list('appliances', 'appliance', APPLIANCES.map(applianceTree));
  if (path === 'scannedinstances') return list('scannedInstances', 'scannedInstance', [scannedInstanceTree()]);
  if (path === instance) return one('scannedInstance', scannedInstanceTree());
  if (path === `${instance}/scans` || path === 'scans') return list('scans', 'scan', [scanTree()]);
  if (path === scan) return one('scan', scanTree());
  if (path === 'mysoftware') return list('mySoftwareList', 'mySoftware', [bundleTree()]);
  if (path === bundle) return one('mySoftware', bundleTree());
  const ofTemplate = (image: UforgeImage): boolean => image.parent === template;
  if (path === `${bundle}/templates`) {
    return list('containerTemplates', 'containerTemplate', [templateTree(await images(ofTemplate))]);
  }
  if (path === template) return one('containerTemplate', templateTree(await images(ofTemplate)));
  const [, parent = '', kind] =
    /^((?:appliances|scannedinstances\/\d+\/scans)\/\d+)\/(images|pimages)$/.exec(path) ?? [];
  const known = APPLIANCES.find(({ id }) => path === `appliances/${id}` || parent === `appliances/${id}`);
  if (known !== undefined && kind === undefined) return one('appliance', applianceTree(known));
  if (kind === 'images' && (known !== undefined || parent === scan)) {
    return list('images', 'image', await images((image) => image.kind === 'image' && image.parent === parent));
  }
  if (kind === 'pimages' && known !== undefined) {
    const of = (image: UforgeImage): boolean => image.kind === 'pimage' && image.parent === parent;
    return list('publishImages', 'publishImage', await images(of));
  }
  return false;
}

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
      notFound(exchange, 'User', uid);
      return true;
    }
    const image = parts.images.find((candidate) => below === candidate.path || below === `${candidate.path}/status`);
    if (image === undefined) {
      if (!(await browse(parts, exchange, below))) notFound(exchange, 'Object', below.split('/').pop() ?? '');
    } else if (below.endsWith('/status')) {
      replyObject(exchange, 'status', imageStatusTree(image));
    } else {
      replyObject(
        exchange,
        image.kind === 'pimage' ? 'publishImage' : 'image',
        await showImage(parts, exchange, image),
      );
    }
    return true;
  };
}
