/** The library against the sandbox: every function, every promise, and nothing of the process that it is in. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  applianceExport,
  applianceImage,
  appliancePimage,
  containerExport,
  containerImage,
  download,
  type FileOptions,
  glanceImage,
  type Outcome,
  type StreamOptions,
  scanImage,
  stream,
  type TransferEvent,
  urlImage,
} from '#imgdl/index.js';
import { makeCertificate } from '#imgdl/sandbox/server/certificate.js';
import { names, plant, type Stage, stage } from './e2e/stage.js';

const UFORGE = ({ sandbox }: Stage) => ({
  url: sandbox.urls.uforge,
  user: sandbox.environment['IMGDL_USER'] ?? '',
  password: sandbox.environment['IMGDL_PASSWORD'] ?? '',
});
const CLOUD = ({ sandbox }: Stage) => ({
  authUrl: sandbox.urls.keystone,
  username: 'demo',
  password: 'demo-pw',
  projectName: 'demo',
  userDomainName: 'Default',
  projectDomainName: 'Default',
  regionName: 'RegionOne',
});

interface Function_ {
  file(place: Stage, options: FileOptions): Promise<Outcome>;
  stream(place: Stage, options?: StreamOptions): AsyncIterable<Uint8Array> & { readonly outcome: Promise<Outcome> };
}

const FUNCTIONS: readonly [string, string, Function_][] = [
  [
    'applianceImage()',
    'images/1095',
    {
      file: (place, more) => applianceImage({ ...UFORGE(place), appliance: 747, image: 1095, ...more }),
      stream: (place, more) => applianceImage.stream({ ...UFORGE(place), appliance: '747', image: 1095, ...more }),
    },
  ],
  [
    'appliancePimage()',
    'pimages/88',
    {
      file: (place, more) => appliancePimage({ ...UFORGE(place), appliance: 747, pimage: 88, ...more }),
      stream: (place, more) => appliancePimage.stream({ ...UFORGE(place), appliance: 747, pimage: 88, ...more }),
    },
  ],
  [
    'containerImage()',
    'container-images/590',
    {
      file: (place, more) => containerImage({ ...UFORGE(place), bundle: 718, template: 130, image: 590, ...more }),
      stream: (place, more) =>
        containerImage.stream({ ...UFORGE(place), bundle: 718, template: 130, image: 590, ...more }),
    },
  ],
  [
    'scanImage()',
    'scan-images/56',
    {
      file: (place, more) => scanImage({ ...UFORGE(place), instance: 12, scan: 34, image: 56, ...more }),
      stream: (place, more) => scanImage.stream({ ...UFORGE(place), instance: 12, scan: 34, image: 56, ...more }),
    },
  ],
  [
    'glanceImage()',
    'glance/big-raw',
    {
      file: (place, more) => glanceImage({ cloud: CLOUD(place), image: 'big-raw', ...more }),
      stream: (place, more) => glanceImage.stream({ cloud: CLOUD(place), image: 'big-raw', ...more }),
    },
  ],
  [
    'urlImage()',
    'files/image.raw',
    {
      file: ({ sandbox }, more) => urlImage({ url: `${sandbox.urls.files}/image.raw`, ...more }),
      stream: ({ sandbox }, more) => urlImage.stream({ url: `${sandbox.urls.files}/image.raw`, ...more }),
    },
  ],
];

async function bytesOf(image: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of image) chunks.push(chunk);
  return Buffer.concat(chunks);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(FUNCTIONS)('%s', (_, object, call) => {
  test('downloads the image into a file', async () => {
    const place = await stage();
    const outcome = await call.file(place, { target: place.path('x') });
    expect(outcome).toMatchObject({ status: 'downloaded', path: place.path('x') });
    expect(place.sha256('x')).toBe(place.expected(object));
  });

  test('downloads it into a directory, under its own name', async () => {
    const place = await stage();
    const { path } = await call.file(place, { target: './', cwd: place.directory });
    expect(names(place.directory)).toEqual([path]);
    expect(place.sha256(path ?? '')).toBe(place.expected(object));
  });

  test('gives its bytes as a stream, which ends when they are verified', async () => {
    const place = await stage({ size: 3_000_001 });
    const image = call.stream(place);
    expect(place.sha256(await bytesOf(image))).toBe(place.expected(object));
    expect((await image.outcome).status).toBe('downloaded');
    expect(names(place.directory)).toEqual([]);
  });

  test('refuses an option that it does not have, in a file and in a stream, before any request', async () => {
    const place = await stage();
    const wrong: object = { retires: 3 };
    const refused = { code: 'usage.option', hint: 'did you mean retries?' };
    await expect(call.file(place, { target: '/x', ...wrong })).rejects.toMatchObject(refused);
    await expect(bytesOf(call.stream(place, wrong))).rejects.toMatchObject(refused);
    expect(place.sandbox.control.requests).toEqual([]);
  });
});

describe('a setting that would make no sense is an error, not a surprise:', () => {
  const CASES: readonly [string, object][] = [
    ['limitRate', { limitRate: 0 }],
    ['connections', { connections: -1 }],
    ['connections', { connections: 17 }],
    ['retries', { retries: Number.NaN }],
    ['checksum', { checksum: undefined }],
    ['checksums', { checksums: undefined }],
    ['force', { force: 'maybe' }],
    ['dry-run', { 'dry-run': true }],
    ['json', { json: true }],
    ['signal', { signal: { aborted: false } }],
    ['onEvent', { onEvent: true }],
    ['cwd', { cwd: 'here' }],
    ['home', { home: 7 }],
    ['env', { env: 'PATH' }],
    ['env.X', { env: { X: 1 } }],
  ];
  test.each(CASES)('%s of %j', async (name, options) => {
    const place = await stage();
    await expect(
      download(['url', `${place.sandbox.urls.files}/image.raw`], { target: place.path('x'), ...options }),
    ).rejects.toMatchObject({ name: 'AppError', code: 'usage.option', message: expect.stringContaining(`${name}: `) });
    expect([place.sandbox.control.requests, names(place.directory)]).toEqual([[], []]);
  });

  test.each<[string, readonly unknown[], object, string]>([
    ['no words', [], { target: '/x' }, 'usage.arguments'],
    ['words of no command', ['nosuch'], { target: '/x' }, 'usage.arguments'],
    ['no word behind the command', ['appliance', 'image'], { target: '/x' }, 'usage.arguments'],
    ['neither one word nor all', ['scan', 'image', '12', '34'], { target: '/x' }, 'usage.arguments'],
    ['a word too many', ['glance', 'image', 'a', 'b'], { target: '/x' }, 'usage.arguments'],
    ['a word that is none', ['glance', 'image', null], { target: '/x' }, 'usage.arguments'],
    ['no target', ['url', 'http://h/x'], {}, 'usage.output'],
    ['a target that is stdout', ['url', 'http://h/x'], { target: '-' }, 'usage.output'],
    ['a target relative to nothing', ['url', 'http://h/x'], { target: 'x' }, 'usage.option'],
    [
      'a target of a variable relative to nothing',
      ['url', 'http://h/x'],
      { env: { IMGDL_OUTPUT: 'x' } },
      'usage.output',
    ],
    ['a cloud with a key that is none', ['glance', 'image', 'x'], { cloud: 1, target: '/x' }, 'usage.option'],
  ])('%s', async (_, words, options, code) => {
    await expect(download(words as string[], options)).rejects.toMatchObject({
      code,
      exit: 2,
      hint: expect.stringMatching(/^(?:use|set|remove) /),
    });
  });

  test('a cloud whose key is misspelt', async () => {
    const cloud = { authURL: 'http://h' } as object;
    await expect(glanceImage({ cloud, image: 'x', target: '/x' })).rejects.toMatchObject({
      code: 'usage.option',
      message: 'cloud: authURL: there is no such key',
    });
  });

  test('an argument that is missing', async () => {
    const missing = { appliance: 747 } as { appliance: number; image: number };
    await expect(applianceImage({ ...missing, target: '/x' })).rejects.toMatchObject({
      code: 'usage.arguments',
      message: 'image: it is missing',
    });
  });

  test.each(['force', 'update', 'receipt', 'restart'])('%s for a stream', async (name) => {
    const place = await stage();
    const image = urlImage.stream({ url: `${place.sandbox.urls.files}/image.raw`, ...{ [name]: true } });
    await expect(bytesOf(image)).rejects.toMatchObject({ code: 'usage.option' });
    expect(place.sandbox.control.requests).toEqual([]);
  });
});

test('an image of UForge may be named by its id alone, or by words', async () => {
  const place = await stage();
  const alone = await applianceImage({ ...UFORGE(place), image: 1095, target: place.path('alone') });
  const named = { appliance: 'web-server', image: 'latest', newest: true, format: 'qcow2', revision: 2 } as const;
  const newest = await applianceImage({ ...UFORGE(place), ...named, target: place.path('newest') });
  expect([alone.source?.ref, newest.source?.ref]).toEqual([
    'users/alice/appliances/747/images/1095',
    'users/alice/appliances/752/images/1134',
  ]);
});

describe('an option does what it does on the command line:', () => {
  const CUT = { cutAfter: 100_000, cuts: 1 };
  const image = (place: Stage, more: FileOptions) =>
    applianceImage({ ...UFORGE(place), appliance: 747, image: 1095, target: place.path('x'), ...more });
  const file = (place: Stage, more: FileOptions) =>
    urlImage({ url: `${place.sandbox.urls.files}/image.raw`, target: place.path('x'), ...more });

  test('force', async () => {
    const place = await stage();
    plant(place.path('x'), 'mine');
    await expect(image(place, {})).rejects.toMatchObject({ code: 'fs.exists' });
    expect(readFileSync(place.path('x'), 'utf8')).toBe('mine');
    expect((await image(place, { force: true })).status).toBe('downloaded');
  });

  test('update, and the receipt that it needs', async () => {
    const place = await stage();
    expect((await image(place, { update: true })).status).toBe('downloaded');
    expect((await image(place, { update: true })).status).toBe('unchanged');
    expect(existsSync(place.path('x.imgdl.json'))).toBe(true);
  });

  test('receipt', async () => {
    const place = await stage();
    await image(place, { receipt: true });
    expect(existsSync(place.path('x.imgdl.json'))).toBe(true);
  });

  test('dryRun', async () => {
    const place = await stage();
    expect(await image(place, { dryRun: true })).toMatchObject({ status: 'dry-run', would: 'download' });
    expect(names(place.directory)).toEqual([]);
  });

  test('checksum, of a text or a digest', async () => {
    const place = await stage();
    const hex = place.expected('files/image.raw');
    const wrong = { algorithm: 'sha256', hex: '0'.repeat(64), from: 'user' } as const;
    expect(await file(place, { checksum: `sha256:${hex}` })).toMatchObject({ verified: 'user' });
    await expect(file(place, { checksum: [wrong], force: true })).rejects.toMatchObject({ code: 'integrity.digest' });
  });

  test('require', async () => {
    const place = await stage();
    await expect(file(place, { require: 'digest' })).rejects.toMatchObject({ exit: 9 });
  });

  test('retries and restart', async () => {
    const place = await stage(CUT);
    await expect(image(place, { retries: 0 })).rejects.toMatchObject({ exit: 6 });
    place.sandbox.control.requests.length = 0;
    const outcome = await image(place, { restart: true });
    expect([outcome.status, outcome.resumedFrom]).toEqual(['downloaded', null]);
  });

  test('onChange', async () => {
    const place = await stage(CUT);
    await expect(image(place, { retries: 0 })).rejects.toMatchObject({ exit: 6 });
    place.sandbox.control.replace('images/1095');
    await expect(image(place, { onChange: 'fail' })).rejects.toMatchObject({ exit: 10 });
  });

  test.each([{ deadline: '300ms' }, { deadlineMs: 300 }])('%j', async (options) => {
    const place = await stage({ rate: 100_000 });
    await expect(image(place, options)).rejects.toMatchObject({ code: 'net.deadline' });
  });

  test('connections', async () => {
    const place = await stage({ size: 8_000_000, rate: 2_000_000 });
    expect((await image(place, { connections: 3 })).connections).toBe(3);
  });

  test('limitRate', async () => {
    const place = await stage();
    const began = performance.now();
    await image(place, { limitRate: 400_000 });
    expect(performance.now() - began).toBeGreaterThan(300);
  });

  test('cacert, insecure', async () => {
    const tls = makeCertificate();
    const place = await stage({ tls });
    writeFileSync(place.path('ca.pem'), tls.ca);
    await expect(image(place, {})).rejects.toMatchObject({ exit: 7 });
    const trusting = await image(place, { cacert: 'ca.pem', cwd: place.directory });
    expect([trusting.status, trusting.warnings]).toEqual(['downloaded', []]);
    const again = { force: true, restart: true, cwd: place.directory };
    await image(place, { ...again, cacert: '.' });
    // The machine's own trust, as far as it is passed in.
    await image(place, { ...again, env: { SSL_CERT_FILE: 'ca.pem' } });
    await expect(image(place, again)).rejects.toMatchObject({ exit: 7 });
    const lax = await image(place, { insecure: true, force: true, restart: true });
    expect(lax.warnings.map(({ code }) => code)).toEqual(['tls.insecure']);
  });

  test('env, of which a variable that no option has is nobody else’s business', async () => {
    const place = await stage();
    const outcome = await image(place, { env: { IMGDL_RETRYS: '3', IMGDL_RECEIPT: 'true' } });
    expect([outcome.warnings, names(place.directory).length]).toEqual([[], 2]);
  });

  test('proxy and timeoutMs', async () => {
    const place = await stage();
    const unreachable = { proxy: 'http://127.0.0.1:1', timeoutMs: 500, retries: 0 };
    await expect(image(place, unreachable)).rejects.toMatchObject({ exit: 6 });
    expect(place.sandbox.control.requests).toEqual([]);
  });

  test('config, below what is given', async () => {
    const place = await stage();
    plant(place.path('own.yaml'), 'retries: 3\nreceipt: true\nupdate: false\n');
    await image(place, { config: place.path('own.yaml') });
    expect(existsSync(place.path('x.imgdl.json'))).toBe(true);
  });

  test('a key pair, uid, via, and a one-time id', async () => {
    const place = await stage();
    const { SANDBOX_PUBLIC_KEY: publicKey = '', SANDBOX_SECRET_KEY: secretKey = '' } = place.sandbox.environment;
    const named = { url: place.sandbox.urls.uforge, uid: 'alice', appliance: 747, image: 1095 };
    await applianceImage({ ...named, publicKey, secretKey, via: 'key', target: place.path('a') });
    expect(place.sandbox.control.keys.spent).toBe(1);
    const downloadId = place.sandbox.control.issueKey('images/1095');
    await applianceImage({ ...named, downloadId, target: place.path('b') });
    expect([place.sandbox.control.keys.spent, place.sha256('b')]).toEqual([2, place.expected('images/1095')]);
  });

  test('a password that is wrong, and one without its user', async () => {
    const place = await stage();
    const { url } = UFORGE(place);
    const named = { appliance: 747, image: 1095, url, target: place.path('x') };
    await expect(applianceImage({ ...named, user: 'alice', password: 'canary' })).rejects.toMatchObject({
      code: 'auth.refused',
    });
    await expect(applianceImage({ ...named, uid: 'alice', password: 'canary' })).rejects.toMatchObject({
      code: 'usage.missing',
    });
  });

  test('a cloud by its name, found below home', async () => {
    const place = await stage();
    const { authUrl, regionName, ...more } = CLOUD(place);
    const auth = { auth_url: authUrl, username: more.username, password: more.password, project_name: 'demo' };
    plant(
      join(place.home, '.config/openstack/clouds.yaml'),
      JSON.stringify({ clouds: { lab: { auth, region_name: regionName }, other: { auth } } }),
    );
    const outcome = await glanceImage({ cloud: 'lab', image: 'small-raw', home: place.home, target: place.path('x') });
    expect(outcome.status).toBe('downloaded');
  });

  test('variables that are passed in', async () => {
    const place = await stage();
    const { environment: env } = place.sandbox;
    await download(['appliance', 'image', '747', '1095'], { env, target: place.path('x') });
    await download(['glance', 'image', 'big-raw'], { env, target: place.path('y') });
    expect(place.sha256('y')).toBe(place.expected('glance/big-raw'));
  });
});

describe('nothing of the process counts:', () => {
  test('its variables, its home, its directory', async () => {
    const place = await stage();
    for (const [name, value] of Object.entries(place.sandbox.environment)) vi.stubEnv(name, value);
    vi.stubEnv('HOME', place.home);
    vi.stubEnv('IMGDL_RETRIES', 'nonsense');
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    plant(join(place.home, '.config/imgdl/config.yaml'), 'retries: nonsense\n');
    await expect(download(['appliance', 'image', '747', '1095'], { target: place.path('x') })).rejects.toMatchObject({
      code: 'usage.missing',
    });
    await urlImage({ url: `${place.sandbox.urls.files}/image.raw`, target: place.path('y') });
    expect(place.sha256('y')).toBe(place.expected('files/image.raw'));
  });
});

describe('while it runs', () => {
  const slow = { size: 1_000_000, rate: 300_000 };
  const image = (place: Stage, more: object) =>
    applianceImage({ ...UFORGE(place), appliance: 747, image: 1095, target: place.path('x'), ...more });

  test('it tells what happens', async () => {
    const place = await stage();
    const events: TransferEvent[] = [];
    await image(place, { onEvent: (event: TransferEvent) => events.push(event) });
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['phase', 'note', 'described', 'planned', 'connected', 'bytes', 'checkpoint']),
    );
  });

  test('a signal ends it with its reason, and the next call continues', async () => {
    const place = await stage(slow);
    const abort = new AbortController();
    const reason = new Error('enough');
    const onEvent = (event: TransferEvent): void => {
      if (event.type === 'bytes' && event.front > 200_000) abort.abort(reason);
    };
    await expect(image(place, { signal: abort.signal, onEvent })).rejects.toBe(reason);
    place.sandbox.control.modes.rate = undefined;
    expect((await image(place, {})).status).toBe('resumed');
  });

  test('a signal that came before is obeyed, and nothing is asked', async () => {
    const place = await stage();
    const reason = new Error('never mind');
    await expect(image(place, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(
      bytesOf(urlImage.stream({ url: `${place.sandbox.urls.files}/image.raw`, signal: AbortSignal.abort(reason) })),
    ).rejects.toBe(reason);
    expect(place.sandbox.control.requests).toEqual([]);
  });

  test('a mistake of who listens ends it, and is not lost', async () => {
    const place = await stage();
    const mistake = new TypeError('x is not a function');
    const onEvent = (): never => {
      throw mistake;
    };
    await expect(image(place, { onEvent })).rejects.toBe(mistake);
  });
});

describe('a stream', () => {
  const url = ({ sandbox }: Stage, path: string) => `${sandbox.urls.files}/${path}`;

  test('of wrong bytes ends with the error, after all of them', async () => {
    const place = await stage({ corrupt: 9 });
    const image = applianceImage.stream({ ...UFORGE(place), appliance: 747, image: 1095 });
    let received = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of image) received += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ code: 'integrity.digest' });
    await expect(image.outcome).rejects.toMatchObject({ code: 'integrity.digest' });
    expect(received).toBe(200_000);
  });

  test('goes on after a cut, without a byte twice', async () => {
    const place = await stage({ size: 1_000_000, cutAfter: 300_000, cuts: 2 });
    const image = applianceImage.stream({ ...UFORGE(place), appliance: 747, image: 1095 });
    expect(place.sha256(await bytesOf(image))).toBe(place.expected('images/1095'));
    expect((await image.outcome).attempts).toBe(3);
  });

  test('waits for a slow reader', async () => {
    const place = await stage({ size: 4_000_000 });
    const image = stream(['url', url(place, 'image.raw')]);
    const chunks: Buffer[] = [];
    for await (const chunk of image) {
      chunks.push(chunk as Buffer);
      expect(image.readableLength).toBeLessThan(1_000_000);
      if (chunks.length < 20) await pause(5);
    }
    expect(place.sha256(Buffer.concat(chunks))).toBe(place.expected('files/image.raw'));
  });

  test('that nobody reads any more asks for nothing more', async () => {
    const place = await stage({ size: 4_000_000, rate: 1_000_000 });
    const image = urlImage.stream({ url: url(place, 'image.raw') });
    for await (const chunk of image) if (chunk.length > 0) break;
    await expect(image.outcome).rejects.toMatchObject({ code: 'output.failed', details: { errno: 'EPIPE' } });
  });

  test('that is not to be had says why, and takes no process down when its outcome is not asked for', async () => {
    const place = await stage();
    await expect(bytesOf(urlImage.stream({ url: url(place, 'nosuch') }))).rejects.toMatchObject({ exit: 4 });
    const { stream: words } = await import('#imgdl/index.js');
    await expect(bytesOf(words(['nosuch']))).rejects.toMatchObject({ code: 'usage.arguments' });
  });
});

describe('an export', () => {
  const left = ({ sandbox }: Stage) => sandbox.control.exports.map(({ deleted }) => deleted);

  test.each([
    ['applianceExport()', (place: Stage) => applianceExport({ ...UFORGE(place), appliance: 'web@2.1', ...to(place) })],
    ['containerExport()', (place: Stage) => containerExport({ ...UFORGE(place), bundle: 718, ...to(place) })],
    [
      'download()',
      (place: Stage) =>
        download(['appliance', 'export', '747'], { ...UFORGE(place), outputFormat: 'json', ...to(place) }),
    ],
  ])('of %s is made, downloaded and deleted', async (_, call) => {
    const place = await stage({ exportMs: 0 });
    expect(await call(place)).toMatchObject({
      status: 'downloaded',
      path: place.path('x'),
      warnings: expect.anything(),
    });
    expect([place.sha256('x'), left(place)]).toEqual([place.expected('exports/5001'), [true]]);
  });

  test('is deleted, too, when nobody reads its stream to the end', async () => {
    const place = await stage({ exportMs: 0, smallSize: 4_000_000, rate: 1_000_000 });
    const image = applianceExport.stream({ ...UFORGE(place), appliance: 747 });
    for await (const chunk of image) if (chunk.length > 0) break;
    await expect(image.outcome).rejects.toMatchObject({ code: 'output.failed' });
    expect(left(place)).toEqual([true]);
  });

  test('takes no one-time id', async () => {
    const place = await stage();
    const wrong: object = { downloadId: 'abc' };
    await expect(applianceExport({ ...UFORGE(place), appliance: 747, ...to(place), ...wrong })).rejects.toMatchObject({
      code: 'usage.option',
      message: expect.stringContaining('there is no such option'),
    });
  });

  function to(place: Stage): { readonly target: string } {
    return { target: place.path('x') };
  }
});

describe('wait', () => {
  test.each<[string, { readonly wait?: string; readonly waitMs?: number }]>([
    ['wait', { wait: '1s' }],
    ['waitMs', { waitMs: 1_000 }],
  ])('%s is how long an image that is not ready is waited for, and the events say so', async (_, options) => {
    const place = await stage();
    place.sandbox.control.stages('images/1095', [42]);
    const seen: TransferEvent[] = [];
    const onEvent = (event: TransferEvent): void => void seen.push(event);
    const wanted = { ...UFORGE(place), appliance: 747, image: 1095, target: place.path('x'), onEvent, ...options };
    await expect(applianceImage(wanted)).rejects.toMatchObject({
      code: 'not-ready.generating',
      message: expect.stringMatching(/\(42 %\); imgdl waited 1s$/),
    });
    const pending = seen.filter((event) => event.type === 'pending');
    expect(pending.map(({ error, waitedMs }) => [error.pending, waitedMs])).toEqual([[{ percent: 42 }, 0]]);
  });
});
