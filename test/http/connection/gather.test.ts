import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gather } from '#imgdl/http/connection/gather.js';

const memory = Buffer.from(Array.from({ length: 600 * 1024 }, (_, index) => index % 251));

function gathered() {
  const handed: Uint8Array[] = [];
  return { handed, ...gather((bytes) => handed.push(bytes)) };
}

describe('what is read side by side', () => {
  it('is handed on as one, in the same turn of the event loop, without a copy', async () => {
    const { handed, take, waits } = gathered();
    for (let at = 0; at < 50_000; at += 10_000) take(memory.subarray(at, at + 10_000));
    expect([handed, waits()]).toEqual([[], true]);
    await nextTurn();
    expect([handed.length, waits()]).toEqual([1, false]);
    expect(handed[0]?.buffer).toBe(memory.buffer);
    expect(Buffer.compare(handed[0] ?? Buffer.alloc(0), memory.subarray(0, 50_000))).toBe(0);
  });

  it('is handed on at once when it is enough', () => {
    const { handed, take } = gathered();
    for (let at = 0; at < 600 * 1024; at += 16 * 1024) take(memory.subarray(at, at + 16 * 1024));
    expect(handed.map((bytes) => bytes.length / 1024)).toEqual([256, 256]);
  });

  it.each([
    ['a gap', 20_001, memory],
    ['a step back', 5_000, memory],
    ['other memory', 10_000, Buffer.alloc(30_000)],
  ])('is not put together over %s', async (_, at, from) => {
    const { handed, take } = gathered();
    const first = memory.subarray(0, 10_000);
    const second = from.subarray(at, at + 10_000);
    take(first);
    take(second);
    expect(handed).toEqual([first]);
    await nextTurn();
    expect(handed).toEqual([first, second]);
  });

  it('comes before the end, and nothing comes twice', async () => {
    const { handed, take, flush } = gathered();
    take(memory.subarray(0, 10));
    flush();
    flush();
    await nextTurn();
    expect(handed.map((bytes) => bytes.length)).toEqual([10]);
  });
});
