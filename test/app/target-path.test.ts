import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placeOf } from '#imgdl/app/target-path.js';
import type { Remote } from '#imgdl/core/source.js';

let cwd = '';
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'imgdl-place-'));
  mkdirSync(join(cwd, 'sub'));
  writeFileSync(join(cwd, 'file'), '');
  symlinkSync('sub', join(cwd, 'link'));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function remote(name: string | undefined, fallbackName = 'image-7.img'): Remote {
  return {
    ...(name === undefined ? {} : { name }),
    ref: { provider: 'url', endpoint: 'https://h', ref: '/a.img' },
    fallbackName,
    identity: {},
    digests: [],
    opener: 'plain',
    headerDigest: 'body',
    validator: 'http',
    warnings: [],
  };
}

test.each([
  ['nothing is the name here', undefined, 'disk.qcow2', 'disk.qcow2'],
  ['a file is itself', 'x.img', 'disk.qcow2', 'x.img'],
  ['a file that is there is itself', 'file', 'disk.qcow2', 'file'],
  ['a directory gets the name', 'sub', 'disk.qcow2', 'sub/disk.qcow2'],
  ['a slash means a directory, also of one that is missing', 'nope/', 'disk.qcow2', 'nope/disk.qcow2'],
  ['a link to a directory is a directory', 'link', 'disk.qcow2', 'link/disk.qcow2'],
  ['the name climbs nowhere', 'sub/', '../../etc/passwd', /^sub\/[^/.][^/]*$/],
  ['a useless name gives way to the fallback', undefined, '..', 'image-7.img'],
  ['no name gives way to the fallback', '.', undefined, 'image-7.img'],
])('-o: %s', async (_, output, name, shown) => {
  const place = await placeOf(output, remote(name), cwd);
  if (typeof shown === 'string') expect(place).toEqual({ path: join(cwd, shown), shown });
  else expect(place.shown).toMatch(shown);
});

test('-o /absolute is taken as it is', async () => {
  const path = join(cwd, 'sub', 'x');
  expect(await placeOf(path, remote('y'), '/')).toEqual({ path, shown: path });
});

test.each([undefined, 'sub', 'nope/'])('without any name -o %s is exit 2 and asks for one', async (output) => {
  await expect(placeOf(output, remote(undefined, ''), cwd)).rejects.toMatchObject({
    code: 'usage.output',
    hint: 'use -o FILE',
  });
});
