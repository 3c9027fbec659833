import { appendFileSync, existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stage } from './stage.js';

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
