import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** A tmpfs of its own: whatever goes wrong on it, no more than that is ever written. */
export class SmallMount {
  readonly path: string;
  #mounted = false;

  /** Makes the directory. @param size as in `64k` */
  constructor(path: string, size: string) {
    this.path = path;
    mkdirSync(path);
    system('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'imgdl-fault', path);
    this.#mounted = true;
    // Nobody fills a disk before it is sure that it is this one.
    system('mountpoint', '-q', path);
    expect(statSync(path).dev).not.toBe(statSync(dirname(path)).dev);
    expect(statSync(path).dev).not.toBe(statSync('/').dev);
  }

  resize(size: string): void {
    system('mount', '-o', `remount,size=${size}`, this.path);
  }

  close(): void {
    if (this.#mounted) system('umount', '-l', this.path);
    this.#mounted = false;
  }
}

/** A command of the system that must succeed. */
export function system(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect([command, status, stderr]).toEqual([command, 0, '']);
  return stdout;
}
