import type { Exchange } from '../server/exchange.js';
import {
  type Appliance,
  appliancePath,
  SCANS,
  type Scan,
  type ScannedInstance,
  scanPath,
  type Template,
  templatePath,
} from './library.js';
import type { UforgeParts } from './parts.js';
import { listImage } from './show.js';
import { applianceTree, instanceTree, templateTree } from './trees/library-trees.js';
import { scanTree } from './trees/scan-tree.js';
import type { Tree } from './xml.js';

/** An appliance names its images by their uris; those of a long catalog are left out. */
const MOST_URIS = 1000;

export function showAppliance({ images }: UforgeParts, appliance: Appliance): Tree {
  const paths = (kind: 'image' | 'pimage'): readonly string[] =>
    images
      .of(kind, appliancePath(appliance))
      .slice(0, MOST_URIS)
      .map(({ path }) => path);
  return applianceTree(appliance, paths('image'), paths('pimage'));
}

async function nestedImages(parts: UforgeParts, exchange: Exchange, parent: string): Promise<readonly Tree[]> {
  const trees: Tree[] = [];
  for (const image of parts.images.of('image', parent)) trees.push(await listImage(parts, exchange, image));
  return trees;
}

/** A template shows its images in itself. */
export async function showTemplate(parts: UforgeParts, exchange: Exchange, template: Template): Promise<Tree> {
  return templateTree(template, await nestedImages(parts, exchange, templatePath(template)));
}

export async function showScan(parts: UforgeParts, exchange: Exchange, scan: Scan): Promise<Tree> {
  return scanTree(scan, await nestedImages(parts, exchange, scanPath(scan)));
}

/** The scans of an instance are in it for `includeScans=true` only. */
export function showInstance(exchange: Exchange, instance: ScannedInstance): Tree {
  const scans = SCANS.filter((scan) => scan.instance === instance);
  const shown = exchange.query.get('includeScans') === 'true';
  return instanceTree(instance, shown ? scans.map((scan) => scanTree(scan, undefined)) : undefined, scans.length);
}
