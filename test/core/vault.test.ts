import { describe, expect, it } from 'vitest';
import { quoteForeign, redactText } from '#imgdl/core/redact.js';
import { Secret } from '#imgdl/core/secret.js';
import { hasSecretQuery, maskKnown, rememberCookies, rememberQuery, rememberUserinfo } from '#imgdl/core/vault.js';

const RANDOM = 'canary00112233445566';

describe('a URL by which whoever sees it gets the object', () => {
  it.each([
    ...['token', 'access_token', '__token__', 'signature', 'X-Amz-Signature', 'sig', 'hmac', 'md5', 'policy', 'auth'],
    ...['X-Amz-Credential', 'pass', 'password', 'passwd', 'passcode', 'passphrase', 'pwd', 'secret', 'client_secret'],
    ...['session', 'PHPSESSION', 'sid', 'downloadId', 'download-id', 'api_key', 'apikey', 'access-key', 'accessKeyId'],
    ...['AWSAccessKey', 'secret_key', 'privateKey', 'downloadKey', 'Key-Pair-Id', 'pair-key'],
  ])('has a parameter that is called %s', (name) => {
    expect(hasSecretQuery(new URL(`https://host/a?x=1&${name}=1`))).toBe(true);
    expect(hasSecretQuery(new URL(`https://host/a?x=1&${name}=1`), true)).toBe(true);
    expect(hasSecretQuery(new URL(`https://host/a?x=1&${name}-of=1`))).toBe(false);
  });

  it.each([
    ['looks random', RANDOM, true],
    ['does so behind something else', `v1.2-${RANDOM}`, false],
    ['is base64', 'Y2FuYXJ5L2Nh+mFyeQ==', true],
    ['is as short as such a thing may be', 'canary0canary0ab', true],
    ['is shorter', 'canary0canary0a', false],
    ['has no two digits', 'canary0canarycanary', false],
    ['has no letter', '0123456789012345', false],
    ['has no long run of letters and digits', 'canary-01-canary-02', false],
    ['has a run of twelve', 'a-b-c-canary012345', true],
    ['has a run of eleven', 'a-b-c-canary01234', false],
    ['is the name of a file', 'canary0123456789.img', false],
    ['has a blank', 'canary 0123456789012', false],
  ])('has a value that %s', (_, value, is) => {
    const url = new URL(`https://host/a?x=${encodeURIComponent(value)}`);
    expect(hasSecretQuery(url)).toBe(is);
    expect(hasSecretQuery(url, true)).toBe(false);
  });

  it('has a query', () => {
    expect(hasSecretQuery(new URL(`https://host/${RANDOM}`))).toBe(false);
  });
});

describe('a secret is known', () => {
  it('from the moment it is made, in all text that is made fit to be shown', () => {
    expect(redactText('a canary-made-1 b')).toBe('a canary-made-1 b');
    new Secret('canary-made-1');
    expect(redactText('a canary-made-1 b')).toBe('a *** b');
    expect(quoteForeign('a canary-made-1 b')).toBe('"a *** b"');
  });

  it('also a short one in the words of a server, while our own keep theirs', () => {
    new Secret('zyx9');
    expect(quoteForeign('zyx9 is wrong')).toBe('"*** is wrong"');
    expect(redactText('zyx9 is wrong')).toBe('zyx9 is wrong');
  });

  it('also where a quotation is cut in the middle of it', () => {
    const value = 'canaryCut0123456789'.repeat(20);
    new Secret(value);
    expect(quoteForeign(`${'.'.repeat(290)}${value}`)).not.toContain('canary');
    expect(quoteForeign(`${'<i></i>'.repeat(584)}${value}`)).not.toContain('canary');
  });

  it('by its credentials alone, where it is the value of a field', () => {
    new Secret(`Basic ${Buffer.from('me:12').toString('base64')}`);
    expect(redactText(`got ${Buffer.from('me:12').toString('base64')}`)).toBe('got ***');
  });

  it.each([
    ['a signature', 'X-Amz-Signature=canary-sig', 'canary-sig'],
    ['a token of another name', 'access_token=canary-tok', 'canary-tok'],
    ['what is signed by Azure', 'sv=2020&sig=canary%2Bazure%3D', 'canary+azure='],
    ['a link that nginx secures', 'md5=canary-md5&expires=99', 'canary-md5'],
    ['what looks random', 'whatever=canary00112233445566', 'canary00112233445566'],
  ])('in the query of a URL: %s', (_, query, value) => {
    rememberQuery(new URL(`https://host/a?${query}`));
    expect(maskKnown(`no ${value}`, 'ours')).toBe('no ***');
  });

  it.each([
    ['a file', 'file=debian-13-generic-amd64.qcow2', 'debian-13-generic-amd64.qcow2'],
    ['a format', 'format=qcow2-compressed', 'qcow2-compressed'],
    ['a time', 'expires=17000000009', '17000000009'],
    ['a key that is the name of an object', 'key=images-of-debian', 'images-of-debian'],
  ])('but what merely selects is none: %s', (_, query, value) => {
    rememberQuery(new URL(`https://host/a?${query}`));
    expect(maskKnown(`no ${value}`, 'theirs')).toBe(`no ${value}`);
  });

  it.each([
    ['the id of a project', 'owner=cf7204442f634de786317d4f7b81de31', 'cf7204442f634de786317d4f7b81de31'],
    ['the id of an image', 'marker=aeec3a14-3f5e-5214-a2ad-1299b8bf930b', 'aeec3a14-3f5e-5214-a2ad-1299b8bf930b'],
    ['a name', 'name=rhel9golden20250101abcdef', 'rhel9golden20250101abcdef'],
  ])('nor is what says what is wanted, where the query does no more than that: %s', (_, query, value) => {
    const url = new URL(`https://host/a?${query}`);
    rememberQuery(url, true);
    expect(maskKnown(`no ${value}`, 'theirs')).toBe(`no ${value}`);
    rememberQuery(url);
    expect(maskKnown(`no ${value}`, 'theirs')).toBe('no ***');
  });

  it('but a secret by its name is one there, too', () => {
    rememberQuery(new URL('https://host/a?name=x&token=canary-open'), true);
    expect(maskKnown('no canary-open', 'ours')).toBe('no ***');
  });

  it.each([
    ['a session', 'PHPSESSION=canary-cookie1; Path=/; HttpOnly', 'canary-cookie1'],
    [
      'the second of two',
      'lang=en, csrf_token=canary-cookie2; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
      'canary-cookie2',
    ],
    ['what looks random', 'x=canary00cookie3344556677', 'canary00cookie3344556677'],
    ['an id of three letters', 'sid=canary-cookie4', 'canary-cookie4'],
  ])('in a cookie that a server sets: %s', (_, fields, value) => {
    rememberCookies(fields);
    expect(maskKnown(`no ${value}`, 'ours')).toBe('no ***');
  });

  it.each([
    ['no cookie', ''],
    ['a language', 'language=de-at-vienna; Path=/de-at-vienna'],
    ['a word without a value', 'de-at-vienna'],
  ])('but what a cookie merely remembers is none: %s', (_, fields) => {
    rememberCookies(fields);
    expect(maskKnown('no de-at-vienna', 'theirs')).toBe('no de-at-vienna');
  });

  it.each(['no userinfo here', 'http://user@host:3128', 'http://host/a:b@c'])('not where there is none: %s', (text) => {
    rememberUserinfo(text);
    expect(maskKnown(`no ${text}`, 'theirs')).toBe(`no ${text}`);
  });

  it.each([
    ['http://user:canary-proxy1@host:3128', 'canary-proxy1'],
    ['user:canary-proxy2@host:3128', 'canary-proxy2'],
    [' http://user:canary-proxy5@host:3128\n', 'canary-proxy5'],
    ['http://user:canary%40proxy3@host', 'canary@proxy3'],
    ['http://user:canary@@proxy4%@host', 'canary@@proxy4%'],
  ])('in the userinfo of a URL: %s', (url, value) => {
    rememberUserinfo(url);
    expect(maskKnown(`no ${value}`, 'ours')).toBe('no ***');
  });
});
