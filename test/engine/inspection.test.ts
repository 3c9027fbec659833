import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { HEADER_RANGES, type Inspect } from '#imgdl/core/inspection.js';
import { StreamedHeader } from '#imgdl/engine/inspection.js';
import { stream } from '#imgdl/engine/stream.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { pattern } from './fakes.js';
import { play, promise, remoteOf, tickets, wholeOf } from './script.js';

const content = pattern(5000);

async function streamed(inspect: Inspect, mode: 'warn' | 'fail' | 'off') {
  const remote = remoteOf({ digests: [promise(content)] });
  const source = { ...tickets().source, describe: async () => remote };
  const { transport } = play(wholeOf(content));
  const ports = { transport, clock: fakeClock(), report: () => {}, ...runResources(inspect) };
  const request = { source, options: transferOptions({ inspect: mode }), tool: 'imgdl 0' };
  return await stream(request, ports, async () => {}, new AbortController().signal).then(
    ({ warnings }) => warnings.map(({ code }) => code),
    ({ exit, code }: { exit: number; code: string }) => `${exit} ${code}`,
  );
}

describe('an inspector', () => {
  it('that fails costs a warning, or the image where somebody insists on it', async () => {
    const inspect: Inspect = async () => {
      throw new TypeError('a bug');
    };
    expect(await streamed(inspect, 'warn')).toEqual(['inspect.header']);
    expect(await streamed(inspect, 'fail')).toBe('8 inspect.header');
    expect(await streamed(inspect, 'off')).toEqual([]);
  });

  it('that cannot read ends the run with what the disk said', async () => {
    const inspect: Inspect = async () => {
      throw new AppError('fs.io', 'reading it: no');
    };
    expect(await streamed(inspect, 'warn')).toBe('12 fs.io');
  });

  it('tells every finding once, and refuses with the first', async () => {
    const finding = { code: 'inspect.parent', message: 'the image has a parent' } as const;
    const other = { code: 'inspect.format', message: 'it is another one' } as const;
    const inspect: Inspect = async () => ({ format: 'vhd', findings: [finding, other, finding] });
    expect(await streamed(inspect, 'warn')).toEqual(['inspect.parent', 'inspect.format']);
    expect(await streamed(inspect, 'fail')).toBe('8 inspect.parent');
  });
});

it('what a stream keeps is what it handed on, however that was cut', async () => {
  const size = 2_300_000;
  const bytes = pattern(size);
  const tail = async (length: number) => bytes.subarray(size - Math.min(length, 700));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 3, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: 70_000 })), { maxLength: 20 }),
      async (lengths, reads) => {
        const header = new StreamedHeader();
        for (let at = 0, next = 0; at < size; next += 1) {
          const length = lengths[next % lengths.length] ?? size;
          const chunk = Uint8Array.from(bytes.subarray(at, at + length));
          header.add(chunk, at);
          // Whose it is uses it for something else.
          chunk.fill(0);
          at += length;
        }
        const image = header.image(size, tail);
        for (const [offset, length] of [...reads, [0, 65_536], [size - 512, 512]] as const) {
          const got = Buffer.from(await image.read(offset, length));
          expect(got.equals(bytes.subarray(offset, offset + got.byteLength))).toBe(true);
          const isKept = HEADER_RANGES.some(
            ({ start, end }) => offset >= start && Math.min(offset + length, size) <= end,
          );
          if (isKept || offset >= size - 700) expect(got.byteLength).toBe(Math.min(length, size - offset));
        }
      },
    ),
    { numRuns: 30 },
  );
});
