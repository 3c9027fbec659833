import { describe, expect, it } from 'vitest';
import { isExempt, proxyChoiceOf, proxyFor } from '#imgdl/http/proxy.js';
import type { TransportOptions } from '#imgdl/http/transport.js';
import { answer, head, type Script, stall } from '../support/fault-server.js';
import { tlsMaterial } from '../support/tls-material.js';
import { tunnelling } from '../support/tunnelling.js';
import { drain, failure, httpSetUp } from './set-up.js';

const tls = tlsMaterial();
const { serve, serveTls, open } = httpSetUp();

const get = (url: string, options: Partial<TransportOptions>) =>
  open(url, { ca: tls.ca, ...options }, { 'X-Auth-Token': 'canary-token' });

describe('https through a proxy', () => {
  it.each([false, true])(
    'goes through a tunnel (proxy with TLS: %s); the proxy sees no header of it',
    async (secure) => {
      const target = await serveTls(answer(200, 'image'));
      const proxy = await (secure ? serveTls : serve)(tunnelling);
      const url = proxy.url.replace('://', '://us%40er:pa%3Ass@');
      expect(String(await drain(await get(`${target.url}/x`, { httpsProxy: { name: 'https_proxy', url } })))).toBe(
        'image',
      );
      const [request] = proxy.requests;
      expect(request?.target).toBe(`127.0.0.1:${target.port}`);
      expect(request?.headers.get('host')).toBe(`127.0.0.1:${target.port}`);
      expect(request?.headers.get('proxy-authorization')).toBe(
        `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`,
      );
      expect(request?.raw).not.toContain('canary');
      expect(target.requests[0]?.headers.has('proxy-authorization')).toBe(false);
    },
  );

  it.each<[string, Script, string, number | undefined]>([
    ['407', [head(407, 'Proxy-Authenticate: Basic', 'Content-Length: 0')], 'auth.proxy', 407],
    ['502', answer(502, 'cannot connect'), 'net.proxy', 502],
    ['403', answer(403, 'denied by policy'), 'net.proxy', 403],
    ['a redirect', answer(302, '', 'Location: http://portal.example/'), 'net.proxy', 302],
    ['FIN', [{ do: 'fin' }], 'net.proxy', undefined],
    ['RST', [{ do: 'rst' }], 'net.proxy', undefined],
    ['no HTTP', [{ do: 'send', data: 'SSH-2.0\r\n' }], 'proto.framing', undefined],
    ['endless headers', [head(200, `X: ${'a'.repeat(70_000)}`)], 'proto.headers', undefined],
  ])('answering %s ends it; there is no direct connection', async (_name, script, code, status) => {
    const target = await serveTls(answer(200, 'image'));
    const proxy = await serve(script);
    const error = await failure(get(target.url, { proxy: { url: proxy.url.replace('://', '://user:canary@') } }));
    expect(error.code).toBe(code);
    expect(error.details['status']).toBe(status);
    expect(JSON.stringify(error)).not.toContain('canary');
    expect(target.accepted()).toBe(0);
  });

  it('a silent proxy ends at the header deadline', async () => {
    const proxy = await serve([stall]);
    const error = await failure(get('https://127.0.0.1:1/', { proxy: { url: proxy.url }, headersMs: 150 }));
    expect(error.code).toBe('net.header-timeout');
  });

  it('a certificate that is not good for the target is not good in a tunnel', async () => {
    const target = await serve(answer(200, 'image'), { tls: tls.wrongHost });
    const proxy = await serve(tunnelling);
    expect((await failure(get(target.url, { proxy: { url: proxy.url } }))).code).toBe('tls.certificate');
  });
});

describe('http through a proxy', () => {
  it('is relayed in absolute form', async () => {
    const proxy = await serve(tunnelling);
    const url = proxy.url.replace('://', '://user:pass@');
    expect(
      String(await drain(await get('http://image.example:8080/x?y=1', { httpProxy: { name: 'http_proxy', url } }))),
    ).toBe('relayed');
    expect(proxy.requests[0]?.target).toBe('http://image.example:8080/x?y=1');
    expect(proxy.requests[0]?.headers.get('host')).toBe('image.example:8080');
    expect(proxy.requests[0]?.headers.get('proxy-authorization')).toMatch(/^Basic /);
  });

  it.each([
    ['without credentials: it asks for some', '', 'requires credentials (407)'],
    ['with credentials: it rejected those', 'user:canary@', 'rejected the credentials of http_proxy (407)'],
  ])('407 is auth.proxy, %s', async (_, userinfo, says) => {
    const proxy = await serve(answer(407, ''));
    const url = proxy.url.replace('://', `://${userinfo}`);
    const error = await failure(get('http://image.example/', { httpProxy: { name: 'http_proxy', url } }));
    expect(error).toMatchObject({ code: 'auth.proxy', message: expect.stringContaining(says) });
  });

  it('407 without a proxy is just a status', async () => {
    const server = await serve(answer(407, ''));
    expect((await get(server.url, {})).status).toBe(407);
  });
});

describe('a proxy that is down', () => {
  it.each(['http', 'https'])('is net.proxy for %s, and there is no direct connection', async (scheme) => {
    const target = await (scheme === 'https' ? serveTls : serve)(answer(200, 'image'));
    const gone = await serve([]);
    await gone.close();
    const error = await failure(get(target.url, { allProxy: { name: 'ALL_PROXY', url: gone.url } }));
    expect(error.code).toBe('net.proxy');
    expect(error.transient).toBe(true);
    expect(target.accepted()).toBe(0);
  });
});

describe('the choice', () => {
  type Variables = Readonly<Record<string, string>>;
  const choose = (url: string, env: Variables) => proxyFor(proxyChoiceOf(new Map(Object.entries(env))))(new URL(url));
  const P = 'http://plain.example:3128';
  const S = 'https://secure.example';
  const A = 'http://any.example:8080';

  it.each<[string, string, Variables, string | undefined]>([
    ['http_proxy for http', 'http://a.example', { http_proxy: P, https_proxy: S }, P],
    ['https_proxy for https', 'https://a.example', { http_proxy: P, https_proxy: S }, S],
    ['one without a scheme is http', 'http://a.example', { http_proxy: 'plain.example:3128' }, P],
    ['capitals', 'https://a.example', { HTTP_PROXY: P, HTTPS_PROXY: S }, S],
    ['small letters before capitals', 'https://a.example', { https_proxy: S, HTTPS_PROXY: P }, S],
    ['nothing for https when only http_proxy is set', 'https://a.example', { http_proxy: 'p:1' }, undefined],
    ['nothing when empty', 'http://a.example', { http_proxy: '', ALL_PROXY: ' ' }, undefined],
    ['nothing for an exempt host', 'http://a.example', { http_proxy: P, no_proxy: 'a.example' }, undefined],
    [
      'no HTTP_PROXY in capitals for a CGI program',
      'http://a.example',
      { HTTP_PROXY: P, REQUEST_METHOD: 'GET' },
      undefined,
    ],
    ['ALL_PROXY for http', 'http://a.example', { ALL_PROXY: A }, A],
    ['ALL_PROXY for https', 'https://a.example', { ALL_PROXY: A }, A],
    ['all_proxy before ALL_PROXY', 'https://a.example', { all_proxy: A, ALL_PROXY: P }, A],
    ['the closer one before ALL_PROXY', 'http://a.example', { http_proxy: P, ALL_PROXY: A }, P],
    ['the closer one in capitals, too', 'https://a.example', { HTTPS_PROXY: S, all_proxy: A }, S],
    ['ALL_PROXY for the scheme that has none', 'https://a.example', { http_proxy: P, ALL_PROXY: A }, A],
    ['ALL_PROXY where the closer one is empty', 'http://a.example', { http_proxy: '', ALL_PROXY: A }, A],
    ['nothing of ALL_PROXY for an exempt host', 'http://a.example', { ALL_PROXY: A, NO_PROXY: 'a.example' }, undefined],
    ['a SOCKS proxy of the other scheme', 'http://a.example', { http_proxy: P, https_proxy: 'socks5://p:1' }, P],
    [
      'a SOCKS proxy where closer ones are set',
      'https://a.example',
      { http_proxy: P, https_proxy: S, ALL_PROXY: 'socks://p:1' },
      S,
    ],
    ['a SOCKS proxy for an exempt host', 'http://a.example', { ALL_PROXY: 'socks5h://p:1', no_proxy: '*' }, undefined],
  ])('%s', (_name, url, env, wanted) => {
    expect(choose(url, env)?.url.origin).toBe(wanted);
  });

  it('--proxy before all', () => {
    const choice = {
      ...proxyChoiceOf(
        new Map([
          ['http_proxy', P],
          ['no_proxy', '*'],
        ]),
      ),
      proxy: { url: 'http://own:1' },
    };
    expect(proxyFor(choice)(new URL('http://a.example'))?.url.origin).toBe('http://own:1');
  });

  it.each(['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])(
    'a SOCKS proxy in %s is refused in words, with its name',
    async (name) => {
      const scheme = /https/i.test(name) ? 'https' : 'http';
      for (const socks of ['socks', 'socks4', 'socks4a', 'socks5', 'SOCKS5H']) {
        const env = { [name]: `${socks}://user:canary@p:1`, no_proxy: 'b.example' };
        const error = await failure((async () => choose(`${scheme}://a.example`, env))());
        expect([error.code, error.exit, error.transient]).toEqual(['usage.url', 2, false]);
        expect(error.message).toMatch(new RegExp(`^${name}: SOCKS`));
        expect(`${error.message} ${error.hint}`).not.toContain('canary');
        expect(choose(`${scheme}://b.example`, env)).toBeUndefined();
      }
    },
  );

  it('a SOCKS proxy by which every request would go is refused before the first', async () => {
    const choice = proxyChoiceOf(new Map([['ALL_PROXY', 'socks5h://p:1']]));
    expect((await failure((async () => proxyFor(choice))())).message).toMatch(/^ALL_PROXY: SOCKS/);
  });

  it.each(['http_proxy', 'https_proxy', 'ALL_PROXY'])(
    '%s that is no URL is refused before the first request',
    async (name) => {
      const choice = proxyChoiceOf(new Map([[name, 'http://[']]));
      expect((await failure((async () => proxyFor(choice))())).message).toBe(`${name}: not a URL`);
    },
  );

  it.each(['socks5://p:1', 'ftp://p', 'http://[', 'http://%zz:x@p'])('%s is refused', async (url) => {
    const error = await failure((async () => proxyFor({ proxy: { url } }))());
    expect(error.code).toBe('usage.url');
    expect(error.message).not.toContain(url);
  });

  it.each<[string, string, boolean]>([
    ['http://a.example', '*', true],
    ['http://a.example', 'a.example', true],
    ['http://A.example', 'a.EXAMPLE', true],
    ['http://sub.a.example', 'a.example', true],
    ['http://sub.a.example', '.a.example', true],
    ['http://sub.a.example', '*.a.example', true],
    ['http://nota.example', 'a.example', false],
    ['http://a.example.evil', 'a.example', false],
    ['http://a.example', 'x, a.example  ,y', true],
    ['http://a.example', 'x a.example', true],
    ['http://a.example', 'a.example:80', true],
    ['http://a.example:81', 'a.example:80', false],
    ['https://a.example', 'a.example:443', true],
    ['http://a.example.', 'a.example', true],
    ['http://10.1.2.3', '10.0.0.0/8', true],
    ['http://11.1.2.3', '10.0.0.0/8', false],
    ['http://10.1.2.3', '10.1.2.3', true],
    ['http://110.1.2.3', '10.1.2.3', false],
    ['http://10.1.2.3', '2.3', false],
    ['http://[::1]', '::1', true],
    ['http://[::1]:8080', '[::1]:8080', true],
    ['http://[fd00::1]', 'fd00::/8', true],
    ['http://10.1.2.3', '10.0.0.0/99', false],
    ['http://a.example', '.', false],
    ['http://a.example', '', false],
  ])('%s with NO_PROXY %s: exempt is %s', (url, noProxy, wanted) => {
    expect(isExempt(new URL(url), noProxy)).toBe(wanted);
  });
});
