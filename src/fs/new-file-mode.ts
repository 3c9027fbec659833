import { constants } from 'node:fs';
import type { Calls } from './calls.js';
import { cleanUp } from './errors.js';
import { PUBLIC_MODE, permissionBits } from './mode.js';
import type { OpenFile } from './open-file.js';

// Flags are disjoint bits, so adding them is or-ing them.
const CREATE = constants.O_RDWR + constants.O_CREAT + constants.O_EXCL + constants.O_NOFOLLOW;

/**
 * The mode that a new file gets in a directory: by the umask or, where the directory has a default ACL, by that alone
 * (acl(5)). Only the kernel knows, so it is asked with an empty file, which is gone at once. A part that was made 0600
 * under a default ACL has its entries, masked; this mode lifts the mask, and the ACL is what the kernel would have made.
 *
 * @param probe a name of ours that nothing has
 * @returns undefined where it cannot be found out
 */
export async function newFileMode(probe: string, calls: Calls): Promise<number | undefined> {
  let handle: OpenFile;
  try {
    handle = await calls.open(probe, CREATE, PUBLIC_MODE);
  } catch {
    return undefined;
  }
  try {
    const { mode } = await handle.stat({ bigint: true });
    return permissionBits(Number(mode));
  } catch {
    return undefined;
  } finally {
    await cleanUp(
      () => calls.unlink(probe),
      () => handle.close(),
    );
  }
}
