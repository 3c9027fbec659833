import { describe, expect, test } from 'vitest';
import { parseUrl } from '#imgdl/core/user-url.js';
import { nameOfUrl, refOfUrl } from '#imgdl/providers/url/address.js';

describe('a URL that is taken', () => {
  test.each([
    ['https://h/a.img', 'https://h/a.img'],
    ['http://h:8080/a?x=1#frag', 'http://h:8080/a?x=1'],
    ['https://[::1]/ü.img', 'https://[::1]/%C3%BC.img'],
  ])('%s', (text, href) => {
    expect(parseUrl(text).href).toBe(href);
  });
});

describe('a URL that is refused', () => {
  test.each([
    '',
    'disk.img',
    '/disk.img',
    'ftp://h/a',
    'file:///etc/passwd',
    'data:,canary',
    'javascript:canary()',
    'https://u:canary@h/a',
    'https://canary@h/a',
    'https://h/a\r\nHost: canary',
    'https://h/a\tb',
    ' https://h/a',
    'https://h/a b',
    'https://',
    'https://[',
    'https://h:99999/a',
    'https://h/\u0000',
  ])('%j', (text) => {
    expect.assertions(3);
    try {
      parseUrl(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'usage.url', hint: expect.any(String) });
      expect(String(error)).not.toContain('canary');
      expect(String(error)).not.toMatch(/[\r\n\u0000]/);
    }
  });
});

const ref = (text: string): string => refOfUrl(new URL(text)).ref;

describe('two links to one object have one reference', () => {
  test.each([
    ['without a query', 'https://h/a', 'https://h/a?'],
    [
      'AWS',
      'https://h/a?X-Amz-Signature=1&X-Amz-Expires=60&X-Amz-Credential=c',
      'https://h/a?x-amz-signature=2&X-Amz-Date=d',
    ],
    ['Google', 'https://h/a?X-Goog-Signature=1', 'https://h/a'],
    ['CloudFront', 'https://h/a?Expires=1&Signature=2&Key-Pair-Id=3', 'https://h/a?Policy=9&Signature=7&Key-Pair-Id=3'],
    ['Azure', 'https://h/a?sv=2020&sr=b&se=1&sp=r&sig=1', 'https://h/a?sv=2021&sr=b&st=0&se=2&sp=r&sig=2&skoid=x'],
    ['Swift', 'https://h/a?temp_url_sig=1&temp_url_expires=2', 'https://h/a?temp_url_sig=3&temp_url_expires=4'],
    ['tokens', 'https://h/a?token=1&access_token=2', 'https://h/a?token=3'],
    ['a one-time download id beside what selects', 'https://h/a?v=1&downloadId=x', 'https://h/a?v=1&downloadId=y'],
  ])('%s', (_what, a, b) => {
    expect(ref(a)).toBe(ref(b));
  });
});

describe('links to two objects have two references', () => {
  test.each([
    ['another path', 'https://h/a', 'https://h/b'],
    ['another selection', 'https://h/a?file=1', 'https://h/a?file=2'],
    ['another id', 'https://h/a?id=1', 'https://h/a?id=2'],
    ['a version that is called as Azure calls it', 'https://h/a?sv=1', 'https://h/a?sv=2'],
    ['a query and none', 'https://h/a?file=1', 'https://h/a'],
  ])('%s', (_what, a, b) => {
    expect(ref(a)).not.toBe(ref(b));
  });

  test('and another host is another endpoint', () => {
    expect(refOfUrl(new URL('https://h:444/a')).endpoint).toBe('https://h:444');
  });
});

test('nothing of a query is in a reference', () => {
  expect(JSON.stringify(refOfUrl(new URL('https://h/a?file=canary&sig=canary')))).not.toContain('canary');
});

describe('the name', () => {
  test.each([
    ['https://h/a/disk.qcow2', 'disk.qcow2'],
    ['https://h/a/disk%20one.img?x=/y', 'disk one.img'],
    ['https://h/..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
    ['https://h/100%25%', '100%25%'],
    ['https://h/', undefined],
    ['https://h', undefined],
    ['https://h/a/', undefined],
    ['https://h/a/downloads', undefined],
    ['https://h/a/file', undefined],
  ])('%s', (text, name) => {
    expect(nameOfUrl(new URL(text))).toBe(name);
  });
});
