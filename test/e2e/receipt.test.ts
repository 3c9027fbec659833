import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type FileOptions, urlImage } from '#imgdl/index.js';
import { startWebServer } from '../support/web-server.js';
import { afterwards, stage } from './stage.js';

const GLANCE = ['glance', 'image', 'small-raw', '-o', 'c'] as const;

test.each(['--update', '--receipt'])('%s writes the receipt that a file which is already right lacks', async (flag) => {
  const place = await stage();
  expect((await place.imgdl([...GLANCE, '-q'])).code).toBe(0);
  expect(existsSync(place.path('c.imgdl.json'))).toBe(false);
  expect((await place.imgdl([...GLANCE, flag, '-q'])).code).toBe(0);
  expect(existsSync(place.path('c.imgdl.json'))).toBe(true);
});

test('a plain file is complete when its receipt and the server agree, with no more proof than before', async () => {
  const place = await stage();
  const url = ['url', `${place.sandbox.urls.files}/image.raw`, '-o', 'u'];
  expect((await place.imgdl([...url, '--receipt', '-q'])).code).toBe(0);
  const again = (await place.imgdl([...url, '--json'])).json();
  expect(again).toMatchObject({ status: 'complete', verified: 'size-only', received: 0 });
  expect(again.digests).toMatchObject([{ from: 'receipt', matched: true }]);
  place.sandbox.control.replace('files/image.raw');
  expect((await place.imgdl([...url, '--json'])).json().error?.code).toBe('fs.exists');
  appendFileSync(place.path('u'), 'x');
  expect((await place.imgdl([...url, '--json'])).json().error?.code).toBe('fs.exists');
});

const TOO_LONG = 'n'.repeat(250);

test.each<[why: string, name: string, options: FileOptions, code: string]>([
  ['its name would be too long', TOO_LONG, { receipt: true }, 'fs.name'],
  ['the same with --update', TOO_LONG, { update: true }, 'fs.name'],
  ['the same in a dry run', TOO_LONG, { receipt: true, dryRun: true }, 'fs.name'],
  ['a directory has its name', 'taken', { receipt: true }, 'fs.type'],
  ['the same with --update', 'taken', { update: true }, 'fs.type'],
])('a receipt that cannot be written is told before the server is asked: %s', async (_, name, options, code) => {
  const place = await stage();
  const server = await startWebServer((_request, response) => void response.end('image'));
  afterwards(() => server.close());
  mkdirSync(place.path('taken.imgdl.json'));
  const target = place.path(name);
  await expect(urlImage({ url: `${server.url}/a.img`, target, ...options })).rejects.toMatchObject({ exit: 12, code });
  expect([server.requests.length, existsSync(target)]).toEqual([0, false]);
});
