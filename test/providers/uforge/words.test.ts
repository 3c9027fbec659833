import { describe, expect, test } from 'vitest';
import type { Kind, Level } from '#imgdl/providers/uforge/kinds.js';
import { idsOf, parseWanted, parseWord, pathOfWords, requireId } from '#imgdl/providers/uforge/words.js';

const ODD = [
  '',
  '-1',
  '+1',
  '01',
  '1.0',
  '1e3',
  '0x1',
  ' 1',
  '1 ',
  '1/2',
  '1?x',
  '1#x',
  '../1',
  '%31',
  '1\r\nHost: evil',
  '٣',
  '12345678901234567890',
];

describe('an id is a decimal and nothing else', () => {
  test.each(['0', '1', '1095', '9223372036854775807'])('%s', (id) => {
    expect(requireId(id, '<image>')).toBe(id);
  });
  test.each(ODD)('%j is refused with exit 2', (id) => {
    expect(() => requireId(id, '<image>')).toThrow(expect.objectContaining({ code: 'usage.id' }));
    for (const level of ['image', 'pimage', 'template'] as const) {
      expect(() => parseWord(level, id)).toThrow(expect.objectContaining({ code: 'usage.id' }));
    }
  });
});

describe('a word', () => {
  test.each<[string, Level, string, unknown]>([
    ['digits are an id', 'appliance', '747', { kind: 'id', id: '747' }],
    ['digits are an id, also of an image', 'image', '1095', { kind: 'id', id: '1095' }],
    ['id: forces an id', 'appliance', 'id:747', { kind: 'id', id: '747' }],
    ['name: forces a name', 'appliance', 'name:747', { kind: 'name', text: '747' }],
    ['a name that begins with id:', 'bundle', 'name:id:7', { kind: 'name', text: 'id:7' }],
    ['a name', 'appliance', 'web-server', { kind: 'name', text: 'web-server' }],
    ['a name with its version', 'bundle', 'nginx@1.14:3', { kind: 'name', text: 'nginx@1.14:3' }],
    ['a name with blanks', 'scan', 'Scan #1', { kind: 'name', text: 'Scan #1' }],
    ['a name of another script', 'instance', 'サーバー', { kind: 'name', text: 'サーバー' }],
    ['latest is a name where there are names', 'appliance', 'latest', { kind: 'name', text: 'latest' }],
    ['latest, of what has no name', 'template', 'latest', { kind: 'latest' }],
    ['latest image', 'image', 'latest', { kind: 'latest' }],
    ['latest published image', 'pimage', 'latest', { kind: 'latest' }],
  ])('%s', (_what, level, given, word) => {
    expect(parseWord(level, given)).toEqual(word);
  });

  test.each<[string, Level, string]>([
    ['id: without an id', 'appliance', 'id:web'],
    ['id: and nothing', 'image', 'id:'],
    ['name: and nothing', 'appliance', 'name:'],
    ['blanks', 'appliance', '  '],
    ['digits that are no id', 'appliance', '007'],
    ['more digits than an id has', 'appliance', '12345678901234567890'],
    ['a line end', 'appliance', 'web\n'],
    ['half a character', 'appliance', '\ud800'],
    ['more than any name', 'appliance', 'x'.repeat(1025)],
    ['a name of what has none', 'image', 'web'],
    ['name: of what has none', 'template', 'name:latest'],
    ['latest in capitals', 'image', 'LATEST'],
  ])('%s is refused with exit 2', (_what, level, given) => {
    expect(() => parseWord(level, given)).toThrow(
      expect.objectContaining({ code: 'usage.id', hint: expect.stringMatching(/^use /) }),
    );
  });

  test('digits that are no id may be a name: the hint says how', () => {
    expect(() => parseWord('appliance', '007')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('name:007') }),
    );
  });
});

describe('an image is named by', () => {
  test.each<[string, Kind, readonly string[], readonly string[] | undefined, string]>([
    ['its ids', 'image', ['747', '1095'], ['747', '1095'], 'users/al%40x/appliances/747/images/1095'],
    [
      'its ids, forced',
      'scan',
      ['id:1', '2', 'id:3'],
      ['1', '2', '3'],
      'users/al%40x/scannedinstances/1/scans/2/images/3',
    ],
    ['its own id', 'pimage', ['88'], undefined, 'users/al%40x/pimages/88'],
    ['its own id, forced', 'container', ['id:590'], undefined, 'users/al%40x/images/590'],
    ['a name', 'image', ['web@1', 'latest'], undefined, 'users/al%40x/appliances/name%3Aweb%401/images/latest'],
    [
      'latest',
      'container',
      ['718', 'latest', '590'],
      undefined,
      'users/al%40x/mysoftware/718/templates/latest/images/590',
    ],
  ])('%s', (_what, kind, args, ids, path) => {
    const wanted = parseWanted(kind, args);
    expect([idsOf(wanted), pathOfWords(wanted, 'al@x')]).toEqual([ids, path]);
  });

  test('an appliance that is called latest is another reference than the latest', () => {
    const [named, newest] = [['name:latest'], ['latest']].map(([word = '']) =>
      pathOfWords(
        {
          kind: 'container',
          words: [
            { kind: 'id', id: '1' },
            word === 'latest' ? { kind: 'latest' } : { kind: 'name', text: 'latest' },
            { kind: 'latest' },
          ],
          typed: '',
        },
        'a',
      ),
    );
    expect(named).not.toBe(newest);
  });

  test.each<[string, Kind, readonly string[], string, RegExp]>([
    ['nothing', 'image', [], 'usage.arguments', /APPLIANCE IMAGE, or the id of the image alone/],
    ['two of three', 'container', ['718', '590'], 'usage.arguments', /BUNDLE TEMPLATE IMAGE/],
    ['more than three', 'scan', ['1', '2', '3', '4'], 'usage.arguments', /INSTANCE SCAN IMAGE/],
    ['a name alone', 'image', ['web'], 'usage.id', /imgdl appliance image APPLIANCE latest/],
    ['latest alone', 'pimage', ['latest'], 'usage.id', /imgdl appliance pimage APPLIANCE latest/],
  ])('%s: exit 2', (_what, kind, args, code, hint) => {
    expect(() => parseWanted(kind, args)).toThrow(expect.objectContaining({ code, hint: expect.stringMatching(hint) }));
  });

  test.each([
    [['web-server@1.2:3', 'latest'], 'web-server@1.2:3 latest'],
    [['Scan #1', '7'], '"Scan #1" 7'],
  ])('%j: as it was typed, for messages', (args, typed) => {
    expect(parseWanted('image', args).typed).toBe(typed);
  });
});
