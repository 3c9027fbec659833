/** Who decides whether bytes are right: a digest of the user, against what servers and caches say of them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Outcome, urlImage } from '#imgdl/index.js';
import { scratch } from '../support/scratch.js';
import { type Handler, sendFile, sendText, startWebServer } from '../support/web-server.js';
import { afterwards, names, stage } from './stage.js';

const FILE = Buffer.from('the image '.repeat(5000));
const OTHER = Buffer.from('another one '.repeat(5000));
const PAGE = Buffer.from('<!DOCTYPE html><html><body>Please log in</body></html>');
const hex = (algorithm: string, bytes = FILE): string => createHash(algorithm).update(bytes).digest('hex');
const base64 = (algorithm: string, bytes = FILE): string => createHash(algorithm).update(bytes).digest('base64');

interface Play {
  readonly handler: Handler;
  readonly checksum?: readonly string[];
  readonly name?: string;
  readonly require?: 'digest';
  /** What must be there in the end. */
  readonly file?: Buffer;
}

/** One download by URL, and what came of it: its outcome, or the code of its error. */
async function get({ handler, checksum, name = 'x.img', require }: Play) {
  const server = await startWebServer(handler);
  afterwards(() => server.close());
  const directory = scratch();
  const target = `${directory}/x`;
  const options = { ...(checksum && { checksum }), ...(require && { require }), retries: 0, target };
  const ended = await urlImage({ url: `${server.url}/${name}`, ...options }).then(
    (outcome: Outcome) => ({ status: outcome.status, verified: outcome.verified, outcome }),
    (error: { code: string; exit: number; message: string; hint: string }) => ({
      error: [error.exit, error.code],
      said: `${error.message}\n${error.hint}`,
    }),
  );
  return { ended, server, directory, bytes: () => readFileSync(target) };
}

const withFields =
  (fields: Readonly<Record<string, string>>, file: Uint8Array = FILE): Handler =>
  (request, response) =>
    sendFile(request, response, file, fields);

const SHA256 = `sha256:${hex('sha256')}`;
const MINE = [SHA256];

const TAKEN: readonly (readonly [string, Play, verified: string])[] = [
  ['a stale Content-MD5', { handler: withFields({ 'Content-MD5': base64('md5', OTHER) }), checksum: MINE }, 'user'],
  [
    'a stale digest of a store, also a stronger one',
    { handler: withFields({ 'X-Checksum-Sha512': hex('sha512', OTHER) }), checksum: MINE },
    'user',
  ],
  [
    'a stale digest beside a weak one of the user',
    { handler: withFields({ 'x-goog-hash': `md5=${base64('md5', OTHER)}` }), checksum: [`sha1:${hex('sha1')}`] },
    'user',
  ],
  [
    'an image that is called a web page',
    { handler: withFields({ 'Content-Type': 'text/html' }), checksum: MINE },
    'user',
  ],
  [
    'an image that is called JSON',
    { handler: withFields({ 'Content-Type': 'application/json' }), checksum: MINE },
    'user',
  ],
  [
    'a page in place of which a page was wanted, whatever the URL says',
    {
      handler: withFields({ 'Content-Type': 'text/html' }, PAGE),
      checksum: [`md5:${hex('md5', PAGE)}`],
      file: PAGE,
    },
    'user',
  ],
  [
    'X-Checksum-Sha256 of Artifactory',
    { handler: withFields({ 'X-Checksum-Sha256': hex('sha256') }), require: 'digest' },
    'sha256',
  ],
  [
    'x-amz-checksum-sha256 of S3',
    { handler: withFields({ 'x-amz-checksum-sha256': base64('sha256') }), require: 'digest' },
    'sha256',
  ],
  [
    'a .tar.gz that Apache calls gzip-encoded',
    { handler: withFields({ 'Content-Encoding': 'x-gzip', 'Content-Type': 'application/x-tar' }), name: 'x.tar.gz' },
    'size-only',
  ],
  [
    'one that only a redirect names',
    {
      handler: (request, response) =>
        request.url === '/x.img'
          ? sendText(response, 302, '', { Location: '/files/x.tgz' })
          : sendFile(request, response, FILE, { 'Content-Encoding': 'gzip' }),
    },
    'size-only',
  ],
];

const REFUSED: readonly (readonly [string, Play, error: readonly [number, string], requests: number, says: RegExp])[] =
  [
    [
      'a stale Content-MD5 where nobody knows better',
      { handler: withFields({ 'Content-MD5': base64('md5', OTHER) }) },
      [9, 'integrity.digest'],
      2,
      /the response header says/,
    ],
    [
      'a wrong X-Checksum-Sha256',
      { handler: withFields({ 'X-Checksum-Sha256': hex('sha256', OTHER) }) },
      [9, 'integrity.digest'],
      2,
      /sha256 is/,
    ],
    [
      'a wrong x-goog-hash',
      { handler: withFields({ 'x-goog-hash': `md5=${base64('md5', OTHER)}` }) },
      [9, 'integrity.digest'],
      2,
      /md5 is/,
    ],
    ['other bytes', { handler: withFields({}, OTHER), checksum: MINE }, [9, 'integrity.digest'], 2, /--checksum says/],
    [
      'two checksums that contradict each other, before any request',
      { handler: withFields({}), checksum: [...MINE, `sha256:${hex('sha256', OTHER)}`] },
      [9, 'integrity.conflict'],
      0,
      /--checksum says .*, but --checksum says/,
    ],
    [
      'the page of a login portal',
      { handler: withFields({ 'Content-Type': 'text/html' }, PAGE), checksum: MINE },
      [8, 'proto.not-image'],
      2,
      /login portal.*--checksum says.*\nopen the URL in a browser/,
    ],
    [
      'a page where no digest decides',
      { handler: withFields({ 'Content-Type': 'text/html' }, PAGE) },
      [8, 'proto.not-image'],
      1,
      /web page/,
    ],
    [
      'an image that was compressed on the way',
      { handler: withFields({ 'Content-Encoding': 'gzip' }), checksum: MINE },
      [8, 'proto.encoding'],
      1,
      /compressed/,
    ],
  ];

describe('of a plain URL', () => {
  test.each(TAKEN)('%s: taken as it is', async (_, play, verified) => {
    const { ended, bytes, directory } = await get(play);
    expect(ended).toMatchObject({ status: 'downloaded', verified });
    expect(names(directory)).toEqual(['x']);
    expect(bytes().equals(play.file ?? FILE)).toBe(true);
  });

  test.each(REFUSED)('%s: refused, and nothing is left', async (_, play, error, requests, says) => {
    const { ended, server, directory } = await get(play);
    expect(ended).toEqual({ error, said: expect.stringMatching(says) });
    expect([server.requests.length, names(directory)]).toEqual([requests, []]);
  });

  test('what is outvoted is told as a warning, and in the digests', async () => {
    const { ended } = await get({ handler: withFields({ 'Content-MD5': base64('md5', OTHER) }), checksum: MINE });
    expect(ended).toMatchObject({
      outcome: {
        digests: [
          { algorithm: 'sha256', from: 'user', matched: true },
          { algorithm: 'md5', from: 'header', matched: false },
        ],
        warnings: [{ code: 'verify.outvoted', message: expect.stringMatching(/md5 in the response headers/) }],
      },
    });
  });

  test('a cache with bad bytes is passed by the second attempt, on every connection and across a redirect', async () => {
    const front = await startWebServer((request, response) =>
      sendFile(request, response, request.headers['cache-control'] === 'no-cache' ? FILE : OTHER),
    );
    afterwards(() => front.close());
    const { ended, bytes, server } = await get({
      handler: (_request, response) => sendText(response, 302, '', { Location: `${front.url}/x.img` }),
      checksum: MINE,
    });
    expect(ended).toMatchObject({ status: 'downloaded', verified: 'user' });
    expect(bytes().equals(FILE)).toBe(true);
    expect(server.requests.map(({ headers }) => headers['cache-control'])).toEqual([undefined, 'no-cache']);
  });
});

describe('of a service with metadata', () => {
  const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x.img', '--json'];

  test('a mistyped checksum costs neither a byte nor a key', async () => {
    const place = await stage();
    const typed = `sha256:${'0'.repeat(64)}`;
    const result = await place.imgdl([...IMAGE, '--checksum', typed]);
    expect([result.code, result.json().error?.code]).toEqual([9, 'integrity.conflict']);
    expect(result.json().error?.message).toMatch(/--checksum says 0+, but the metadata says/);
    expect(place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'))).toEqual([]);
    expect(names(place.directory)).toEqual([]);
  });
});
