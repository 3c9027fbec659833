import { openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DirectFile } from '#imgdl/fs/direct-file.js';
import { scratch } from './scratch.js';

const BATCH = Buffer.alloc(2 * 1024 * 1024, 'x');

/** A file whose clock goes on by `stepMs` with every look: so long every direct call seems to take. */
function opened(stepMs: number) {
  const path = join(scratch(), 'file');
  let time = 0;
  const file = new DirectFile(openSync(path, 'w+'), () => {
    time += stepMs;
    return time;
  });
  /** Bytes that are there before anything else can happen. */
  const atOnce = async (position: number, bytes = BATCH): Promise<number> => {
    const before = statSync(path).size;
    const writing = file.writev([bytes], position);
    const { size } = statSync(path);
    expect(await writing).toEqual(expect.objectContaining({ bytesWritten: bytes.length }));
    return size - before;
  };
  return { path, file, atOnce };
}

describe('a descriptor that is used directly', () => {
  it('writes a batch at once as long as that is quick', async () => {
    const { file, atOnce } = opened(1);
    expect([await atOnce(0), await atOnce(BATCH.length)]).toEqual([BATCH.length, BATCH.length]);
    await file.close();
  });

  it('leaves batches to a thread once a write was slow, and the bytes are the same', async () => {
    const { path, file, atOnce } = opened(25);
    expect(await atOnce(0)).toBe(BATCH.length);
    expect(await atOnce(BATCH.length)).toBeLessThan(BATCH.length);
    await file.close();
    expect(readFileSync(path).equals(Buffer.concat([BATCH, BATCH]))).toBe(true);
  });

  it('leaves what is more than a batch to a thread in any case', async () => {
    const { file, atOnce } = opened(1);
    const more = Buffer.concat([BATCH, BATCH, BATCH, BATCH]);
    expect(await atOnce(0, more)).toBeLessThan(more.length);
    await file.close();
  });
});
