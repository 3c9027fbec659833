/** `imgdl status` and `imgdl clean`, from the command line to the last file. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHAIN_START, decodeJournal, encodeLine } from '#imgdl/fs/journal-lines.js';
import { bench, ownerFacts } from '../fs/set-up.js';
import { runHere, type Said } from '../support/in-process.js';
import { documentOf, partialsOf } from './document.js';
import { complaint, names, type Stage, stage } from './stage.js';

const MIB = 1024 * 1024;

async function imgdl(place: Stage, ...args: readonly string[]): Promise<Said> {
  return await runHere(args, { cwd: place.directory, home: place.home, env: place.env });
}

function fetching(place: Stage, ...more: readonly string[]): readonly string[] {
  return ['url', `${place.sandbox.urls.files}/image.raw`, '-o', 'disk image.raw', '--retries', '0', ...more];
}

/** A download that was cut, and is not running any more. */
async function cut(): Promise<Stage> {
  const place = await stage({ size: 2 * MIB });
  place.sandbox.control.modes.cutAfter = MIB;
  expect((await imgdl(place, ...fetching(place, '-q', '--connections', '1'))).code).toBe(6);
  place.sandbox.control.modes.cutAfter = undefined;
  expect(names(place.directory)).toHaveLength(2);
  return place;
}

describe('status', () => {
  test('shows what was cut: what of it is kept, and that nobody is working on it', async () => {
    const place = await cut();
    const said = await imgdl(place, 'status');
    const [titles, line, ...more] = said.stdout.split('\n');
    expect([said.code, titles?.split(/\s{2,}/), more]).toEqual([
      0,
      ['TARGET', 'KEPT', 'SIZE', 'UPDATED', 'OWNER', 'SOURCE'],
      [''],
    ]);
    expect(line).toMatch(
      /^disk image\.raw {2}1\.0 MiB {2}2\.0 MiB {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}left behind {2}http:/,
    );
    const { stdout } = await imgdl(place, 'status', '..', '--json');
    expect(partialsOf('status', stdout)['items']).toEqual([]);
    const document = partialsOf('status', (await imgdl(place, 'status', place.directory, '--json')).stdout);
    expect(document).toMatchObject({
      items: [
        {
          target: join(place.directory, 'disk image.raw'),
          source: { provider: 'url', ref: '/files/image.raw' },
          bytes: expect.any(Number),
          size: 2 * MIB,
          owner: { state: 'left-behind' },
        },
      ],
    });
  });

  test.each([
    ['where nothing lies', ['status'], 0, /^TARGET +KEPT +SIZE +UPDATED +OWNER +SOURCE\n$/, undefined],
    ['of a directory that is missing', ['status', 'nowhere'], 12, /^$/, 'fs.no-directory'],
    ['of a file', ['status', 'file'], 12, /^$/, 'fs.no-directory'],
    ['of two directories', ['status', '.', '.'], 2, /^$/, 'usage.arguments'],
  ])('%s', async (_, args, exit, stdout, code) => {
    const place = await stage({}, { file: 'x' });
    const said = await imgdl(place, ...args);
    expect([said.code, said.stdout]).toEqual([exit, expect.stringMatching(stdout)]);
    if (code !== undefined) expect(complaint(said.stderr).code).toBe(code);
    if (code !== undefined) expect(documentOf((await imgdl(place, ...args, '--json')).stdout).error?.code).toBe(code);
  });
});

describe('clean', () => {
  test('tells what it would remove, keeps what is young, removes it, and has nothing to do then', async () => {
    const place = await cut();
    const before = names(place.directory);
    expect((await imgdl(place, 'clean', '-n')).stdout).toBe('would remove disk image.raw (1.0 MiB downloaded)\n');
    expect((await imgdl(place, 'clean', '--older-than', '1h')).stdout).toBe('kept disk image.raw (changed recently)\n');
    expect(names(place.directory)).toEqual(before);
    const { stdout } = await imgdl(place, 'clean', '--json');
    expect(partialsOf('clean', stdout)).toMatchObject({
      items: [{ target: 'disk image.raw', action: 'removed', reason: null }],
      unlocked: null,
    });
    expect(names(place.directory)).toEqual([]);
    expect(await imgdl(place, 'clean')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('with -q says nothing, and a run afterwards begins anew', async () => {
    const place = await cut();
    expect(await imgdl(place, 'clean', '-q', '.')).toEqual({ code: 0, stdout: '', stderr: '' });
    const said = await imgdl(place, ...fetching(place, '--json'));
    expect(documentOf(said.stdout)).toMatchObject({ status: 'downloaded', resumedFrom: null });
  });

  test('leaves a target alone while its owner lives, and --unlock does not help then', async () => {
    const place = await cut();
    const { workspace } = await bench(place.path('disk image.raw'), ownerFacts());
    const lock = await workspace.lock();
    const before = names(place.directory);
    const said = await imgdl(place, 'clean');
    expect([said.code, said.stdout]).toEqual([0, `kept disk image.raw (in use by process ${process.pid})\n`]);
    for (const dry of [[], ['-n']]) {
      const refused = await imgdl(place, 'clean', '--unlock', 'disk image.raw', ...dry, '--json');
      expect([refused.code, documentOf(refused.stdout).error?.code]).toEqual([13, 'lock.held']);
    }
    expect(names(place.directory)).toEqual(before);
    await lock.unlock();
    const free = await imgdl(place, 'clean', '--unlock', 'disk image.raw', '--json');
    expect(partialsOf('clean', free.stdout)['unlocked']).toEqual({ target: 'disk image.raw', heldBy: null });
    expect((await imgdl(place, 'clean', '--unlock', 'disk image.raw')).stdout).toBe('disk image.raw is not locked\n');
    expect(names(place.directory)).toHaveLength(2);
  });

  test.each([
    ['a directory beside --unlock', ['.', '--unlock', 'x']],
    ['an age beside --unlock', ['--older-than', '1h', '--unlock', 'x']],
    ['an age that is none', ['--older-than', 'yesterday']],
    ['an option of downloads', ['--force']],
  ])('refuses %s', async (_, args) => {
    const place = await stage();
    const said = await imgdl(place, 'clean', ...args, '--json');
    expect([said.code, documentOf(said.stdout).error?.exit]).toEqual([2, 2]);
  });
});

test('a journal of 0.1.0, which does not name its target, is continued, and named by the next one', async () => {
  const place = await cut();
  const journal = place.path(names(place.directory).find((name) => name.endsWith('.journal')) ?? '');
  const found = decodeJournal(readFileSync(journal));
  if (found.kind !== 'content') throw new Error('no journal');
  const { target, ...head } = found.content.head;
  expect(target).toBe('disk image.raw');
  let chain = CHAIN_START;
  const lines = [head, ...found.content.have].map((record) => {
    const line = encodeLine(chain, record);
    chain = line.chain;
    return line.bytes;
  });
  writeFileSync(journal, Buffer.concat(lines));
  const said = await imgdl(place, ...fetching(place, '--json'));
  expect(documentOf(said.stdout).status).toBe('resumed');
  rmSync(place.path('disk image.raw'));
  expect(names(place.directory)).toEqual([]);
});
