import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { listOf, visit } from '../../support/uforge-catalog.js';
import { type Fields, imageOf, thing, uforgeLists, xmlOf } from '../../support/uforge-lists.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MIB = 2 ** 20;
const COUNT = 700;
/** Of every entry; nothing of it is wanted. */
const LENGTH = 12_000;

const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

/** An answer that is made while it is read. @param last called before its end comes */
function longList(outer: string, entry: string, fields: (id: number) => Fields, last: () => void) {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`<${outer}><${outer}>`);
    for (let id = 1; id <= COUNT; id += 1) {
      const padded = { ...fields(id + 1_000_000_000_000_000), distributionName: `${id} `.repeat(LENGTH / 4) };
      yield Buffer.from(`<${entry}>${xmlOf(padded)}</${entry}>`);
    }
    last();
    yield Buffer.from(`</${outer}></${outer}>`);
  }
  return { status: 200, headers: new Map(), body: body(), cancel: () => {} };
}

test.each([
  ['images', 'appliance list', 'images', 'image', (id: number) => imageOf('appliances/747', id)],
  ['images of other kinds', 'scan list', 'images', 'image', (id: number) => imageOf('appliances/747', id)],
  [
    'appliances',
    'appliance list name',
    'appliances',
    'appliance',
    (id: number) => thing(`appliances/${id}`, 'a long enough name'),
  ],
] as const)(
  'of a list of %s the memory has rows, and nothing that they were cut out of',
  async (_what, line, outer, entry, fields) => {
    const { transport, requests } = uforgeLists({ lists: { pimages: [] } });
    // What is loaded when it is first needed is there.
    await listOf(visit(uforgeLists({ lists: { images: [], pimages: [] } })), ['appliance', 'list']);
    const before = heap();
    let kept = Number.NaN;
    const open: typeof transport.open = async (request, signal) => {
      if (!request.url.pathname.endsWith(`/${outer}`)) return await transport.open(request, signal);
      return longList(outer, entry, fields, () => {
        kept = heap() - before;
      });
    };
    await listOf(visit({ transport: { ...transport, open }, requests }), line.split(' ')).catch(() => {});
    // All of it is 8 MB long.
    expect(kept / MIB).toBeLessThan(4);
  },
);
