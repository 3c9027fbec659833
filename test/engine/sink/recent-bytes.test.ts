import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RecentBytes } from '#imgdl/engine/sink/recent-bytes.js';

it('keeps at least its limit, releases each chunk once and in order, and never one that it still shows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (chunks, limit) => {
        const released: Uint8Array[] = [];
        const recent = new RecentBytes(limit, (chunk) => released.push(chunk));
        let all = Buffer.alloc(0);
        for (const chunk of chunks) {
          recent.add(chunk);
          all = Buffer.concat([all, chunk]);
          const tail = recent.tail(limit);
          expect(Buffer.from(tail)).toEqual(all.subarray(Math.max(0, all.length - limit)));
        }
        expect(released).toEqual(chunks.slice(0, released.length));
        const kept = chunks.slice(released.length).reduce((sum, chunk) => sum + chunk.length, 0);
        expect(kept).toBeGreaterThanOrEqual(Math.min(limit, all.length));
        expect(kept - (chunks[released.length]?.length ?? 0)).toBeLessThan(limit);
      },
    ),
  );
});
