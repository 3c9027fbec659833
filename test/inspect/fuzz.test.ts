import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, ReadableImage } from '#imgdl/core/inspection.js';
import { inspectImage } from '#imgdl/inspect/inspect.js';
import { cpuMs } from '../support/cpu-time.js';
import { bytesOf, FIXTURES, type Fixture } from './fixtures.js';

const MEBIBYTE = 1024 * 1024;
const CODES = /^inspect\.(?:backing-file|data-file|extent|parent|format|header)$/;
/** Numbers that break arithmetic. */
const EDGES = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

/** A change of a few bytes where a header is. */
interface Change {
  readonly at: number;
  readonly value: bigint;
  readonly order: 'big' | 'little';
  readonly bytes: 1 | 2 | 4 | 8;
}

const places = (fixture: Fixture) =>
  fc.oneof(
    ...fixture.pieces.map(({ at, bytes }) => fc.nat({ max: Math.min(bytes.byteLength, 700) }).map((more) => at + more)),
    fc.nat({ max: fixture.size }),
  );

const changed = (fixture: Fixture): fc.Arbitrary<Change> =>
  fc.record({
    at: places(fixture),
    value: fc.oneof(
      fc.constantFrom(...EDGES),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.nat({ max: 4096 }).map(BigInt),
    ),
    order: fc.constantFrom('big' as const, 'little' as const),
    bytes: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
  });

function apply(bytes: Buffer, { at, value, order, bytes: count }: Change): void {
  for (let index = 0; index < count; index += 1) {
    const place = at + (order === 'little' ? index : count - 1 - index);
    if (place < bytes.byteLength) bytes[place] = Number((value / 256n ** BigInt(index)) % 256n);
  }
}

/** Counts what is read, and refuses what is no place in the file. */
function counted(bytes: Buffer): { readonly image: ReadableImage; readonly read: () => number } {
  let read = 0;
  const image: ReadableImage = {
    size: bytes.byteLength,
    async read(offset, length) {
      if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new RangeError(`${length} bytes at ${offset} of ${bytes.byteLength}`);
      }
      read += length;
      return bytes.subarray(offset, offset + length);
    },
  };
  return { image, read: () => read };
}

/** What holds for any bytes whatsoever. */
async function holds(bytes: Buffer): Promise<void> {
  const { image, read } = counted(bytes);
  let findings: readonly Finding[] = [];
  const spentMs = await cpuMs(async () => {
    ({ findings } = await inspectImage(image, { said: 'raw', by: 'metadata', formats: ['raw'] }));
  });
  expect(spentMs).toBeLessThan(1000);
  expect(read()).toBeLessThanOrEqual(MEBIBYTE);
  expect(findings.length).toBeLessThan(12);
  for (const { code, message } of findings) {
    expect(code).toMatch(CODES);
    expect(message).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{20,1200}$/u);
  }
}

/** Small ones are tried more often: they cost less. */
const SMALL = FIXTURES.filter(({ size }) => size < 100_000);
const LARGE = FIXTURES.filter(({ size }) => size >= 100_000);

describe('a hostile image', () => {
  const mutated = (fixtures: readonly Fixture[]) =>
    fc.constantFrom(...fixtures).chain((fixture) =>
      fc.record({
        fixture: fc.constant(fixture),
        changes: fc.array(changed(fixture), { minLength: 1, maxLength: 6 }),
        cut: fc.option(fc.nat({ max: fixture.size }), { freq: 4 }),
      }),
    );

  const check = (fixtures: readonly Fixture[], runs: number) =>
    fc.assert(
      fc.asyncProperty(mutated(fixtures), async ({ fixture, changes, cut }) => {
        const bytes = bytesOf(fixture);
        for (const change of changes) apply(bytes, change);
        await holds(cut === null ? bytes : bytes.subarray(0, cut));
      }),
      { numRuns: runs },
    );

  it('costs no more than 1 MiB of reading, and throws nothing', async () => {
    await check(SMALL, 1500);
  });

  it('also where it is large', async () => {
    await check(LARGE, 60);
  });

  it('with a descriptor of a million lines costs no time', async () => {
    const line = 'RW 1 FLAT "/etc/passwd" 0\nparentFileNameHint createType parentCID = "\n';
    await holds(Buffer.from(`# Disk DescriptorFile\n${line.repeat(200_000)}`));
    await holds(Buffer.from(`# Disk DescriptorFile\n${'RW '.repeat(MEBIBYTE)}`));
    await holds(Buffer.from(`# Disk DescriptorFile\n${'parentFileNameHint '.repeat(MEBIBYTE / 8)}`));
    await holds(Buffer.from(`# Disk DescriptorFile\n${' '.repeat(2 * MEBIBYTE)}`));
  });
});
