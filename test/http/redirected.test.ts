import { describe, expect, it } from 'vitest';
import { AppError } from '#imgdl/core/errors.js';
import { Secret } from '#imgdl/core/secret.js';
import { maskKnown } from '#imgdl/core/vault.js';
import type { Route } from '#imgdl/http/connection/route.js';
import type { OpenExchange } from '#imgdl/http/exchange/exchange.js';
import type { Request } from '#imgdl/http/exchange/request.js';
import { type Asked, answerTo } from '#imgdl/http/redirected.js';
import type { RequestNote } from '#imgdl/http/request-note.js';
import { Upgrades } from '#imgdl/http/upgrades.js';
import { answer } from '../support/fault-server.js';
import { drain, failure, httpSetUp, never } from './set-up.js';

type Answered = readonly [status: number, headers?: Readonly<Record<string, string>>];

interface Play {
  readonly answer: Promise<OpenExchange>;
  readonly requests: readonly Request[];
  /** Of the requests: no other origin has had a say in where it goes. */
  readonly home: readonly boolean[];
  /** The answers that were left before their end. */
  readonly cancelled: readonly number[];
  readonly told: readonly string[];
}

/** Without a network: one answer after the other, and what is done about them. */
function play(call: Partial<Asked['call']>, answers: readonly Answered[], upgrades = new Upgrades(() => {})): Play {
  const requests: Request[] = [];
  const home: boolean[] = [];
  const cancelled: number[] = [];
  const told: string[] = [];
  const note = {
    asking: ({ url }: Route) => told.push(`asking ${url}`),
    answered: ({ status }: OpenExchange) => told.push(`answered ${status}`),
    redirected: (url: URL) => told.push(`redirected ${url}`),
  } as unknown as RequestNote;
  const open = async (request: Request): Promise<OpenExchange> => {
    const [status, headers = {}] = answers[requests.push(request) - 1] ?? [200];
    const cancel = (): void => void cancelled.push(status);
    const body = (async function* () {})();
    return { status, headers: new Map(Object.entries(headers)), body, cancel, over: Promise.resolve(), peer: 'peer' };
  };
  const routeTo = (url: URL, isHome: boolean): Route => {
    home.push(isHome);
    return { url } as Route;
  };
  const whole: Asked['call'] = { method: 'GET', url: new URL('http://a.example/1'), headers: {}, ...call };
  const revealed = Object.entries(whole.headers).map(([name, value]) => [name, String(value)] as const);
  const headers = { home: new Map(revealed), foreign: new Map<string, string>() };
  const asked = answerTo({ call: whole, headers }, { routeTo, open, upgrades, note });
  // Looked at by whoever expects it to fail.
  asked.catch(() => {});
  return { answer: asked, requests, home, cancelled, told };
}

const to = (location: string): Answered => [302, { location }];
const token = { 'x-auth-token': new Secret('canary-token') };

describe('an answer wherever redirects lead', () => {
  it.each<[string, readonly Answered[], string, string | undefined]>([
    ['none', [[206]], 'http://a.example/1', undefined],
    ['one', [to('/2'), [206]], 'http://a.example/2', 'http://a.example/2'],
  ])('comes with its URL where %s led to it, and says so', async (_, answers, at, led) => {
    const { url, redirected } = await play({}, answers).answer;
    expect([url?.href, redirected?.href]).toEqual([at, led]);
  });

  it('comes with its URL, and each one on the way is left and told', async () => {
    const { answer, requests, home, cancelled, told } = play({}, [to('/2'), to('http://b.example/3'), [206]]);
    const { url, redirected } = await answer;
    expect([url?.href, redirected?.href]).toEqual(['http://b.example/3', 'http://b.example/3']);
    expect(requests.map(({ route }) => route.url.href)).toEqual([
      'http://a.example/1',
      'http://a.example/2',
      'http://b.example/3',
    ]);
    expect(home).toEqual([true, true, false]);
    expect(cancelled).toEqual([302, 302]);
    expect(told).toEqual([
      'asking http://a.example/1',
      'answered 302',
      'redirected http://a.example/2',
      'asking http://a.example/2',
      'answered 302',
      'redirected http://b.example/3',
      'asking http://b.example/3',
      'answered 206',
    ]);
  });

  it.each<[string, Partial<Asked['call']>, object]>([
    ['no body and may use a kept connection', {}, { method: 'GET', fresh: false, body: undefined }],
    ['asks for a new connection', { fresh: true }, { method: 'GET', fresh: true, body: undefined }],
    ['has a body', { method: 'POST', body: new Secret('b') }, { method: 'POST', fresh: false, body: 'b' }],
  ])('each request of one that %s is such a one', async (_, call, expected) => {
    const { answer, requests } = play(call, [to('https://a.example/1')]);
    await answer;
    expect(requests.map(({ method, fresh, body }) => ({ method, fresh, body }))).toEqual([expected, expected]);
  });

  it('a redirect that sets a cookie leads in a circle for want of it', async () => {
    const cookie = { 'set-cookie': 'session=canary-gate-cookie', location: '/1' };
    await expect(play({}, [[302, cookie]]).answer).rejects.toThrow('the cookie that it sets');
    await expect(play({}, [to('/1')]).answer).rejects.toThrow(/a loop$/);
    expect(maskKnown('canary-gate-cookie', 'ours')).toBe('***');
  });

  const signed = (name: string): URL => new URL(`http://a.example/1?signature=canary-${name}`);
  const random = (name: string): URL => new URL(`http://a.example/1?owner=canary0123456789${name}`);
  it.each<[string, Partial<Asked['call']>, boolean]>([
    ['a secret header', { headers: token }, true],
    ['a body', { method: 'POST', body: new Secret('b') }, true],
    ['a signature in the query', { url: signed('up1') }, true],
    ['what looks random in the query', { url: random('up2') }, true],
    ['what looks random, where the query only says what is wanted', { url: random('up3'), openQuery: true }, false],
    ['a header that is no secret', { headers: { accept: '*/*' } }, false],
  ])('a server that has moved to https is remembered for the sake of %s', async (_, call, remembered) => {
    const warnings: string[] = [];
    const upgrades = new Upgrades(({ code }) => warnings.push(code));
    await play(call, [to('https://a.example/1')], upgrades).answer;
    expect(warnings).toEqual(remembered ? ['http.upgrade'] : []);
    const again = play(call, [], upgrades);
    expect((await again.answer).url?.protocol).toBe(remembered ? 'https:' : 'http:');
  });

  it('nothing is remembered of other servers on the way, whoever they are, nor of a server that stays', async () => {
    const warnings: string[] = [];
    const upgrades = new Upgrades(({ code }) => warnings.push(code));
    await play({ headers: token }, [to('http://b.example/'), to('https://b.example/'), [200]], upgrades).answer;
    await play({ headers: token }, [to('/2'), [200]], upgrades).answer;
    expect(warnings).toEqual([]);
  });

  it('a secret is asked about each request that it is part of, and about no other', async () => {
    const seen: string[] = [];
    const headers = { authorization: new Secret('canary-guarded', (url) => seen.push(url.href)), accept: '*/*' };
    await play({ headers }, [to('/2'), to('http://b.example/3'), [200]]).answer;
    expect(seen).toEqual(['http://a.example/1', 'http://a.example/2']);
  });
});

describe('what an answer says of credentials that it was not shown', () => {
  it.each<[string, number, boolean, boolean]>([
    ['401 for data', 401, false, true],
    ['401 for metadata', 401, true, true],
    ['400 for metadata', 400, true, true],
    ['404 for metadata', 404, true, true],
    ['501 for metadata', 501, true, true],
    ['403 for data, whose mirror may refuse for its own reasons', 403, false, false],
    ['399 for metadata', 399, true, false],
    ['408 for metadata, which may pass', 408, true, false],
    ['503 for metadata, which may pass', 503, true, false],
    ['200 for metadata', 200, true, false],
  ])('%s', async (_, status, metadata, refused) => {
    const away = play({ headers: token, metadata }, [to('http://b.example/2'), [status]]);
    if (!refused) {
      expect(await away.answer).toMatchObject({ status });
      expect(away.cancelled).toEqual([302]);
      return;
    }
    const error = await failure(away.answer);
    expect(error).toMatchObject({ code: 'proto.redirect', details: { status } });
    expect(error.message).toMatch(
      `GET http://a.example/1: redirected to http://b.example/2, which returned ${status} without credentials`,
    );
    expect(away.cancelled).toEqual([302, status]);
  });

  it('is of no interest where there were none, or where it was shown them', async () => {
    const without = play({ metadata: true }, [to('http://b.example/2'), [401]]);
    expect(await without.answer).toMatchObject({ status: 401 });
    const home = play({ headers: token, metadata: true }, [to('/2'), [401]]);
    expect(await home.answer).toMatchObject({ status: 401 });
    expect(home.cancelled).toEqual([302]);
  });

  it('is of none where there is no answer at all', async () => {
    const error = new AppError('net.refused', 'refused');
    const ports = { routeTo: (url: URL) => ({ url }) as Route, upgrades: new Upgrades(() => {}), note: undefined };
    const call: Asked['call'] = { method: 'GET', url: new URL('http://a.example/1'), headers: token };
    const headers = { home: new Map<string, string>(), foreign: new Map<string, string>() };
    await expect(answerTo({ call, headers }, { ...ports, open: () => Promise.reject(error) })).rejects.toBe(error);
  });
});

const PUBLIC = ['accept', 'accept-encoding', 'if-range', 'range', 'user-agent'];

describe('over the network', () => {
  const { serve, open, transport } = httpSetUp();
  const secrets = {
    Authorization: new Secret('Basic canary'),
    'X-Auth-Token': new Secret('canary'),
    Cookie: 'canary',
    Range: 'bytes=5-',
    'If-Range': '"e"',
    Accept: '*/*',
  };

  it.each<[string, string]>([
    ['another port', '127.0.0.1'],
    ['another host', '127.0.0.2'],
  ])('%s sees no credential and no key', async (_name, host) => {
    const second = await serve(answer(200, 'image'), { host });
    const first = await serve(answer(302, 'moved', `Location: ${second.url}/elsewhere`));
    const url = new URL('/image?downloadId=canary', first.url);
    expect(String(await drain(await open(url, {}, secrets)))).toBe('image');
    const [request] = second.requests;
    expect(request?.raw).not.toContain('canary');
    expect([...(request?.headers.keys() ?? [])].sort()).toEqual([...PUBLIC, 'connection', 'host'].sort());
    expect(request?.headers.get('range')).toBe('bytes=5-');
  });

  it('the same origin sees all of them again', async () => {
    const server = await serve((request) =>
      request.target === '/two' ? answer(200, 'image') : answer(308, '', 'Location: two'),
    );
    await drain(await open(`${server.url}/one`, {}, secrets));
    expect(server.requests[1]?.headers.get('x-auth-token')).toBe('canary');
    expect(server.requests[1]?.headers.get('if-range')).toBe('"e"');
  });

  it.each([300, 304])('%d goes to the caller', async (status) => {
    const server = await serve(answer(status, '', 'Location: /two'));
    const exchange = await open(server.url);
    exchange.cancel();
    expect(exchange.status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  it('a call follows as well', async () => {
    const second = await serve(answer(200, '<ok/>'));
    const first = await serve(answer(301, '', `Location: ${second.url}/`));
    const reply = await transport().call({ method: 'GET', url: new URL(first.url), headers: secrets }, never());
    expect(reply.text).toBe('<ok/>');
    expect(second.requests[0]?.raw).not.toContain('canary');
  });

  it('what looks random in a query is a secret, but for what a list is asked with', async () => {
    const random = (n: number): string => `canaryQuery0123456789ab${n}`;
    const second = await serve(answer(200, '[]'));
    const first = await serve((request) => answer(302, '', `Location: ${second.url}${moved(request.target)}`));
    const moved = (target: string): string => (target.includes(random(3)) ? `/?key=${random(4)}` : target);
    const get = async (n: number, openQuery: boolean): Promise<void> => {
      const url = new URL(`/?owner=${random(n)}`, first.url);
      await drain(await transport().open({ url, headers: {}, openQuery }, never()));
    };
    await get(1, false);
    await get(2, true);
    await get(3, true);
    const shown = [1, 2, 3, 4].map((n) => maskKnown(random(n), 'theirs'));
    expect(shown).toEqual(['***', random(2), random(3), '***']);
  });

  it('says of a loop that sets a cookie what it is likely about', async () => {
    const server = await serve(answer(302, '', 'Location: /x', 'Set-Cookie: gate=canary'));
    const error = await failure(open(`${server.url}/x`));
    expect([error.code, error.message, error.hint]).toEqual([
      'proto.redirect',
      expect.stringMatching(/a loop, perhaps because it waits for the cookie/),
      expect.stringMatching(/--header-file/),
    ]);
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('an endless chain ends after eleven requests', async () => {
    const server = await serve((request) => answer(302, '', `Location: ${request.target}x`));
    const error = await failure(open(`${server.url}/x`));
    expect(error.code).toBe('proto.redirect');
    expect(server.requests).toHaveLength(11);
  });
});
