import type { Export } from '../exports.js';
import { own } from '../objects.js';
import type { Tree } from '../xml.js';
import { objectDigest, time } from './identity.js';
import { type Progress, statusTree } from './status-tree.js';

/** `applianceExport` or `softwareBundleExport`. */
export function exportTree(made: Export, now: Pick<Progress, 'state' | 'percentage'>): Tree {
  const uri = own(made.path);
  const named =
    made.kind === 'appliance'
      ? { applianceName: made.name, applianceVersion: made.version }
      : { bundleName: made.name, bundleVersion: made.version };
  return {
    created: time(made.createdMs),
    dbId: made.id,
    digest: objectDigest(uri, `${now.state}${now.percentage}${made.downloads}`),
    lastModified: time(made.createdMs),
    ...named,
    downloadUri: now.state === 'complete' ? `${uri}/downloads` : undefined,
    ...(made.kind === 'appliance' ? { downloaded: made.downloads > 0 } : {}),
    parentUri: own(made.parent),
    status: statusTree({ ...now, path: made.path }),
    uri,
  };
}
