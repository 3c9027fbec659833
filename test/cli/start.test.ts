import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunResult, run } from '../support/imgdl.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'imgdl-start-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs imgdl, and lists what of ours and of npm's was loaded by any thread of it, relative to the project. */
async function loadedBy(args: readonly string[]): Promise<RunResult & { readonly files: readonly string[] }> {
  const directory = mkdtempSync(join(scratch, 'run-'));
  // V8 lists every script, however it was loaded; Node writes the list at the end of each thread.
  const result = await run(args, { env: { NODE_V8_COVERAGE: directory } });
  const files = readdirSync(directory).flatMap((name) => {
    const report = JSON.parse(readFileSync(join(directory, name), 'utf8')) as { result: readonly { url: string }[] };
    return report.result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
  return { ...result, files: [...new Set(files.map((url) => fileURLToPath(url).replace(ROOT, '')))] };
}

describe('nothing of the program is loaded for', () => {
  test.each([
    ['--version'],
    ['-V'],
    ['--help'],
    ['-h'],
    ['help'],
    ['appliance --help'],
    ['glance image --help'],
    ['url -h'],
    ['help glance image'],
  ])('imgdl %s', async (line) => {
    const { code, files, stderr } = await loadedBy(line.split(' '));
    expect([code, stderr, files]).toEqual([0, '', ['bin/imgdl.js']]);
  });
});

describe('the program answers what the files of bin/help do not', () => {
  test.each([
    ['a word that is no command', ['nosuch', '--help'], 2],
    ['a path', ['../help/imgdl', '--help'], 2],
    ['a name of a file', ['appliance-image', '--help'], 2],
    ['help of a command with arguments', ['glance', 'image', 'debian', '--help'], 0],
  ])('%s', async (_, args, code) => {
    const result = await loadedBy(args);
    expect([result.code, result.files.includes('dist/cli/main.js')]).toEqual([code, true]);
  });
});
