import { describe, expect, test } from 'vitest';
import { parseHeaders } from '#imgdl/config/header-file.js';
import { isAppError } from '#imgdl/core/errors.js';
import { maskKnown } from '#imgdl/core/vault.js';

const parsed = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parseHeaders(text, '/headers')).map(([name, value]) => [name, value.reveal()]));

const ROWS: readonly (readonly [sentence: string, text: string, headers: Readonly<Record<string, string>>])[] = [
  ['one', 'Authorization: Bearer abc\n', { authorization: 'Bearer abc' }],
  ['without blanks', 'PRIVATE-TOKEN:abc', { 'private-token': 'abc' }],
  ['with blanks around the value', 'X-A: \t a b \t', { 'x-a': 'a b' }],
  ['with a colon in the value', 'Cookie: a=b:c; d=e', { cookie: 'a=b:c; d=e' }],
  ['several, with blank lines and comments', '# for h\n\nX-A: 1\r\n  # X-B: 2\nX-C: 3\n', { 'x-a': '1', 'x-c': '3' }],
  ['the names of the program and of what it takes', 'User-Agent: x\nAccept: y', { 'user-agent': 'x', accept: 'y' }],
];

const BAD: readonly (readonly [sentence: string, text: string, says: RegExp])[] = [
  ['nothing', '', /there are none/],
  ['comments alone', '# X-A: canary\n', /there are none/],
  ['no colon', 'X-A: 1\ncanary', /line 2: it is not of the form Name: value/],
  ['no name', ': canary', /line 1: it is not of the form/],
  ['a blank before the colon', 'X-A : canary', /line 1: it is not of the form/],
  ['a blank in the name', 'X A: canary', /line 1: it is not of the form/],
  ['a folded line', 'X-A: 1\n canary: 2', /line 2: it is not of the form/],
  ['no value', 'X-A:', /line 1: the value of x-a is empty/],
  ['a value that is no ASCII', 'X-A: canary\u00fc', /line 1: the value of x-a is empty or not ASCII/],
  ['a control character', 'X-A: canary\u0000', /not ASCII/],
  ['the same name twice', 'X-A: 1\nx-a: canary', /line 2: x-a is there twice/],
  ...[
    ...['Host', 'Range', 'If-Match', 'If-None-Match', 'If-Range', 'If-Modified-Since', 'Accept-Encoding'],
    ...['Content-Type', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Proxy-Authorization', 'TE', 'Upgrade'],
  ].map((name): readonly [string, string, RegExp] => [
    name,
    `${name}: canary`,
    new RegExp(`line 1: ${name.toLowerCase()} is not for you to set`),
  ]),
];

describe('a file with headers', () => {
  test.each(ROWS)('%s', (_, text, headers) => {
    expect(parsed(text)).toEqual(headers);
  });

  test.each(BAD)('%s: an error that says where, and shows no value', (_, text, says) => {
    try {
      parsed(text);
      expect.unreachable();
    } catch (error) {
      if (!isAppError(error)) throw error;
      expect([error.code, error.exit, error.message]).toEqual(['usage.option', 2, expect.stringMatching(says)]);
      expect(JSON.stringify(error)).not.toContain('canary');
    }
  });

  test('every value is masked from then on, and so is what is secret in it', () => {
    parsed('Authorization: GoogleLogin auth-canary-1\nCookie: lang=en; session=canary-session-2\nX-Key: canary-key-3');
    for (const text of ['auth-canary-1', 'canary-session-2', 'canary-key-3', 'lang=en; session=canary-session-2']) {
      expect(maskKnown(`the server says ${text}.`, 'theirs')).toBe('the server says ***.');
    }
    expect(maskKnown('the language is en.', 'theirs')).toBe('the language is en.');
  });
});
