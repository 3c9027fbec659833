import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type Calls, THREADED } from './calls.js';
import { cleanUp } from './errors.js';
import { type Inode, sameInode } from './inode.js';
import type { OpenFile } from './open-file.js';

// Flags are disjoint bits, so adding them is or-ing them.
const LOOK = constants.O_RDONLY + constants.O_NOFOLLOW + constants.O_NONBLOCK;

/**
 * Gives an open file the mode of another one, with its access control list. Node has no call for that, GNU's cp has. It
 * is handed descriptors: a name could lead elsewhere by the time that it looks.
 *
 * @param from what is at `path`, and is not followed if it is a link by now
 * @returns false where it cannot be done, or nobody can say whether there is a list
 */
export async function copyAccess(
  path: string,
  from: Inode,
  to: Pick<OpenFile, 'fd'>,
  calls: Calls = THREADED,
): Promise<boolean> {
  let source: OpenFile;
  try {
    source = await calls.open(path, LOOK);
  } catch {
    return false;
  }
  try {
    return sameInode(await source.stat({ bigint: true }), from) && (await runCp(source.fd, to.fd));
  } finally {
    await cleanUp(() => source.close());
  }
}

async function runCp(from: number, to: number): Promise<boolean> {
  const args = ['--attributes-only', '--preserve=mode', '--', '/proc/self/fd/4', '/proc/self/fd/3'];
  return await new Promise((resolve) => {
    const child = spawn('cp', args, { stdio: ['ignore', 'ignore', 'ignore', to, from] });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}
