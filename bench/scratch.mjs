/**
 * Where the bench works: a directory of its own in memory, so that no disk is measured, and its end.
 */
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { MIB, size } from './units.mjs';

/** statfs(2), f_type of tmpfs. */
const TMPFS = 0x01021994;
/** What must be left for the machine beside the files. */
const RESERVE = 512 * MIB;

/**
 * @param needed most bytes that are in it at once
 * @throws Error when the place is not backed by memory or has no room
 */
export function openScratch(place, needed, anyDisk) {
  const facts = statfsSync(place);
  const memoryBacked = facts.type === TMPFS;
  if (!memoryBacked && !anyDisk) {
    throw new Error(
      `${place} is not memory-backed (tmpfs): give another --target, or --any-disk to measure a disk too`,
    );
  }
  const room = facts.bsize * facts.bavail;
  if (room < needed + RESERVE) {
    throw new Error(`${place} has ${size(room)} free, ${size(needed + RESERVE)} are needed: give a smaller --size`);
  }
  const available = availableMemory();
  if (memoryBacked && available !== undefined && available < needed + 2 * RESERVE) {
    throw new Error(
      `${size(available)} of memory are free, ${size(needed + 2 * RESERVE)} are needed: give a smaller --size`,
    );
  }
  const directory = mkdtempSync(join(place, 'imgdl-bench-'));
  return {
    directory,
    memoryBacked,
    clear: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** What is free or can be made free without swapping. Undefined where the kernel does not say. */
function availableMemory() {
  try {
    const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    return line === null ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}
