/** The control: what must never be is noticed. An oracle that cannot fail proves nothing. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tree } from '../e2e/stage.js';
import type { ResultDocument } from '../support/imgdl.js';
import { scratch } from '../support/scratch.js';
import { makeCanaries, writingsOf } from './canaries.js';
import type { CasePlace, FaultCase, Files } from './fault-case.js';
import { expectFiles, expectNoCanary, expectNoPromise, expectTame, type Snapshot } from './oracle.js';
import { bytesOf, Origin } from './origin.js';

const canaries = makeCanaries();
const NONE = { code: 6, stdout: '', stderr: '' };

let origin: Origin;
let place: CasePlace;
let before: Snapshot;
beforeAll(async () => {
  origin = await Origin.start(canaries);
});
afterAll(() => origin.server.close());
beforeEach(() => {
  const root = scratch();
  const [directory, home] = [join(root, 'work'), join(root, 'home')];
  for (const path of [directory, home]) mkdirSync(path);
  place = { origin, foreign: origin, directory, home, target: join(directory, 'disk.img') };
  write('disk.img', 'the image of last month', 0o640);
  before = tree(directory);
});

function write(name: string, data: string | Uint8Array, mode = 0o600): void {
  const path = join(place.directory, name);
  writeFileSync(path, data);
  chmodSync(path, mode);
}

const looks = (files: Files): void => expectFiles({ files } as FaultCase, place, before);

describe('files', () => {
  test('as they were are nothing', () => looks('nothing'));

  test.each<[string, Files, () => void]>([
    ['a part that is left', 'nothing', () => write('.imgdl-0123456789abcdef.part', 'x')],
    [
      'another name of ours',
      'complete',
      () => {
        write('disk.img', bytesOf(origin.object));
        write('.imgdl-0123456789abcdef.lock', 'x');
      },
    ],
    ['a target with other bytes', 'nothing', () => write('disk.img', 'another image', 0o640)],
    ['a target with another mode', 'kept', () => write('disk.img', 'the image of last month', 0o644)],
    ['a part without its journal', 'kept', () => write('.imgdl-0123456789abcdef.part', 'x')],
    [
      'a part that others may read',
      'kept',
      () => {
        write('.imgdl-0123456789abcdef.part', 'x', 0o644);
        write('.imgdl-0123456789abcdef.journal', 'x');
      },
    ],
    ['a file beside it', 'nothing', () => write('core', 'x')],
    ['an image that is a byte short', 'complete', () => write('disk.img', bytesOf(origin.object).subarray(1))],
    [
      'an image of two revisions',
      'complete',
      () => {
        const { size } = origin.object;
        write('disk.img', Buffer.concat([bytesOf({ rev: 1, size }, 0, 400_000), bytesOf({ rev: 2, size }, 400_000)]));
      },
    ],
  ])('%s is noticed', (_, files, arrange) => {
    arrange();
    expect(() => looks(files)).toThrow();
  });
});

describe('a promise', () => {
  const failed = (hint: string): ResultDocument => ({ error: { message: 'gone', hint } }) as ResultDocument;

  test.each([
    'run again to resume',
    'get a new id; the partial download is kept',
    'imgdl has asked without a range as well, and keeps the partial download',
  ])('of what is not there is noticed: %s', (hint) => {
    expect(() => expectNoPromise(place, failed(hint))).toThrow();
    write('.imgdl-0123456789abcdef.part', 'x');
    expectNoPromise(place, failed(hint));
  });
});

describe('a secret', () => {
  test('that is nowhere is not seen', () => expectNoCanary(canaries, place, NONE));

  test.each(
    Object.entries(canaries).flatMap(([name, secret]) =>
      writingsOf(secret).map((writing, at) => [`${name}, writing ${at}`, writing] as const),
    ),
  )('%s is noticed on stderr, in a journal and in a name', (_, writing) => {
    expect(() => expectNoCanary(canaries, place, { ...NONE, stderr: `imgdl: x ${writing} y\n` })).toThrow();
    write('.imgdl-0123456789abcdef.journal', `{"url":"${writing}"}`);
    expect(() => expectNoCanary(canaries, place, NONE)).toThrow();
  });
});

describe('a line on stderr', () => {
  test.each(['::error::x\n', 'imgdl: x\n##vso[x]\n', 'imgdl: \u001b[2J\n', 'imgdl: a\rb\n', 'imgdl: a\u202eb\n'])(
    '%j is noticed',
    (text) => expect(() => expectTame(text)).toThrow(),
  );
});
