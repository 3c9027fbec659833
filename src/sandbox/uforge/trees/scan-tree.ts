import { instancePath, type Scan, scanPath } from '../library.js';
import { own } from '../objects.js';
import type { Tree } from '../xml.js';
import { identity } from './identity.js';
import { statusTree } from './status-tree.js';

/**
 * `scan`: the elements of a summary, then those that only a whole scan has.
 * @param images undefined: not shown, as in a list
 */
export function scanTree(scan: Scan, images: readonly Tree[] | undefined): Tree {
  const uri = own(scanPath(scan));
  return {
    ...identity(uri, scan.id),
    filesUri: `${uri}/files`,
    imagesUri: `${uri}/images`,
    name: scan.name,
    overlayUri: `${uri}/overlay`,
    packagesUri: `${uri}/packages`,
    scannedInstanceUri: own(instancePath(scan.instance)),
    status: statusTree({ state: 'complete', percentage: 100, path: scanPath(scan) }),
    uri,
    ...(images === undefined ? {} : { images: { image: images } }),
  };
}
