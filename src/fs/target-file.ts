import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import type { OpenTarget } from '../core/storage.js';
import { closeQuietly, errnoOf, fsError } from './errors.js';
import { readFully } from './owned-file.js';

/**
 * An existing regular file, to look into.
 * @param shown the path for messages
 * @throws AppError fs.symlink, fs.type, fs.*
 */
export async function readTarget(path: string, shown: string): Promise<OpenTarget> {
  const handle = await openTarget(path, shown);
  try {
    const size = await sizeOf(handle, shown);
    return {
      size,
      read: (offset, length) =>
        readFully(handle, offset, length).catch((error: unknown) => {
          throw fsError(error, 'reading', shown);
        }),
      close: () => closeQuietly(handle),
    };
  } catch (error) {
    await closeQuietly(handle);
    throw fsError(error, 'reading', shown);
  }
}

/** @throws AppError fs.type */
export async function sizeOf(handle: FileHandle, shown: string): Promise<number> {
  const stat = await handle.stat();
  if (stat.isFile()) return stat.size;
  throw new AppError('fs.type', `reading ${escapeControls(shown)}: it is not a regular file`, {
    hint: 'use a different -o path',
  });
}

/** @throws AppError fs.symlink, fs.* */
export async function openTarget(path: string, shown: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: a pipe in place of the file must not block.
    return await open(path, constants.O_RDONLY + constants.O_NOFOLLOW + constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') {
      throw new AppError('fs.symlink', `reading ${escapeControls(shown)}: it is a symbolic link`, {
        hint: 'use --force to replace the link itself, or use the real path',
      });
    }
    throw fsError(error, 'reading', shown);
  }
}
