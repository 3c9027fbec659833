import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NOBODY, names, plant, type Stage, stage, tree } from './stage.js';

const IMAGE = ['appliance', 'image', '747', '1095'] as const;
const NAME = 'dev-env_1.0rev1_targz.tar.gz';

describe('-o', () => {
  test.each([
    ['a file', ['-o', 'x.img'], 'x.img'],
    ['a file in a directory', ['-o', 'sub/x.img'], 'sub/x.img'],
    ['an existing directory', ['-o', 'sub'], `sub/${NAME}`],
    ['a directory with a slash', ['-o', 'sub/'], `sub/${NAME}`],
    ['the current directory', ['-o', '.'], NAME],
    ['nothing', [], NAME],
    ['a name that looks like an option', ['-o', './-x'], './-x'],
  ])('that is %s: the path is as one would type it', async (_, args, path) => {
    const place = await stage();
    mkdirSync(place.path('sub'));
    const result = await place.imgdl([...IMAGE, ...args]);
    expect([result.code, result.stdout.toString()]).toEqual([0, `${path}\n`]);
    expect(place.sha256(path)).toBe(place.expected('images/1095'));
    expect(statSync(place.path(path)).mode % 0o1000).toBe(0o666 - (process.umask() % 0o1000));
  });
});

describe('-o DIR/ with a directory that is missing', () => {
  test('makes it, and its parent must be there', async () => {
    const place = await stage();
    expect((await place.imgdl([...IMAGE, '-o', 'new/'])).stdout.toString()).toBe(`new/${NAME}\n`);
    expect(place.sha256(`new/${NAME}`)).toBe(place.expected('images/1095'));
    expect(statSync(place.path('new')).mode % 0o1000).toBe(0o777 - (process.umask() % 0o1000));
    const refused = await place.imgdl([...IMAGE, '-o', 'no/where/', '--json']);
    expect([refused.code, refused.json().error?.code]).toEqual([12, 'fs.no-directory']);
    expect(names(place.directory)).toEqual(['new']);
  });

  test.each([
    ['a dry run does not make it', [...IMAGE, '-n'], 0],
    ['it is gone again when nothing came', ['appliance', 'image', '747', '999999'], 4],
    ['it is gone again when the bytes were wrong', [...IMAGE, '--checksum', `sha256:${'0'.repeat(64)}`], 9],
  ])('%s', async (_, args, code) => {
    const place = await stage();
    const result = await place.imgdl([...args, '-o', 'new/']);
    expect([result.code, names(place.directory)]).toEqual([code, []]);
  });

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'mine')],
    ['a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
  ])('leaves %s of that name alone', async (_, plantAt) => {
    const place = await stage();
    plantAt(place.path('new'));
    const before = tree(place.directory);
    const refused = await place.imgdl([...IMAGE, '-o', 'new/', '--json']);
    expect([refused.code, refused.json().error?.code]).toEqual([12, 'fs.no-directory']);
    expect(tree(place.directory)).toEqual(before);
  });

  test('keeps it with the part when the download was cut', async () => {
    const place = await stage({ size: 40 * 2 ** 20 });
    place.sandbox.control.modes.cutAfter = 36 * 2 ** 20;
    const cut = await place.imgdl([...IMAGE, '-o', 'new/', '--retries', '0']);
    expect([cut.code, names(place.path('new')).some((name) => name.endsWith('.part'))]).toEqual([6, true]);
  });
});

describe('names that a server chooses', () => {
  test.each([
    ['an image whose file name climbs', ['appliance', 'image', '747', '1104']],
    ['a Glance image whose name climbs and clears screens', ['glance', 'image', '../../etc/cron.d/x\u001b[2J']],
  ])('%s stays in the directory', async (_, args) => {
    const place = await stage();
    const result = await place.imgdl(args);
    expect(result.code).toBe(0);
    const [file = '', ...others] = names(place.directory);
    expect(others).toEqual([]);
    expect(file).toMatch(/^[^.\x00-\x1f/][^\x00-\x1f/]*$/);
    expect(result.stdout.toString() + result.stderr).not.toMatch(/\x1b/);
  });

  test('a bare key without a name in its URL is called by kind and id', async () => {
    const place = await stage();
    const key = place.sandbox.control.issueKey('pimages/88');
    const url = `${place.sandbox.urls.uforge}/users/alice/appliances/747/pimages/88/downloads?id=${key}`;
    expect((await place.imgdl(['url', url], { env: NOBODY })).stdout.toString()).toBe('pimage-88.img\n');
  });
});

/** A target that holds another image, with a mode of its own. */
async function occupied(): Promise<Stage> {
  const place = await stage({}, { [NAME]: 'something else', 'link-target': 'mine' });
  plant(place.path(NAME), 'something else', 0o640);
  return place;
}

describe('a target that exists', () => {
  test('and is the image is complete: no key is spent, nothing is touched', async () => {
    const place = await stage({ keysOnly: true });
    await place.imgdl(IMAGE);
    const before = tree(place.directory);
    place.sandbox.control.requests.length = 0;
    const result = await place.imgdl([...IMAGE, '--json']);
    expect(result.json()).toMatchObject({ status: 'complete', verified: 'sha256', received: 0, attempts: 0 });
    expect(tree(place.directory)).toEqual(before);
    expect(place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'))).toEqual([]);
  });

  test('and is another file is left alone, unless --force replaces it with another inode', async () => {
    const place = await occupied();
    const before = tree(place.directory);
    const refused = await place.imgdl([...IMAGE, '--json']);
    expect([refused.code, refused.json().error?.code]).toEqual([12, 'fs.exists']);
    expect(tree(place.directory)).toEqual(before);
    const forced = await place.imgdl([...IMAGE, '--force', '--json']);
    expect([forced.code, forced.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256(NAME)).toBe(place.expected('images/1095'));
    expect(names(place.directory)).toEqual([NAME, 'link-target']);
  });

  test('keeps every byte with --force when the download fails', async () => {
    const place = await occupied();
    const before = tree(place.directory);
    place.sandbox.control.modes.corrupt = 9;
    const result = await place.imgdl([...IMAGE, '--force', '--json']);
    expect([result.code, result.json().error?.code]).toEqual([9, 'integrity.digest']);
    expect(tree(place.directory)).toEqual(before);
  });

  test('and is a link is replaced by --force, and what it led to stays', async () => {
    const place = await stage({}, { other: 'mine' });
    symlinkSync('other', place.path(NAME));
    expect((await place.imgdl(IMAGE)).code).toBe(12);
    expect((await place.imgdl([...IMAGE, '-f'])).code).toBe(0);
    expect(readFileSync(place.path('other'), 'utf8')).toBe('mine');
    expect(place.sha256(NAME)).toBe(place.expected('images/1095'));
  });
});

describe('--dry-run touches nothing and spends nothing', () => {
  test.each([
    ['where nothing is', 'nothing', 0, 'dry-run'],
    ['where the image is', 'image', 0, 'dry-run'],
    ['where another file is', 'other', 12, 'failed'],
  ])('%s', async (_, there, code, status) => {
    const place = await stage({ keysOnly: true });
    if (there === 'image') await place.imgdl(IMAGE);
    if (there === 'other') writeFileSync(place.path(NAME), 'other');
    place.sandbox.control.requests.length = 0;
    const before = tree(place.directory);
    const result = await place.imgdl([...IMAGE, '--dry-run', '--json']);
    expect([result.code, result.json().status]).toEqual([code, status]);
    expect(tree(place.directory)).toEqual(before);
    expect(place.sandbox.control.requests.filter(({ path }) => path.includes('/downloads'))).toEqual([]);
  });

  test('and says in words what would happen', async () => {
    const place = await stage();
    const result = await place.imgdl([...IMAGE, '-n']);
    expect(result.stdout.toString()).toBe('');
    expect(result.stderr).toContain(NAME);
    expect(names(place.directory)).toEqual([]);
  });
});

describe('proof', () => {
  const right = (place: Stage): string => place.expected('files/small.raw');

  test('a --checksum that matches is the strongest word there is', async () => {
    const place = await stage();
    const url = `${place.sandbox.urls.files}/small.raw`;
    const md5 = place.sandbox.control.object('files/small.raw').digest('md5');
    const sums = ['--checksum', `sha256:${right(place).toUpperCase()}`, '--checksum', `md5:${md5}`];
    const result = await place.imgdl(['url', url, ...sums, '--require', 'digest', '--json']);
    expect(result.json()).toMatchObject({ status: 'downloaded', verified: 'user' });
  });

  test('a --checksum that does not is exit 9 after one restart, and leaves nothing', async () => {
    const place = await stage();
    const result = await place.imgdl([
      'url',
      `${place.sandbox.urls.files}/small.raw`,
      '--checksum',
      `sha256:${'0'.repeat(64)}`,
      '--json',
    ]);
    expect([result.code, result.json().error?.code, result.json().attempts]).toEqual([9, 'integrity.digest', 2]);
    expect(names(place.directory)).toEqual([]);
  });

  test.each([
    ['digest', 'given', 9],
    ['size', 'given', 0],
    ['size', 'close', 9],
    ['none', 'close', 0],
  ] as const)('--require %s where the length is %s and no digest known: exit %i', async (proof, length, code) => {
    const place = await stage({ length, ranges: false });
    const args = ['url', `${place.sandbox.urls.files}/small.raw`, '--require', proof];
    expect((await place.imgdl(args)).code).toBe(code);
    expect(names(place.directory)).toEqual(code === 0 ? ['small.raw'] : []);
  });
});
