import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SandboxOptions } from '#imgdl/sandbox/sandbox.js';
import { names, type Stage, stage, tree } from './stage.js';

const NAME = 'x.img';
const IMAGE = ['appliance', 'image', '747', '1095', '-o', NAME, '--update', '--json'] as const;
const KEPT = [NAME, `${NAME}.imgdl.json`];

function urlOf({ sandbox }: Stage): readonly string[] {
  return ['url', `${sandbox.urls.files}/small.raw`, '-o', NAME, '--update', '--json'];
}

/** A second run with --update after `between`, and what it asked for. */
async function again(
  options: SandboxOptions,
  argsOf: (place: Stage) => readonly string[],
  between: (place: Stage) => void = () => {},
) {
  const place = await stage(options);
  const first = await place.imgdl(argsOf(place));
  expect([first.code, first.json().status]).toEqual([0, 'downloaded']);
  expect(names(place.directory)).toEqual(KEPT);
  between(place);
  place.sandbox.control.requests.length = 0;
  const before = tree(place.directory);
  const second = await place.imgdl(argsOf(place));
  const data = place.sandbox.control.requests.filter(({ path }) => /\/downloads|\/files\//.test(path));
  return { place, second, data, before, after: tree(place.directory) };
}

describe('--update of an image', () => {
  test.each([
    ['UForge', () => IMAGE],
    ['Glance', () => ['glance', 'image', 'big-raw', '-o', NAME, '--update', '--json']],
    ['UForge without digests', () => ['appliance', 'image', '747', '1096', ...IMAGE.slice(4)]],
  ])('that did not change (%s): unchanged, nothing is fetched or touched', async (_, argsOf) => {
    const { second, data, before, after } = await again({ keysOnly: true }, argsOf);
    expect([second.code, second.json().status, second.stdout.toString().match(/\n/g)?.length]).toEqual([
      0,
      'unchanged',
      1,
    ]);
    expect([data, after]).toEqual([[], before]);
  });

  test('that changed: it is replaced, with a new receipt', async () => {
    const { place, second, before, after } = await again(
      {},
      () => IMAGE,
      ({ sandbox }) => {
        sandbox.control.replace('images/1095', 123_456);
      },
    );
    expect([second.code, second.json().status, second.json().bytes]).toEqual([0, 'downloaded', 123_456]);
    expect(place.sha256(NAME)).toBe(place.expected('images/1095'));
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after[`${NAME}.imgdl.json`]).not.toBe(before[`${NAME}.imgdl.json`]);
  });

  test.each([
    ['was tampered with', (place: Stage) => writeFileSync(place.path(NAME), Buffer.alloc(200_000))],
    ['was cut', (place: Stage) => writeFileSync(place.path(NAME), readFileSync(place.path(NAME)).subarray(1))],
    ['was removed', (place: Stage) => rmSync(place.path(NAME))],
  ])('whose file %s: it is fetched again', async (_, between) => {
    const { place, second } = await again({}, () => IMAGE, between);
    expect([second.code, second.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256(NAME)).toBe(place.expected('images/1095'));
  });

  test('whose receipt is gone: a digest that is known decides', async () => {
    const { second, data } = await again(
      {},
      () => IMAGE,
      (place) => rmSync(place.path(KEPT[1] ?? '')),
    );
    expect([second.json().status, data]).toEqual(['unchanged', []]);
  });

  test.each(['', '{', '{"schema":2}', 'null'])('whose receipt is %j: it is no proof, and no crash', async (text) => {
    const { place, second } = await again(
      {},
      () => ['appliance', 'image', '747', '1096', ...IMAGE.slice(4)],
      (there) => writeFileSync(there.path(KEPT[1] ?? ''), text),
    );
    expect([second.code, second.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256(NAME)).toBe(place.expected('images/1096'));
  });

  test('that fails leaves the old file as it is', async () => {
    const { place, second, before, after } = await again(
      {},
      () => IMAGE,
      ({ sandbox }) => {
        sandbox.control.replace('images/1095');
        sandbox.control.modes.corrupt = 9;
      },
    );
    expect([second.code, after]).toEqual([9, before]);
    expect(statSync(place.path(NAME)).size).toBe(200_000);
  });
});

describe('--update of a URL', () => {
  test('asks conditionally, and a 304 is unchanged', async () => {
    const { second, data, before, after } = await again({}, urlOf);
    expect(second.json().status).toBe('unchanged');
    expect(data.map(({ status, headers }) => [status, typeof headers['if-none-match']])).toEqual([[304, 'string']]);
    expect(after).toEqual(before);
  });

  test.each<[string, SandboxOptions]>([
    ['has no validators', { validators: 'absent' }],
    ['has a new one every time', { validators: 'changing' }],
  ])('that %s: the file is replaced, with the same bytes', async (_, options) => {
    const { place, second } = await again(options, urlOf);
    expect([second.code, second.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256(NAME)).toBe(place.expected('files/small.raw'));
  });

  test('that changed is replaced', async () => {
    const { place, second } = await again({}, urlOf, ({ sandbox }) => void sandbox.control.replace('files/small.raw'));
    expect([second.code, second.json().status]).toEqual([0, 'downloaded']);
    expect(place.sha256(NAME)).toBe(place.expected('files/small.raw'));
  });

  test('whose file was tampered with is not asked for conditionally', async () => {
    const { place, data } = await again({}, urlOf, (there) => writeFileSync(there.path(NAME), Buffer.alloc(70_001)));
    expect(data.map(({ headers }) => headers['if-none-match'])).toEqual([undefined]);
    expect(place.sha256(NAME)).toBe(place.expected('files/small.raw'));
  });
});

test('--receipt says what, whence, when and who vouched for it', async () => {
  const place = await stage();
  await place.imgdl(['appliance', 'image', '747', '1095', '-o', NAME, '--receipt']);
  const receipt: unknown = JSON.parse(readFileSync(place.path(`${NAME}.imgdl.json`), 'utf8'));
  expect(receipt).toMatchObject({
    schema: 1,
    source: { provider: 'uforge', endpoint: place.sandbox.urls.uforge, ref: 'users/alice/appliances/747/images/1095' },
    bytes: 200_000,
    verified: 'sha256',
    digests: expect.arrayContaining([
      { algorithm: 'sha256', hex: place.expected('images/1095'), from: 'metadata', matched: true },
    ]),
    finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
});
