import { describe, expect, test } from 'vitest';
import { isUnder, joinForeign, parseBase } from '#imgdl/providers/uforge/base.js';

describe('a base URL is opaque and loses its trailing slash', () => {
  test.each([
    ['https://host/api', 'https://host/api'],
    ['https://host/api/', 'https://host/api'],
    ['https://host/api///', 'https://host/api'],
    ['http://10.0.0.1:8080/ufws', 'http://10.0.0.1:8080/ufws'],
    ['https://host', 'https://host'],
    ['https://host/', 'https://host'],
    ['https://HOST:443/Api', 'https://host/Api'],
    ['https://[::1]:9090/ufws-3.3', 'https://[::1]:9090/ufws-3.3'],
  ])('%s', (raw, endpoint) => {
    expect(parseBase(raw)).toEqual({ endpoint });
  });
});

describe('a base URL is refused', () => {
  test.each([
    ['with a password', 'https://alice:hunter2@host/api'],
    ['with a user', 'https://alice@host/api'],
    ['with a query', 'https://host/api?x=hunter2'],
    ['with a fragment', 'https://host/api#x'],
    ['of another scheme', 'ftp://host/api'],
    ['of a file', 'file:///etc/passwd'],
    ['without a scheme', 'host/api'],
    ['when empty', ''],
    ['with a line end', 'https://host/\r\napi'],
    ['with a blank', ' https://host/api'],
  ])('%s', (_why, raw) => {
    expect(() => parseBase(raw)).toThrow(expect.objectContaining({ code: 'usage.url' }));
    try {
      parseBase(raw);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
    }
  });
});

describe('a link of the server stays under the base', () => {
  const base = parseBase('https://host/api');
  test.each([
    [
      'relative, as AppCenter sends it',
      'users/a/images/1/downloads/x?downloadId=k',
      'https://host/api/users/a/images/1/downloads/x?downloadId=k',
    ],
    ['absolute but ours', 'https://host/api/users/a', 'https://host/api/users/a'],
    ['absolute path but ours', '/api/users/a', 'https://host/api/users/a'],
    ['with dots that stay inside', 'users/../users/a', 'https://host/api/users/a'],
    ['with a fragment, which is dropped', 'users/a#b', 'https://host/api/users/a'],
    ['with blanks, which are encoded', 'users/a/Scan #1'.replace('#', '%23'), 'https://host/api/users/a/Scan%20%231'],
  ])('%s', (_what, link, expected) => {
    expect(joinForeign(base, link).href).toBe(expected);
  });
});

describe('a link of the server that leaves the base is not followed', () => {
  const base = parseBase('https://host/api');
  test.each([
    ['another host', 'https://evil/api/users/a'],
    ['another host by //', '//evil/api/users/a'],
    ['another host by backslashes', '\\\\evil/api/users/a'],
    ['another scheme', 'http://host/api/users/a'],
    ['another port', 'https://host:8443/api/users/a'],
    ['another root', '/other/users/a'],
    ['a root that only begins like ours', '/api2/users/a'],
    ['a climb', '../secret'],
    ['a climb in percent-encoding', '%2e%2e/secret'],
    ['a long climb', 'users/../../../etc/passwd'],
    ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'],
    ['credentials', 'https://u:p@host/api/users/a'],
    ['a line end', 'users/a\r\nHost: evil'],
    ['nonsense', 'https://['],
  ])('%s', (_what, link) => {
    expect(() => joinForeign(base, link)).toThrow(expect.objectContaining({ code: 'uforge.uri' }));
  });
});

test('at a root base every path of the host is below it, and nothing of another', () => {
  const base = parseBase('https://host/');
  expect(joinForeign(base, 'users/a').href).toBe('https://host/users/a');
  expect(isUnder(base, new URL('https://host/x'))).toBe(true);
  expect(isUnder(base, new URL('https://host.evil/x'))).toBe(false);
});
