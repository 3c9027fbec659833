import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError, isAppError } from '#imgdl/core/errors.js';
import { JsonList } from '#imgdl/providers/json-list.js';

const MIB = 1024 * 1024;

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    // As a pool of buffers does: what has been read is overwritten.
    const chunk = Uint8Array.from(bytes.subarray(from, to));
    yield chunk;
    chunk.fill(0x58);
    from = to;
  }
}

interface Read {
  readonly entries: readonly unknown[];
  readonly rest: unknown;
}

async function read(chunks: AsyncIterable<Uint8Array>, path: readonly string[]): Promise<Read> {
  const notJson = () => new AppError('proto.answer', 'listing: this is not JSON');
  const list = new JsonList(chunks, { path, attempted: 'listing', status: 200, notJson });
  const entries: unknown[] = [];
  for await (const entry of list) entries.push(entry);
  return { entries, rest: list.rest };
}

const readText = (text: string | Uint8Array, path: readonly string[], cuts: readonly number[] = []): Promise<Read> =>
  read(chunksOf(Buffer.from(text as string), cuts), path);

const codeOf = async (reading: Promise<unknown>): Promise<string> => {
  const error: unknown = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isAppError(error) ? error.code : `${error}`;
};

/** What JSON.parse makes of all of it at once; undefined for what it refuses. */
function atOnce(bytes: Uint8Array, path: readonly string[]): Read | undefined {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const holder: Record<string, unknown> = { root };
  let owner = holder;
  let key = 'root';
  for (const step of path) {
    const value = owner[key];
    if (!isObject(value) || !Object.hasOwn(value, step)) return { entries: [], rest: root };
    owner = value;
    key = step;
  }
  const list = owner[key];
  if (!Array.isArray(list) && !isObject(list)) return { entries: [], rest: root };
  owner[key] = [];
  return { entries: Array.isArray(list) ? list : [list], rest: holder['root'] };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const KEYS = ['images', 'image', 'next', 'total', '', '"', '\\', 'é✓', '😀'];
const PATHS = [['images'], ['images', 'images', 'image'], []];
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('[', ']', '{"', '},', '\\', '"', '\u0000\n', '\ufeff'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('any'), { maxKeys: 4 }),
  ),
})).any;
/** A document with a list where the path leads to, most of the time. */
const about = (path: readonly string[]) =>
  fc
    .tuple(
      value,
      value,
      fc.oneof({ weight: 5, arbitrary: fc.array(value, { maxLength: 6 }) }, { weight: 1, arbitrary: value }),
    )
    .map(([before, after, list]) =>
      path.reduceRight<unknown>((inner, key) => ({ before, [key]: inner, [`${key} `]: after }), list),
    );
const cases = fc
  .constantFrom(...PATHS)
  .chain((path) => fc.tuple(fc.constant(path), fc.oneof(about(path), value), fc.constantFrom(undefined, 1, '\t')));
const cutsOf = (length: number) =>
  fc.uniqueArray(fc.nat(length), { maxLength: 12 }).map((cuts) => cuts.sort((a, b) => a - b));
const cutDocument = cases.chain(([path, document, indent]) => {
  const bytes = Buffer.from(JSON.stringify(document, null, indent));
  return fc.tuple(fc.constant(path), fc.constant(bytes), cutsOf(bytes.length));
});

describe('a list that arrives in any chunks', () => {
  test('is what JSON.parse makes of it at once', async () => {
    await fc.assert(
      fc.asyncProperty(cutDocument, async ([path, bytes, cuts]) => {
        expect(await read(chunksOf(bytes, cuts), path)).toEqual(atOnce(bytes, path));
      }),
      { numRuns: 400 },
    );
  });

  test('is refused where JSON.parse refuses it, whatever bytes were changed', async () => {
    const broken = cutDocument.chain(([path, bytes, cuts]) =>
      fc.tuple(
        fc.constant(path),
        fc.constant(bytes),
        fc.constant(cuts),
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(...Buffer.from('[]{},:"\\ x1-\u00a0\ufeff'))), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(broken, async ([path, bytes, cuts, changes]) => {
        const changed = Buffer.from(bytes);
        for (const [at, byte] of changes) changed[at] = byte;
        const wanted = atOnce(changed, path);
        const got = await read(chunksOf(changed, cuts), path).catch((error: unknown) => {
          if (isAppError(error) && ['proto.answer', 'proto.charset'].includes(error.code)) return undefined;
          throw error;
        });
        expect(got).toEqual(wanted);
      }),
      { numRuns: 1500 },
    );
  });

  test.each([
    ['byte for byte', '{"images":[{"a":"\\u00e9\\"é😀"},{}],"next":"?m"}'],
    ['with blanks everywhere', ' \n{ "images" :\t[ { "a" : 1 } , [ ] ] ,\r\n"next":"?m" } '],
    ['with a key in other letters', '{"im\\u0061ges":[1,"x",null],"next":"?m"}'],
  ])('%s', async (_, text) => {
    const bytes = Buffer.from(text);
    const every = Array.from({ length: bytes.length }, (__, at) => at);
    expect(await readText(text, ['images'], every)).toEqual(atOnce(bytes, ['images']));
  });
});

describe('a list', () => {
  const deep = (list: string): string => `{"images":{"total":1,"images":{"image":${list}}}}`;
  test.each<[string, readonly string[], string, Read]>([
    ['of none', ['images'], '{"images":[ ]}', { entries: [], rest: { images: [] } }],
    ['that is the document', [], '[1,2]', { entries: [1, 2], rest: [] }],
    [
      'deep down',
      ['images', 'images', 'image'],
      deep('[{"id":1},{"id":2}]'),
      { entries: [{ id: 1 }, { id: 2 }], rest: { images: { total: 1, images: { image: [] } } } },
    ],
    [
      'of one that became its entry',
      ['images', 'images', 'image'],
      deep('{"id":{"x":[1]}}'),
      { entries: [{ id: { x: [1] } }], rest: { images: { total: 1, images: { image: [] } } } },
    ],
    ['that is not there', ['images'], '{"next":[1]}', { entries: [], rest: { next: [1] } }],
    ['that is null', ['images'], '{"images":null}', { entries: [], rest: { images: null } }],
    ['that is text', ['images'], '{"images":"[1]"}', { entries: [], rest: { images: '[1]' } }],
    [
      'of that name elsewhere',
      ['images'],
      '{"x":{"images":[1]},"y":["images",[2]]}',
      {
        entries: [],
        rest: { x: { images: [1] }, y: ['images', [2]] },
      },
    ],
    ['whose path is a list', ['a', 'b'], '{"a":[{"b":[1]}]}', { entries: [], rest: { a: [{ b: [1] }] } }],
    ['behind a byte order mark', ['images'], '\ufeff{"images":[1]}', { entries: [1], rest: { images: [] } }],
  ])('%s', async (_, path, text, wanted) => {
    expect(await readText(text, path)).toEqual(wanted);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'proto.answer'],
    ['a web page', '<html>', 'proto.answer'],
    ['a comma too many', '{"images":[1,]}', 'proto.answer'],
    ['a comma too early', '{"images":[,1]}', 'proto.answer'],
    ['a blank that is none of JSON', '{"images":[\u00a0]}', 'proto.answer'],
    ['a byte order mark in it', '{"images":[\ufeff1]}', 'proto.answer'],
    ['the wrong bracket', '{"images":[1}}', 'proto.answer'],
    ['no comma', '{"images":[{} {}]}', 'proto.answer'],
    ['no end', '{"images":[{}', 'proto.answer'],
    ['no end after its entries', '{"images":[{}]', 'proto.answer'],
    ['an entry without end', '{"images":{"a":[', 'proto.answer'],
    ['more behind its end', '{"images":[]}]', 'proto.answer'],
    ['two of them', '{"images":[1],"images":[2]}', 'proto.answer'],
    ['an entry that is not UTF-8', Buffer.from('{"images":["\xff"]}', 'latin1'), 'proto.charset'],
    ['a key that is not UTF-8', Buffer.from('{"images":[],"\xc0":1}', 'latin1'), 'proto.charset'],
    ['an entry of more than 1 MiB', `{"images":["${'x'.repeat(MIB)}"]}`, 'proto.body-limit'],
    ['more than 1 MiB beside it', `{"images":[1],"x":"${'x'.repeat(MIB)}"}`, 'proto.body-limit'],
    ['a key of more than 1 MiB', `{"${'x'.repeat(MIB)}":1}`, 'proto.body-limit'],
  ])('with %s is refused', async (_, bytes, code) => {
    expect(await codeOf(readText(bytes, ['images'], [7, 9]))).toBe(code);
  });

  test('of more than 1 MiB is read, with entries just below that', async () => {
    const entry = 'x'.repeat(MIB - 2);
    expect((await readText(JSON.stringify({ images: [entry, entry, entry] }), ['images'])).entries).toEqual([
      entry,
      entry,
      entry,
    ]);
  });

  test('has no rest before it is read', async () => {
    const notJson = () => new AppError('proto.answer', 'x');
    const list = new JsonList(chunksOf(Buffer.from('{}'), []), { path: [], attempted: '', status: 200, notJson });
    expect(() => list.rest).toThrow(/not been read/);
  });

  test('gives its first entries before the last ones have arrived', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"images":[1');
      for (;;) yield Buffer.from(',1');
    }
    const notJson = () => new AppError('proto.answer', 'x');
    const options = { path: ['images'], attempted: '', status: 200, notJson };
    let count = 0;
    for await (const _ of new JsonList(endless(), options)) {
      count += 1;
      if (count === 1000) break;
    }
    expect(count).toBe(1000);
  });
});
