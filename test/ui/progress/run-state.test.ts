import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import { endImage, followImage, newRun, type RunState, startImage, totalOf } from '#imgdl/ui/progress/run-state.js';
import { follow, newState, type TransferState } from '#imgdl/ui/progress/state.js';
import { anyEvent } from '../arbitrary.js';
import { bytes, described } from '../samples.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const started = (count: number, images: number): RunState =>
  NAMES.slice(0, images).reduce((run, name, at) => startImage(run, at, 0, name), newRun(count, 0));
const told = (run: RunState, ...steps: readonly (readonly [image: number, event: TransferEvent, at?: number])[]) =>
  steps.reduce((before, [image, event, at = 0]) => followImage(before, image, event, at), run);

describe('the sum of all', () => {
  test('counts bytes, sizes and ends', () => {
    let run = told(started(3, 2), [0, described('a', 1000)], [1, described('b', 3000)]);
    expect(totalOf(run)).toMatchObject({ front: 0, size: undefined, shown: '0 of 3 images' });
    run = told(
      startImage(run, 2, 0, 'c'),
      [2, described('c', 500)],
      [0, bytes(400), 100],
      [1, { type: 'planned', from: 1000, size: 3000, why: '' }, 100],
      [1, bytes(1500, 500), 200],
    );
    expect(totalOf(run)).toMatchObject({ front: 1900, received: 900, size: 4500, open: 2 });
    run = endImage(run, 0, 1000);
    run = endImage(run, 0, 1000);
    run = endImage(run, 1, null);
    expect(totalOf(run)).toMatchObject({ front: 2500, size: 3000, shown: '2 of 3 images, 1 failed' });
    expect([run.finished, run.failed, [...run.active.values()].map(({ shown }) => shown)]).toEqual([2, 1, ['c']]);
  });

  test('takes the rest to be like those that are known, once these are enough', () => {
    const seven = NAMES.slice(0, 7).map((name, at) => [at, described(name, 1000)] as const);
    const run = told(started(100, 8), ...seven);
    expect(totalOf(run).size).toBeUndefined();
    expect(totalOf(told(run, [7, described('h', 1000)])).size).toBe(100_000);
  });

  test('goes on at the speed of all, also while images come and go', () => {
    let run = newRun(100, 0);
    for (let image = 0; image < 50; image += 1) {
      run = startImage(run, image, image * 100);
      run = told(run, [image, bytes(0), image * 100], [image, bytes(100_000), image * 100 + 90]);
      run = endImage(run, image, 100_000);
    }
    const perMs = totalOf(run).speed?.bytesPerMs ?? 0;
    expect(perMs).toBeGreaterThan(950);
    expect(perMs).toBeLessThan(1050);
  });
});

test('the sum is the sum of its parts, whatever happens in whatever order', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ image: fc.nat({ max: 7 }), event: anyEvent }) },
    { weight: 1, arbitrary: fc.record({ image: fc.nat({ max: 7 }), end: fc.option(fc.nat({ max: 2 ** 33 })) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let run = started(8, 8);
      const parts: (TransferState & { over?: true })[] = NAMES.map((name) => newState(0, name));
      for (const [now, taken] of steps.entries()) {
        const { image } = taken;
        const part = parts[image];
        if (part === undefined || part.over) continue;
        if ('event' in taken) {
          run = followImage(run, image, taken.event, now);
          parts[image] = follow(part, taken.event, now);
        } else {
          const front = taken.end ?? part.front;
          run = endImage(run, image, taken.end);
          parts[image] = { ...part, front, size: front, over: true };
        }
        // What comes late for an image that is over changes nothing.
        if ('end' in taken) expect(followImage(run, image, bytes(1), now)).toBe(run);
      }
      const sum = (key: 'front' | 'received' | 'durable' | 'attempts'): number =>
        parts.reduce((all, part) => all + part[key], 0);
      const sizes = parts.map(({ size }) => size);
      const total = totalOf(run);
      for (const key of ['front', 'received', 'durable', 'attempts'] as const) expect(total[key]).toBe(sum(key));
      if (sizes.every((size) => size !== undefined)) expect(total.size).toBe(sizes.reduce((a, b) => a + b, 0));
      expect(run.finished + run.active.size).toBe(8);
    }),
  );
});
