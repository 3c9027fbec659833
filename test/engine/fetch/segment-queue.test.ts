import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Segment, SegmentQueue } from '#imgdl/engine/fetch/segment-queue.js';

const MIB = 1024 * 1024;
const FAR = Number.POSITIVE_INFINITY;
const range = (segment: Segment | undefined) =>
  segment === undefined ? undefined : [segment.start / MIB, segment.end / MIB];

describe('segments', () => {
  it.each([
    [1, 40, 8],
    [2, 40, 8],
    [4, 40, 6],
    [8, 40, 3],
    [16, 40, 1.5],
    [16, 8, 0.5],
  ])('for %i connections in a window of %i MiB are %i MiB', (connections, window, bytes) => {
    expect(range(new SegmentQueue(0, 100 * MIB, window * MIB).take(FAR, connections))).toEqual([0, bytes]);
  });

  it.each([
    [2, 10, 5],
    [4, 10, 2.5],
    [16, 10, 0.625],
    [16, 4, 0.5],
    [1, 4, 4],
  ])('for %i connections are %i MiB shared out evenly', (connections, size, bytes) => {
    const segments = new SegmentQueue(90 * MIB, (90 + size) * MIB, 40 * MIB);
    const taken: number[] = [];
    for (
      let segment = segments.take(FAR, connections);
      segment !== undefined;
      segment = segments.take(FAR, connections)
    ) {
      taken.push((segment.end - segment.start) / MIB);
    }
    expect(taken).toEqual(Array.from({ length: size / bytes }, () => bytes));
  });

  it('leave no crumb behind when the bytes cannot be shared out evenly', () => {
    const segments = new SegmentQueue(0, 3 * MIB + 1, 40 * MIB);
    const ends = [0, 1, 2].map(() => segments.take(FAR, 3)?.end);
    expect([ends, segments.left]).toEqual([[MIB + 1, 2 * MIB + 2, 3 * MIB + 1], false]);
  });

  it('are handed out in order, the last one as short as it is, and none beyond the limit', () => {
    const segments = new SegmentQueue(MIB, 10 * MIB, 10 * MIB);
    expect(range(segments.take(5 * MIB, 3))).toEqual([1, 3]);
    expect(range(segments.take(5 * MIB, 3))).toEqual([3, 5]);
    expect(segments.take(5 * MIB, 3)).toBeUndefined();
    expect(segments.left).toBe(true);
    for (const end of [7, 9, 10]) expect(segments.take(FAR, 3)?.end).toBe(end * MIB);
    expect(segments.left).toBe(false);
  });

  it('that were given back come first, without what has come of them', () => {
    const segments = new SegmentQueue(0, 100 * MIB, 10 * MIB);
    const [first, second] = [segments.take(FAR, 3), segments.take(FAR, 3)] as [Segment, Segment];
    segments.giveBack(second, 3 * MIB);
    segments.giveBack(first, MIB);
    // The second was the last one handed out: it is simply not taken yet.
    expect(range(segments.take(FAR, 3))).toEqual([1, 2]);
    expect(range(segments.take(FAR, 3))).toEqual([3, 5]);
  });

  it('grow into what nobody has, or has not begun, or was given back; not into what another receives', () => {
    const segments = new SegmentQueue(0, 20 * MIB, 10 * MIB);
    const [first, second, third] = [segments.take(FAR, 3), segments.take(FAR, 3), segments.take(FAR, 3)] as [
      Segment,
      Segment,
      Segment,
    ];
    segments.confirm(third);
    expect(segments.extend(first, FAR, 3)).toBe('granted');
    expect(range(first)).toEqual([0, 4]);
    expect(segments.confirm(second)).toBe(false);
    segments.giveBack(second, second.start);
    expect(segments.extend(first, FAR, 3)).toBe('taken');
    segments.giveBack(third, 5 * MIB);
    expect(segments.extend(first, FAR, 3)).toBe('taken');
    expect(range(segments.take(FAR, 3))).toEqual([5, 7]);
  });

  it('do not grow beyond the limit, nor beyond the end', () => {
    const segments = new SegmentQueue(0, 9 * MIB, 10 * MIB);
    const segment = segments.take(FAR, 2) as Segment;
    expect(segments.extend(segment, 4.5 * MIB, 2)).toBe('later');
    expect(segments.extend(segment, FAR, 2)).toBe('granted');
    expect(segments.extend(segment, FAR, 2)).toBe('granted');
    expect(segments.extend(segment, FAR, 2)).toBe('taken');
    expect(range(segment)).toEqual([0, 9]);
  });

  it.each([2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER])('are exact at the end of %i bytes', (size) => {
    const segments = new SegmentQueue(size - 11 * MIB, size, 40 * MIB);
    expect(segments.take(FAR, 1)).toMatchObject({ start: size - 11 * MIB, end: size - 3 * MIB });
    expect(segments.take(FAR, 1)).toMatchObject({ start: size - 3 * MIB, end: size });
    expect(segments.take(FAR, 1)).toBeUndefined();
  });

  it('cover every byte once, whatever is taken, grown, taken over and given back', () => {
    const size = 30 * MIB;
    const step = fc.record({ what: fc.nat(3), which: fc.nat(7), share: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const segments = new SegmentQueue(0, size, 8 * MIB);
        const received: [number, number][] = [];
        let mine: Segment[] = [];
        const finish = (segment: Segment, at: number): void => {
          mine = mine.filter((one) => one !== segment);
          // What was taken over is another's.
          if (!segments.confirm(segment)) return;
          if (at > segment.start) received.push([segment.start, at]);
          segments.giveBack(segment, at);
        };
        for (const { what, which, share } of steps) {
          const segment = mine[which % Math.max(1, mine.length)];
          if (what === 0 || segment === undefined) {
            const taken = segments.take(FAR, 4);
            if (taken !== undefined) mine.push(taken);
          } else if (what === 1) {
            if (segments.confirm(segment)) segments.extend(segment, FAR, 4);
          } else if (what === 2) finish(segment, segment.end);
          else finish(segment, segment.start + Math.floor((segment.end - segment.start) * share));
        }
        for (const segment of [...mine]) finish(segment, segment.end);
        for (let segment = segments.take(FAR, 4); segment !== undefined; segment = segments.take(FAR, 4))
          finish(segment, segment.end);
        received.sort(([a], [b]) => a - b);
        let at = 0;
        for (const [start, end] of received) {
          expect(start).toBe(at);
          at = end;
        }
        expect(at).toBe(size);
      }),
    );
  });
});
