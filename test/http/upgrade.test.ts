import { describe, expect, it } from 'vitest';
import type { Call } from '#imgdl/core/http.js';
import { Secret } from '#imgdl/core/secret.js';
import type { Warning } from '#imgdl/core/source.js';
import type { ClosableTransport } from '#imgdl/http/transport.js';
import { Upgrades } from '#imgdl/http/upgrades.js';
import { answer, type FaultServer, type Script } from '../support/fault-server.js';
import { onePort } from '../support/one-port.js';
import { tlsMaterial } from '../support/tls-material.js';
import { failure, httpSetUp, never } from './set-up.js';

it('two requests that are sent on at once are one warning', () => {
  const warnings: Warning[] = [];
  const upgrades = new Upgrades((warning) => warnings.push(warning));
  const [from, to] = [new URL('http://h/a'), new URL('https://h/a')];
  upgrades.add(from, to);
  upgrades.add(from, to);
  expect(warnings).toHaveLength(1);
  expect(upgrades.apply(new URL('http://h/b?c')).href).toBe('https://h/b?c');
});

interface Site {
  readonly http: FaultServer;
  readonly https: FaultServer;
  readonly transport: ClosableTransport;
  readonly warnings: Warning[];
  /** Of http, where a client begins. */
  url(path: string): URL;
}

const { serve, serveTls, transport, closing } = httpSetUp();

/** Both schemes on one port; http sends everything to https unless told. */
async function site(status = 301, http?: Script): Promise<Site> {
  const warnings: Warning[] = [];
  let port = 0;
  const plain = await serve(
    http ?? ((request) => answer(status, 'moved', `Location: https://127.0.0.1:${port}${request.target}`)),
  );
  const secure = await serveTls(answer(200, 'reached'));
  ({ port } = closing(await onePort({ http: plain.port, https: secure.port })));
  return {
    http: plain,
    https: secure,
    transport: transport({ ca: tlsMaterial().ca, warn: (warning) => warnings.push(warning) }),
    warnings,
    url: (path) => new URL(path, `http://127.0.0.1:${port}`),
  };
}

const authorization = new Secret('Basic canary');
const METHODS: readonly Pick<Call, 'method' | 'body'>[] = [
  { method: 'GET' },
  { method: 'POST', body: new Secret('{"password":"canary"}') },
  { method: 'DELETE' },
];
const CASES = METHODS.flatMap((method) => [301, 302, 303, 307, 308].map((status) => [method, status] as const));

describe('credentials go with it', () => {
  it.each(CASES)('%o after %i: method, body and headers are kept, and said to have been seen', async (how, status) => {
    const { http, https, transport, warnings, url } = await site(status);
    const call = { ...how, url: url('/login?x=1'), headers: { authorization, 'x-more': 'more' } };
    const reply = await transport.call(call, never());
    expect([reply.text, reply.url?.protocol]).toEqual(['reached', 'https:']);
    const [request] = https.requests;
    expect(request).toMatchObject({ method: how.method, target: '/login?x=1', body: how.body?.reveal() ?? '' });
    expect(request?.headers.get('authorization')).toBe('Basic canary');
    expect(request?.headers.get('x-more')).toBe('more');
    expect(http.requests).toHaveLength(1);
    expect(warnings).toEqual([{ code: 'http.upgrade', message: expect.stringContaining('unencrypted') }]);
  });

  it('and later ones to the same server go to https at once, whatever carries them', async () => {
    const { http, https, transport, warnings, url } = await site();
    const headers = { authorization };
    await transport.call({ method: 'GET', url: url('/1'), headers }, never());
    await transport.call({ method: 'POST', url: url('/2'), headers: {}, body: new Secret('b') }, never());
    (await transport.open({ url: url('/3?signature=canary'), headers: {} }, never())).cancel();
    const reply = await transport.call({ method: 'GET', url: url('/4'), headers }, never());
    expect(http.requests.map(({ target }) => target)).toEqual(['/1']);
    expect(https.requests.map(({ target }) => target)).toEqual(['/1', '/2', '/3?signature=canary', '/4']);
    expect(reply.url?.href).toBe(`${https.url.replace(/\d+$/, url('/').port)}/4`);
    expect(warnings).toHaveLength(1);
  });

  it('while requests without any are asked where they were meant to go, and nothing is said', async () => {
    const { http, transport, warnings, url } = await site();
    for (const path of ['/1', '/2']) {
      await transport.call({ method: 'GET', url: url(path), headers: { accept: '*/*' } }, never());
    }
    expect(http.requests).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it('with the client certificate, which is one, too', async () => {
    const seen: boolean[] = [];
    const { client, ca, good } = tlsMaterial();
    const secure = await serve(answer(200, 'reached'), {
      tls: { ...good, ca, requestCert: true, rejectUnauthorized: true },
    });
    let port = 0;
    const plain = await serve(() => answer(308, '', `Location: https://127.0.0.1:${port}/`));
    ({ port } = closing(await onePort({ http: plain.port, https: secure.port })));
    const mine = transport({ ca, cert: client.cert, key: client.key });
    const reply = await mine.call(
      { method: 'GET', url: new URL(`http://127.0.0.1:${port}/`), headers: { authorization } },
      never(),
    );
    seen.push(reply.status === 200);
    expect(seen).toEqual([true]);
  });
});

describe('any other redirect of a request that is no GET', () => {
  it.each<[string, (to: FaultServer) => string]>([
    ['to another host', (to) => to.url.replace('127.0.0.1', 'localhost')],
    ['to another port', (to) => to.url],
    ['to another path of the same server', () => '/elsewhere'],
    ['to https on another port', (to) => to.url.replace('http:', 'https:')],
  ])('%s is not followed, and the message says where it led', async (_name, where) => {
    const other = await serve(answer(200, 'stolen'));
    const first = await serve(answer(307, '', `Location: ${where(other)}/v3?x=canary-signature-1`));
    for (const { method, body } of METHODS.slice(1)) {
      const call = { method, url: new URL(`${first.url}/login`), headers: { authorization }, ...(body && { body }) };
      const error = await failure(transport().call(call, never()));
      expect(error.code).toBe('proto.redirect');
      const target = new URL(where(other), first.url);
      expect(error.message).toMatch(
        `${method} ${first.url}/login: the server returned 307, a redirect to ${target.origin}`,
      );
      expect(error.hint).toMatch('use that URL');
      expect(`${error.message}${JSON.stringify(error)}`).not.toContain('canary');
    }
    expect(other.requests).toEqual([]);
    expect(first.requests).toHaveLength(2);
  });

  it('from https to http is refused as for a GET', async () => {
    const plain = await serve(answer(200, 'stolen'));
    const secure = await serveTls(answer(307, '', `Location: ${plain.url}/`));
    const mine = transport({ ca: tlsMaterial().ca });
    const call = { method: 'POST' as const, url: new URL(secure.url), headers: {}, body: new Secret('canary') };
    expect((await failure(mine.call(call, never()))).code).toBe('tls.downgrade');
    expect(plain.requests).toEqual([]);
  });
});

describe('what another server says of credentials that it was not shown', () => {
  const ask = async (status: number, headers: Call['headers'], how: 'call' | 'open') => {
    const other = await serve(answer(status, 'no'));
    const first = await serve(answer(302, '', `Location: ${other.url}/there`));
    const request = { url: new URL(`${first.url}/here`), headers };
    const mine = transport();
    const asked = how === 'call' ? mine.call({ method: 'GET', ...request }, never()) : mine.open(request, never());
    const text = `GET ${first.url}/here: redirected to ${other.url}/there, which returned ${status} without credentials`;
    return { asked, other, text };
  };

  it.each<[number, 'call' | 'open']>([
    [401, 'open'],
    [401, 'call'],
    [403, 'call'],
    [404, 'call'],
  ])('%i to %s is told with the way there', async (status, how) => {
    const { asked, text, other } = await ask(status, { 'x-auth-token': new Secret('canary') }, how);
    expect(await failure(asked)).toMatchObject({ code: 'proto.redirect', message: expect.stringContaining(text) });
    expect(other.requests[0]?.raw).not.toContain('canary');
  });

  it.each<[string, number, Call['headers'], 'call' | 'open']>([
    ['a failure that passes', 503, { 'x-auth-token': new Secret('canary') }, 'call'],
    ['a refusal of data that is none of credentials', 403, { 'x-auth-token': new Secret('canary') }, 'open'],
    ['success', 200, { 'x-auth-token': new Secret('canary') }, 'call'],
    ['a refusal, where there were none', 401, { accept: '*/*' }, 'call'],
  ])('%s goes to the caller, with its URL', async (_name, status, headers, how) => {
    const { asked, other } = await ask(status, headers, how);
    expect(await asked).toMatchObject({ status, url: new URL(`${other.url}/there`) });
  });
});

describe('a secret that says where it may go', () => {
  const httpsOnly = (value: string) =>
    new Secret(value, (to) => {
      if (to.protocol !== 'https:') throw new Error(`not to ${to.protocol}`);
    });

  it.each(['call', 'open'] as const)('is not sent elsewhere by %s; without that word it would be', async (how) => {
    const server = await serve(answer(200, 'seen'));
    const mine = transport();
    const ask = async (token: Secret) => {
      const request = { url: new URL(server.url), headers: { 'x-auth-token': token } };
      return how === 'call' ? mine.call({ method: 'GET', ...request }, never()) : mine.open(request, never());
    };
    await expect(ask(httpsOnly('canary'))).rejects.toThrow('not to http:');
    expect(server.requests).toEqual([]);
    await ask(new Secret('canary'));
    expect(server.requests[0]?.headers.get('x-auth-token')).toBe('canary');
  });

  it('goes to a server of which https is known, though http is named', async () => {
    const { http, https, transport, url } = await site();
    await transport.call({ method: 'GET', url: url('/1'), headers: { authorization } }, never());
    await transport.call({ method: 'GET', url: url('/2'), headers: { 'x-auth-token': httpsOnly('canary') } }, never());
    expect(https.requests[1]?.headers.get('x-auth-token')).toBe('canary');
    expect(http.requests).toHaveLength(1);
  });
});
