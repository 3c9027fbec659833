import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '#imgdl/sandbox/sandbox.js';
import { type RunResult, run } from './imgdl.js';
import { runCheaply } from './in-process.js';
import { scratch } from './scratch.js';

// Most tests of the command line start no process: what they see must be what a process shows.

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ size: 5000, smallSize: 2000 });
});
afterAll(() => sandbox.close());

const IMAGE = ['appliance', 'image', '747', '1095'] as const;
/** What the clock, the process and the directory say. */
const VARIES = /"durationMs":\d+|\b[\d.]+ [KMG]?i?B\/s|in [\d.]+ m?s\b|\/tmp\/\S+|dials \d+/g;

test.each<[string, readonly string[], string?]>([
  ['an image', [...IMAGE, '-q']],
  ['an image, to stdout, and its document', [...IMAGE, '-o', '-', '--json', '-q']],
  ['an image, its password from stdin', [...IMAGE, '-q', '--password-file', '-'], 'wonderland\n'],
  ['images of a list, by a relative path', ['appliance', 'image', '-i', 'list.txt', '--json', '-q']],
  ['a refusal', [...IMAGE, '--user', 'nobody', '--json']],
  ['help that nobody asked for', ['appliance']],
])('a run in this process is like one of its own: %s', async (_, args, stdin) => {
  const seen = await Promise.all([run, runCheaply].map((how) => shown(how, args, stdin)));
  expect(seen[1]).toEqual(seen[0]);
});

async function shown(how: typeof run | typeof runCheaply, args: readonly string[], stdin?: string) {
  const cwd = scratch();
  writeFileSync(join(cwd, 'list.txt'), '747 1095\n');
  const env = { ...sandbox.environment, ...(stdin !== undefined && { IMGDL_PASSWORD: '' }) };
  const result: RunResult = await how(args, { cwd, env, ...(stdin !== undefined && { stdin }) });
  const files = readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), 'latin1')]);
  const plain = (text: string): string => text.replaceAll(VARIES, '…');
  return [result.code, plain(result.stdout.toString('latin1')), plain(result.stderr), files];
}
