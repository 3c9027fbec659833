import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { startHasher } from '#imgdl/engine/single-hasher.js';
import { createWriter, type Writer } from '#imgdl/engine/writer.js';
import { pattern, sha256, turn } from './fakes.js';

const PIECE = 600 * 1024;
const content = pattern(3 * PIECE);
const piece = (index: number) => content.subarray(index * PIECE, (index + 1) * PIECE);

let directory: string;
let file: FileHandle;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'imgdl-writer-'));
  file = await open(join(directory, 'part'), 'w+');
  // Poison: whoever reads what is not written yet reads this.
  await file.write(Buffer.alloc(content.byteLength, 0xee));
});
afterEach(async () => {
  await file.close();
  rmSync(directory, { recursive: true });
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

describe('the written front', () => {
  it('does not pass a write that is still in flight, and the digest never sees what is not written', async () => {
    const part = slowPart();
    const fronts: number[] = [];
    const hasher = startHasher(file.fd, 'sha256', 0);
    const writer = createWriter(part, 0, (front) => {
      fronts.push(front);
      hasher.advance(front);
    });
    const digest = hasher.mark(2 * PIECE);
    await writer.put(piece(0));
    const second = writer.put(piece(1));
    await turn();
    expect([...part.waiting.keys()]).toEqual([0, PIECE]);

    await part.finish(PIECE);
    await second;
    expect(writer.front).toBe(0);
    expect(writer.accepted).toBe(2 * PIECE);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(hasher.position).toBe(0);

    await part.finish(0);
    expect(fronts).toEqual([2 * PIECE]);
    expect(await digest).toBe(sha256(content.subarray(0, 2 * PIECE)));
    await hasher.close();
  });

  it('the poison catches a front that counts what was accepted: the control of the test above', async () => {
    const part = slowPart();
    const hasher = startHasher(file.fd, 'sha256', 0);
    const writer: Writer = createWriter(part, 0, () => {});
    const digest = hasher.mark(2 * PIECE);
    await writer.put(piece(0));
    const second = writer.put(piece(1));
    await turn();
    await part.finish(PIECE);
    await second;
    hasher.advance(writer.accepted);
    expect(await digest).not.toBe(sha256(content.subarray(0, 2 * PIECE)));
    await part.finish(0);
    await hasher.close();
  });

  it('has at most two writes in flight: the third piece waits', async () => {
    const part = slowPart();
    const writer = createWriter(part, 0, () => {});
    await writer.put(piece(0));
    let third = false;
    const rest = writer.put(piece(1)).then(async () => {
      third = true;
      await writer.put(piece(2));
    });
    for (let i = 0; i < 20; i += 1) await turn();
    expect([third, part.waiting.size]).toEqual([false, 2]);
    await part.finish(0);
    expect(part.waiting.size).toBe(2);
    await part.finish(2 * PIECE);
    await part.finish(PIECE);
    await rest;
    await writer.flush();
    expect(writer.front).toBe(content.byteLength);
  });

  it('gathers small chunks while the disk is busy, and starts where it is told', async () => {
    const written: [number, number][] = [];
    const part = {
      async write(offset: number, chunks: readonly Uint8Array[]) {
        written.push([offset, Buffer.concat(chunks).byteLength]);
        await turn();
      },
    };
    const writer = createWriter(part, 1_000, () => {});
    for (let i = 0; i < 50; i += 1) await writer.put(Buffer.alloc(100));
    await writer.flush();
    expect(written).toEqual([
      [1_000, 100],
      [1_100, 4_900],
    ]);
    expect(writer.front).toBe(6_000);
  });

  it('stays before a write that failed, whatever is written behind it, and the failure is told', async () => {
    const part = slowPart();
    const writer = createWriter(part, 0, () => {});
    await writer.put(piece(0));
    const second = writer.put(piece(1)).catch((error: unknown) => error);
    await turn();
    part.waiting.get(0)?.fail(new AppError('disk.full', 'writing: no space'));
    await part.finish(PIECE);
    await second;
    expect(writer.front).toBe(0);
    await expect(writer.flush()).rejects.toMatchObject({ code: 'disk.full' });
    await expect(writer.put(piece(2))).rejects.toMatchObject({ code: 'disk.full' });
  });
});
