import { describe, expect, it } from 'vitest';
import { readingsOf } from '#imgdl/core/readings.js';

describe('a text reads, among others, as', () => {
  it.each<[string, string, string]>([
    ['itself', 'a b', 'a b'],
    ['percent-encoded UTF-8', '%C3%A4%E6%9D%B1%F0%9F%98%80', 'ä東😀'],
    ['percent-encoded bytes that are no UTF-8', '%E4%FC', 'äü'],
    ['a form', 'a+b%21', 'a b!'],
    ['text of XML', '&lt;&AMP;&#65;&#x42;&quot;&apos;', `<&AB"'`],
    ['a number of XML that is no character', '&#x110000;&gt;', '&#x110000;>'],
    ['a string of JSON', 'a\\u0041\\n\\"\\/', 'aA\n"/'],
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

it('a range of nothing is nowhere', () => {
  const decoded = readingsOf('%41')[1];
  expect([decoded?.span(0, 0), decoded?.span(1, 1)]).toEqual([
    [0, 0],
    [0, 3],
  ]);
});
