import { describe, expect, test } from 'vitest';
import { parseUrl } from '#imgdl/core/user-url.js';
import { urlSource } from '#imgdl/providers/url/source.js';

const signal = new AbortController().signal;

describe('a plain URL', () => {
  test('is described without asking, by its last segment', async () => {
    expect(await urlSource(new URL('https://h/a/disk.img?sig=1')).describe(signal)).toEqual({
      ref: { provider: 'url', endpoint: 'https://h', ref: expect.stringMatching(/^\/a\/disk\.img\?[0-9a-f]{16}$/) },
      name: 'disk.img',
      path: ['a', 'disk.img'],
      fallbackName: '',
      identity: {},
      digests: [],
      opener: 'range',
      headerDigest: 'body',
      validator: 'http',
      webPageExpected: false,
      warnings: [],
    });
  });

  test.each([
    ['https://h/a.html', true],
    ['https://h/a.HTM', true],
    ['https://h/a.xhtml', true],
    ['https://h/a.html.gz', false],
    ['https://h/a?x=.html', false],
  ])('%s: a web page on purpose? %s', async (text, expected) => {
    expect(await urlSource(new URL(text)).describe(signal)).toMatchObject({ webPageExpected: expected });
  });

  test.each([
    [401, 'auth.refused'],
    [403, 'auth.forbidden'],
    [404, 'not-found.url'],
    [410, 'not-found.url'],
    [418, 'proto.status'],
  ])('refused with %i: %s, without the signature that the server echoes', async (status, code) => {
    const source = urlSource(parseUrl('https://h/a?sig=canary%2Fcanary'));
    const failed = await source.ticket({ reason: 'first' }, signal);
    const refusal = { status, headers: new Map(), text: '<Error>canary/canary or canary%2Fcanary is wrong</Error>' };
    const error = await source.ticket({ reason: 'denied', failed, refusal }, signal).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, hint: expect.any(String) });
    expect(JSON.stringify(error)).toContain('is wrong');
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  test.each([
    ['https://h/a?sig=1', undefined, /get a new one .* the partial download is kept$/],
    ['https://h/a?sig=1', true, /the partial download is kept, but add --checksum ALGO:HEX/],
    ['https://h/a', true, /log in/],
  ])('%s refused with 403, and a new link needs a digest: %s', async (url, needsDigest, hint) => {
    const source = urlSource(new URL(url));
    const failed = await source.ticket({ reason: 'first' }, signal);
    const refusal = { status: 403, headers: new Map(), text: '' };
    const need = { reason: 'denied' as const, failed, refusal, ...(needsDigest === undefined ? {} : { needsDigest }) };
    await expect(source.ticket(need, signal)).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
  });

  const ELSEWHERE = 'https://mirror.example/b';
  test.each<[string, number, string | undefined, RegExp, RegExp]>([
    ['nowhere', 404, undefined, /downloading https:\/\/h\/a: /, /check the URL/],
    ['to another path', 401, 'https://h/c', /h\/a \(redirected to https:\/\/h\/c\): /, /entry for h,/],
    ['to another server', 404, ELSEWHERE, /h\/a \(redirected to https:\/\/mirror\.example\/b\): /, /check the URL/],
    ['to another server', 401, ELSEWHERE, /requires credentials/, /another server, which gets no credentials/],
    ['to another server', 403, ELSEWHERE, /mirror\.example/, /another server, which gets no credentials/],
    ['to a link of another server', 403, `${ELSEWHERE}?sig=canary`, /b\?sig=\*\*\*\)/, /may have expired: run again/],
  ])('redirected %s, a %i names it, and its cure', async (_, status, to, message, hint) => {
    const source = urlSource(new URL('https://h/a'));
    const failed = await source.ticket({ reason: 'first' }, signal);
    const refusal = { status, headers: new Map(), text: '', ...(to === undefined ? {} : { redirected: new URL(to) }) };
    const refused = source.ticket({ reason: 'denied', failed, refusal }, signal);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    await expect(refused).rejects.not.toThrow(/canary/);
  });

  test('explains 204, and leaves the rest to the engine', () => {
    const explain = (status: number) =>
      urlSource(new URL('https://h/a')).explain?.({ status, headers: new Map(), text: '' })?.code;
    expect([204, 200, 416, 503].map(explain)).toEqual(['not-ready.no-data', undefined, undefined, undefined]);
  });
});
