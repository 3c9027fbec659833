import { constants } from 'node:os';
import type { Code } from '../core/error-codes.js';
import { AppError, isAppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';

interface Failure {
  readonly code: Code;
  readonly what: string;
  readonly hint: string;
}

const NO_SPACE: Failure = {
  code: 'disk.full',
  what: 'no space is left on the disk',
  hint: 'free some space (or inodes), then run the same command again to resume',
};
const NO_PERMISSION: Failure = {
  code: 'fs.permission',
  what: 'permission denied',
  hint: 'check the owner and mode of the directory and of the files in it',
};
const BAD_NAME: Failure = {
  code: 'fs.name',
  what: 'the file system does not accept the name',
  hint: 'use a shorter or simpler -o path',
};
const GONE: Failure = {
  code: 'fs.gone',
  what: 'the directory or a file in it was removed or replaced in the meantime',
  hint: 'find out what cleans up there, then run the same command again',
};
const WRONG_TYPE: Failure = {
  code: 'fs.type',
  what: 'something other than a regular file is in the way',
  hint: 'use a different -o path',
};
const MOUNTED: Failure = {
  code: 'fs.mount',
  what: 'nothing can be moved to this name: it is a mount point, or on another file system than its directory',
  hint: 'mount the directory instead of the single file, or use -o in a different directory; the download is kept',
};
const NO_DESCRIPTOR: Failure = { code: 'fs.fd-limit', what: 'too many files are open', hint: 'raise ulimit -n' };
const IO: Failure = {
  code: 'fs.io',
  what: 'the disk reported an error',
  hint: 'check the disk (dmesg), then run the same command again',
};

const FAILURES: Readonly<Record<string, Failure>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: {
    code: 'disk.full',
    what: 'the disk quota is used up',
    hint: 'free some space or ask for a larger quota, then run the same command again to resume',
  },
  EFBIG: {
    code: 'disk.file-too-big',
    what: 'the file system or a limit does not allow a file of this size',
    hint: 'use another file system, or raise ulimit -f',
  },
  EROFS: {
    code: 'fs.read-only',
    what: 'the file system is read-only',
    hint: 'use a different -o path, or mount it read-write',
  },
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EMFILE: NO_DESCRIPTOR,
  ENFILE: NO_DESCRIPTOR,
  ENAMETOOLONG: BAD_NAME,
  EILSEQ: BAD_NAME,
  EINVAL: BAD_NAME,
  // A bind mount of a single file (`docker run -v FILE:FILE`) says EBUSY; mergerfs, AFS and quota trees say EXDEV.
  EXDEV: MOUNTED,
  EBUSY: MOUNTED,
  ELOOP: {
    code: 'fs.unsafe',
    what: 'it is a symbolic link',
    hint: 'inspect it and remove it, or use a different -o path',
  },
  ENOENT: GONE,
  ENOTDIR: GONE,
  ESTALE: GONE,
  EISDIR: WRONG_TYPE,
  ENOTEMPTY: WRONG_TYPE,
  ENXIO: WRONG_TYPE,
  ENODEV: WRONG_TYPE,
};

/**
 * The symbolic name of an errno error, or undefined for anything else. By number where libuv has no name for it:
 * EDQUOT arrives with errno -122 and the code `UNKNOWN` or `Unknown system error -122` (both measured, Node 20).
 */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if (/^E[A-Z0-9]+$/.test(code)) return code;
  if (!/^unknown\b/i.test(code) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  const number = -error.errno;
  return Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `E${number}`;
}

/**
 * The AppError for a failed call: "<attempt> <path>: <what happened> (<errno>)". An AppError passes unchanged;
 * what has no errno is a mistake of ours.
 * @param attempt a gerund: `writing`
 */
export function fsError(error: unknown, attempt: string, path: string): AppError {
  if (isAppError(error)) return error;
  const where = `${attempt} ${escapeControls(path)}`;
  const errno = errnoOf(error);
  if (errno === undefined || errno === 'EBADF') {
    return new AppError('bug', `${where}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error });
  }
  const { code, what, hint } = FAILURES[errno] ?? IO;
  return new AppError(code, `${where}: ${what} (${errno})`, { hint, details: { errno }, cause: error });
}

/** @param why in words, with numbers */
export function noRoom(shown: string, why: string): AppError {
  const { code, hint } = NO_SPACE;
  return new AppError(code, `checking the free space for ${escapeControls(shown)}: ${why}`, {
    hint,
    details: { path: shown },
  });
}

/** A file under a name of ours that is not ours. It is never touched. */
export function unsafeFile(attempt: string, path: string, what: string): AppError {
  return new AppError('fs.unsafe', `${attempt} ${escapeControls(path)}: ${what}`, {
    hint: 'inspect it and remove it, or use a different -o path',
  });
}

/** Cleans up after a failure: whatever goes wrong here, what went wrong first is what the user must hear. */
export async function cleanUp(...steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) await step().catch(() => undefined);
}

/** Closes a file that was only read or synced: what it was opened for is done, so that it fails is nobody's business. */
export async function closeQuietly(handle: { close(): Promise<void> } | undefined): Promise<void> {
  if (handle !== undefined) await cleanUp(() => handle.close());
}

/** Runs one call and words its failure. */
export async function guarded<T>(attempt: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw fsError(error, attempt, path);
  }
}
