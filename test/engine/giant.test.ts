import { describe, expect, it } from 'vitest';
import type { TransferEvent } from '#imgdl/core/events.js';
import type { TransferOptions } from '#imgdl/core/transfer-options.js';
import { download } from '#imgdl/engine/download.js';
import { fakeClock } from '../support/fake-clock.js';
import { runResources } from '../support/run-resources.js';
import { transferOptions } from '../support/transfer-options.js';
import { eventsOf } from './fakes.js';
import { digestOf, giantPlace, giantServer, startHasher } from './giant.js';

const MIB = 2 ** 20;

/** Downloads what is missing of a giant, and says everything that was sent and written. */
async function downloadRest(
  size: number,
  kept: number,
  cuts: readonly number[] = [],
  connections: TransferOptions['connections'] = 1,
) {
  const server = giantServer(size, cuts);
  const place = giantPlace(server.source, size, kept);
  const events: TransferEvent[] = [];
  const outcome = await download(
    {
      source: server.source,
      options: transferOptions({ require: 'digest', onChange: 'fail', retries: 3, connections }),
      tool: 'imgdl test',
    },
    {
      transport: server.transport,
      clock: fakeClock(),
      report: (event) => events.push(event),
      place: async () => place.workspace,
      startHasher,
      ...runResources(),
    },
    new AbortController().signal,
  );
  return { server, place, outcome, events };
}

/** Sizes and what an earlier run kept of them. */
const GIANTS: readonly (readonly [name: string, size: number, kept: number])[] = [
  ['just over 2^31, across it', 2 ** 31 + 2 * MIB + 1, 2 ** 31 - 3 * MIB],
  ['just over 2^32, across it', 2 ** 32 + 2 * MIB + 1, 2 ** 32 - 3 * MIB - 1],
  ['one byte less than 2^32', 2 ** 32 - 1, 2 ** 32 - 4 * MIB],
  ['2^32 bytes', 2 ** 32, 2 ** 32 - 4 * MIB],
  ['one byte more than 2^32, which is all that is missing', 2 ** 32 + 1, 2 ** 32],
  ['1 TiB', 2 ** 40, 2 ** 40 - 5 * MIB - 3],
  ['over 1 TiB, across it', 2 ** 40 + 3 * MIB + 77, 2 ** 40 - 2 * MIB],
  ['8 PiB less one byte, the last size there is', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 5 * MIB],
];

describe('a giant image is resumed to the byte', () => {
  it.each(GIANTS)('%s', async (_, size, kept) => {
    const { server, place, outcome, events } = await downloadRest(size, kept);
    expect(outcome).toMatchObject({ status: 'resumed', bytes: size, resumedFrom: kept, received: size - kept });
    expect(server.ranges).toEqual([`bytes=${BigInt(kept)}-`]);
    expect([place.wrong, place.published()]).toEqual([[], true]);
    expect(place.written().at(0)?.start).toBe(kept);
    expect(place.written().at(-1)?.end).toBe(size);
    expect(place.claims.at(-1)).toEqual({
      t: 'have',
      start: 0,
      end: size,
      digests: { sha256: digestOf('sha256', 0, size) },
    });
    expect(eventsOf(events, 'bytes').at(-1)).toMatchObject({ front: size, size, received: size - kept });
  });

  it.each(GIANTS.filter(([, size, kept]) => size - kept > 2 * MIB))(
    '%s, cut twice: every request starts where the bytes end',
    async (_, size, kept) => {
      const { server, place, outcome } = await downloadRest(size, kept, [MIB, 2 * MIB]);
      expect(outcome).toMatchObject({ status: 'resumed', bytes: size, attempts: 3 });
      // What is held is proven by the digest of the metadata: there is no overlap to compare.
      const starts = server.ranges.map((range) => BigInt(range.slice('bytes='.length, -1)));
      expect(starts[0]).toBe(BigInt(kept));
      for (const start of starts.slice(1)) {
        expect(place.written().filter((range) => BigInt(range.end) === start)).not.toEqual([]);
      }
      expect(new Set(starts).size).toBe(3);
      expect([place.wrong, place.published()]).toEqual([[], true]);
    },
  );

  it.each(
    GIANTS.flatMap(([name, size, kept]) =>
      ([1, 4, 16, 'auto'] as const).map((connections) => ({ connections, name, size, kept: kept - 20 * MIB })),
    ),
  )('by up to $connections connections: $name', async ({ connections, size, kept }) => {
    const { server, place, outcome } = await downloadRest(size, kept, [MIB], connections);
    expect(outcome).toMatchObject({ status: 'resumed', bytes: size, resumedFrom: kept });
    expect(server.ranges[0]).toBe(`bytes=${BigInt(kept)}-`);
    let covered = kept;
    for (const { start, end } of place.written()) {
      expect(start).toBeLessThanOrEqual(covered);
      covered = Math.max(covered, end);
    }
    expect([covered, place.wrong, place.published()]).toEqual([size, [], true]);
  });
});

describe('the giant of these tests', () => {
  it('a byte at the wrong place is seen', async () => {
    const { source } = giantServer(2 ** 40);
    const place = giantPlace(source, 2 ** 40, 2 ** 40 - MIB);
    const { part } = await place.workspace.open('continue');
    const right = Buffer.from(await part.read(2 ** 40 - 2 * MIB, MIB));
    await part.write(2 ** 40 - MIB, [right]);
    // As a 32-bit offset would have it, and a float of too few digits.
    expect(place.wrong).toEqual([{ start: 2 ** 40 - MIB, end: 2 ** 40 }]);
  });
});
