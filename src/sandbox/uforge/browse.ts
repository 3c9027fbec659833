import type { Exchange } from '../server/exchange.js';
import { replyObject } from './answer.js';
import { showKey } from './download.js';
import type { KeyStore } from './keys.js';
import { APPLIANCES, BUNDLE, SCAN, SCANNED_INSTANCE, TEMPLATE, type UforgeImage } from './objects.js';
import { queryList } from './query.js';
import {
  applianceTree,
  bundleTree,
  imageStatusTree,
  imageTree,
  scannedInstanceTree,
  scanTree,
  templateTree,
  userTree,
} from './trees.js';
import type { Tree } from './xml.js';

export interface UforgeParts {
  /** `/api`, `/ufws`, `` for the root. */
  readonly base: string;
  readonly images: readonly UforgeImage[];
  readonly keys: KeyStore;
  /** false: no md5sum and sha256sum, which cost a pass over the bytes. */
  readonly digests: boolean;
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
  return imageTree(image, showKey(parts.keys, exchange, image), parts.digests ? exchange.modes.get('sums') : 'absent');
}

/** `<images><total/><images><image/>…</images></images>`: the doubled wrapper of every list. */
function listTree(outer: string, item: string, trees: readonly Tree[], query: URLSearchParams): Tree {
  const found = queryList(trees, query);
  return { total: found.length, [outer]: { [item]: found } };
}

/** What the API has at a path. */
type Shown =
  | { readonly kind: 'one'; readonly root: string; readonly tree: Tree }
  | { readonly kind: 'list'; readonly outer: string; readonly item: string; readonly trees: readonly Tree[] };

const one = (root: string, tree: Tree): Shown => ({ kind: 'one', root, tree });
const list = (outer: string, item: string, trees: readonly Tree[]): Shown => ({ kind: 'list', outer, item, trees });

const INSTANCE_PATH = `scannedinstances/${SCANNED_INSTANCE.id}`;
const SCAN_PATH = `${INSTANCE_PATH}/scans/${SCAN.id}`;
const BUNDLE_PATH = `mysoftware/${BUNDLE.id}`;
const TEMPLATE_PATH = `${BUNDLE_PATH}/templates/${TEMPLATE.id}`;

const scans = (): Shown => list('scans', 'scan', [scanTree()]);

/** What shows no image. */
const WITHOUT_IMAGES: ReadonlyMap<string, () => Shown> = new Map([
  ['', () => one('user', userTree())],
  ['appliances', () => list('appliances', 'appliance', APPLIANCES.map(applianceTree))],
  ...APPLIANCES.map(
    (appliance) => [`appliances/${appliance.id}`, () => one('appliance', applianceTree(appliance))] as const,
  ),
  ['scannedinstances', () => list('scannedInstances', 'scannedInstance', [scannedInstanceTree()])],
  [INSTANCE_PATH, () => one('scannedInstance', scannedInstanceTree())],
  [`${INSTANCE_PATH}/scans`, scans],
  ['scans', scans],
  [SCAN_PATH, () => one('scan', scanTree())],
  ['mysoftware', () => list('mySoftwareList', 'mySoftware', [bundleTree()])],
  [BUNDLE_PATH, () => one('mySoftware', bundleTree())],
]);

/** The lists and single objects exactly where the API has them. True when one was sent. */
export async function browse(parts: UforgeParts, exchange: Exchange, path: string): Promise<boolean> {
  const shown =
    (await imageAt(parts, exchange, path)) ??
    WITHOUT_IMAGES.get(path)?.() ??
    (await templatesAt(parts, exchange, path)) ??
    (await imageListAt(parts, exchange, path));
  if (shown === undefined) return false;
  if (shown.kind === 'one') replyObject(exchange, shown.root, shown.tree);
  else replyObject(exchange, shown.outer, listTree(shown.outer, shown.item, shown.trees, exchange.query));
  return true;
}

async function imageAt(parts: UforgeParts, exchange: Exchange, path: string): Promise<Shown | undefined> {
  const image = parts.images.find((candidate) => path === candidate.path || path === `${candidate.path}/status`);
  if (image === undefined) return undefined;
  if (path.endsWith('/status')) return one('status', imageStatusTree(image));
  return one(image.kind === 'pimage' ? 'publishImage' : 'image', await showImage(parts, exchange, image));
}

/** A template shows its images in itself. */
async function templatesAt(parts: UforgeParts, exchange: Exchange, path: string): Promise<Shown | undefined> {
  const listed = path === `${BUNDLE_PATH}/templates`;
  if (!listed && path !== TEMPLATE_PATH) return undefined;
  const images = parts.images.filter(({ parent }) => parent === TEMPLATE_PATH);
  const tree = templateTree(await showImages(parts, exchange, images));
  return listed ? list('containerTemplates', 'containerTemplate', [tree]) : one('containerTemplate', tree);
}

/** Images of the user, of an appliance or of a scan; published images of the user or of an appliance. */
async function imageListAt(parts: UforgeParts, exchange: Exchange, path: string): Promise<Shown | undefined> {
  const [, parent, segment] = /^(?:(.+)\/)?(images|pimages)$/.exec(path) ?? [];
  if (segment === undefined) return undefined;
  const kind = segment === 'images' ? 'image' : 'pimage';
  const ofAppliance = APPLIANCES.some(({ id }) => parent === `appliances/${id}`);
  if (parent !== undefined && !ofAppliance && !(parent === SCAN_PATH && kind === 'image')) return undefined;
  const images = parts.images.filter(
    (image) => image.kind === kind && (parent === undefined || image.parent === parent),
  );
  const trees = await showImages(parts, exchange, images);
  return kind === 'image' ? list('images', 'image', trees) : list('publishImages', 'publishImage', trees);
}
