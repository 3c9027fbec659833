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

/** The lists and single objects exactly where the API has them. True when one was sent. */
export async function browse(parts: UforgeParts, exchange: Exchange, path: string): Promise<boolean> {
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
  const image = parts.images.find((candidate) => path === candidate.path || path === `${candidate.path}/status`);
  if (image !== undefined && path.endsWith('/status')) return one('status', imageStatusTree(image));
  if (image !== undefined) {
    return one(image.kind === 'pimage' ? 'publishImage' : 'image', await showImage(parts, exchange, image));
  }
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
