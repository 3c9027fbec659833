import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createSlabs, type Room } from '#imgdl/http/connection/buffers.js';
import { shareOf } from '#imgdl/http/exchange/body-queue.js';
import { body, content, head, startFaultServer } from '../../support/fault-server.js';
import { never, transportWith } from '../transport-for-test.js';

const cleanUps: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Reads `bytes` into a room, as the network would. */
function read(room: Room, bytes: number): Uint8Array {
  const chunk = room.free().subarray(0, bytes);
  room.fill(chunk.length);
  return chunk;
}

/** The memory that the next slab has. */
const nextMemory = (slabs: ReturnType<typeof createSlabs>): ArrayBufferLike => slabs.open().free().buffer;

const SLAB = 256 * 1024;

describe('a slab', () => {
  it('is read into again when all of its bytes are released, in whatever parts and order', () => {
    const slabs = createSlabs();
    const room = slabs.open();
    const one = read(room, 100_000);
    const two = read(room, 200_000);
    expect(two.buffer).toBe(one.buffer);
    expect(one.length + two.length).toBe(SLAB);
    room.close();
    slabs.release(two.subarray(50));
    slabs.release(one);
    slabs.release(two.subarray(0, 50));
    expect(nextMemory(slabs)).toBe(one.buffer);
  });

  it('is not while a byte of it is somebody’s', () => {
    const slabs = createSlabs();
    const room = slabs.open();
    const chunk = read(room, SLAB);
    room.close();
    slabs.release(chunk.subarray(1));
    expect(nextMemory(slabs)).not.toBe(chunk.buffer);
  });

  it('is not while a room goes on in it', () => {
    const slabs = createSlabs();
    const room = slabs.open();
    const chunk = read(room, 1000);
    slabs.release(chunk);
    expect(nextMemory(slabs)).not.toBe(chunk.buffer);
    const next = read(room, 1000);
    expect([next.buffer, next.byteOffset]).toEqual([chunk.buffer, 1000]);
  });

  it('is left when short reads would fill the rest', () => {
    const slabs = createSlabs();
    const room = slabs.open();
    const chunk = read(room, SLAB - 20_000);
    expect(room.free().buffer).not.toBe(chunk.buffer);
    slabs.release(chunk);
    expect(nextMemory(slabs)).toBe(chunk.buffer);
  });

  it('that came back takes no second release', () => {
    const slabs = createSlabs();
    const room = slabs.open();
    const chunk = read(room, SLAB);
    room.close();
    slabs.release(chunk);
    slabs.release(chunk);
    const first = nextMemory(slabs);
    expect(first).toBe(chunk.buffer);
    expect(nextMemory(slabs)).not.toBe(first);
  });

  it('is none of ours when the memory came from elsewhere', () => {
    const slabs = createSlabs();
    slabs.release(new Uint8Array(SLAB));
    slabs.release(Buffer.from('image'));
    expect(nextMemory(slabs).byteLength).toBe(SLAB);
  });

  it('is dropped when many are free: a peak of connections is not kept for ever', () => {
    const slabs = createSlabs();
    const rooms = Array.from({ length: 80 }, () => slabs.open());
    const memory = new Set(rooms.map((room) => room.free().buffer));
    for (const room of rooms) room.close();
    const again = Array.from({ length: 80 }, () => nextMemory(slabs));
    expect(again.filter((one) => memory.has(one))).toHaveLength(64);
  });
});

describe('bodies in slabs', () => {
  it.each([1, 8])('stay what they are until they are released (%i at once)', async (count) => {
    const size = 6_000_000;
    const known = content(1, 0, size);
    const server = await startFaultServer([head(200, `Content-Length: ${size}`), body(1, 0, size)]);
    const transport = transportWith({ idleMs: 4000 });
    cleanUps.push(
      () => server.close(),
      () => transport.close(),
    );
    const memory = new Set<ArrayBufferLike>();
    const fetchOne = async (keep: number): Promise<void> => {
      const exchange = await transport.open({ url: new URL('/image', server.url), headers: {} }, never());
      const kept: { readonly chunk: Uint8Array; readonly at: number }[] = [];
      let at = 0;
      const letGo = (): void => {
        const first = kept.shift();
        if (first === undefined) return;
        const { chunk } = first;
        expect(Buffer.compare(chunk, known.subarray(first.at, first.at + chunk.length))).toBe(0);
        transport.release?.(chunk);
      };
      for await (const chunk of exchange.body) {
        memory.add(chunk.buffer);
        kept.push({ chunk, at });
        at += chunk.length;
        // A slow reader now and then, so that bytes queue up.
        if (kept.length % 3 === 0) await delay(1);
        while (kept.length > keep) letGo();
      }
      while (kept.length > 0) letGo();
      expect(at).toBe(size);
    };
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: count }, (_, index) => fetchOne(index + 1)));
    }
    // As much memory as is in use at once, not as much as there were bytes.
    expect(memory.size * SLAB).toBeLessThan(count * size);
  });

  it('come back with the heads of their answers: piece after piece needs the same few', async () => {
    const size = 300_000;
    const server = await startFaultServer([head(200, `Content-Length: ${size}`), body(1, 0, size)]);
    const transport = transportWith({ idleMs: 4000 });
    cleanUps.push(
      () => server.close(),
      () => transport.close(),
    );
    const memory = new Set<ArrayBufferLike>();
    for (let piece = 0; piece < 40; piece += 1) {
      const exchange = await transport.open({ url: new URL('/image', server.url), headers: {} }, never());
      for await (const chunk of exchange.body) {
        memory.add(chunk.buffer);
        transport.release?.(chunk);
      }
    }
    expect(server.accepted()).toBe(1);
    expect(memory.size).toBeLessThan(8);
  });
});

describe('the share of a body that waits for its reader', () => {
  it.each([
    [0, 512],
    [1, 512],
    [4, 512],
    [8, 256],
    [16, 128],
    [64, 128],
  ])('of %i bodies is %i KiB', (bodies, kib) => {
    expect(shareOf(bodies)).toBe(kib * 1024);
  });
});
