/** Stands for node:fs in a copy of the product: the part of it that the product uses, on a simulated machine. */
import { promisify } from 'node:util';
import { errno, type Stat } from './process.js';
import { processFor } from './slots.js';

export { constants } from 'node:fs';

const process = processFor(import.meta.url);

type Callback<T> = (error: Error | null, value?: T) => void;

export const openSync = (path: string, flags: number, mode?: number): number => process().open(path, flags, mode);
export const closeSync = (fd: number): void => process().close(fd);
export const fstatSync = (fd: number): Stat => process().fstat(fd);
export const statfsSync = (): unknown => process().statfs();
export const fchmodSync = (fd: number, mode: number): void => process().chmod(fd, mode);
export const fchownSync = (): void => process().enter('fchown');
export const futimesSync = (fd: number, _: Date, modified: Date): void => process().utimes(fd, modified.getTime());
export const ftruncateSync = (fd: number, size: number): void => process().truncate(fd, size);
export const fsyncSync = (fd: number): void => process().sync(fd, 'fsync');
export const fdatasyncSync = (fd: number): void => process().sync(fd, 'fdatasync');
export const linkSync = (from: string, to: string): void => process().link(from, to);
export const renameSync = (from: string, to: string): void => process().rename(from, to);
export const unlinkSync = (path: string): void => process().unlink(path);
export const writevSync = (fd: number, buffers: readonly Uint8Array[], at: number): number =>
  process().write(fd, buffers, at);
/** The socket of a lock is found by way of the descriptor of its directory. */
export const existsSync = (path: string): boolean => path === '/proc/self/fd' || process().lstat(path) !== undefined;

export function lstatSync(path: string, options: { readonly throwIfNoEntry?: boolean } = {}): Stat | undefined {
  const seen = process().lstat(path);
  if (seen === undefined && options.throwIfNoEntry !== false) throw errno('ENOENT', 'lstat');
  return seen;
}

export const statSync = lstatSync;

export const writeSync = (fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number =>
  process().write(fd, [buffer.subarray(offset, offset + length)], at);

export const readSync = (fd: number, buffer: Uint8Array, offset: number, length: number, at: number): number =>
  process().read(fd, buffer.subarray(offset, offset + length), at);

/** Asynchronous calls take a few turns now and then, in which others may come before them. */
async function later<T>(call: () => T): Promise<T> {
  const draw = process().machine.random();
  for (let turn = draw * 20; turn > 15; turn -= 1) await undefined;
  return call();
}

function callback<T>(call: () => T, done: Callback<T>): void {
  later(call).then(
    (value) => done(null, value),
    (error: Error) => done(error),
  );
}

export const open = (path: string, flags: number, done: Callback<number>): void =>
  callback(() => openSync(path, flags), done);
export const close = (fd: number, done: Callback<void>): void => callback(() => closeSync(fd), done);
export const fsync = (fd: number, done: Callback<void>): void => callback(() => fsyncSync(fd), done);
export const fdatasync = (fd: number, done: Callback<void>): void => callback(() => fdatasyncSync(fd), done);
export const ftruncate = (fd: number, size: number, done: Callback<void>): void =>
  callback(() => ftruncateSync(fd, size), done);

/** Node's own promisify() of these gives an object, and so does this. */
export const read = Object.assign(() => {}, {
  [promisify.custom]: (fd: number, buffer: Uint8Array, offset: number, length: number, at: number) =>
    later(() => ({ bytesRead: readSync(fd, buffer, offset, length, at), buffer })),
});

export const writev = Object.assign(() => {}, {
  [promisify.custom]: (fd: number, buffers: readonly Uint8Array[], at: number) =>
    later(() => ({ bytesWritten: writevSync(fd, buffers, at), buffers })),
});
