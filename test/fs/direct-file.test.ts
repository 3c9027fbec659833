import { pbkdf2 } from 'node:crypto';
import { openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { direct, THREADED } from '#imgdl/fs/calls.js';
import { DirectFile } from '#imgdl/fs/direct-file.js';
import { createPart } from '#imgdl/fs/part.js';
import { createWriteSpeed } from '#imgdl/fs/write-speed.js';
import { scratch } from '../support/scratch.js';

const BATCH = Buffer.alloc(2 * 1024 * 1024, 'x');

/** Gives the threads so much to do that none of them writes anything for now. */
const busy = (): Promise<unknown> =>
  Promise.all(Array.from({ length: 8 }, () => promisify(pbkdf2)('password', 'salt', 200_000, 32, 'sha512')));

/** A file whose clock goes on by `stepMs` with every look: so long every direct call seems to take. */
function opened(stepMs: number) {
  const path = join(scratch(), 'file');
  let time = 0;
  const speed = createWriteSpeed(() => {
    time += stepMs;
    return time;
  });
  const file = new DirectFile(openSync(path, 'w+'), speed);
  /** Bytes that are there before any thread can have written them. */
  const atOnce = async (position: number, bytes = BATCH): Promise<number> => {
    const before = statSync(path).size;
    const working = busy();
    const writing = file.writev([bytes], position);
    const { size } = statSync(path);
    await working;
    expect(await writing).toEqual(expect.objectContaining({ bytesWritten: bytes.length }));
    return size - before;
  };
  return { path, file, atOnce };
}

it('only a file system that answers at once is read at once, and only by who has a clock', async () => {
  const answers = [direct(() => 0), direct(), THREADED].map(async (calls) => {
    const part = await createPart(join(scratch(), 'part'), calls);
    await part.write(0, [Buffer.from('written')]);
    const into = Buffer.alloc(7);
    const answer = [part.readNow?.(0, into), into.toString('latin1', 0, 1)];
    await part.close();
    return answer;
  });
  expect(await Promise.all(answers)).toEqual([
    [true, 'w'],
    [false, '\0'],
    [undefined, '\0'],
  ]);
});

it('a disk that was slow with one file is not tried with the next', async () => {
  let time = 0;
  const calls = direct(() => {
    time += 35;
    return time;
  });
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => createPart(join(scratch(), name), calls)),
  );
  await first?.write(0, [BATCH]);
  await second?.write(0, [Buffer.from('written')]);
  expect(second?.readNow?.(0, Buffer.alloc(7))).toBe(false);
  await Promise.all([first?.close(), second?.close()]);
});

describe('a descriptor that is used directly', () => {
  it('writes a batch at once as long as that is quick', async () => {
    const { file, atOnce } = opened(1);
    expect([await atOnce(0), await atOnce(BATCH.length)]).toEqual([BATCH.length, BATCH.length]);
    await file.close();
  });

  it('leaves batches to a thread once a write was slow, and the bytes are the same', async () => {
    const { path, file, atOnce } = opened(35);
    expect(await atOnce(0)).toBe(BATCH.length);
    expect(await atOnce(BATCH.length)).toBe(0);
    await file.close();
    expect(readFileSync(path).equals(Buffer.concat([BATCH, BATCH]))).toBe(true);
  });

  it.each([
    ['what is written', 1, 0, true],
    ['not what ends before', 1, 1, false],
    ['nothing once a call was slow', 35, 0, false],
  ])('reads at once %s', async (_, stepMs, position, expected) => {
    const { file, atOnce } = opened(stepMs);
    await atOnce(0);
    const into = Buffer.alloc(BATCH.length);
    expect(file.readNow(into, position)).toBe(expected);
    if (expected) expect(into.equals(BATCH)).toBe(true);
    await file.close();
    expect(file.readNow(into, 0)).toBe(false);
  });

  it('leaves what is more than a batch to a thread in any case', async () => {
    const { file, atOnce } = opened(1);
    const more = Buffer.concat([BATCH, BATCH, BATCH, BATCH]);
    expect(await atOnce(0, more)).toBe(0);
    await file.close();
  });
});
