import { describe, expect, test } from 'vitest';
import type { Kind } from '#imgdl/providers/uforge/kinds.js';
import { BASIC, BLIND, play, run, signal } from '../../support/uforge-play.js';
import type { UForgeScript } from '../../support/uforge-server.js';

const FILE = 'dev-env_1.0rev1_targz.tar.gz';
const PLAIN = 'basic+header appliances/1/images/2/downloads';
const KEYED = `one-time key appliances/1/images/2/downloads/${FILE}`;
const CLOSED = 'one-time key appliances/1/images/2/downloads';

describe('the ladder of permission', () => {
  type Row = [
    string,
    Kind,
    Record<string, string>,
    UForgeScript,
    ('first' | 'reconnect' | 'extra' | 'again' | number)[],
    string[],
  ];
  test.each<Row>([
    [
      'credentials on the plain path, again and again',
      'image',
      BASIC,
      {},
      ['first', 'reconnect', 'extra'],
      [PLAIN, PLAIN, PLAIN],
    ],
    [
      'by key: a fresh one per connection',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 'reconnect', 'extra'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?downloadId=k2`],
    ],
    [
      'credentials refused: keys from then on',
      'image',
      BASIC,
      {},
      ['first', 403, 'reconnect'],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`],
    ],
    [
      'the whole ladder, then a sentence',
      'image',
      BASIC,
      {},
      ['first', 401, 401, 401, 401],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?id=k2`, 'auth.refused said'],
    ],
    [
      '403 at its end',
      'image',
      BASIC,
      {},
      ['first', 401, 401, 401, 403],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?id=k2`, 'auth.forbidden said'],
    ],
    [
      '404 at its end',
      'image',
      BASIC,
      {},
      ['first', 404, 404, 404, 404],
      [PLAIN, `${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?id=k2`, 'not-found.image said'],
    ],
    [
      'a stale key: a fresh one under the same parameter',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401, 'reconnect', 401, 'reconnect'],
      [0, 1, 2, 3, 4].map((at) => `${KEYED}?downloadId=k${at}`),
    ],
    [
      'the other parameter is kept once it was needed',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401, 401, 'reconnect'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?id=k2`, `${KEYED}?id=k3`],
    ],
    [
      'the other parameter once it was needed: a stale key there is followed by a fresh one there',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401, 401, 'reconnect', 401, 401],
      [
        ...[`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`, `${KEYED}?id=k2`],
        ...[`${KEYED}?id=k3`, `${KEYED}?id=k4`, `${KEYED}?downloadId=k5`],
      ],
    ],
    [
      'credentials only: no key is ever asked for',
      'image',
      { ...BASIC, via: 'credentials' },
      {},
      ['first', 403],
      [PLAIN, 'auth.forbidden said'],
    ],
    [
      'credentials only, unknown',
      'image',
      { ...BASIC, via: 'credentials' },
      {},
      ['first', 404],
      [PLAIN, 'not-found.image said'],
    ],
    [
      'published: id first, then downloadId',
      'pimage',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first', 401, 401, 401],
      [
        'one-time key appliances/1/pimages/88/downloads?id=k0',
        'one-time key appliances/1/pimages/88/downloads?id=k1',
        'one-time key appliances/1/pimages/88/downloads?downloadId=k2',
        'auth.refused said',
      ],
    ],
    [
      'published: a link with a query is used as it is',
      'pimage',
      { ...BASIC, via: 'key' },
      {},
      ['first', 401, 401],
      [
        `one-time key appliances/1/pimages/88/downloads/${FILE}?downloadId=k0`,
        `one-time key appliances/1/pimages/88/downloads/${FILE}?downloadId=k1`,
        `one-time key appliances/1/pimages/88/downloads/${FILE}?id=k2`,
      ],
    ],
    [
      'a bare link gets the key',
      'image',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      [`${CLOSED}?downloadId=k0`],
    ],
    [
      'no link: the documented path',
      'image',
      { ...BASIC, via: 'key' },
      { uri: 'absent' },
      ['first'],
      [`${CLOSED}?downloadId=k0`],
    ],
    [
      'a container image',
      'container',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      ['one-time key mysoftware/1/templates/2/images/3/downloads?downloadId=k0'],
    ],
    [
      'a scan image',
      'scan',
      { ...BASIC, via: 'key' },
      { uri: 'bare' },
      ['first'],
      ['one-time key scannedinstances/1/scans/2/images/3/downloads?downloadId=k0'],
    ],
    [
      'a key beside API credentials in the link loses those',
      'image',
      { ...BASIC, via: 'key' },
      {
        image: { downloadUri: 'users/alice/appliances/1/images/2/downloads?downloadId=q&amp;apiKey=P&amp;signature=S' },
      },
      ['first'],
      [`${CLOSED}?downloadId=q`],
    ],

    [
      'a given id opens the first connection, credentials the others',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY' },
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, PLAIN],
    ],
    [
      'a given id refused, then credentials',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY' },
      {},
      ['first', 401, 401],
      [`${CLOSED}?downloadId=GIVENKEY`, PLAIN, `${KEYED}?downloadId=k0`],
    ],
    [
      'a given id by key, then fresh ones',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY', via: 'key' },
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, `${KEYED}?downloadId=k0`],
    ],
    [
      'a given id alone is spent after one connection',
      'image',
      BLIND,
      {},
      ['first', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent'],
    ],
    [
      'a given id alone, in a request that was refused for its Range: the same once more, and no further',
      'image',
      BLIND,
      {},
      ['first', 'again', 'reconnect'],
      [`${CLOSED}?downloadId=GIVENKEY`, `${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent'],
    ],
    [
      'a given id alone, refused with the plain request too',
      'image',
      BLIND,
      {},
      ['first', 'again', 403],
      [`${CLOSED}?downloadId=GIVENKEY`, `${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent said'],
    ],
    [
      'a given id beside credentials, in a request that was refused for its Range: credentials',
      'image',
      { ...BASIC, 'download-id': 'GIVENKEY' },
      {},
      ['first', 'again'],
      [`${CLOSED}?downloadId=GIVENKEY`, PLAIN],
    ],
    ['credentials in such a request: again', 'image', BASIC, {}, ['first', 'again'], [PLAIN, PLAIN]],
    [
      'a fresh key in such a request: the next one',
      'image',
      { ...BASIC, via: 'key' },
      {},
      ['first', 'again'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k1`],
    ],
    [
      'a fresh key in such a request, and the server mints no other: the same, since it is unspent',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 'again'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k0`],
    ],
    [
      'a given id alone, refused',
      'image',
      BLIND,
      {},
      ['first', 401],
      [`${CLOSED}?downloadId=GIVENKEY`, 'uforge.key-spent said'],
    ],
    [
      'a given id alone, for a published image',
      'pimage',
      BLIND,
      {},
      ['first', 404],
      ['one-time key appliances/1/pimages/88/downloads?id=GIVENKEY', 'uforge.key-spent said'],
    ],

    [
      'the same key again after a refusal: only under the other parameter',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 401, 401],
      [`${KEYED}?downloadId=k0`, `${KEYED}?id=k0`, 'auth.refused said'],
    ],
    [
      'the same key again for a second connection: spent',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 'extra'],
      [`${KEYED}?downloadId=k0`, 'uforge.key-spent'],
    ],
    [
      'the same key again after a cut: the server says that it is good',
      'image',
      { ...BASIC, via: 'key' },
      { mint: 'never' },
      ['first', 'reconnect'],
      [`${KEYED}?downloadId=k0`, `${KEYED}?downloadId=k0`],
    ],
  ])('%s', async (_what, kind, options, script, needs, expected) => {
    expect(await run(await play(kind, options, script), needs)).toEqual(expected);
  });
});

test('credentials that are good for metadata only: the hint names the other way', async () => {
  const { source } = await play('image', { ...BASIC, via: 'credentials' });
  const failed = await source.ticket({ reason: 'first' }, signal());
  const refusal = { status: 401, headers: new Map(), text: '' };
  await expect(source.ticket({ reason: 'denied', failed, refusal }, signal())).rejects.toMatchObject({
    hint: expect.stringContaining('--via auto'),
  });
});

test('a refused key is not handed out again, even when the server keeps naming it', async () => {
  const { source } = await play('image', { ...BASIC, via: 'key' }, { mint: 'never' });
  const refusal = { status: 401, headers: new Map(), text: '' };
  const first = await source.ticket({ reason: 'first' }, signal());
  const second = await source.ticket({ reason: 'denied', failed: first, refusal }, signal());
  await expect(source.ticket({ reason: 'denied', failed: second, refusal }, signal())).rejects.toThrow();
  await expect(source.ticket({ reason: 'reconnect' }, signal())).rejects.toMatchObject({ code: 'uforge.key-spent' });
});
