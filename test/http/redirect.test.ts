import { describe, expect, it } from 'vitest';
import { isAppError } from '#imgdl/core/errors.js';
import { addressClass } from '#imgdl/http/address.js';
import {
  follow,
  headersFor,
  isRedirect,
  isUpgrade,
  type RedirectChain,
  sameOrigin,
  startChain,
} from '#imgdl/http/redirect.js';

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
  return 'followed';
}

const HEADERS = new Map([
  ['accept', '*/*'],
  ['accept-encoding', 'identity'],
  ['cache-control', 'no-cache'],
  ['range', 'bytes=5-'],
  ['if-range', '"e"'],
  ['user-agent', 'imgdl'],
  ['authorization', 'Basic canary'],
  ['x-auth-token', 'canary'],
  ['cookie', 'canary'],
  ['x-anything', 'canary'],
]);
const PUBLIC = ['accept', 'accept-encoding', 'cache-control', 'if-range', 'range', 'user-agent'];

describe('every pair of origins', () => {
  const schemes = ['http', 'https'];
  const hosts = ['a.example', 'b.example', 'sub.a.example', '203.0.113.9'];
  const ports = ['', ':8443', ':80', ':443'];
  const origins = schemes.flatMap((scheme) =>
    hosts.flatMap((host) => ports.map((port) => ({ scheme, host, port, url: `${scheme}://${host}${port}` }))),
  );
  const real = (origin: (typeof origins)[number]) =>
    `${origin.scheme}|${origin.host}|${origin.port.slice(1) || (origin.scheme === 'https' ? '443' : '80')}`;

  /** http to https on one host, by the default ports or by one port for both. */
  const upgraded = (from: (typeof origins)[number], to: (typeof origins)[number]) => {
    const [a, b] = [real(from).split('|'), real(to).split('|')];
    const ports = `${a[2]}-${b[2]}`;
    return a[0] === 'http' && b[0] === 'https' && a[1] === b[1] && (ports === '80-443' || a[2] === b[2]);
  };

  it('keeps the headers at home, cuts them down elsewhere, refuses https to http', () => {
    for (const from of origins) {
      for (const to of origins) {
        const act = () => follow(startChain(new URL(`${from.url}/one`)), 302, `${to.url}/two`);
        if (from.scheme === 'https' && to.scheme === 'http') {
          expect(codeOf(act), `${from.url} to ${to.url}`).toBe('tls.downgrade');
          continue;
        }
        const names = [...headersFor(act(), { home: HEADERS, foreign: HEADERS }).keys()].sort();
        const home = real(from) === real(to);
        expect(names, `${from.url} to ${to.url}`).toEqual(
          home || upgraded(from, to) ? [...HEADERS.keys()].sort() : PUBLIC,
        );
        expect(sameOrigin(new URL(from.url), new URL(to.url))).toBe(home);
      }
    }
  });

  it('never gives the headers back, also not at home', () => {
    let chain: RedirectChain = startChain(new URL('https://a.example/one'));
    for (const url of ['https://b.example/', 'https://a.example/2', 'https://a.example/3'])
      chain = follow(chain, 302, url);
    expect([...headersFor(chain, { home: HEADERS, foreign: HEADERS }).keys()].sort()).toEqual(PUBLIC);
  });
});

describe('one redirect', () => {
  const from = 'https://a.example/dir/one?downloadId=canary#f';
  it.each<[string, string | undefined, string]>([
    ['a relative path', 'two', 'https://a.example/dir/two'],
    ['an absolute path', '/two?x=1', 'https://a.example/two?x=1'],
    ['another scheme-relative host', '//b.example/two', 'https://b.example/two'],
    ['a path in UTF-8', '/\u00c3\u00bc', 'https://a.example/%C3%BC'],
    ['blanks around it', '  /two ', 'https://a.example/two'],
    ['a fragment', '/two#x', 'https://a.example/two'],
  ])('%s is followed, and our query stays where it is', (_name, location, to) => {
    expect(follow(startChain(new URL(from)), 302, location).urls.at(-1)?.href).toBe(to);
  });

  it.each<[string, string | undefined, string]>([
    ['no Location', undefined, 'proto.redirect'],
    ['an empty Location', ' ', 'proto.redirect'],
    ['no URL', 'https://[', 'proto.redirect'],
    ['file:', 'file:///etc/passwd', 'proto.redirect'],
    ['data:', 'data:text/plain,x', 'proto.redirect'],
    ['javascript:', 'javascript:alert(1)', 'proto.redirect'],
    ['userinfo', 'https://user:canary@b.example/', 'proto.redirect'],
    ['plain http', 'http://a.example/', 'tls.downgrade'],
    ['itself', from, 'proto.redirect'],
    ['metadata of a cloud', '//169.254.169.254/', 'proto.redirect'],
    ['this machine', 'https://127.0.0.1/', 'proto.redirect'],
    ['this machine, short', 'https://127.1/', 'proto.redirect'],
    ['this machine, as a number', 'https://2130706433/', 'proto.redirect'],
    ['this machine, by name', 'https://localhost/', 'proto.redirect'],
    ['this machine, mapped', 'https://[::ffff:7f00:1]/', 'proto.redirect'],
    ['this machine, as zero', 'https://0.0.0.0/', 'proto.redirect'],
    ['a private network', 'https://10.0.0.1/', 'proto.redirect'],
    ['a private network of IPv6', 'https://[fd00:ec2::254]/', 'proto.redirect'],
    ['a link-local address of IPv6', 'https://[fe80::1]/', 'proto.redirect'],
    ['NAT64 of a private address', 'https://[64:ff9b::a00:1]/', 'proto.redirect'],
    ['multicast', 'https://224.0.0.1/', 'proto.redirect'],
  ])('%s is refused, and no secret is shown', (_name, location, code) => {
    let message = '';
    const act = () => {
      try {
        follow(startChain(new URL(from)), 302, location);
      } catch (error) {
        message = JSON.stringify(error);
        throw error;
      }
    };
    expect(codeOf(act)).toBe(code);
    expect(message).not.toContain('canary');
  });

  it.each<[string, number, string | undefined, string]>([
    ['no Location', 302, undefined, 'a redirect without a Location'],
    ['blanks as a Location', 302, ' ', 'a redirect without a Location'],
    ['no URL', 302, 'https://[', 'a redirect to "https://[", which is not a URL'],
    ['another scheme', 302, 'file:///etc/passwd', 'a redirect to "file:", which is not http(s)'],
    ['a user', 302, 'https://user@b.example/', 'a redirect to a URL that contains credentials'],
    ['a password', 302, 'https://:canary@b.example/', 'a redirect to a URL that contains credentials'],
    ['a local network', 307, 'https://10.0.0.1/', 'a redirect to https://10.0.0.1/, which is on a local network'],
    ['itself', 301, '?downloadId=canary', 'a redirect back to https://a.example/dir/one?downloadId=***: a loop'],
    ['a proxy', 305, '/two', 'which asks imgdl to use a proxy of its choice; imgdl does not follow it'],
    [
      'what nobody uses any more',
      306,
      '/two',
      'which asks imgdl to use a proxy of its choice; imgdl does not follow it',
    ],
  ])('the message says which answer it was and why it leads nowhere: %s', (_name, status, location, why) => {
    const before = 'GET https://a.example/dir/one?downloadId=***: the server returned';
    expect(() => follow(startChain(new URL(from)), status, location)).toThrow(
      expect.objectContaining({ message: `${before} ${status}, ${why}`, details: { status } }),
    );
  });

  it.each([305, 306])('%d is refused', (status) => {
    expect(codeOf(() => follow(startChain(new URL(from)), status, '/two'))).toBe('proto.redirect');
  });

  it.each<[string, string, string]>([
    ['https://127.0.0.1/', 'https://127.0.0.2/', 'followed'],
    ['https://localhost/', 'https://[::1]/', 'followed'],
    ['https://localhost/', 'https://192.168.1.1/', 'followed'],
    ['https://10.0.0.1/', 'https://10.0.0.2/', 'followed'],
    ['https://10.0.0.1/', 'https://a.example/', 'followed'],
    ['https://127.0.0.1/', 'https://a.example/', 'followed'],
    ['https://10.0.0.1/', 'https://127.0.0.1/', 'proto.redirect'],
    ['https://10.0.0.1/', 'https://169.254.169.254/', 'proto.redirect'],
    ['https://127.0.0.1/', 'https://169.254.169.254/', 'proto.redirect'],
    ['https://intranet.example/', 'https://10.0.0.2/', 'proto.redirect'],
  ])('from %s to %s: %s', (first, to, code) => {
    expect(codeOf(() => follow(startChain(new URL(first)), 307, to))).toBe(code);
  });

  it.each(['POST', 'DELETE'])('a %s goes on to the same host by https, and nowhere else', (method) => {
    const first = startChain(new URL('http://a.example/1'));
    expect(codeOf(() => follow(first, 307, 'https://a.example/1', { method }))).toBe('followed');
    for (const to of ['/2', 'https://b.example/1']) {
      expect(() => follow(first, 307, to, { method })).toThrow(
        expect.objectContaining({
          code: 'proto.redirect',
          message: expect.stringMatching(`^${method} http://a.example/1: .*, and a ${method} is not sent on$`),
        }),
      );
    }
  });

  it('follows ten and not an eleventh', () => {
    let chain = startChain(new URL('https://a.example/0'));
    for (let count = 1; count <= 10; count += 1) chain = follow(chain, 302, `/${count}`);
    expect(codeOf(() => follow(chain, 302, '/11'))).toBe('proto.redirect');
  });

  it('finds a loop over several URLs', () => {
    const chain = follow(startChain(new URL('https://a.example/0')), 302, '/1');
    expect(codeOf(() => follow(chain, 302, '/0'))).toBe('proto.redirect');
  });

  it('knows which statuses it is about', () => {
    const all = Array.from({ length: 500 }, (_, index) => index + 100);
    expect(all.filter(isRedirect)).toEqual([301, 302, 303, 305, 306, 307, 308]);
  });
});

describe('addressClass', () => {
  it.each<[string, string]>([
    ['http://example.com', 'global'],
    ['http://8.8.8.8', 'global'],
    ['http://[2001:4860::1]', 'global'],
    ['http://localhost.', 'loopback'],
    ['http://a.localhost', 'loopback'],
    ['http://[::]', 'loopback'],
    ['http://[::127.0.0.1]', 'loopback'],
    ['http://100.100.100.200', 'private'],
    ['http://192.0.0.192', 'link-local'],
    ['http://255.255.255.255', 'reserved'],
  ])('%s is %s', (url, wanted) => {
    expect(addressClass(new URL(url))).toBe(wanted);
  });
});

describe('what a Location says', () => {
  it.each([
    ['UTF-8', '/\u00c3\u00a4.img', 'http://a.example/%C3%A4.img'],
    ['Latin-1', '/\u00e4.img', 'http://a.example/%E4.img'],
    ['a query', '/x?n=\u00c3\u00a4', 'http://a.example/x?n=%C3%A4'],
    ['a host', 'http://b\u00c3\u00bccher.example/x', 'http://xn--bcher-kva.example/x'],
    ['what is encoded already', '/%c3%a4.img', 'http://a.example/%c3%a4.img'],
  ])('asks for the bytes of a Location as they came: %s', (_, location, url) => {
    expect(follow(startChain(new URL('http://a.example/')), 302, location).urls.at(-1)?.href).toBe(url);
  });

  it('says the same where an earlier answer set the cookie', () => {
    const first = follow(startChain(new URL('http://a.example/x')), 302, '/gate', { setsCookie: true });
    expect(() => follow(first, 302, '/x')).toThrow(/a loop, perhaps because it waits for the cookie/);
    const silent = follow(startChain(new URL('http://a.example/x')), 302, '/gate');
    expect(() => follow(silent, 302, '/x')).toThrow(/a loop$/);
  });
});

describe('from http to https on the same host', () => {
  it.each<[string, string, boolean]>([
    ['http://h/a', 'https://h/a', true],
    ['http://h:80/a', 'https://h:443/b?c=d', true],
    ['http://h:8080', 'https://h:8080', true],
    ['http://h:443', 'https://h', true],
    ['http://h', 'https://h:80', true],
    ['http://[::1]', 'https://[::1]', true],
    ['http://H', 'https://h', true],
    ['http://h', 'https://h:8443', false],
    ['http://h:8080', 'https://h', false],
    ['http://h:8080', 'https://h:8443', false],
    ['http://h', 'https://h.', false],
    ['http://h', 'https://www.h', false],
    ['http://h', 'https://i', false],
    ['http://127.0.0.1', 'https://localhost', false],
    ['http://h', 'http://h', false],
    ['https://h', 'https://h', false],
    ['https://h', 'http://h', false],
  ])('%s to %s: %j', (from, to, is) => {
    expect(isUpgrade(new URL(from), new URL(to))).toBe(is);
  });

  const CREDENTIALS = { home: new Map([['authorization', 'Basic canary']]), foreign: new Map<string, string>() };

  it('keeps the headers only as long as nobody else had a say', () => {
    const up = follow(startChain(new URL('http://h/1')), 301, 'https://h/1');
    expect(headersFor(up, CREDENTIALS)).toBe(CREDENTIALS.home);
    expect([...headersFor(follow(up, 302, 'https://other/2'), CREDENTIALS)]).toEqual([]);
    const away = follow(startChain(new URL('http://h/1')), 302, 'http://other/2');
    const back = follow(follow(away, 302, 'http://h/3'), 302, 'https://h/3');
    expect([...headersFor(back, CREDENTIALS)]).toEqual([]);
  });
});
