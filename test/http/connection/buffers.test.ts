import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBufferPool, type ReadBuffer } from '#imgdl/http/connection/buffers.js';
import { shareOf } from '#imgdl/http/exchange/body-queue.js';
import { body, content, head, type Script, send, wait } from '../../support/fault-server.js';
import { httpSetUp } from '../set-up.js';

const { client } = httpSetUp();

/** Reads so many bytes, as the network would. */
function read(into: ReadBuffer, bytes: number): Uint8Array {
  const chunk = into.free().subarray(0, bytes);
  into.fill(chunk.length);
  return chunk;
}

/** The memory that the next buffer has. */
const nextMemory = (pool: ReturnType<typeof createBufferPool>): ArrayBufferLike => pool.open().free().buffer;

const BUFFER = 256 * 1024;

describe('a buffer', () => {
  it('is read into again when all of its bytes are released, in whatever parts and order', () => {
    const pool = createBufferPool();
    const into = pool.open();
    const one = read(into, 100_000);
    const two = read(into, 200_000);
    expect(two.buffer).toBe(one.buffer);
    expect(one.length + two.length).toBe(BUFFER);
    into.close();
    pool.release(two.subarray(50));
    pool.release(one);
    pool.release(two.subarray(0, 50));
    expect(nextMemory(pool)).toBe(one.buffer);
  });

  it('is not while a byte of it is somebody’s', () => {
    const pool = createBufferPool();
    const into = pool.open();
    const chunk = read(into, BUFFER);
    into.close();
    pool.release(chunk.subarray(1));
    expect(nextMemory(pool)).not.toBe(chunk.buffer);
  });

  it('is not while a connection goes on reading into it', () => {
    const pool = createBufferPool();
    const into = pool.open();
    const chunk = read(into, 1000);
    pool.release(chunk);
    expect(nextMemory(pool)).not.toBe(chunk.buffer);
    const next = read(into, 1000);
    expect([next.buffer, next.byteOffset]).toEqual([chunk.buffer, 1000]);
  });

  it('is left when short reads would fill the rest', () => {
    const pool = createBufferPool();
    const into = pool.open();
    const chunk = read(into, BUFFER - 20_000);
    expect(into.free().buffer).not.toBe(chunk.buffer);
    pool.release(chunk);
    expect(nextMemory(pool)).toBe(chunk.buffer);
  });

  it('that came back takes no second release', () => {
    const pool = createBufferPool();
    const into = pool.open();
    const chunk = read(into, BUFFER);
    into.close();
    pool.release(chunk);
    pool.release(chunk);
    const first = nextMemory(pool);
    expect(first).toBe(chunk.buffer);
    expect(nextMemory(pool)).not.toBe(first);
  });

  it('is none of ours when the memory came from elsewhere', () => {
    const pool = createBufferPool();
    pool.release(new Uint8Array(BUFFER));
    pool.release(Buffer.from('image'));
    expect(nextMemory(pool).byteLength).toBe(BUFFER);
  });

  it('is dropped when many are free: a peak of connections is not kept for ever', () => {
    const pool = createBufferPool();
    const readers = Array.from({ length: 80 }, () => pool.open());
    const memory = new Set(readers.map((into) => into.free().buffer));
    for (const into of readers) into.close();
    const again = Array.from({ length: 80 }, () => nextMemory(pool));
    expect(again.filter((one) => memory.has(one))).toHaveLength(64);
  });
});

describe('bodies in pooled buffers', () => {
  it.each([1, 8])('stay what they are until they are released (%i at once)', async (count) => {
    const size = 6_000_000;
    const known = content(1, 0, size);
    const { get, transport } = await client([head(200, `Content-Length: ${size}`), send(known)], {
      idleMs: 4000,
    });
    const memory = new Set<ArrayBufferLike>();
    const fetchOne = async (keep: number): Promise<void> => {
      const exchange = await get();
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
    expect(memory.size * BUFFER).toBeLessThan(count * size);
  });

  const size = 200_000;
  const fields = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  it.each<[string, Script]>([
    ['that come alone', [send(fields), wait(5), body(1, 0, size)]],
    ['that come with the first bytes', [send(fields + 'a'.repeat(size))]],
  ])('come back with heads %s: body after body needs the same few', async (_name, script) => {
    const { get, server, transport } = await client(script, { idleMs: 4000 });
    const memory = new Set<ArrayBufferLike>();
    for (let asked = 0; asked < 40; asked += 1) {
      const exchange = await get();
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
