import { describe, expect, it } from 'vitest';
import { readingsOf } from '#imgdl/core/readings.js';

describe('a text reads, among others, as', () => {
  it.each<[string, string, string]>([
    ['itself', 'a b', 'a b'],
    ['percent-encoded UTF-8', '%C3%A4%E6%9D%B1%F0%9F%98%80', 'ä東😀'],
    ['percent-encoded bytes that are no UTF-8', '%E4%FC', 'äü'],
    ['a form', 'a+b%21', 'a b!'],
    ['percent-encoded by whoever likes small letters', '%c3%a4%e6%9d%b1%f0%9f%98%80%2f', 'ä東😀/'],
    ['a byte that is no UTF-8 beside one that is', '%E4%C3%A4', 'ää'],
    ['text of XML', '&lt;&gt;&AMP;&#65;&#x42;&#X4a;&quot;&apos;', `<>&ABJ"'`],
    ['the last character there is, in XML', '&#x10ffff;&#1114111;', '\u{10ffff}\u{10ffff}'],
    ['a decimal number of XML that is no character', '&#1114112;&gt;', '&#1114112;>'],
    ['a number of XML that is no character', '&#x110000;&gt;', '&#x110000;>'],
    ['a string of JSON', 'a\\u0041\\n\\"\\/', 'aA\n"/'],
    ['all that JSON has a letter for', '\\b\\f\\n\\r\\t\\\\', '\b\f\n\r\t\\'],
    ['a string in single quotes', "it\\'s", "it's"],
    ['the last character there is, in a string', '\\u{10ffff}', '\u{10ffff}'],
    ['a string of Python or of ours', '\\x41\\u{1f600}', 'A😀'],
    ['bytes of Python', '\\xc3\\xa4\\xe6\\x9d\\xb1\\xf0\\x9f\\x98\\x80\\xe9', 'ä東😀é'],
    ['bytes of C', '\\303\\244\\346\\235\\261\\360\\237\\230\\200\\351\\101', 'ä東😀éA'],
    ['text of HTML', '&eacute;&Eacute;&yuml;&sup2;&nbsp;&none;', 'éÉÿ²\u00a0&none;'],
    ['an escape that is no character', '\\u{110000}\\t', '\\u{110000}\t'],
    ['one inside of another', '%26lt%3B', '<'],
  ])('%s', (_, text, read) => {
    expect(readingsOf(text).map((reading) => reading.text)).toContain(read);
  });
});

it('what is found in a reading has its place in the text', () => {
  const text = 'so %41%42 it is';
  const read = readingsOf(text).find((reading) => reading.text.includes('AB'));
  const at = read?.text.indexOf('AB') ?? -1;
  expect(text.slice(...(read?.span(at, at + 2) ?? []))).toBe('%41%42');
});

const texts = (text: string): readonly string[] => readingsOf(text).map((reading) => reading.text);

it.each([
  ['has nothing that is encoded', 'a b'],
  ['has only the beginning of it', '100% & more, at \\ and &c;'],
])('a text that %s reads in one way', (_, text) => {
  expect(texts(text)).toEqual([text]);
});

it('a text reads in each way once, the ways of one depth before those of the next', () => {
  expect(texts('%2541+')).toEqual(['%2541+', '%41+', '%41 ', 'A+', 'A ']);
});

it('a text is decoded three times and not a fourth', () => {
  const encoded = (times: number): string => (times === 0 ? '<' : encodeURIComponent(encoded(times - 1)));
  expect([1, 2, 3, 4].map((times) => texts(encoded(times)).includes('<'))).toEqual([true, true, true, false]);
});

it('a text that reads in ever so many ways is read in two dozen', () => {
  const deep = '%2526lt;%252B\\u002541&#x25;41&amp;lt;\\x26gt;+';
  expect(readingsOf(deep)).toHaveLength(24);
  expect(new Set(texts(deep)).size).toBe(24);
});

it.each<[string, string, string, readonly string[]]>([
  ['plain and encoded in turn', 'x%41y%42z', 'xAyBz', ['x', '%41', 'y', '%42', 'z']],
  ['encoded at the edges', '%41b%43', 'AbC', ['%41', 'b', '%43']],
  ['one of two units', 'a%F0%9F%98%80', 'a😀', ['a', '%F0%9F%98%80', '%F0%9F%98%80']],
  ['one inside of another', 'a%26lt%3Bb', 'a<b', ['a', '%26lt%3B', 'b']],
])('each character of a reading has its place: %s', (_, text, read, places) => {
  const reading = readingsOf(text).find((one) => one.text === read);
  expect(places.map((__, at) => text.slice(...(reading?.span(at, at + 1) ?? [])))).toEqual(places);
  expect(reading?.span(0, read.length)).toEqual([0, text.length]);
});

it('a range of nothing is nowhere', () => {
  const decoded = readingsOf('%41')[1];
  expect([decoded?.span(0, 0), decoded?.span(1, 1)]).toEqual([
    [0, 0],
    [0, 3],
  ]);
});
