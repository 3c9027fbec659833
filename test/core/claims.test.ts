import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf, claimsUpTo } from '#imgdl/core/claims.js';
import type { JournalHave } from '#imgdl/core/storage.js';

const line = (start: number, end: number): JournalHave => ({ t: 'have', start, end, digests: { sha256: 'x' } });
const lines = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([start, end]) => line(start, end));
const pairsOf = (have: readonly JournalHave[]) => have.map(({ start, end }) => [start, end]);

describe('what a journal claims', () => {
  it.each<[string, JournalHave[], number[][], number[][], number]>([
    ['nothing', [], [], [], 0],
    [
      'a prefix that grows',
      lines([0, 3], [0, 7]),
      [
        [0, 3],
        [0, 7],
      ],
      [],
      7,
    ],
    [
      'a tail behind a prefix',
      lines([0, 3], [3, 5], [3, 9]),
      [[0, 3]],
      [
        [3, 5],
        [3, 9],
      ],
      9,
    ],
    [
      'a prefix that has overtaken its tail',
      lines([0, 3], [3, 5], [0, 7]),
      [
        [0, 3],
        [0, 7],
      ],
      [],
      7,
    ],
    ['no line that leaves a hole', lines([0, 3], [4, 9]), [[0, 3]], [], 3],
    ['no line that starts inside of a prefix', lines([0, 3], [2, 9]), [[0, 3]], [], 3],
    ['no tail without a prefix', lines([3, 9]), [], [], 0],
    [
      'no tail of an older prefix',
      lines([0, 3], [0, 5], [3, 9]),
      [
        [0, 3],
        [0, 5],
      ],
      [],
      5,
    ],
    ['no chain of tails: each starts at the prefix', lines([0, 3], [3, 5], [5, 9]), [[0, 3]], [[3, 5]], 5],
    ['no empty line', lines([0, 3], [0, 0], [3, 3]), [[0, 3]], [], 3],
    ['no line that goes backwards', lines([0, 3], [3, 2]), [[0, 3]], [], 3],
    ['a line that takes back what was claimed beyond it', lines([0, 9], [0, 4]), [[0, 4]], [], 4],
    ['a tail that takes back what was claimed beyond it', lines([0, 3], [3, 9], [3, 5]), [[0, 3]], [[3, 5]], 5],
    ['no line without a digest', [{ t: 'have', start: 0, end: 9, digests: {} }], [], [], 0],
  ])('%s', (_, have, prefix, tail, end) => {
    const claims = claimsOf(have);
    expect(pairsOf(claims.prefix)).toEqual(prefix);
    expect(pairsOf(claims.tail)).toEqual(tail);
    expect(claims.end).toBe(end);
  });

  it.each([
    [
      12,
      [
        [0, 3],
        [0, 6],
      ],
      [
        [6, 8],
        [6, 12],
      ],
      12,
    ],
    [
      11,
      [
        [0, 3],
        [0, 6],
      ],
      [[6, 8]],
      8,
    ],
    [
      6,
      [
        [0, 3],
        [0, 6],
      ],
      [],
      6,
    ],
    [5, [[0, 3]], [], 3],
    [2, [], [], 0],
    [0, [], [], 0],
  ])('of which, when only the first %i bytes are good, the provable part remains', (good, prefix, tail, end) => {
    const left = claimsUpTo(claimsOf(lines([0, 3], [0, 6], [6, 8], [6, 12])), good);
    expect([pairsOf(left.prefix), pairsOf(left.tail), left.end]).toEqual([prefix, tail, end]);
  });

  it('is never more than a chain of lines from byte 0 proves, in the journal or after a cut', () => {
    const have = fc.array(
      fc.tuple(fc.nat(12), fc.nat(12)).map(([start, end]) => line(start, end)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(have, fc.nat(12), (written, good) => {
        const all = claimsOf(written);
        for (const claims of [all, claimsUpTo(all, good)]) {
          const base = claims.prefix.at(-1)?.end ?? 0;
          for (const one of [...claims.prefix, ...claims.tail]) {
            expect(written).toContain(one);
            expect(one.end).toBeGreaterThan(one.start);
            expect(one.end).toBeLessThanOrEqual(claims.end);
          }
          expect(claims.prefix.every((one) => one.start === 0)).toBe(true);
          expect(claims.tail.every((one) => one.start === base && base > 0)).toBe(true);
          expect([...claims.prefix, ...claims.tail].some((one) => one.end === claims.end) || claims.end === 0).toBe(
            true,
          );
          expect(claimsOf([...claims.prefix, ...claims.tail])).toEqual(claims);
        }
        expect(claimsUpTo(all, good).end).toBeLessThanOrEqual(good);
      }),
    );
  });
});
