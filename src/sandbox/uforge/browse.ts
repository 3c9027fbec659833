import type { Exchange } from '../server/exchange.js';
import { forbidden, methodNotAllowed, notFound, replyObject } from './answer.js';
import { imageNow } from './image-state.js';
import {
  APPLIANCES,
  appliancePath,
  BUNDLES,
  bundlePath,
  INSTANCES,
  instancePath,
  SCANS,
  scanPath,
  TEMPLATES,
  templatePath,
} from './library.js';
import { replyList } from './list-answer.js';
import { listAt } from './lists.js';
import type { UforgeParts } from './parts.js';
import { showImage } from './show.js';
import { showAppliance, showInstance, showScan, showTemplate } from './show-library.js';
import { mySoftwareTree, userTree } from './trees/library-trees.js';
import { imageStatusTree } from './trees/status-tree.js';
import type { Tree } from './xml.js';

interface Shown {
  readonly root: string;
  readonly tree: Tree;
}

/** The lists and single objects exactly where the API has them; 404 where it has none. */
export async function browse(parts: UforgeParts, exchange: Exchange, path: string): Promise<void> {
  const { method } = exchange.log;
  if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(exchange);
  const wide = exchange.modes.get('wideLists');
  if (/^p?images(\/status)?$/.test(path) && wide !== 'served') {
    return wide === 403 ? forbidden(exchange) : notFound(exchange, 'Object', path);
  }
  const list = listAt(parts, exchange, path);
  if (list !== undefined) return replyList(exchange, list);
  const shown = (await imageAt(parts, exchange, path)) ?? (await libraryAt(parts, exchange, path));
  if (shown === undefined) notFound(exchange, 'Object', path.split('/').pop() ?? '');
  else replyObject(exchange, shown.root, shown.tree);
}

async function imageAt(parts: UforgeParts, exchange: Exchange, path: string): Promise<Shown | undefined> {
  const image = parts.images.at(path);
  if (image !== undefined) {
    const root = image.kind === 'pimage' ? 'publishImage' : 'image';
    return { root, tree: await showImage(parts, exchange, image) };
  }
  const ofStatus = path.endsWith('/status') ? parts.images.at(path.slice(0, -'/status'.length)) : undefined;
  if (ofStatus === undefined) return undefined;
  const { stages } = parts;
  return { root: 'status', tree: imageStatusTree(imageNow(ofStatus, { stages, modes: exchange.modes, look: true })) };
}

/** What has no bytes of its own. */
async function libraryAt(parts: UforgeParts, exchange: Exchange, path: string): Promise<Shown | undefined> {
  if (path === '') return { root: 'user', tree: userTree() };
  const appliance = APPLIANCES.find((candidate) => appliancePath(candidate) === path);
  if (appliance !== undefined) return { root: 'appliance', tree: showAppliance(parts, appliance) };
  const bundle = BUNDLES.find((candidate) => bundlePath(candidate) === path);
  if (bundle !== undefined) return { root: 'mySoftware', tree: mySoftwareTree(bundle) };
  const template = TEMPLATES.find((candidate) => templatePath(candidate) === path);
  if (template !== undefined) {
    return { root: 'containerTemplate', tree: await showTemplate(parts, exchange, template) };
  }
  const instance = INSTANCES.find((candidate) => instancePath(candidate) === path);
  if (instance !== undefined) return { root: 'scannedInstance', tree: showInstance(exchange, instance) };
  const scan = SCANS.find((candidate) => scanPath(candidate) === path);
  return scan && { root: 'scan', tree: await showScan(parts, exchange, scan) };
}
