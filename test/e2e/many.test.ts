/** Several images in one run: right bytes, one log-in, one result, and no image at the mercy of another. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FIRST_MORE } from '#imgdl/sandbox/uforge/images.js';
import { IMGDL, type RunResult, spawnImgdl } from '../support/imgdl.js';
import { ended, until } from '../support/processes.js';
import { runInTerminal } from '../support/terminal.js';
import { Screen } from '../ui/screen.js';
import { documentOf, documentsOf, type SeveralDocument } from './document.js';
import { complaint, NOBODY, names, plant, type Stage, stage } from './stage.js';

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `image-${String(index).padStart(4, '0')}`);
const fileUrls = ({ sandbox }: Stage, count: number): readonly string[] =>
  numbered(count).map((name) => `${sandbox.urls.files}/${name}.raw`);

/** Runs it with --json, and gives the one document. */
async function several(place: Stage, args: readonly string[], env = {}): Promise<[SeveralDocument, RunResult]> {
  const result = await place.imgdl([...args, '--json'], { env });
  return [documentsOf(result.stdout.toString()), result];
}

function data(place: Stage, path: RegExp): number {
  return place.sandbox.control.requests.filter((request) => path.test(request.path)).length;
}

describe.each<[string, (place: Stage) => readonly string[], (index: number) => string]>([
  ['files', (place) => ['url', ...fileUrls(place, 12)], (index) => `files/${numbered(12)[index]}.raw`],
  ['Glance images', () => ['glance', 'image', ...numbered(12)], (index) => `glance/${numbered(12)[index]}`],
  [
    'UForge images',
    () => ['appliance', 'image', '747', ...numbered(12).map((_, index) => String(FIRST_MORE + index))],
    (index) => `images/${FIRST_MORE + index}`,
  ],
])('twelve %s', (_, args, object) => {
  test('come into the directory, their paths in the order given', async () => {
    const place = await stage({ images: 12, imageSize: 70_001 });
    const result = await place.imgdl([...args(place), '-o', './']);
    expect([result.code, result.stderr]).toEqual([0, expect.not.stringContaining('hint: ')]);
    const paths = result.stdout.toString().trimEnd().split('\n');
    expect(paths.map((path) => place.sha256(path))).toEqual(numbered(12).map((__, at) => place.expected(object(at))));
    expect([...paths].sort()).toEqual(names(place.directory));
    expect(result.stderr).toMatch(/imgdl: all 12 images: 12 downloaded, .*in .*\n$/);
    expect(data(place, /\/auth\/tokens$/)).toBeLessThanOrEqual(1);
  });

  test('are one document with --json, and complete the second time', async () => {
    const place = await stage({ images: 12 });
    const [first] = await several(place, args(place));
    expect(first.items.map(({ status }) => status)).toEqual(numbered(12).map(() => 'downloaded'));
    expect(first.summary).toMatchObject({ total: 12, succeeded: 12, failed: 0, bytes: 12_288, received: 12_288 });
    const [second, result] = await several(place, [...args(place), '--update']);
    expect([result.code, second.summary]).toMatchObject([0, { total: 12, succeeded: 12, failed: 0, bytes: 12_288 }]);
  });
});

test('one log-in, one reading of stdin, and a directory that a variable names', async () => {
  const place = await stage({ images: 4 });
  plant(place.path('in/.keep'), '');
  const ids = [0, 1, 2, 3].map((index) => String(FIRST_MORE + index));
  const env = { IMGDL_PASSWORD: '', IMGDL_OUTPUT: 'in' };
  const result = await place.imgdl(['appliance', 'image', '747', ...ids, '--password-file', '-'], {
    env,
    stdin: `${place.env['IMGDL_PASSWORD']}\n`,
  });
  expect([result.code, names(place.path('in')).length]).toEqual([0, 5]);
});

describe('among good images', () => {
  test('each failure is told with its cure, in its place, and stops nobody', async () => {
    const place = await stage({ images: 3 });
    const args = ['glance', 'image', 'image-0000', 'nosuch', 'image-0001', 'queued-nodata', 'corrupt', 'image-0002'];
    const [document, result] = await several(place, args);
    expect(result.code).toBe(14);
    expect(document.items.map(({ status, error }) => error?.code ?? status)).toEqual([
      'downloaded',
      'not-found.image',
      'downloaded',
      'not-ready.queued',
      'integrity.digest',
      'downloaded',
    ]);
    expect(document.summary).toMatchObject({ total: 6, succeeded: 3, failed: 3, bytes: 3072 });
    expect(result.stderr.match(/^hint: /gm)).toHaveLength(3);
    expect(result.stderr).toContain('"nosuch"');
    expect(names(place.directory)).toHaveLength(3);
  });

  test('paths of those that are there are printed, and -q leaves only the errors', async () => {
    const place = await stage({ images: 2 });
    const [first = '', second = ''] = fileUrls(place, 2);
    const result = await place.imgdl(['url', first, `${place.sandbox.urls.files}/nope.raw`, second, '-q']);
    expect([result.code, result.stdout.toString()]).toEqual([14, 'image-0000.raw\nimage-0001.raw\n']);
    expect(result.stderr).toMatch(/^imgdl: not-found\.url: .*nope\.raw.*\nhint: .*\n$/);
  });

  test('an image whose name another one has fails, and the other is right, --force or not', async () => {
    const place = await stage({ images: 1 });
    const { files, otherOrigin } = place.sandbox.urls;
    const twins = [`${files}/image-0000.raw`, `${otherOrigin}/redirect/cross/files/image-0000.raw`];
    for (const more of [[], ['--force']]) {
      const [document, result] = await several(place, ['url', ...twins, ...more]);
      const failed = document.items.filter(({ status }) => status === 'failed');
      expect([result.code, failed.map(({ error }) => [error?.code, error?.message])]).toEqual([
        14,
        [['fs.exists', expect.stringContaining('another image in this run has that name')]],
      ]);
      expect(place.sha256('image-0000.raw')).toBe(place.expected('files/image-0000.raw'));
      // Nothing is promised for a plain file: the second run must be able to take it for another one.
    }
  });

  test('an image with a target in the way leaves that as it is', async () => {
    const place = await stage({ images: 2 });
    plant(place.path('image-0000.raw'), 'mine');
    const [document, result] = await several(place, ['glance', 'image', 'image-0000', 'image-0001']);
    expect([result.code, document.items.map(({ error }) => error?.code)]).toEqual([14, ['fs.exists', undefined]]);
    expect(readFileSync(place.path('image-0000.raw'), 'utf8')).toBe('mine');
  });
});

describe('nothing starts', () => {
  const IDS = ['appliance', 'image', '747', String(FIRST_MORE), String(FIRST_MORE + 1)];
  test.each<[string, readonly string[], number, string, RegExp]>([
    ['to stdout', [...IDS, '-o', '-'], 2, 'usage.output', /stdout can take only one image/],
    ['into a file', [...IDS, '-o', 'x'], 2, 'usage.output', /not a directory/],
    ['into a directory that has no place', [...IDS, '-o', 'x/y/'], 12, 'fs.no-directory', /no such directory/],
    [
      'with a checksum',
      [...IDS, '--checksum', `md5:${'0'.repeat(32)}`],
      2,
      'usage.option',
      /--checksum cannot be combined/,
    ],
    [
      'with a one-time download id',
      [...IDS, '--download-id', 'k'.repeat(32)],
      2,
      'usage.option',
      /--download-id cannot be combined/,
    ],
    ['with one image twice', [...IDS, String(FIRST_MORE)], 2, 'usage.arguments', /images 1 and 3 are the same/],
    ['with a slip in one of them', [...IDS, '1x'], 2, 'usage.id', /image 3 of 3: .*"1x"/],
  ])('%s', async (_, args, code, error, message) => {
    const place = await stage({ images: 2 });
    const result = await place.imgdl(args);
    expect([result.code, result.stdout.toString()]).toEqual([code, '']);
    expect(complaint(result.stderr)).toMatchObject({ code: error, message: expect.stringMatching(message) });
    const again = await place.imgdl([...args, '--json']);
    // With -o - the document is the last line of stderr, as for one image.
    const document = again.stdout.length > 0 ? again.stdout.toString() : (again.stderr.match(/^\{.*\n/m)?.[0] ?? '');
    expect([again.code, documentOf(document)]).toMatchObject([code, { status: 'failed', error: { code: error } }]);
    expect([place.sandbox.control.requests, names(place.directory)]).toEqual([[], []]);
  });
});

describe('an account that is refused', () => {
  const ids = numbered(30).map((_, index) => String(FIRST_MORE + index));
  test('by Keystone is tried once', async () => {
    const place = await stage({ images: 30 });
    const [document, result] = await several(place, ['glance', 'image', ...numbered(30)], {
      OS_PASSWORD: 'not-the-password',
    });
    expect([result.code, document.summary.failed, data(place, /./)]).toEqual([14, 30, 1]);
    expect(document.items.every(({ error }) => error?.code === 'auth.refused')).toBe(true);
    expect(result.stderr.match(/auth\.refused/g)).toHaveLength(1);
  });

  test('by UForge is tried no more often than there are images at once', async () => {
    const place = await stage({ images: 30 });
    const [document, result] = await several(place, ['appliance', 'image', '747', ...ids], {
      IMGDL_PASSWORD: 'not-the-password',
    });
    expect([result.code, document.summary.failed]).toEqual([14, 30]);
    expect(data(place, /./)).toBeLessThanOrEqual(8);
  });
});

test('--deadline is one for all, and what never started has failed of it too', async () => {
  const place = await stage({ images: 20, imageSize: 400_000, rate: 200_000 });
  const [document, result] = await several(place, ['url', ...fileUrls(place, 20), '--deadline', '1s']);
  expect([result.code, document.items.length]).toEqual([14, 20]);
  expect(new Set(document.items.map(({ error }) => error?.code))).toEqual(new Set(['net.deadline']));
  expect(result.stderr.match(/net\.deadline/g)).toHaveLength(1);
  expect(data(place, /image-/)).toBeLessThanOrEqual(8);
});

test('SIGINT saves what each has, says it once, and prints the document', async () => {
  const place = await stage({ images: 12, imageSize: 3_000_000, rate: 1_000_000 });
  const args = ['url', ...fileUrls(place, 12), '--json'];
  const child = spawnImgdl(args, { cwd: place.directory, env: place.env });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const over = ended(child);
  await until('some bytes', 50_000, () => (place.sandbox.control.requests.length >= 8 ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 700));
  child.kill('SIGINT');
  expect(await over).toEqual({ code: null, signal: 'SIGINT' });
  const document = documentsOf(Buffer.concat(out).toString());
  expect(document.items.map(({ error }) => [error?.code, error?.exit])).toEqual(
    numbered(12).map(() => ['signal', 130]),
  );
  expect(
    Buffer.concat(err)
      .toString()
      .match(/stopped by SIGINT/g),
  ).toHaveLength(1);
  const parts = names(place.directory).filter((name) => name.endsWith('.part'));
  expect(parts).toHaveLength(8);
  expect(names(place.directory).some((name) => name.endsWith('.lock'))).toBe(false);
});

test('after kill -9 the finished ones are complete, the others continue', async () => {
  const place = await stage({ images: 20, imageSize: 1_500_000, rate: 1_000_000 });
  const args = ['glance', 'image', ...numbered(20)];
  const result = await place.program(args, {
    killWhen: () => names(place.directory).filter((name) => /^image-/.test(name)).length >= 10,
  });
  expect(result.signal).toBe('SIGKILL');
  const there = names(place.directory).filter((name) => /^image-/.test(name));
  place.sandbox.control.modes.rate = undefined;
  const [document, again] = await several(place, args);
  expect([again.code, document.summary.succeeded]).toEqual([0, 20]);
  const complete = document.items.filter(({ status }) => status === 'complete');
  expect(complete.map(({ path }) => path).sort()).toEqual([...there].sort());
  for (const [index, { path }] of document.items.entries()) {
    expect(place.sha256(path ?? '')).toBe(place.expected(`glance/${numbered(20)[index]}`));
  }
  expect(names(place.directory).filter((name) => name.startsWith('.imgdl-'))).toEqual([]);
});

test('200 small images: right bytes, at most 64 descriptors, eight at once, and flat memory', async () => {
  const place = await stage({ images: 200 });
  const child = spawnImgdl(['url', ...fileUrls(place, 200), '--json', '-o', './'], {
    cwd: place.directory,
    env: place.env,
  });
  const out: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  let most = 0;
  const watch = setInterval(() => {
    const open = descriptors(child.pid ?? 0);
    most = Math.max(most, open);
  }, 5);
  expect(await ended(child)).toEqual({ code: 0, signal: null });
  clearInterval(watch);
  const document = documentsOf(Buffer.concat(out).toString());
  expect(document.summary).toMatchObject({ total: 200, succeeded: 200, bytes: 204_800 });
  for (const name of numbered(200)) expect(place.sha256(`${name}.raw`)).toBe(place.expected(`files/${name}.raw`));
  expect([most > 15, most <= 64, most]).toEqual([true, true, most]);
});

function descriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => linkOf(`/proc/${pid}/fd/${fd}`) !== '').length;
  } catch {
    return 0;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

test('more than twenty images are told in sum: no line for each, three warnings of a kind', async () => {
  const place = await stage({ images: 30 });
  const result = await place.imgdl(['url', ...fileUrls(place, 30), `${place.sandbox.urls.files}/nope.raw`], {
    env: NOBODY,
  });
  expect(result.code).toBe(14);
  const lines = result.stderr.trimEnd().split('\n');
  expect(lines.filter((line) => line.includes(': warning: '))).toHaveLength(3);
  expect(lines.filter((line) => line.includes('nope.raw'))).toHaveLength(1);
  expect(lines.at(-1)).toMatch(/^imgdl: 30 of 31 images: 30 downloaded, 30 checked by size only, 1 failed, /);
  expect(lines.length).toBeLessThanOrEqual(8);
});

describe('on a terminal', () => {
  test.each([
    [80, 24, 8],
    [40, 24, 8],
    [80, 7, 4],
    [80, 2, 0],
  ])('of %i columns and %i rows there are %i rows of images and a total', async (columns, rows, expected) => {
    const place = await stage({ images: 10, imageSize: 600_000, rate: 300_000 });
    const terminal = runInTerminal([process.execPath, IMGDL, 'glance', 'image', ...numbered(10)], {
      columns,
      rows,
      cwd: place.directory,
      env: place.env,
    });
    const now = (): Screen => {
      const screen = new Screen(columns);
      screen.write(terminal.output());
      return screen;
    };
    const rowsOf = ({ text }: Screen) =>
      text.split('\n').filter((line) => /image-00/.test(line) && !line.startsWith('imgdl:'));
    // The images begin one after the other.
    const screen = await until('progress of every row', 50_000, () => {
      const shown = now();
      const moving = expected === 0 || /image-00\S* .*\d%/.test(shown.text);
      return /\d of 10/.test(shown.text) && moving && rowsOf(shown).length >= expected ? shown : undefined;
    });
    const drawn = screen.text.split('\n');
    expect(rowsOf(screen)).toHaveLength(expected);
    expect([screen.wraps, screen.column, drawn.at(-1)]).toEqual([0, 0, expect.stringMatching(/\d of 10/)]);
    expect(await terminal.done).toBe(0);
    const { text, column } = now();
    expect([column, text.includes('━')]).toEqual([0, false]);
    expect(text.replaceAll('\n', '')).toMatch(/imgdl: all 10 images: 10 downloaded/);
    for (const name of numbered(10)) expect(text).toContain(name);
  });

  test('kill -9 leaves the cursor where it should be', async () => {
    const place = await stage({ images: 10, imageSize: 600_000, rate: 200_000 });
    const terminal = runInTerminal([process.execPath, IMGDL, 'glance', 'image', ...numbered(10)], {
      cwd: place.directory,
      env: place.env,
    });
    await until('progress', 50_000, () => (/\d of 10 images/.test(terminal.output()) ? true : undefined));
    await terminal.signal('SIGKILL');
    expect(await terminal.done).toBe(137);
    expect(terminal.output()).not.toMatch(/\x1b\[\?|\x1b\[[\d;]*r|\x1b[78]/);
    const screen = new Screen(80);
    screen.write(terminal.output());
    expect([screen.column, screen.row]).toEqual([0, screen.text.split('\n').length]);
  });
});

describe('a list of images (-i)', () => {
  const WINDOWS = '# two images\r\n\r\n747 1095\r\n"747" \'1096\'\r\n';

  test.each<[string, (place: Stage) => readonly string[], (place: Stage) => string, number]>([
    ['beside an image of the command line', () => ['appliance', 'image', '747', '1112'], () => WINDOWS, 3],
    ['of URLs', () => ['url'], (place) => fileUrls(place, 3).join('\n'), 3],
    ['of one image, whose document is that of several', () => ['glance', 'image'], () => 'image-0000\n', 1],
    ['of none, which is no failure', () => ['glance', 'image'], () => '# nothing today\n', 0],
  ])('%s', async (_, args, list, total) => {
    const place = await stage({ images: 3, imageSize: 70_001 });
    plant(place.path('list.txt'), list(place));
    const [document, result] = await several(place, [...args(place), '-i', 'list.txt', '-o', 'in/']);
    expect([result.code, document.summary]).toMatchObject([0, { total, succeeded: total, failed: 0 }]);
    expect(result.stderr.includes('warning: the list names no image')).toBe(total === 0);
  });

  test('on stdin, of a single image that fails, is exit 14 and told once', async () => {
    const place = await stage();
    const failed = await place.imgdl(['appliance', 'image', '-i', '-'], { stdin: '747 9\n' });
    expect([failed.code, failed.stdout.toString(), failed.stderr.match(/^imgdl: .*|^hint: /gm)]).toEqual([
      14,
      '',
      [expect.stringMatching(/^imgdl: not-found\.image: /), 'hint: '],
    ]);
  });

  test('is refused where it makes no sense, before any request', async () => {
    const place = await stage();
    const cases: readonly [string, readonly string[], string, RegExp][] = [
      ['747 1095\n747 1096 1097\n', [], 'usage.arguments', /^stdin:2: 3 words instead of 1 to 2/],
      ['\n747 x1\n', [], 'usage.id', /^stdin:2: /],
      ['747 1095\n747 1095\n', [], 'usage.arguments', /^stdin:1 and stdin:2 are the same/],
      ['747 1095\n', ['747', '1095'], 'usage.arguments', /^image 1 and stdin:1 are the same/],
      ['747 1095\n', ['--checksum', `md5:${'0'.repeat(32)}`], 'usage.option', /--checksum cannot/],
      ['747 1095\n', ['-o', 'x.img'], 'usage.output', /not a directory/],
      ['747 1095\n', ['-o', '-'], 'usage.output', /only one image/],
      ['747 1095\n', ['--password-file', '-'], 'usage.option', /--password-file and --input-file both/],
    ];
    const ended = await Promise.all(
      cases.map(([stdin, more]) => place.imgdl(['appliance', 'image', ...more, '-i', '-'], { stdin })),
    );
    expect(ended.map(({ code, stderr }) => [code, complaint(stderr).code, complaint(stderr).message])).toEqual(
      cases.map(([, , code, message]) => [2, code, expect.stringMatching(message)]),
    );
    expect(place.sandbox.control.requests).toEqual([]);
  });
});
