import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue, QUEUE_LIMIT, type Rank } from '#imgdl/ui/progress/event-queue.js';

/** A reader that takes a write only when it is told to. */
function slowReader() {
  const writes: string[] = [];
  let done: (() => void) | undefined;
  return {
    writes,
    write(text: string, taken?: () => void): void {
      writes.push(text);
      done = taken;
    },
    take(): void {
      const taken = done;
      done = undefined;
      taken?.();
    },
  };
}

const droppedLine = (lines: number): string => `dropped ${lines}\n`;

describe('lines for a reader', () => {
  test('that keeps up go out one by one', () => {
    const written: string[] = [];
    const queue = new EventQueue(
      {
        write(text, done) {
          written.push(text);
          done?.();
        },
      },
      droppedLine,
    );
    for (const line of ['a\n', 'b\n', 'c\n']) queue.add(line, 'vital');
    expect(written).toEqual(['a\n', 'b\n', 'c\n']);
  });

  test('that is behind wait, and go out together', () => {
    const reader = slowReader();
    const queue = new EventQueue(reader, droppedLine);
    for (const line of ['a\n', 'b\n', 'c\n']) queue.add(line, 'vital');
    expect(reader.writes).toEqual(['a\n']);
    reader.take();
    expect(reader.writes).toEqual(['a\n', 'b\nc\n']);
  });

  test('that is behind at the end are handed over, and so is what comes later', () => {
    const reader = slowReader();
    const queue = new EventQueue(reader, droppedLine);
    for (const line of ['a\n', 'b\n']) queue.add(line, 'vital');
    queue.close();
    queue.add('c\n', 'vital');
    expect(reader.writes).toEqual(['a\n', 'b\n', 'c\n']);
  });

  test('a line beyond the limit reaches a reader that keeps up', () => {
    const reader = slowReader();
    const queue = new EventQueue(reader, droppedLine);
    queue.add('x'.repeat(2 * QUEUE_LIMIT), 'vital');
    expect(reader.writes[0]).toHaveLength(2 * QUEUE_LIMIT);
  });

  test('lose the least important first, the oldest of them before the newer', () => {
    const reader = slowReader();
    const queue = new EventQueue(reader, droppedLine);
    queue.add('first\n', 'vital');
    const line = (name: string): string => `${name}${'.'.repeat(QUEUE_LIMIT / 4 - name.length - 1)}\n`;
    for (const [name, rank] of [
      ['v1', 'vital'],
      ['l1', 'lossy'],
      ['d1', 'detail'],
      ['l2', 'lossy'],
      ['v2', 'vital'],
      ['v3', 'vital'],
    ] as const)
      queue.add(line(name), rank);
    reader.take();
    const names = (reader.writes[1] ?? '').split('\n').map((text) => text.replace(/\.+$/, ''));
    expect(names).toEqual(['v1', 'd1', 'v2', 'v3', 'dropped 2', '']);
  });
});

test('nothing is lost without being counted, and no reader makes memory grow', () => {
  const ranks = fc.constantFrom<Rank>('lossy', 'detail', 'vital');
  const lengths = fc.oneof(fc.integer({ min: 2, max: 60_000 }), fc.constant(QUEUE_LIMIT + 1));
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ rank: ranks, length: lengths }) },
    { weight: 1, arbitrary: fc.constant('take' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const reader = slowReader();
      const queue = new EventQueue(reader, droppedLine);
      let added = 0;
      for (const taken of steps) {
        if (taken === 'take') reader.take();
        else {
          queue.add(`${'x'.repeat(taken.length - 1)}\n`, taken.rank);
          added += 1;
        }
        expect(queue.held).toBeLessThanOrEqual(QUEUE_LIMIT);
      }
      queue.close();
      const lines = reader.writes.join('').split('\n').slice(0, -1);
      const dropped = lines.flatMap((line) => /^dropped (\d+)$/.exec(line)?.[1] ?? []);
      const missing = dropped.reduce((sum, number) => sum + Number(number), 0);
      expect(lines.length - dropped.length + missing).toBe(added);
    }),
    { numRuns: 50 },
  );
});
