import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument } from '#imgdl/providers/uforge/document.js';
import { parseXml, type Tree, XmlReader } from '#imgdl/providers/uforge/xml.js';
import { cpuMs } from '../../support/cpu-time.js';

const parse = (text: string) => parseXml(text, 'reading');

describe('XML becomes plain data', () => {
  test.each([
    ['text', '<a>1</a>', 'a', '1'],
    ['a prefix is dropped', '<ns0:a xmlns:ns0="u">1</ns0:a>', 'a', '1'],
    ['no prefix is as good', '<a xmlns="u">1</a>', 'a', '1'],
    ['an empty element is an empty text', '<a><b/></a>', 'a', { b: '' }],
    ['blanks around children do not count', '<a>\n <b> x </b>\n</a>', 'a', { b: 'x' }],
    ['a repeated child is a list', '<a><b>1</b><b>2</b></a>', 'a', { b: ['1', '2'] }],
    ['the five entities and numbers', '<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>', 'a', '<&>"\'AB'],
    ['CDATA', '<a><![CDATA[<!DOCTYPE x>]]></a>', 'a', '<!DOCTYPE x>'],
    ['a byte order mark', '\ufeff<a>1</a>', 'a', '1'],
    ['attributes are dropped', '<a x="1" xsi:type="ns0:T">v</a>', 'a', 'v'],
    ['comments and instructions', '<?xml version="1.0"?><!-- c --><a>v<!-- c --></a>', 'a', 'v'],
  ])('%s', (_what, text, root, tree) => {
    const parsed = parse(text);
    expect(parsed.root).toBe(root);
    expect(JSON.parse(JSON.stringify(parsed.tree))).toEqual(tree);
  });

  test('credAccount of a published image is never kept, at any depth', () => {
    const parsed = parse('<p><credAccount><login>canary</login><x>canary</x>canary</credAccount><n>1</n></p>');
    expect(JSON.stringify(parsed)).not.toContain('canary');
    expect(parsed.tree).toEqual(Object.assign(Object.create(null), { n: '1' }));
  });
});

const DEEP = '<a>'.repeat(33) + '</a>'.repeat(33);

describe('XML that is refused', () => {
  test.each([
    ['nothing', '', 'proto.xml'],
    ['blanks', '  \n', 'proto.xml'],
    ['plain text', 'hello', 'proto.xml'],
    ['an open element', '<a><b>', 'proto.xml'],
    ['crossed elements', '<a><b></a></b>', 'proto.xml'],
    ['two roots', '<a/><b/>', 'proto.xml'],
    ['text after the root', '<a/>x', 'proto.xml'],
    ['an unknown entity', '<a>&nbsp;</a>', 'proto.xml'],
    ['an entity of HTML', '<a>&eacute;</a>', 'proto.xml'],
    ['an attribute without quotes', '<a b=c/>', 'proto.xml'],
    ['33 levels', DEEP, 'proto.xml'],
    ['__proto__', '<a><__proto__><polluted>1</polluted></__proto__></a>', 'proto.xml'],
    ['constructor', '<a><constructor>1</constructor></a>', 'proto.xml'],
    ['a prefixed __proto__', '<a><x:__proto__>1</x:__proto__></a>', 'proto.xml'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>', 'proto.doctype'],
    ['a DOCTYPE in small letters', '<!doctype a><a/>', 'proto.doctype'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'proto.doctype'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://h/x">%x;]><a/>', 'proto.doctype'],
    ['a bomb', `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(1000)}"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>`, 'proto.doctype'],
    ['an entity declaration without DOCTYPE', '<!ENTITY x "y"><a>1</a>', 'proto.doctype'],
  ])('%s', (_what, text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a syntax error does not quote the document', () => {
    expect(() => parse('<a><password>canary</passwort></a>')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('canary') }),
    );
  });

  test('a megabyte of anything is read or refused in well under a second', async () => {
    const texts = [
      `<a>${'<b/>'.repeat(250_000)}</a>`,
      `<a>${'x'.repeat(1_000_000)}</a>`,
      '<a '.repeat(300_000),
      `<a>${'&amp;'.repeat(200_000)}</a>`,
      '<!DOCTYPE '.repeat(100_000),
    ];
    const spent = await cpuMs(() => {
      for (const text of texts) {
        try {
          parse(text);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^proto\./) });
        }
      }
    });
    // Five of them, on a slow processor.
    expect(spent).toBeLessThan(5000);
  });
});

const MIB = 1024 * 1024;
const plain = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree));

/** The entries of a document that comes in pieces, and what is left of it. */
function inPieces(pieces: readonly string[], path = 'l/l/e', skipped: readonly string[] = []) {
  const entries: Tree[] = [];
  const reader = new XmlReader('reading', { path, skipped: new Set(skipped), found: (entry) => entries.push(entry) });
  for (const piece of pieces) reader.write(piece);
  return { entries: plain(entries), rest: plain(reader.close().tree) };
}

describe('a list in pieces', () => {
  const LIST =
    '<?xml version="1.0"?><n:l xmlns:n="u"><total>2</total><l><e><a>1</a></e><e><a>&lt;</a><e>x</e></e></l></n:l>';
  const READ = { entries: [{ a: '1' }, { a: '<', e: 'x' }], rest: { total: '2', l: '' } };

  test('is read the same, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(LIST.length), { maxLength: 9 }), (cuts) => {
        const edges = [0, ...[...cuts].sort((a, b) => a - b), LIST.length];
        const pieces = edges.slice(1).map((to, at) => LIST.slice(edges[at], to));
        expect(inPieces(pieces)).toEqual(READ);
      }),
    );
  });

  test.each([
    ['is empty', '<l><total>0</total><l/></l>', { entries: [], rest: { total: '0', l: '' } }],
    ['is not there', '<l/>', { entries: [], rest: '' }],
    ['is another one', '<m><l><e/></l></m>', { entries: [], rest: { l: { e: '' } } }],
    ['is longer than its list', '<l><l><e/></l><l><e/></l></l>', { entries: ['', ''], rest: { l: ['', ''] } }],
  ])('%s', (_what, text, read) => {
    expect(inPieces([text])).toEqual(read);
  });

  test('what is skipped of an entry is not kept; elsewhere the same name is', () => {
    expect(inPieces(['<l><s>1</s><l><e><s><a>x</a></s><a>2</a></e></l></l>'], 'l/l/e', ['s'])).toEqual({
      entries: [{ a: '2' }],
      rest: { s: '1', l: '' },
    });
  });

  test('credAccount is kept in no entry, and in no rest', () => {
    const read = inPieces([
      '<l><credAccount>canary</credAccount><l><e><credAccount><p>canary</p></credAccount></e></l></l>',
    ]);
    expect(read).toEqual({ entries: [''], rest: { l: '' } });
  });

  const entry = (size: number): string => `<e><a>${'x'.repeat(size)}</a></e>`;
  const pieces = (text: string): readonly string[] => text.match(/.{1,65536}/gs) ?? [];

  test.each([
    ['ten entries of half a megabyte', `<l><l>${entry(MIB / 2).repeat(10)}</l></l>`, 10],
    ['an entry of nearly a megabyte', `<l><l>${entry(MIB - 100)}</l></l>`, 1],
    ['megabytes that are skipped', `<l><l><e><s>${'x'.repeat(3 * MIB)}</s><a>1</a></e></l></l>`, 1],
    ['megabytes of blanks and comments', `<l><l>${`<e/> \t<!-- ${'x'.repeat(1000)} -->`.repeat(3000)}</l></l>`, 3000],
    ['megabytes of secrets', `<l><credAccount>${'x'.repeat(3 * MIB)}</credAccount><l><e/></l></l>`, 1],
  ])('%s: read', (_what, text, count) => {
    expect(inPieces(pieces(text), 'l/l/e', ['s']).entries).toHaveLength(count);
  });

  test.each([
    ['an entry', `<l><l>${entry(MIB)}</l></l>`, 'an entry of the list'],
    ['an entry that does not end', `<l><l><e>${'<a>1</a>'.repeat(MIB / 4)}`, 'an entry of the list'],
    ['what is no entry', `<l><a>${'x'.repeat(MIB)}</a><l><e/></l></l>`, 'the response without its list'],
    ['elements that are no entry', `<l>${'<a/>'.repeat(MIB / 4)}</l>`, 'the response without its list'],
  ])('more than a megabyte of %s: refused', (_what, text, part) => {
    expect(() => inPieces(pieces(text))).toThrow(
      expect.objectContaining({ code: 'proto.body-limit', message: expect.stringContaining(part) }),
    );
  });

  test.each([
    ['ends in an entry', '<l><l><e><a>1</a>', 'proto.xml'],
    ['ends behind its entries', '<l><l><e/></l>', 'proto.xml'],
    ['has a DOCTYPE', '<!DOCTYPE l><l/>', 'proto.doctype'],
    ['declares an entity', '<!ENTITY x "y"><l/>', 'proto.doctype'],
  ])('%s: refused, wherever it is cut', (_what, text, code) => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(() => inPieces([text.slice(0, cut), text.slice(cut)])).toThrow(expect.objectContaining({ code }));
    }
  });
});

describe('JSON is read when that is what comes', () => {
  test.each([
    ['an object', '{"image":{"dbId":1}}', { root: 'image', value: { dbId: 1 } }],
    ['with a byte order mark', '\ufeff {"image":{}}', { root: 'image', value: {} }],
  ])('%s', (_what, text, expected) => {
    expect(parseDocument(text, 'reading')).toEqual(expected);
  });
  test.each([
    ['broken', '{"image":'],
    ['empty', '{}'],
    ['two roots', '{"a":1,"b":2}'],
  ])('%s: refused', (_what, text) => {
    expect(() => parseDocument(text, 'reading')).toThrow(expect.objectContaining({ code: 'proto.answer' }));
  });
});
