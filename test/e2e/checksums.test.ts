/** `--checksums`: what a publisher lists, from a URL or a file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FileOptions, isAppError, type Outcome, type TransferEvent, urlImage } from '#imgdl/index.js';
import { scratch } from '../support/scratch.js';
import { type Page, type Site, startSite } from '../support/site.js';
import { tlsMaterial } from '../support/tls-material.js';
import { sendFile, sendText, startWebServer } from '../support/web-server.js';
import { afterwards, names, stage } from './stage.js';

const FILE = Buffer.from('the image '.repeat(5000));
const OTHER = Buffer.from('another one '.repeat(5000));
const hex = (algorithm: string, bytes = FILE): string => createHash(algorithm).update(bytes).digest('hex');
const line = (name: string, bytes = FILE, algorithm = 'sha256'): string => `${hex(algorithm, bytes)}  ${name}\n`;
const OTHERS = line('b.img', OTHER) + line('c.img', OTHER);

async function site(pages: Record<string, Page>, secure = false): Promise<Site> {
  const started = await startSite(pages, secure ? { tls: tlsMaterial().good } : {});
  afterwards(() => started.close());
  return started;
}

interface Ended {
  readonly outcome: Outcome | undefined;
  readonly error: readonly [exit: number, code: string] | undefined;
  readonly said: string;
}

async function get(url: string, options: FileOptions & { readonly target: string }): Promise<Ended> {
  try {
    const outcome = await urlImage({ url, retries: 0, cacert: tlsMaterial().caFile, ...options });
    return { outcome, error: undefined, said: '' };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { outcome: undefined, error: [error.exit, error.code], said: `${error.message}\n${error.hint}` };
  }
}

/** What there is, and what is asked for. */
interface Play {
  readonly pages: Record<string, Page>;
  /** Of the image. */
  readonly path?: string;
  /** Base name of the target. */
  readonly target?: string;
  /** Text of a local checksum file; else it is `/SUMS` of the server. */
  readonly local?: string;
  readonly secure?: boolean;
  readonly options?: Omit<FileOptions, 'target'>;
}

async function play({ pages, path = '/x/a.img', target = 'a.img', local, secure = false, options = {} }: Play) {
  const server = await site({ '/x/a.img': FILE, ...pages }, secure);
  const directory = scratch();
  const file = join(scratch(), 'SUMS');
  if (local !== undefined) writeFileSync(file, local);
  const checksums = local === undefined ? `${server.url}/SUMS` : file;
  const ended = await get(`${server.url}${path}`, { checksums, target: join(directory, target), ...options });
  return { ended, server, directory };
}

const LISTED: readonly (readonly [string, Play, verified: string])[] = [
  ['a local file is the word of the user', { pages: {}, local: OTHERS + line('a.img') }, 'user'],
  ['one that came over https is, too', { pages: { '/SUMS': OTHERS + line('a.img') }, secure: true }, 'user'],
  ['one that came over http is worth a header', { pages: { '/SUMS': OTHERS + line('a.img') } }, 'sha256'],
  [
    'one that came over https from anybody is worth no more',
    { pages: { '/SUMS': line('a.img') }, secure: true, options: { insecure: true } },
    'sha256',
  ],
  ['all algorithms count', { pages: {}, local: `${line('a.img')}MD5 (./a.img) = ${hex('md5')}\n` }, 'user'],
  ['a digest alone is of the only image', { pages: {}, local: `${hex('sha512')}\n` }, 'user'],
  [
    'the name of the URL is decoded',
    { pages: { '/x/a%20b.img': FILE }, path: '/x/a%20b.img', local: line('a b.img') },
    'user',
  ],
  [
    'the name that a redirect leads to counts where the first one is not listed',
    { pages: { '/latest': { to: '/x/a.img' } }, path: '/latest', target: 'mine', local: OTHERS + line('a.img') },
    'user',
  ],
  [
    'the name of the URL comes first',
    { pages: { '/b.img': { to: '/x/a.img' } }, path: '/b.img', local: line('b.img') + line('a.img', OTHER) },
    'user',
  ],
  [
    'the name of the redirect comes before that of the target',
    { pages: { '/latest': { to: '/x/a.img' } }, path: '/latest', target: 'c.img', local: OTHERS + line('a.img') },
    'user',
  ],
  [
    'the name of the target counts where no other is listed',
    { pages: { '/latest': FILE }, path: '/latest', target: 'c.img', local: line('c.img') },
    'user',
  ],
  ['an entry with a path is found', { pages: {}, local: `${line('y/a.img', OTHER)}${line('./x/a.img')}` }, 'user'],
  [
    'a checksum file may be redirected, too',
    { pages: { '/SUMS': { to: '/elsewhere' }, '/elsewhere': line('a.img') }, secure: true },
    'user',
  ],
  [
    'a clear-signed file is read without a keyring',
    {
      pages: {},
      local: `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${line('a.img')}-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`,
    },
    'user',
  ],
  [
    "it outvotes a stale digest of the server's",
    { pages: { '/x/a.img': FILE }, local: line('a.img'), options: { checksum: `md5:${hex('md5')}` } },
    'user',
  ],
  ['--require digest is content', { pages: {}, local: line('a.img'), options: { require: 'digest' } }, 'user'],
];

const REFUSED: readonly (readonly [string, Play, error: readonly [number, string], says: RegExp, image: boolean])[] = [
  [
    'an image that is not listed',
    { pages: {}, local: OTHERS },
    [9, 'integrity.unlisted'],
    /looking up a\.img in .*SUMS: it is not listed\n.*b\.img, c\.img/,
    true,
  ],
  ['wrong bytes', { pages: {}, local: line('a.img', OTHER) }, [9, 'integrity.digest'], /the checksum file says/, true],
  [
    'wrong bytes over http',
    { pages: { '/SUMS': line('a.img', OTHER) } },
    [9, 'integrity.digest'],
    /the checksum file says/,
    true,
  ],
  [
    'two entries that contradict each other',
    { pages: {}, local: line('a.img') + line('a.img', OTHER) },
    [9, 'integrity.conflict'],
    /two different sha256/,
    false,
  ],
  [
    'one that contradicts --checksum',
    { pages: {}, local: line('a.img'), options: { checksum: `sha256:${hex('sha256', OTHER)}` } },
    [9, 'integrity.conflict'],
    /--checksum says .*, but the checksum file says/,
    false,
  ],
  [
    'a file that is missing',
    { pages: {}, options: { checksums: '/nonexistent/SUMS' } },
    [2, 'usage.option'],
    /no such file/,
    false,
  ],
  ['a page that is missing', { pages: {} }, [4, 'not-found.url'], /reading the checksum file .*404/, false],
  ['a page that is refused', { pages: { '/SUMS': { status: 403 } } }, [3, 'auth.forbidden'], /403/, false],
  ['a server that is down', { pages: { '/SUMS': { status: 503 } } }, [6, 'http.unavailable'], /503/, false],
  [
    'a page that is no list',
    { pages: { '/SUMS': '<html>Log in</html>' } },
    [9, 'integrity.unlisted'],
    /check that it is a checksum file/,
    true,
  ],
  [
    'a list without end',
    { pages: { '/SUMS': Buffer.alloc(17 * 1024 * 1024, 'a') } },
    [8, 'proto.body-limit'],
    /larger than 16 MiB/,
    false,
  ],
  ['stdin', { pages: {}, options: { checksums: '-' } }, [2, 'usage.option'], /stdin/, false],
  ['a URL of another kind', { pages: {}, options: { checksums: 'ftp://h/SUMS' } }, [2, 'usage.url'], /http/, false],
];

describe('an image that is listed', () => {
  test.each(LISTED)('%s', async (_, scene, verified) => {
    const { ended, directory } = await play(scene);
    expect(ended).toMatchObject({ error: undefined, outcome: { status: 'downloaded', verified } });
    const [name = ''] = names(directory);
    expect(readFileSync(join(directory, name)).equals(FILE)).toBe(true);
    const promised = ended.outcome?.digests.filter(({ from }) => from === 'checksums') ?? [];
    expect(promised.length).toBeGreaterThan(0);
    expect(promised.every(({ matched }) => matched)).toBe(true);
  });
});

describe('exit and words, and nothing is left:', () => {
  test.each(REFUSED)('%s', async (_, scene, error, says, image) => {
    const { ended, server, directory } = await play(scene);
    expect(ended).toEqual({ outcome: undefined, error, said: expect.stringMatching(says) });
    expect(names(directory)).toEqual([]);
    // What is wrong with the list is found before the image is asked for, where that can be.
    expect(server.asked().includes('/x/a.img')).toBe(image);
  });
});

describe('read once', () => {
  test('by all images of a run, each of which finds its own digest', async () => {
    const place = await stage();
    const server = await site({ '/a.img': FILE, '/b.img': OTHER, '/c.img': FILE, '/SUMS': line('a.img') + OTHERS });
    const urls = ['a', 'b', 'c'].map((name) => `${server.url}/${name}.img`);
    const args = ['url', ...urls, '-o', './', '--checksums', `${server.url}/SUMS`, '--retries', '0', '--json'];
    const result = await place.imgdl(args);
    const { items } = JSON.parse(result.stdout.toString()) as { items: readonly { status: string; error?: object }[] };
    expect(result.code).toBe(14);
    expect(items).toMatchObject([
      { status: 'downloaded', verified: 'sha256' },
      { status: 'downloaded', verified: 'sha256' },
      { status: 'failed', error: { code: 'integrity.digest' } },
    ]);
    expect(server.asked().filter((path) => path === '/SUMS')).toHaveLength(1);
  });

  test('a digest without a name is of no image among several', async () => {
    const place = await stage({}, { SUMS: `${hex('sha256')}\n` });
    const server = await site({ '/a.img': FILE, '/b.img': OTHER });
    const args = ['url', `${server.url}/a.img`, `${server.url}/b.img`, '-o', './', '--checksums', 'SUMS', '--json'];
    const { items } = JSON.parse((await place.imgdl(args)).stdout.toString()) as { items: readonly object[] };
    expect(items).toMatchObject([{ error: { code: 'integrity.unlisted' } }, { error: { code: 'integrity.unlisted' } }]);
  });
});

describe('--update of a "latest" image', () => {
  test('is unchanged while its digest is listed, and replaced when another one is', async () => {
    const place = await stage();
    const server = await site({ '/latest.img': FILE, '/SUMS': line('latest.img') });
    const args = ['url', `${server.url}/latest.img`, '--update', '--checksums', `${server.url}/SUMS`, '--json'];
    expect((await place.imgdl(args)).json().status).toBe('downloaded');
    const before = server.asked().length;
    expect((await place.imgdl(args)).json()).toMatchObject({ status: 'unchanged', verified: 'sha256' });
    expect(server.asked().slice(before)).toEqual(['/SUMS']);
    server.pages['/latest.img'] = OTHER;
    server.pages['/SUMS'] = line('latest.img', OTHER);
    expect((await place.imgdl(args)).json()).toMatchObject({ status: 'downloaded', verified: 'sha256' });
    expect(readFileSync(place.path('latest.img')).equals(OTHER)).toBe(true);
  });

  test('a file that is there is looked up by the name that a redirect leads to', async () => {
    const server = await site({ '/latest': { to: '/v2.img' }, '/v2.img': OTHER });
    const directory = scratch();
    const sums = join(scratch(), 'SUMS');
    writeFileSync(sums, line('v1.img') + line('v2.img', OTHER));
    const target = join(directory, 'v1.img');
    writeFileSync(target, FILE);
    const options = { checksums: sums, target };
    expect((await get(`${server.url}/latest`, options)).error).toEqual([12, 'fs.exists']);
    expect((await get(`${server.url}/latest`, { ...options, update: true })).outcome?.status).toBe('downloaded');
    expect(readFileSync(target).equals(OTHER)).toBe(true);
    expect((await get(`${server.url}/latest`, options)).outcome).toMatchObject({
      status: 'complete',
      verified: 'user',
    });
  });
});

describe('beside a service with metadata', () => {
  const IMAGE = ['appliance', 'image', '747', '1095', '-o', 'x.img', '--json'];

  test('the name that the service gives it is looked up, and the target name after that', async () => {
    const place = await stage();
    writeFileSync(place.path('SUMS'), `${place.expected('images/1095')}  x.img\n`);
    const result = await place.imgdl([...IMAGE, '--checksums', 'SUMS']);
    expect([result.code, result.json().verified]).toEqual([0, 'user']);
  });

  test('an image that is not listed costs neither a byte nor a key', async () => {
    const place = await stage({}, { SUMS: OTHERS });
    const result = await place.imgdl([...IMAGE, '--checksums', 'SUMS']);
    expect([result.code, result.json().error?.code]).toEqual([9, 'integrity.unlisted']);
    expect(place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'))).toEqual([]);
    expect(existsSync(place.path('x.img'))).toBe(false);
  });
});

describe('what else it rests on', () => {
  test('a partial download goes on, and what it is of is looked up when the server has said it', async () => {
    let cut = true;
    const server = await startWebServer((request, response) => {
      if (request.url === '/latest') return sendText(response, 302, '', { Location: '/a.img' });
      if (!cut) return sendFile(request, response, FILE, { ETag: '"1"' });
      response.writeHead(200, { 'Content-Length': FILE.byteLength, ETag: '"1"' });
      response.write(FILE.subarray(0, 20_000), () => response.destroy());
    });
    afterwards(() => server.close());
    const directory = scratch();
    const sums = join(scratch(), 'SUMS');
    writeFileSync(sums, line('a.img'));
    const options = { target: join(directory, 'mine'), checksums: sums };
    expect((await get(`${server.url}/latest`, options)).error?.[0]).toBe(6);
    expect(names(directory).filter((name) => name.endsWith('.part'))).toHaveLength(1);
    cut = false;
    const { outcome } = await get(`${server.url}/latest`, options);
    expect(outcome).toMatchObject({ status: 'resumed', verified: 'user' });
    expect(readFileSync(options.target).equals(FILE)).toBe(true);
  });

  test('what is whole already, but for its look-up, is not done before the server has said its name', async () => {
    const image = Buffer.alloc(3 * 1024 * 1024, 'the image ');
    let down = false;
    const server = await startWebServer((request, response) => {
      if (request.url === '/latest') return sendText(response, 302, '', { Location: '/a.img' });
      if (down) return sendText(response, 503, 'later');
      sendFile(request, response, image, { ETag: '"1"' });
    });
    afterwards(() => server.close());
    const directory = scratch();
    const sums = join(scratch(), 'SUMS');
    // That of another algorithm is right, and known without the list.
    const options = { target: join(directory, 'mine'), checksum: `md5:${hex('md5', image)}` };
    const stopped = new Error('stopped');
    const onEvent = (event: TransferEvent): void => {
      if (event.type === 'phase' && event.phase === 'verifying') throw stopped;
    };
    await expect(get(`${server.url}/latest`, { ...options, onEvent })).rejects.toBe(stopped);
    writeFileSync(sums, line('a.img', OTHER));
    down = true;
    expect((await get(`${server.url}/latest`, { ...options, checksums: sums })).error).toEqual([6, 'http.unavailable']);
    down = false;
    expect((await get(`${server.url}/latest`, { ...options, checksums: sums })).error).toEqual([9, 'integrity.digest']);
    expect(names(directory)).toEqual([]);
  });

  test('a stream is verified by it, too, and needs no name of its own', async () => {
    const server = await site({ '/latest': { to: '/a.img' }, '/a.img': FILE });
    const sums = join(scratch(), 'SUMS');
    writeFileSync(sums, line('a.img'));
    const streamed = urlImage.stream({ url: `${server.url}/latest`, checksums: sums });
    const chunks: Uint8Array[] = [];
    for await (const chunk of streamed) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(FILE)).toBe(true);
    expect(await streamed.outcome).toMatchObject({ verified: 'user' });
  });

  test('a dry run says what the list has, and that it has nothing', async () => {
    const server = await site({ '/latest': { to: '/a.img' }, '/a.img': FILE });
    const directory = scratch();
    const sums = join(scratch(), 'SUMS');
    const options = { target: join(directory, 'mine'), checksums: sums, dryRun: true };
    writeFileSync(sums, line('a.img'));
    expect((await get(`${server.url}/latest`, options)).outcome).toMatchObject({
      status: 'dry-run',
      digests: [{ hex: hex('sha256'), from: 'checksums', matched: null }],
    });
    writeFileSync(sums, OTHERS);
    expect((await get(`${server.url}/latest`, options)).error).toEqual([9, 'integrity.unlisted']);
    expect(names(directory)).toEqual([]);
  });

  test('one that came in clear is warned of', async () => {
    const server = await site({ '/a.img': FILE, '/SUMS': line('a.img') });
    const options = { target: join(scratch(), 'a.img'), checksums: `${server.url}/SUMS` };
    expect((await get(`${server.url}/a.img`, options)).outcome?.warnings).toMatchObject([
      { code: 'verify.unauthenticated', message: expect.stringMatching(/SUMS: use https, a local file, or --keyring/) },
    ]);
  });

  test('a keyring needs a checksum file, unless a configuration file names it', async () => {
    const place = await stage({}, { 'config.yaml': 'keyring: keys.gpg\n', 'keys.gpg': '' });
    const server = await site({ '/a.img': FILE });
    const image = ['url', `${server.url}/a.img`, '--json'];
    const refused = await place.imgdl([...image, '--keyring', 'keys.gpg']);
    expect([refused.code, refused.json().error?.code]).toEqual([2, 'usage.missing']);
    expect((await place.imgdl([...image, '--config', 'config.yaml'])).code).toBe(0);
  });
});
