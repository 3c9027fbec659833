import { describe, expect, test } from 'vitest';
import { parseDocument } from '#imgdl/providers/uforge/document.js';
import { parseXml } from '#imgdl/providers/uforge/xml.js';
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
