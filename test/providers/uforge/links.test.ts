import { describe, expect, test } from 'vitest';
import { BASIC, ofUrl, run, signal } from '../../support/uforge-play.js';

const PLAIN = 'basic+header appliances/1/images/2/downloads';

describe('a link', () => {
  type Row = [string, string, Record<string, string>, ('first' | 'reconnect')[], string[]];
  const UNDER = 'https://h/api/users/alice/appliances/1/images/2';
  test.each<Row>([
    [
      'with a key and nothing else',
      `${UNDER}/downloads/x.img?downloadId=KEYINURL`,
      {},
      ['first', 'reconnect'],
      ['one-time key appliances/1/images/2/downloads/x.img?downloadId=KEYINURL', 'uforge.key-spent'],
    ],
    [
      'with a key as id',
      `${UNDER}/downloads?id=KEYINURL`,
      {},
      ['first'],
      ['one-time key appliances/1/images/2/downloads?id=KEYINURL'],
    ],
    [
      'of the object with a key',
      `${UNDER}?downloadId=KEYINURL`,
      {},
      ['first'],
      ['one-time key appliances/1/images/2/downloads?downloadId=KEYINURL'],
    ],
    [
      'with a key under our base',
      `${UNDER}/downloads?downloadId=KEYINURL`,
      BASIC,
      ['first', 'reconnect'],
      ['one-time key appliances/1/images/2/downloads?downloadId=KEYINURL', PLAIN],
    ],
    [
      'with a spent key and a fresh one beside it',
      `${UNDER}/downloads/x.img?downloadId=SPENT`,
      { 'download-id': 'FRESH' },
      ['first', 'reconnect'],
      ['one-time key appliances/1/images/2/downloads/x.img?downloadId=FRESH', 'uforge.key-spent'],
    ],
    [
      'with a spent key as id and a fresh one beside it',
      `${UNDER}/downloads?id=SPENT`,
      { 'download-id': 'FRESH' },
      ['first'],
      ['one-time key appliances/1/images/2/downloads?id=FRESH'],
    ],
    [
      'without a key, and one beside it',
      `${UNDER}/downloads/x.img`,
      { 'download-id': 'FRESH' },
      ['first'],
      ['one-time key appliances/1/images/2/downloads/x.img?downloadId=FRESH'],
    ],
    ['without a key under our base', `${UNDER}/downloads`, BASIC, ['first'], [PLAIN]],
  ])('%s', async (_what, url, options, needs, expected) => {
    expect(await run(await ofUrl(url, options), needs)).toEqual(expected);
  });

  test.each([
    ['another host', 'https://evil/api/users/alice/appliances/1/images/2'],
    ['another port', 'https://h:444/api/users/alice/appliances/1/images/2'],
    ['another scheme', 'http://h/api/users/alice/appliances/1/images/2'],
    ['another root', 'https://h/apis/users/alice/appliances/1/images/2'],
  ])('of %s gets no credentials, neither for metadata nor for data', async (_what, url) => {
    const { source, server } = await ofUrl(`${url}/downloads`, BASIC);
    await source.describe(signal());
    const ticket = await source.ticket({ reason: 'first' }, signal());
    expect(server.requests.map((request) => request.headers)).toEqual(
      server.requests.map(() => ({ accept: 'application/xml' })),
    );
    expect(ticket.headers).toEqual({ accept: '*/*' });
  });

  test('keeps its key out of the reference', async () => {
    const { source } = await ofUrl(`${UNDER}/downloads/x.img?downloadId=KEYINURL`);
    expect(source.ref).toEqual({
      provider: 'uforge',
      endpoint: 'https://h/api',
      ref: 'users/alice/appliances/1/images/2',
    });
  });

  test('signed with an API key is refused', async () => {
    await expect(ofUrl(`${UNDER}?apiKey=P&signature=canary`)).rejects.toMatchObject({ code: 'usage.url' });
  });
});
