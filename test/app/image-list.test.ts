import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { imageList, imagesIn } from '#imgdl/app/image-list.js';
import { COMMON_OPTIONS } from '#imgdl/app/options.js';
import { settingsOfFlags } from '#imgdl/config/layers.js';
import { quoteWord } from '#imgdl/core/shell-words.js';

const spec = (...names: readonly string[]) => ({
  path: ['x'],
  args: names.map((name) => ({ name, doc: '' })),
  several: true as const,
  summary: '',
  examples: [],
});
const TWO = spec('appliance', 'image');
const ONE = spec('image');

const directory = mkdtempSync(join(tmpdir(), 'imgdl-list-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(bytes: string | Buffer): string {
  const path = join(directory, `${Math.random()}.txt`);
  writeFileSync(path, bytes);
  return path;
}

const listOf = (args: readonly string[], input: string | undefined, stdin = '') =>
  imageList(ONE, args, settingsOfFlags(new Map(input === undefined ? [] : [['input-file', [input]]]), COMMON_OPTIONS), {
    stdin: Readable.from([Buffer.from(stdin)]),
  });

describe('a list has one image on each line:', () => {
  test.each<[string, string, readonly (readonly [number, ...string[]])[]]>([
    [
      'in order, with all its words',
      '747 1095\n747 1096\n',
      [
        [1, '747', '1095'],
        [2, '747', '1096'],
      ],
    ],
    ['without a line end at the end', '747 1095', [[1, '747', '1095']]],
    [
      'with line ends of Windows',
      '747 1095\r\n\r\n747 1096\r\n',
      [
        [1, '747', '1095'],
        [3, '747', '1096'],
      ],
    ],
    ['between blank lines and comments', '\n# a\n \t# b\n  \n747 1095\n', [[5, '747', '1095']]],
    ['with blanks around', ' \t747\t 1095  ', [[1, '747', '1095']]],
    [
      'quoted',
      `'a b' "c d"\na\\ b '#c'`,
      [
        [1, 'a b', 'c d'],
        [2, 'a b', '#c'],
      ],
    ],
    ['nothing at all', '', []],
  ])('%s', (_, text, images) => {
    const expected = images.map(([line, ...words]) => ({ words, place: `list.txt:${line}` }));
    expect(imagesIn(text, 'list.txt', TWO)).toEqual(expected);
  });

  test.each<[string, string, RegExp, RegExp]>([
    [
      'too few words',
      '747 1095\n747\n',
      /^list\.txt:2: 1 word instead of 2$/,
      /^write one image on each line, as APPLIANCE IMAGE$/,
    ],
    ['too many words', '747 1 canary', /^list\.txt:1: 3 words instead of 2$/, /name with spaces in quotes/],
    ['a comment behind the words', '747 1 # x', /^list\.txt:1: 4 words/, /comment on its own line/],
    ['an open quote', "\n\n747 'canary", /^list\.txt:3: a single quote is not closed$/, /quoted as in a shell/],
    ['a backslash at the end', '747 1\\', /^list\.txt:1: a backslash at the end/, /quoted as in a shell/],
  ])('not %s, which is named by its line and not quoted', (_, text, message, hint) => {
    expect(() => imagesIn(text, 'list.txt', TWO)).toThrow(
      expect.objectContaining({
        code: 'usage.arguments',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    );
  });

  test('an optional argument may be left out', () => {
    const list = {
      ...spec(),
      args: [
        { name: 'a', doc: '' },
        { name: 'b', doc: '', optional: true as const },
      ],
    };
    expect(imagesIn('1\n1 2', 'l', list).map(({ words }) => words)).toEqual([['1'], ['1', '2']]);
    expect(() => imagesIn('1 2 3', 'l', list)).toThrow('l:1: 3 words instead of 1 to 2');
  });

  test('whatever words are quoted into it come out of it', () => {
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word)), (images) => {
        const text = images.map((words) => words.map(quoteWord).join(' ')).join('\n');
        const written = imagesIn(text, 'l', TWO).map(({ words }) => words);
        // A first word that begins with # is quoted, so that it is no comment.
        expect(written).toEqual(images);
      }),
    );
  });

  test('ten thousand of them', () => {
    const text = Array.from({ length: 10_000 }, (_, at) => `747 ${at}\n`).join('');
    expect(imagesIn(text, 'l', TWO)).toHaveLength(10_000);
  });
});

describe('the images of a run', () => {
  const words = async (...given: Parameters<typeof listOf>) => {
    const { images, batch } = await listOf(...given);
    return [images.map((image) => image.words.join(' ')), batch];
  };

  test('are those of the command line, several a batch', async () => {
    expect(await words(['a'], undefined)).toEqual([['a'], false]);
    expect(await words(['a', 'b'], undefined)).toEqual([['a', 'b'], true]);
  });

  test('and then those of the file, always a batch', async () => {
    expect(await words(['a'], fileOf('b\nc\n'))).toEqual([['a', 'b', 'c'], true]);
    expect(await words([], fileOf('b'))).toEqual([['b'], true]);
    expect(await words([], fileOf('# nothing\n'))).toEqual([[], true]);
  });

  test('or of stdin', async () => {
    expect(await words(['a'], '-', 'b\nc\n')).toEqual([['a', 'b', 'c'], true]);
    await expect(listOf([], '-', 'a b')).rejects.toThrow('stdin:1: 2 words instead of 1');
  });

  test('after a byte order mark', async () => {
    expect(await words([], fileOf('\ufeffa\r\n'))).toEqual([['a'], true]);
    expect(await words([], '-', '\ufeff# x\na')).toEqual([['a'], true]);
  });

  test.each<[string, () => string, string, RegExp]>([
    ['that is not there', () => join(directory, 'nope'), '', /reading the images in .*nope: there is no such file/],
    ['that is a directory', () => directory, '', /not a regular file|directory/],
    ['that is no text', () => fileOf(Buffer.from([0xff, 0x0a])), '', /not UTF-8/],
    ['of more than 16 MiB', () => fileOf('#'.repeat(16 * 1024 * 1024 + 1)), '', /larger than 16384 KiB/],
    ['of more than 16 MiB on stdin', () => '-', '#'.repeat(16 * 1024 * 1024 + 1), /--input-file -: stdin is larger/],
  ])('are not in a file %s', async (_, path, stdin, message) => {
    await expect(listOf([], path(), stdin)).rejects.toMatchObject({
      code: 'usage.option',
      message: expect.stringMatching(message),
    });
  });
});
