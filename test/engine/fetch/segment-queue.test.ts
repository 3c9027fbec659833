import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPieces, type Piece } from '#imgdl/engine/fetch/segment-queue.js';

const MIB = 1024 * 1024;
const FAR = Number.POSITIVE_INFINITY;
const range = (piece: Piece | undefined) => (piece === undefined ? undefined : [piece.start / MIB, piece.end / MIB]);

describe('pieces', () => {
  it.each([
    [1, 40, 8],
    [2, 40, 8],
    [4, 40, 6],
    [8, 40, 3],
    [16, 40, 1.5],
    [16, 8, 0.5],
  ])('for %i connections in a window of %i MiB are %i MiB', (connections, window, bytes) => {
    expect(range(createPieces(0, 100 * MIB, window * MIB).take(FAR, connections))).toEqual([0, bytes]);
  });

  it.each([
    [2, 10, 5],
    [4, 10, 2.5],
    [16, 10, 0.625],
    [16, 4, 0.5],
    [1, 4, 4],
  ])('for %i connections are %i MiB shared out evenly', (connections, size, bytes) => {
    const pieces = createPieces(90 * MIB, (90 + size) * MIB, 40 * MIB);
    const taken: number[] = [];
    for (let piece = pieces.take(FAR, connections); piece !== undefined; piece = pieces.take(FAR, connections)) {
      taken.push((piece.end - piece.start) / MIB);
    }
    expect(taken).toEqual(Array.from({ length: size / bytes }, () => bytes));
  });

  it('leave no crumb behind when the bytes cannot be shared out evenly', () => {
    const pieces = createPieces(0, 3 * MIB + 1, 40 * MIB);
    const ends = [0, 1, 2].map(() => pieces.take(FAR, 3)?.end);
    expect([ends, pieces.left]).toEqual([[MIB + 1, 2 * MIB + 2, 3 * MIB + 1], false]);
  });

  it('are handed out in order, the last one as short as it is, and none beyond the limit', () => {
    const pieces = createPieces(MIB, 10 * MIB, 10 * MIB);
    expect(range(pieces.take(5 * MIB, 3))).toEqual([1, 3]);
    expect(range(pieces.take(5 * MIB, 3))).toEqual([3, 5]);
    expect(pieces.take(5 * MIB, 3)).toBeUndefined();
    expect(pieces.left).toBe(true);
    for (const end of [7, 9, 10]) expect(pieces.take(FAR, 3)?.end).toBe(end * MIB);
    expect(pieces.left).toBe(false);
  });

  it('that were given back come first, without what has come of them', () => {
    const pieces = createPieces(0, 100 * MIB, 10 * MIB);
    const [first, second] = [pieces.take(FAR, 3), pieces.take(FAR, 3)] as [Piece, Piece];
    pieces.release(second, 3 * MIB);
    pieces.release(first, MIB);
    // The second was the last one handed out: it is simply not taken yet.
    expect(range(pieces.take(FAR, 3))).toEqual([1, 2]);
    expect(range(pieces.take(FAR, 3))).toEqual([3, 5]);
  });

  it('grow into what nobody has, or has not begun, or was given back; not into what another brings', () => {
    const pieces = createPieces(0, 20 * MIB, 10 * MIB);
    const [first, second, third] = [pieces.take(FAR, 3), pieces.take(FAR, 3), pieces.take(FAR, 3)] as [
      Piece,
      Piece,
      Piece,
    ];
    pieces.confirm(third);
    expect(pieces.extend(first, FAR, 3)).toBe('granted');
    expect(range(first)).toEqual([0, 4]);
    expect(pieces.confirm(second)).toBe(false);
    pieces.release(second, second.start);
    expect(pieces.extend(first, FAR, 3)).toBe('taken');
    pieces.release(third, 5 * MIB);
    expect(pieces.extend(first, FAR, 3)).toBe('taken');
    expect(range(pieces.take(FAR, 3))).toEqual([5, 7]);
  });

  it('do not grow beyond the limit, nor beyond the end', () => {
    const pieces = createPieces(0, 9 * MIB, 10 * MIB);
    const piece = pieces.take(FAR, 2) as Piece;
    expect(pieces.extend(piece, 4.5 * MIB, 2)).toBe('later');
    expect(pieces.extend(piece, FAR, 2)).toBe('granted');
    expect(pieces.extend(piece, FAR, 2)).toBe('granted');
    expect(pieces.extend(piece, FAR, 2)).toBe('taken');
    expect(range(piece)).toEqual([0, 9]);
  });

  it.each([2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER])('are exact at the end of %i bytes', (size) => {
    const pieces = createPieces(size - 11 * MIB, size, 40 * MIB);
    expect(pieces.take(FAR, 1)).toMatchObject({ start: size - 11 * MIB, end: size - 3 * MIB });
    expect(pieces.take(FAR, 1)).toMatchObject({ start: size - 3 * MIB, end: size });
    expect(pieces.take(FAR, 1)).toBeUndefined();
  });

  it('cover every byte once, whatever is taken, grown, taken over and given back', () => {
    const size = 30 * MIB;
    const step = fc.record({ what: fc.nat(3), which: fc.nat(7), share: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pieces = createPieces(0, size, 8 * MIB);
        const brought: [number, number][] = [];
        let mine: Piece[] = [];
        const finish = (piece: Piece, at: number): void => {
          mine = mine.filter((one) => one !== piece);
          // What was taken over is another's.
          if (!pieces.confirm(piece)) return;
          if (at > piece.start) brought.push([piece.start, at]);
          pieces.release(piece, at);
        };
        for (const { what, which, share } of steps) {
          const piece = mine[which % Math.max(1, mine.length)];
          if (what === 0 || piece === undefined) {
            const taken = pieces.take(FAR, 4);
            if (taken !== undefined) mine.push(taken);
          } else if (what === 1) {
            if (pieces.confirm(piece)) pieces.extend(piece, FAR, 4);
          } else if (what === 2) finish(piece, piece.end);
          else finish(piece, piece.start + Math.floor((piece.end - piece.start) * share));
        }
        for (const piece of [...mine]) finish(piece, piece.end);
        for (let piece = pieces.take(FAR, 4); piece !== undefined; piece = pieces.take(FAR, 4))
          finish(piece, piece.end);
        brought.sort(([a], [b]) => a - b);
        let at = 0;
        for (const [start, end] of brought) {
          expect(start).toBe(at);
          at = end;
        }
        expect(at).toBe(size);
      }),
    );
  });
});
