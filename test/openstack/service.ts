import { inject } from 'vitest';
import { type Cloud, startCloud } from './cloud.js';

const offered = inject('openstack');

/** For `describe.skipIf(noOpenStack)(…)`. In CI the run does not get this far without the packages. */
export const noOpenStack: boolean = 'missing' in offered;

/** For the title of a skipped group: empty, or the reason in brackets. */
export const whyNoOpenStack: string = 'missing' in offered ? ` [skipped: ${offered.missing}]` : '';

/** The run's real Keystone and Glance. The first call of a run starts them, which takes a quarter of a minute. */
export async function realOpenStack(): Promise<Cloud> {
  if ('missing' in offered) throw new Error(offered.missing);
  return startCloud(offered.directory, offered.ownerPid);
}
