/** Exports leave nothing on the server, and nothing but a complete file on the disk. */
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '#imgdl/sandbox/sandbox.js';
import { spawnImgdl } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { documentOf } from './document.js';
import { complaint, NOBODY, names, plant, type Stage, stage } from './stage.js';

const APPLIANCE = ['appliance', 'export', '747'];
const ARCHIVE = 'dev-env_1.0rev1_export.tar.gz';
const EXPORT = 'exports/5001';

/** A sandbox whose exports are complete when they are first asked for: each further look takes two seconds. */
async function quick(options: SandboxOptions = {}): Promise<Stage> {
  return await stage({ exportMs: 0, ...options });
}

/** What became of the exports of the server. */
function left(place: Stage): readonly string[] {
  return place.sandbox.control.exports.map(({ id, deleted }) => `${id} ${deleted ? 'deleted' : 'is there'}`);
}

/** Requests about exports, in short: `POST ?outputFormat=yaml`, `GET /5001/status`. */
function asked({ sandbox }: Stage): readonly string[] {
  return sandbox.control.requests.flatMap(({ method, target }) => {
    const tail = /\/exports(\?.*|\/.*)?$/.exec(target)?.[1];
    return tail === undefined ? [] : [`${method} ${tail}`];
  });
}

describe('an export', () => {
  test.each<[string, readonly string[], string]>([
    ['an appliance by its id', APPLIANCE, ARCHIVE],
    ['an appliance by its name', ['appliance', 'export', 'web@2.1'], 'web_2.1rev3_export.tar.gz'],
    [
      'the newest of several of a name',
      ['appliance', 'export', 'web', '--newest', '--output-format', 'json'],
      'web_2.1rev3_export.tar.gz',
    ],
    ['a software bundle', ['container', 'export', 'nginx'], 'nginx_1.14rev1_export.tar.gz'],
  ])('of %s: made, downloaded, deleted', async (_, args, name) => {
    const place = await quick();
    const { code, stdout, stderr } = await place.imgdl(args);
    expect([code, stdout.toString(), names(place.directory)]).toEqual([0, `${name}\n`, [name]]);
    expect(place.sha256(name)).toBe(place.expected(EXPORT));
    expect(left(place)).toEqual(['5001 deleted']);
    const format = args.includes('json') ? 'json' : 'yaml';
    expect(asked(place)).toEqual([
      `POST ?outputFormat=${format}`,
      'GET /5001/status',
      'GET /5001/downloads',
      'DELETE /5001',
    ]);
    expect(stderr).not.toContain('hint: ');
  });

  test('goes where -o says, to stdout too', async () => {
    const place = await quick();
    plant(place.path('backup/old'), '');
    expect((await place.imgdl([...APPLIANCE, '-o', 'backup/'])).stdout.toString()).toBe(`backup/${ARCHIVE}\n`);
    const { code, stdout } = await place.imgdl([...APPLIANCE, '-o', '-']);
    expect([code, place.sha256(stdout)]).toEqual([0, place.expected('exports/5002')]);
    expect(left(place)).toEqual(['5001 deleted', '5002 deleted']);
  });

  test('that takes time is waited for, and the display says how far it is', async () => {
    const place = await quick();
    place.sandbox.control.stages(EXPORT, [0, 42, 'complete']);
    const { code, stderr } = await place.imgdl([...APPLIANCE, '--progress', 'json']);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    const pending = events.filter(({ type }) => type === 'pending');
    expect([code, pending.map(({ code: why, percent, inMs }) => [why, percent, Number(inMs) <= 3_000])]).toEqual([
      0,
      [
        ['not-ready.generating', 0, true],
        ['not-ready.generating', 42, true],
      ],
    ]);
    expect(left(place)).toEqual(['5001 deleted']);
  });

  test('that is cut goes on in the middle', async () => {
    const place = await quick({ smallSize: 1_000_000, cutAfter: 600_000, cuts: 1 });
    const { code } = await place.imgdl([...APPLIANCE, '--connections', '1']);
    expect([code, place.sha256(ARCHIVE)]).toEqual([0, place.expected(EXPORT)]);
    const ranges = place.sandbox.control.requests.filter(({ path }) => path.endsWith('/downloads'));
    expect(ranges.map(({ headers }) => headers['range'])).toEqual([
      'bytes=0-',
      expect.stringMatching(/^bytes=\d{3,}-$/),
    ]);
    expect(left(place)).toEqual(['5001 deleted']);
  });

  test('replaces a target with --force only; without, the server is not asked', async () => {
    const place = await quick();
    plant(place.path(ARCHIVE), 'old');
    const refused = await place.imgdl(APPLIANCE);
    expect([refused.code, complaint(refused.stderr).code, asked(place)]).toEqual([12, 'fs.exists', []]);
    expect((await place.imgdl([...APPLIANCE, '--force'])).code).toBe(0);
    expect(place.sha256(ARCHIVE)).toBe(place.expected(EXPORT));
  });

  test('is not made by a dry run', async () => {
    const place = await quick();
    const { code, stdout } = await place.imgdl([...APPLIANCE, '-n', '--json']);
    expect([code, documentOf(stdout.toString())]).toEqual([
      0,
      expect.objectContaining({ status: 'dry-run', path: ARCHIVE, bytes: null }),
    ]);
    expect([asked(place), names(place.directory)]).toEqual([[], []]);
  });

  test.each<[string, readonly string[], Readonly<Record<string, string>>, number, string]>([
    ['without credentials', APPLIANCE, NOBODY, 2, 'usage.missing'],
    ['of nothing', ['appliance', 'export', '999'], {}, 4, 'not-found.image'],
    ['of a name that fits none', ['appliance', 'export', 'nosuch'], {}, 4, 'not-found.image'],
    ['of a name that fits several', ['appliance', 'export', 'web'], {}, 4, 'not-found.ambiguous'],
    ['by a one-time id', [...APPLIANCE, '--download-id', 'abcdef'], {}, 2, 'usage.arguments'],
    ['in a format of nobody', [...APPLIANCE, '--output-format', 'xml'], {}, 2, 'usage.option'],
  ])('%s is refused before the server is asked for it', async (_, args, env, exit, code) => {
    const place = await quick();
    const result = await place.imgdl(args, { env });
    expect([result.code, complaint(result.stderr).code, asked(place)]).toEqual([exit, code, []]);
  });
});

describe('a failed export', () => {
  test.each<[string, SandboxOptions, readonly string[], number, string]>([
    ['that the server could not make', { exportEnds: 'error' }, [], 5, 'not-ready.failed'],
    ['that was cancelled on the server', { exportEnds: 'cancelled' }, [], 5, 'not-ready.failed'],
    ['that takes too long', { exportMs: 1e9 }, ['--wait', '1s'], 5, 'not-ready.generating'],
    ['after the deadline', { exportMs: 1e9 }, ['--deadline', '2s'], 6, 'net.deadline'],
    ['whose download is cut for ever', { cutAfter: 30_000 }, ['--retries', '1'], 6, 'net.truncated'],
    ['of another checksum', {}, ['--checksum', `sha256:${'0'.repeat(64)}`], 9, 'integrity.digest'],
  ])('%s leaves nothing, here and there', async (_, options, more, exit, code) => {
    const place = await quick(options);
    const result = await place.imgdl([...APPLIANCE, '--connections', '1', ...more]);
    const { hint } = complaint(result.stderr);
    expect([result.code, complaint(result.stderr).code]).toEqual([exit, code]);
    expect([names(place.directory), left(place)]).toEqual([[], ['5001 deleted']]);
    if (code !== 'net.deadline') expect(hint).not.toMatch(/resume|kept/);
  });

  test('that cannot be deleted is a warning, and the file is there', async () => {
    const place = await quick({ exportDelete: 403 });
    const { code, stdout, stderr } = await place.imgdl([...APPLIANCE, '--json']);
    const { warnings } = documentOf(stdout.toString()) as { readonly warnings: readonly { readonly code: string }[] };
    expect([code, warnings.map((warning) => warning.code)]).toEqual([
      0,
      expect.arrayContaining(['uforge.export-left']),
    ]);
    expect(stderr).toMatch(
      /^imgdl: warning: export 5001 of appliance 747 is left on the server: .*; delete it in the/m,
    );
    expect(place.sha256(ARCHIVE)).toBe(place.expected(EXPORT));
    expect(left(place)).toEqual(['5001 is there']);
  });

  test('that may have been made is said to be, and asked for once', async () => {
    const place = await quick();
    place.sandbox.control.script('/api/users/alice/appliances/747/exports', [
      ({ request }) => request.socket.destroy(),
    ]);
    const result = await place.imgdl(APPLIANCE);
    expect([result.code, complaint(result.stderr)]).toEqual([
      6,
      {
        code: 'uforge.export-unknown',
        message: expect.stringContaining('the server may be making the export all the same'),
        hint: expect.stringContaining('delete it there'),
      },
    ]);
    expect(asked(place)).toEqual(['POST ?outputFormat=yaml']);
  });
});

describe('a signal', () => {
  /** Until something is under way on the server. */
  type Moment = (place: Stage) => boolean;
  const polling: Moment = (place) => asked(place).includes('GET /5001/status');
  const flowing: Moment = ({ sandbox }) =>
    sandbox.control.requests.some(({ path, sentEnd }) => path.endsWith('/downloads') && sentEnd > 2_000_000);

  test.each<[NodeJS.Signals, string, SandboxOptions, Moment]>([
    ['SIGINT', 'while it waits', { exportMs: 1e9 }, polling],
    ['SIGTERM', 'while it waits', { exportMs: 1e9 }, polling],
    ['SIGINT', 'while bytes come', { smallSize: 20_000_000, rate: 4_000_000 }, flowing],
    ['SIGTERM', 'while bytes come', { smallSize: 20_000_000, rate: 4_000_000 }, flowing],
  ])(
    '%s %s: the export is deleted, nothing is left, and the process dies of it',
    async (signal, _, options, moment) => {
      const place = await quick(options);
      const child = spawnImgdl([...APPLIANCE, '--json'], { env: place.env, cwd: place.directory });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      await until('the moment', 50_000, () => (moment(place) ? true : undefined));
      child.kill(signal);
      expect(await ended(child)).toEqual({ code: null, signal });
      expect([names(place.directory), left(place)]).toEqual([[], ['5001 deleted']]);
      expect(documentOf(stdout)).toMatchObject({
        status: 'failed',
        error: { code: 'signal', message: `stopped by ${signal}`, hint: 'run again' },
      });
    },
  );
});

test('the URL of an export is downloaded with the credentials, and the export stays', async () => {
  const place = await quick();
  const base = `${place.sandbox.urls.uforge}/users/alice/appliances/747/exports`;
  const login = `Basic ${Buffer.from(`alice:${place.env['IMGDL_PASSWORD']}`).toString('base64')}`;
  await fetch(base, { method: 'POST', headers: { authorization: login } });
  const { code, stdout } = await place.imgdl(['url', `${base}/5001/downloads`]);
  expect([code, stdout.toString(), place.sha256(ARCHIVE)]).toEqual([0, `${ARCHIVE}\n`, place.expected(EXPORT)]);
  expect(left(place)).toEqual(['5001 is there']);
});
