import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { WriteBehind } from '#imgdl/engine/sink/write-behind.js';
import { scratch } from '../../support/scratch.js';
import { startHasher } from '../../support/single-hasher.js';
import { pattern, sha256, turn } from '../fakes.js';

const CHUNK = 600 * 1024;
const content = pattern(3 * CHUNK);
const chunk = (index: number) => content.subarray(index * CHUNK, (index + 1) * CHUNK);

const DEAF = { onWritten() {}, onFailed() {}, release() {} };

let directory: string;
let file: FileHandle;
beforeEach(async () => {
  directory = scratch();
  file = await open(join(directory, 'part'), 'w+');
  // Poison: whoever reads what is not written yet reads this.
  await file.write(Buffer.alloc(content.byteLength, 0xee));
});
afterEach(async () => {
  await file.close();
});

/** A part whose writes wait until the test lets them happen, in the order it likes. */
function slowPart() {
  const waiting = new Map<number, { let: () => void; fail: (error: Error) => void }>();
  return {
    waiting,
    async write(offset: number, chunks: readonly Uint8Array[]) {
      await new Promise<void>((resolve, reject) => {
        waiting.set(offset, { let: resolve, fail: reject });
      });
      await file.write(Buffer.concat(chunks), 0, undefined, offset);
      waiting.delete(offset);
    },
    async finish(offset: number) {
      waiting.get(offset)?.let();
      while (waiting.has(offset)) await turn();
      for (let i = 0; i < 20; i += 1) await turn();
    },
  };
}

describe('the contiguous written prefix', () => {
  it('does not pass a write that is still in flight, and the digest never sees what is not written', async () => {
    const part = slowPart();
    const ends: number[] = [];
    const hasher = startHasher(file.fd, 'sha256', 0);
    const writes = new WriteBehind(part, 0, {
      ...DEAF,
      onWritten(end) {
        ends.push(end);
        hasher.advance(end);
      },
    });
    const digest = hasher.mark(2 * CHUNK);
    await writes.put(chunk(0));
    const second = writes.put(chunk(1));
    await turn();
    expect([...part.waiting.keys()]).toEqual([0, CHUNK]);

    await part.finish(CHUNK);
    await second;
    expect(writes.written).toBe(0);
    expect(writes.accepted).toBe(2 * CHUNK);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(hasher.position).toBe(0);

    await part.finish(0);
    expect(ends).toEqual([2 * CHUNK]);
    expect(await digest).toBe(sha256(content.subarray(0, 2 * CHUNK)));
    await hasher.close();
  });

  it('the poison catches a prefix that counts what was accepted: the control of the test above', async () => {
    const part = slowPart();
    const hasher = startHasher(file.fd, 'sha256', 0);
    const writes = new WriteBehind(part, 0, DEAF);
    const digest = hasher.mark(2 * CHUNK);
    await writes.put(chunk(0));
    const second = writes.put(chunk(1));
    await turn();
    await part.finish(CHUNK);
    await second;
    hasher.advance(writes.accepted);
    expect(await digest).not.toBe(sha256(content.subarray(0, 2 * CHUNK)));
    await part.finish(0);
    await hasher.close();
  });

  it('has at most two writes in flight: the third chunk waits', async () => {
    const part = slowPart();
    const writes = new WriteBehind(part, 0, DEAF);
    await writes.put(chunk(0));
    let third = false;
    const rest = writes.put(chunk(1)).then(async () => {
      third = true;
      await writes.put(chunk(2));
    });
    for (let i = 0; i < 20; i += 1) await turn();
    expect([third, part.waiting.size]).toEqual([false, 2]);
    await part.finish(0);
    expect(part.waiting.size).toBe(2);
    await part.finish(2 * CHUNK);
    await part.finish(CHUNK);
    await rest;
    await writes.flush();
    expect(writes.written).toBe(content.byteLength);
  });

  it('gathers small chunks while the disk is busy, and starts where it is told', async () => {
    const written: [number, number][] = [];
    const part = {
      async write(offset: number, chunks: readonly Uint8Array[]) {
        written.push([offset, Buffer.concat(chunks).byteLength]);
        await turn();
      },
    };
    const writes = new WriteBehind(part, 1_000, DEAF);
    for (let i = 0; i < 50; i += 1) await writes.put(Buffer.alloc(100));
    await writes.flush();
    expect(written).toEqual([
      [1_000, 100],
      [1_100, 4_900],
    ]);
    expect(writes.written).toBe(6_000);
  });

  it('gives back every chunk once, those too that are given up before they are written', async () => {
    const part = { write: async () => await turn() };
    const released: number[] = [];
    const writes = new WriteBehind(part, 0, { ...DEAF, release: (chunk) => void released.push(chunk[0] ?? -1) });
    for (let i = 0; i < 5; i += 1) await writes.put(Buffer.alloc(100, i));
    await writes.close();
    expect(released.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('stays before a write that failed, whatever is written behind it, and the failure is told', async () => {
    const part = slowPart();
    const writes = new WriteBehind(part, 0, DEAF);
    await writes.put(chunk(0));
    const second = writes.put(chunk(1)).catch((error: unknown) => error);
    await turn();
    part.waiting.get(0)?.fail(new AppError('disk.full', 'writing: no space'));
    await part.finish(CHUNK);
    await second;
    expect(writes.written).toBe(0);
    await expect(writes.flush()).rejects.toMatchObject({ code: 'disk.full' });
    await expect(writes.put(chunk(2))).rejects.toMatchObject({ code: 'disk.full' });
  });
});
