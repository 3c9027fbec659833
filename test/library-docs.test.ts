/** The examples of docs/library.md are run as they stand: only the places that they name are those of the test. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { commandTable } from '#imgdl/app/command-table.js';
import { propertiesOf } from '#imgdl/app/properties.js';
import { plant, type Stage, stage } from './e2e/stage.js';
import { cleanEnvironment } from './support/imgdl.js';

const PAGE = readFileSync(new URL('../docs/library.md', import.meta.url), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
const LIBRARY = new URL('../dist/index.js', import.meta.url).href;

/** Runs an example in a process of its own, with an environment that says nothing. */
async function example(place: Stage, text: string, flags: readonly string[] = []) {
  const places: readonly (readonly [string, string])[] = [
    ["'imgdl'", `'${LIBRARY}'`],
    ['https://uforge.example.com/api', place.sandbox.urls.uforge],
    ['https://cloud.example.com:5000/v3', place.sandbox.urls.keystone],
    ['/run/secrets/uforge', place.path('password')],
    ['/srv/images/', `${place.directory}/`],
  ];
  const script = place.path('example.mjs');
  writeFileSync(
    script,
    places.reduce((code, [from, to]) => code.replaceAll(from, to), text),
  );
  return await promisify(execFile)(process.execPath, [...flags, script], { env: cleanEnvironment(), cwd: '/' });
}

test('there are three', () => {
  expect(EXAMPLES).toHaveLength(3);
});

test('an image of UForge with a password', async () => {
  const place = await stage();
  plant(place.path('password'), `${place.sandbox.environment['IMGDL_PASSWORD']}\n`);
  const { stdout, stderr } = await example(place, EXAMPLES[0] ?? '');
  expect(stderr).toBe('');
  const path = /^(.*): downloaded, verified by sha256\n$/.exec(stdout)?.[1] ?? '';
  expect(place.sha256(readFileSync(path))).toBe(place.expected('images/1095'));
});

test('an image of Glance with progress', async () => {
  const place = await stage();
  const { stdout, stderr } = await example(place, EXAMPLES[1] ?? '');
  expect([stderr, stdout]).toEqual(['', expect.stringMatching(/^100 %\n.*debian\.img\n$/m)]);
  expect(place.sha256('debian.img')).toBe(place.expected('glance/big-raw'));
});

test('an error of it is told, and its exit code taken', async () => {
  const place = await stage();
  const wrong = (EXAMPLES[1] ?? '').replace('big-raw', 'nosuch');
  await expect(example(place, wrong)).rejects.toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^not-found\.image: .*\n.+\n/),
  });
});

test('a test of a user, with a sandbox and a stream', async () => {
  const { stdout } = await example(await stage(), EXAMPLES[2] ?? '', ['--test-reporter=tap', '--test']);
  expect(stdout).toMatch(/^ok 1 - /m);
  expect(stdout).toMatch(/^# pass 1$/m);
});

test('every option is named', () => {
  const rows = commandTable().rows.flatMap(({ command, options }) => (command.kind === 'download' ? options : []));
  const names = propertiesOf(rows).map(({ name }) => name);
  expect([...new Set(names)].filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});
