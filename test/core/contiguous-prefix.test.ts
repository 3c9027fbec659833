import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixUpTo, withRange } from '#imgdl/core/contiguous-prefix.js';

describe('the contiguous written prefix', () => {
  const rows: readonly {
    name: string;
    from: number;
    done: readonly [number, number][];
    end: number;
    beyond: readonly [number, number][];
  }[] = [
    { name: 'stays where it is before anything is written', from: 7, done: [], end: 7, beyond: [] },
    {
      name: 'follows writes that finish in order',
      from: 0,
      done: [
        [0, 4],
        [4, 9],
      ],
      end: 9,
      beyond: [],
    },
    {
      name: 'waits for the first of two writes when the second finishes first',
      from: 0,
      done: [[4, 9]],
      end: 0,
      beyond: [[4, 9]],
    },
    {
      name: 'jumps over both when the first arrives late',
      from: 0,
      done: [
        [4, 9],
        [0, 4],
      ],
      end: 9,
      beyond: [],
    },
    {
      name: 'keeps two islands apart',
      from: 0,
      done: [
        [10, 12],
        [4, 6],
      ],
      end: 0,
      beyond: [
        [4, 6],
        [10, 12],
      ],
    },
    {
      name: 'joins islands that touch',
      from: 0,
      done: [
        [4, 6],
        [8, 9],
        [6, 8],
      ],
      end: 0,
      beyond: [[4, 9]],
    },
    {
      name: 'swallows an island but not the next one',
      from: 0,
      done: [
        [4, 6],
        [10, 12],
        [0, 5],
      ],
      end: 6,
      beyond: [[10, 12]],
    },
    { name: 'ignores an empty write', from: 3, done: [[5, 5]], end: 3, beyond: [] },
    { name: 'ignores a write that is behind', from: 9, done: [[2, 8]], end: 9, beyond: [] },
    { name: 'takes a write that overlaps it', from: 5, done: [[3, 8]], end: 8, beyond: [] },
  ];
  it.each(rows)('$name', ({ from, done, end, beyond }) => {
    const prefix = done.reduce((state, [start, stop]) => withRange(state, { start, end: stop }), prefixUpTo(from));
    expect(prefix).toEqual({ end, beyond: beyond.map(([start, stop]) => ({ start, end: stop })) });
  });

  it('equals a bitmap for any writes in any order', () => {
    const write = fc.tuple(fc.nat(60), fc.nat(12)).map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
        const bits = new Array<boolean>(80).fill(false);
        let prefix = prefixUpTo(0);
        for (const range of writes) {
          for (let at = range.start; at < range.end; at += 1) bits[at] = true;
          prefix = withRange(prefix, range);
          expect(prefix.end).toBe(bits.indexOf(false));
          for (const island of prefix.beyond) {
            expect(island.start).toBeGreaterThan(prefix.end);
            expect(bits.slice(island.start, island.end).every(Boolean)).toBe(true);
            expect(bits[island.start - 1]).toBe(false);
            expect(bits[island.end]).toBe(false);
          }
        }
      }),
    );
  });
});
