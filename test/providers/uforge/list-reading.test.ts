import { describe, expect, test } from 'vitest';
import type { Scripted } from '../../support/fake-transport.js';
import { listOf, visit } from '../../support/uforge-catalog.js';
import { type Fields, imageOf, type Lists, thing, uforgeLists } from '../../support/uforge-lists.js';

const APPLIANCE = 'appliances/747';
const images = (count: number, from = 1): readonly Fields[] =>
  Array.from({ length: count }, (_, at) => imageOf(APPLIANCE, from + at));

/** The lists of one appliance, which know `count` and `offset`. */
interface Read extends Partial<Lists> {
  readonly entries: readonly Fields[];
  readonly total?: number | null;
}

async function read({ entries, total, ...script }: Read) {
  const path = `${APPLIANCE}/images`;
  const totals = total === undefined ? {} : { [path]: total };
  const one = visit(uforgeLists({ lists: { [path]: entries, [`${APPLIANCE}/pimages`]: [] }, totals, ...script }));
  const outcome = await listOf(one, ['appliance', 'list', '747']).then(
    (items) => ({ ids: items.map(({ id }) => Number(id)).sort((a, b) => a - b), error: undefined }),
    (error: unknown) => ({ ids: [], error }),
  );
  const queries = one.asked().flatMap((asked) => (asked.startsWith(path) ? [asked.split('?')[1] ?? ''] : []));
  return { ...outcome, queries, notes: one.ports.notes };
}

describe('a list', () => {
  test.each<[string, Read, number, readonly string[]]>([
    ['comes whole', { entries: images(250) }, 250, ['']],
    ['does not say how many there are', { entries: images(3), total: null }, 3, ['']],
    ['is empty', { entries: [] }, 0, ['']],
    ['comes in pages', { entries: images(250), page: 100 }, 250, ['', 'count=100&offset=100', 'count=100&offset=200']],
    ['ends with a full page', { entries: images(200), page: 100 }, 200, ['', 'count=100&offset=100']],
    ['has more than it says', { entries: images(3), total: 2 }, 3, ['']],
  ])('that %s', async (_what, script, count, queries) => {
    const read_ = await read(script);
    expect([read_.error, read_.ids.length, read_.queries, read_.notes]).toEqual([undefined, count, queries, []]);
  });

  test('with pages of the other dialect', async () => {
    const scans = Array.from({ length: 25 }, (_, at) => thing(`scannedinstances/${at + 1}`, `i${at + 1}`));
    const one = visit(uforgeLists({ lists: { scannedinstances: scans, 'scannedinstances/25/scans': [] }, page: 10 }));
    expect(await listOf(one, ['scan', 'list', 'i25'])).toEqual([]);
    expect(one.asked()).toEqual([
      'scannedinstances',
      'scannedinstances?max=10&index=10',
      'scannedinstances?max=10&index=20',
      'scannedinstances/25/scans',
    ]);
  });

  test('that grows while it is read, page by page, is read again', async () => {
    const path = `${APPLIANCE}/images`;
    let grown = false;
    const before: Lists['before'] = ({ url }, lists) => {
      if (grown || !url.searchParams.has('offset')) return undefined;
      grown = true;
      // In front: the last one of the first page comes again as the first of the second.
      return { ...lists, [path]: [imageOf(APPLIANCE, 999), ...(lists[path] ?? [])] };
    };
    const { ids, queries, notes } = await read({ entries: images(15), page: 10, before });
    expect(ids).toEqual([...Array.from({ length: 15 }, (_, at) => at + 1), 999]);
    expect(queries).toEqual(['', 'count=10&offset=10', 'count=10&offset=16', '', 'count=10&offset=10']);
    expect(notes).toEqual([expect.stringMatching(/says that there are 16, but sent 15; reading the list again$/)]);
  });

  test.each<[string, Read, readonly string[]]>([
    ['says that there are more than it has', { entries: images(3), total: 5 }, ['', 'count=3&offset=3']],
    ['says that there are some and has none', { entries: [], total: 5 }, ['', 'count=100&offset=0']],
    ['sends the same page for ever', { entries: images(3), total: 99, stuck: true }, ['', 'count=3&offset=3']],
    [
      'has one entry many times',
      { entries: Array.from({ length: 9 }, () => imageOf(APPLIANCE, 1)) },
      ['', 'count=9&offset=9'],
    ],
  ])('that %s is read again, once; then exit 8', async (_what, script, queries) => {
    const found = await read(script);
    expect(found.error).toMatchObject({ code: 'proto.answer', message: expect.stringMatching(/, twice$/) });
    expect(found.queries).toEqual([...queries, ...queries]);
  });

  test('that is not known to have pages is asked for them in vain, and read again', async () => {
    const one = visit(uforgeLists({ lists: { images: images(3), pimages: [] }, totals: { images: 4 } }));
    await expect(listOf(one, ['appliance', 'list'])).rejects.toMatchObject({ code: 'proto.answer' });
    const once = ['images', 'images?count=3&offset=3'];
    expect(one.asked()).toEqual([...once, ...once]);
  });

  test('counts what cannot be used: it came', async () => {
    const { ids, error } = await read({ entries: [imageOf(APPLIANCE, 1), imageOf(APPLIANCE, 2, { fileSize: 'x' })] });
    expect([ids, error]).toEqual([[1], undefined]);
  });
});

describe('an answer that is no list', () => {
  const of = (answer: Scripted) =>
    listOf(visit(uforgeLists({ lists: {}, answers: { images: answer } })), ['appliance', 'list']);
  const xml = (text: string) => ({ body: text });
  const html = { 'content-type': 'text/html' };

  test.each([
    [
      'a web page by its type',
      { headers: html, body: '<images/>' },
      'proto.not-image',
      /a web page instead of the list of images/,
    ],
    ['a web page by its beginning', xml('  <!DOCTYPE html><html></html>'), 'proto.not-image', /a web page/],
    ['nothing', xml(''), 'proto.answer', /the response is empty/],
    ['blanks', xml(' '.repeat(200_000)), 'proto.answer', /the response is empty/],
    ['another list', xml('<appliances><total>0</total></appliances>'), 'proto.answer', /it is not a list of images/],
    ['another list of JSON', { json: { appliances: { total: 0 } } }, 'proto.answer', /it is not a list of images/],
    ['two roots of JSON', { json: { images: {}, more: 1 } }, 'proto.answer', /it is not a list of images/],
    ['broken JSON', xml('{"images":{'), 'proto.answer', /it is not JSON/],
    ['broken XML', xml('<images><images></image>'), 'proto.xml', /not the expected XML/],
    ['half a list', xml('<images><images><image><dbId>1</dbId></image>'), 'proto.xml', /not the expected XML/],
    ['text', xml('hello'), 'proto.xml', /not the expected XML/],
    ['a DOCTYPE', xml('<!DOCTYPE images><images/>'), 'proto.doctype', /a DOCTYPE/],
    ['another coding', { headers: { 'content-encoding': 'gzip' }, body: 'x' }, 'proto.encoding', /encoded as "gzip"/],
    [
      'an entry of a megabyte',
      xml(`<images><images><image><name>${'x'.repeat(1024 * 1024)}`),
      'proto.body-limit',
      /1 MiB/,
    ],
    [
      'an error in spite of the 200',
      xml('<uforgeError><localizedErrorMsg><message>no <b/>way</message></localizedErrorMsg></uforgeError>'),
      'proto.answer',
      /returned 200, but with an error: /,
    ],
    ['no content', { status: 204 }, 'proto.status', /the server returned 204/],
    ['something else', { status: 418, body: 'teapot' }, 'proto.status', /HTTP 418\): "teapot"/],
  ] as const)('%s: exit 8', async (_what, answer, code, message) => {
    await expect(of(answer)).rejects.toMatchObject({ code, exit: 8, message: expect.stringMatching(message) });
  });

  test('bytes that are no UTF-8: exit 8', async () => {
    const { transport } = uforgeLists({ lists: {} });
    const bad = Buffer.concat([Buffer.from('<images><images>'), Buffer.from([0xff, 0xfe]), Buffer.from('</images>')]);
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bad;
    }
    const open = async () => ({ status: 200, headers: new Map(), body: body(), cancel: () => {} });
    const one = visit({ transport: { ...transport, open }, requests: [] });
    await expect(listOf(one, ['appliance', 'list'])).rejects.toMatchObject({ code: 'proto.charset' });
  });

  test('more than 256 MiB: exit 8, and the connection is closed', async () => {
    let cancelled = 0;
    const { transport } = uforgeLists({ lists: {} });
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`<images><images>${' '.repeat(100)}`);
      yield Buffer.alloc(256 * 1024 * 1024);
    }
    const cancel = (): void => {
      cancelled += 1;
    };
    const open = async () => ({ status: 200, headers: new Map(), body: body(), cancel });
    const one = visit({ transport: { ...transport, open }, requests: [] });
    await expect(listOf(one, ['appliance', 'list'])).rejects.toMatchObject({ code: 'proto.body-limit' });
    expect(cancelled).toBeGreaterThan(0);
  });
});
