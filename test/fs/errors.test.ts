import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { errnoOf, fsError } from '#imgdl/fs/errors.js';

function systemError(code: string, errno: number): Error {
  return Object.assign(new Error(`${code}: failed`), { code, errno, syscall: 'write' });
}

describe('fsError', () => {
  const rows: readonly (readonly [code: string, expected: string, exit: number])[] = [
    ['ENOSPC', 'disk.full', 11],
    ['EDQUOT', 'disk.full', 11],
    ['EFBIG', 'disk.file-too-big', 11],
    ['EROFS', 'fs.read-only', 12],
    ['EACCES', 'fs.permission', 12],
    ['EPERM', 'fs.permission', 12],
    ['EIO', 'fs.io', 12],
    ['EMFILE', 'fs.fd-limit', 12],
    ['ENFILE', 'fs.fd-limit', 12],
    ['ENAMETOOLONG', 'fs.name', 12],
    ['EILSEQ', 'fs.name', 12],
    ['EINVAL', 'fs.name', 12],
    ['ELOOP', 'fs.unsafe', 12],
    ['ENOENT', 'fs.gone', 12],
    ['ENOTDIR', 'fs.gone', 12],
    ['ESTALE', 'fs.gone', 12],
    ['EISDIR', 'fs.type', 12],
    ['EXDEV', 'fs.mount', 12],
    ['EBUSY', 'fs.mount', 12],
    ['EREMOTEIO', 'fs.io', 12],
  ];
  it.each(rows)('calls %s %s (exit %i), by name and by number', (code, expected, exit) => {
    const number = Object.entries(constants.errno).find(([name]) => name === code)?.[1] ?? 0;
    const named = fsError(systemError(code, -number), 'writing', '/d/x');
    expect([named.code, named.exit]).toEqual([expected, exit]);
    expect(named.hint).toBeTruthy();
    if (number !== 0) expect(fsError(systemError('UNKNOWN', -number), 'writing', '/d/x').code).toBe(expected);
  });

  it.runIf(process.platform === 'linux').each(['UNKNOWN', 'Unknown system error -122'])(
    'knows the quota error that Node calls %s',
    (code) => {
      expect(errnoOf(systemError(code, -122))).toBe('EDQUOT');
    },
  );

  it('does not take the codes of Node itself for errors of the system', () => {
    expect(errnoOf(systemError('ERR_INVALID_ARG_TYPE', 0))).toBeUndefined();
  });

  it('says what was attempted, on which path, what happened', () => {
    const { message } = fsError(systemError('ENOSPC', -28), 'writing', '/data/.imgdl-0.part');
    expect(message).toBe('writing /data/.imgdl-0.part: no space is left on the disk (ENOSPC)');
  });

  it('escapes a hostile path', () => {
    expect(fsError(systemError('EIO', -5), 'writing', '/d/a\n::error::\u001b[2J').message).toMatch(
      /^writing \/d\/a\\n::error::\\x1b\[2J: /,
    );
  });

  it('lets an AppError pass and calls what has no errno a bug', () => {
    const error = new AppError('lock.held', 'x');
    expect(fsError(error, 'writing', '/d')).toBe(error);
    expect(fsError(new TypeError('x is no function'), 'writing', '/d').code).toBe('bug');
    expect(fsError(systemError('EBADF', -9), 'writing', '/d').code).toBe('bug');
  });
});
