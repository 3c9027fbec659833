/** Stands for node:fs/promises in a copy of the product. */
import { errno, type Stat, WORK } from './process.js';
import { processFor } from './slots.js';

export { constants } from 'node:fs';

const process = processFor(import.meta.url);

async function later<T>(call: () => T): Promise<T> {
  const draw = process().machine.random();
  for (let turn = draw * 20; turn > 15; turn -= 1) await undefined;
  return call();
}

/** Numbers instead of bigints, as stat() gives them unasked. */
function plain(stat: Stat): unknown {
  return {
    size: Number(stat.size),
    mtimeMs: Number(stat.mtimeMs),
    isFile: () => stat.isFile(),
    isDirectory: () => stat.isDirectory(),
    isSymbolicLink: () => stat.isSymbolicLink(),
    isSocket: () => stat.isSocket(),
  };
}

interface StatOptions {
  readonly bigint?: boolean;
}

class Handle {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  stat = (options: StatOptions = {}) =>
    later(() => {
      const stat = process().fstat(this.fd);
      return options.bigint === true ? stat : plain(stat);
    });
  read = (buffer: Uint8Array, offset: number, length: number, at: number) =>
    later(() => ({ bytesRead: process().read(this.fd, buffer.subarray(offset, offset + length), at) }));
  write = (buffer: Uint8Array, offset: number, length: number, at: number) =>
    later(() => ({ bytesWritten: process().write(this.fd, [buffer.subarray(offset, offset + length)], at) }));
  writev = (buffers: readonly Uint8Array[], at: number) =>
    later(() => ({ bytesWritten: process().write(this.fd, buffers, at) }));
  datasync = () => later(() => process().sync(this.fd, 'fdatasync'));
  sync = () => later(() => process().sync(this.fd, 'fsync'));
  chmod = (mode: number) => later(() => process().chmod(this.fd, mode));
  chown = () => later(() => process().enter('fchown'));
  utimes = (_: Date, modified: Date) => later(() => process().utimes(this.fd, modified.getTime()));
  truncate = (size: number) => later(() => process().truncate(this.fd, size));
  close = () => later(() => process().close(this.fd));
}

export const open = (path: string, flags: number, mode?: number) =>
  later(() => new Handle(process().open(path, flags, mode)));
export const link = (from: string, to: string) => later(() => process().link(from, to));
export const rename = (from: string, to: string) => later(() => process().rename(from, to));
export const unlink = (path: string) => later(() => process().unlink(path));
export const statfs = () => later(() => process().statfs());
export const readdir = () => later(() => process().readdir());
export const readFile = (path: string) => later(() => process().readText(path));
export const readlink = (path: string) => later(() => process().readlink(path));
export const realpath = (path: string) => later(() => path);
export const mkdir = () => later(() => process().enter('mkdir'));
export const rmdir = () => later(() => process().enter('rmdir'));

export const lstat = (path: string, options: StatOptions = {}) =>
  later(() => {
    const seen = process().lstat(path);
    if (seen === undefined) throw errno('ENOENT', 'lstat');
    return options.bigint === true ? seen : plain(seen);
  });

/** There are no links, and the directory is always there. */
export const stat = (path: string, options: StatOptions = {}) =>
  path === WORK || path.startsWith(WORK) ? lstat(path, options) : Promise.reject(errno('ENOENT', 'stat'));
