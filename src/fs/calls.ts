import {
  type BigIntStats,
  type BigIntStatsFs,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { link, lstat, open, rename, stat, statfs, unlink } from 'node:fs/promises';
import { DirectFile } from './direct-file.js';
import type { OpenFile } from './open-file.js';
import { createWriteSpeed } from './write-speed.js';

/**
 * The calls that look at names and change them, by one of two ways. Each throws Node's errors.
 *
 * A small image needs about a hundred of them. By Node's threads each costs the main thread 40 us, straight from it 3 us
 * (measured, tmpfs and ext4); but then nothing else moves until the file system has answered.
 */
export interface Calls {
  stat(path: string): Promise<BigIntStats>;
  /** Undefined, or ENOENT, when nothing is there: whichever is cheaper. */
  lstat(path: string): Promise<BigIntStats | undefined>;
  statfs(path: string): Promise<BigIntStatsFs>;
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** For any file system: one that hangs holds up only what waits for it. */
export const THREADED: Calls = {
  stat: (path) => stat(path, { bigint: true }),
  lstat: (path) => lstat(path, { bigint: true }),
  statfs: (path) => statfs(path, { bigint: true }),
  open,
  link,
  rename,
  unlink,
};

/**
 * For a file system that answers from memory or a disk of this host. What may take long is threaded all the same.
 * @param now milliseconds that never go back; without it what is large counts as slow
 */
export function direct(now?: () => number): Calls {
  const speed = createWriteSpeed(now);
  return {
    stat: async (path) => statSync(path, { bigint: true }),
    lstat: async (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }),
    statfs: async (path) => statfsSync(path, { bigint: true }),
    open: async (path, flags, mode) => new DirectFile(openSync(path, flags, mode), speed),
    link: async (from, to) => linkSync(from, to),
    rename: async (from, to) => renameSync(from, to),
    unlink: async (path) => unlinkSync(path),
  };
}
