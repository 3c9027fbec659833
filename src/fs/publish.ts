import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { admitAsNew, passOnAccess } from './access.js';
import { type Calls, THREADED } from './calls.js';
import { assertSameDirectory, type Directory } from './directory.js';
import { errnoOf, fsError, unsafeFile } from './errors.js';
import { lstatOf, sameInode } from './inode.js';
import { LINK_UNSUPPORTED } from './link-support.js';
import type { DiskPart } from './part.js';

export interface Publication {
  readonly part: DiskPart;
  readonly target: string;
  /** The target as the user typed it. */
  readonly shown: string;
  readonly directory: Directory;
  readonly replace: boolean;
  /** The mode that a new file has here; undefined where nobody can say. */
  readonly newFileMode: () => Promise<number | undefined>;
  /** Its time, in milliseconds since 1970; undefined: that of its last byte. */
  readonly modifiedAt: number | undefined;
}

/**
 * Makes a complete part visible under the target's name, durably. Closes it first: NFS may keep an error until
 * close(2). The part's own name is gone after a rename, still there after a link.
 * @throws AppError fs.exists, fs.symlink, fs.type, fs.gone, fs.unsafe, fs.*, disk.*
 */
export async function publishPart(publication: Publication): Promise<readonly Warning[]> {
  const { part, target, shown, directory, replace, modifiedAt } = publication;
  const { calls } = directory;
  const undated = modifiedAt === undefined ? undefined : await part.date(modifiedAt);
  const admitted = await admit(publication);
  await part.finish();
  await assertSameDirectory(directory);
  // While it is open: later its inode number may belong to another file.
  const there = await lstatOf(part.path, calls);
  if (there === undefined || !sameInode(there, part.inode)) {
    throw unsafeFile('publishing', part.path, 'it was removed or replaced during the download');
  }
  await part.close();
  const warnings = replace ? await renameOver(part.path, target, shown) : await linkAs(part, target, shown, calls);
  return [
    ...admitted,
    ...warnings,
    ...(undated === undefined ? [] : [noTime(shown, undated)]),
    ...(await directory.sync()),
  ];
}

/** Before it has its name: nobody opens it then who may not. A link that is replaced passes nothing on. */
async function admit(publication: Publication): Promise<readonly Warning[]> {
  const { part, target, shown, directory, replace } = publication;
  const stat = replace ? await lstatOf(target, directory.calls) : undefined;
  if (stat?.isFile()) return await passOnAccess(part, { path: target, stat }, shown, directory.calls);
  return await admitAsNew(part, await publication.newFileMode(), shown);
}

function noTime(shown: string, errno: string): Warning {
  const message = `publishing ${escapeControls(shown)}: the file system does not let it have the time of the image (${errno})`;
  return { code: 'fs.no-time', message };
}

async function renameOver(from: string, target: string, shown: string): Promise<readonly Warning[]> {
  const there = await lstatOf(target);
  // rename(2) would replace /dev/null or a socket without a word. A symbolic link itself is what --force replaces.
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink())
    throw inTheWay(shown, 'it is not a regular file');
  try {
    // What is replaced may be large, and goes with its name.
    await THREADED.rename(from, target);
  } catch (error) {
    throw fsError(error, 'publishing', shown);
  }
  return [];
}

async function linkAs(part: DiskPart, target: string, shown: string, calls: Calls): Promise<readonly Warning[]> {
  try {
    // EEXIST of link(2) is the proof that nothing was overwritten; rename(2) has no such answer.
    await calls.link(part.path, target);
    return [];
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno !== 'EEXIST' && !LINK_UNSUPPORTED.has(errno)) throw fsError(error, 'publishing', shown);
    const there = await lstatOf(target);
    // NFS repeats a request whose answer was lost: then the "existing" target is what we have just linked.
    if (there !== undefined && sameInode(there, part.inode)) return [];
    if (there !== undefined || errno === 'EEXIST') throw await existing(target, shown);
    await renameOver(part.path, target, shown);
    return [
      {
        code: 'fs.no-hard-links',
        message: `publishing ${escapeControls(shown)}: no hard links here (${errno}); renamed after checking that nothing was there`,
      },
    ];
  }
}

async function existing(target: string, shown: string): Promise<AppError> {
  const there = await lstatOf(target);
  if (there?.isSymbolicLink()) {
    return new AppError('fs.symlink', `publishing ${escapeControls(shown)}: a symbolic link is there`, {
      hint: 'use --force to replace the link itself, or use the real path; the download is kept',
    });
  }
  if (there !== undefined && !there.isFile()) return inTheWay(shown, 'it is not a regular file');
  return new AppError('fs.exists', `publishing ${escapeControls(shown)}: it appeared during the download`, {
    hint: 'run again with --force to replace it, or use a different -o path; the download is kept',
  });
}

function inTheWay(shown: string, what: string): AppError {
  return new AppError('fs.type', `publishing ${escapeControls(shown)}: ${what}`, {
    hint: 'use a different -o path; the download is kept',
  });
}
