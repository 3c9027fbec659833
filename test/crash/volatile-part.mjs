// Takes the place of dist/fs/part.js in a copy of the product. The file itself behaves as ever; a shadow of it, named by
// IMGDL_SHADOW, gets bytes only when they were synced: what a disk with a write cache holds after a power cut. A sync
// takes a while here, as it does on real disks, and covers what was written before it began.
import { ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as real from './part-real.js';

const SYNC_MS = 60;
const STEP = 1024 * 1024;

export const DiskPart = real.DiskPart;

function onVolatileDisk(part) {
  const { write, sync, finish, truncate } = real.DiskPart.prototype;
  const shadow = openSync(process.env.IMGDL_SHADOW, 'r+');
  let unsynced = [];
  const synced = async (work) => {
    const covered = unsynced;
    unsynced = [];
    await work();
    await delay(SYNC_MS);
    const buffer = Buffer.allocUnsafe(STEP);
    for (const { start, end } of covered) {
      for (let at = start; at < end; at += STEP) {
        const length = readSync(part.fd, buffer, 0, Math.min(STEP, end - at), at);
        writeSync(shadow, buffer, 0, length, at);
      }
    }
  };
  return Object.assign(part, {
    async write(offset, chunks) {
      await write.call(part, offset, chunks);
      unsynced.push({ start: offset, end: offset + chunks.reduce((sum, chunk) => sum + chunk.length, 0) });
    },
    sync: () => synced(() => sync.call(part)),
    finish: (mode) => synced(() => finish.call(part, mode)),
    async truncate(size) {
      await truncate.call(part, size);
      ftruncateSync(shadow, size);
    },
  });
}

export const createPart = async (path) => onVolatileDisk(await real.createPart(path));

export async function reopenPart(path, uids) {
  const part = await real.reopenPart(path, uids);
  return part === undefined ? undefined : onVolatileDisk(part);
}
