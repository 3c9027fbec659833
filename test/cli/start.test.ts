import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stage } from '../e2e/stage.js';
import { type RunOptions, type RunResult, run } from '../support/imgdl.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'imgdl-start-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Runs imgdl, and lists what of ours and of npm's was loaded by any thread of it, relative to the project. */
async function loadedBy(
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult & { readonly files: readonly string[] }> {
  const directory = mkdtempSync(join(scratch, 'run-'));
  // V8 lists every script, however it was loaded; Node writes the list at the end of each thread.
  const result = await run(args, { ...options, env: { ...options.env, NODE_V8_COVERAGE: directory } });
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

/** What the environment says, as a cloud of that name. */
function cloudsFile(env: Readonly<Record<string, string>>): string {
  const auth = {
    auth_url: env['OS_AUTH_URL'],
    username: env['OS_USERNAME'],
    password: env['OS_PASSWORD'],
    project_name: env['OS_PROJECT_NAME'],
    user_domain_name: env['OS_USER_DOMAIN_NAME'],
    project_domain_name: env['OS_PROJECT_DOMAIN_NAME'],
  };
  // JSON is YAML.
  return JSON.stringify({ clouds: { sandbox: { auth, region_name: env['OS_REGION_NAME'] } } });
}

describe('what takes long to load is loaded by who needs it', () => {
  const parsers = ['cosmiconfig', 'js-yaml', 'sax', 'string-width', 'valibot', 'yaml'];
  test.each([
    ['a plain file needs no parser', ['url', '$SANDBOX_FILE_URL'], []],
    ['UForge needs those of its answers', ['appliance', 'image', '747', '1095'], ['sax', 'valibot']],
    ['Glance needs that of its answers', ['glance', 'image', 'big-raw'], ['valibot']],
    [
      'a good configuration file needs its own',
      ['url', '$SANDBOX_FILE_URL', '--config', '$CONFIG'],
      ['cosmiconfig', 'js-yaml'],
    ],
    ['a clouds.yaml needs its own', ['glance', 'image', 'big-raw', '--os-cloud', 'sandbox'], ['valibot', 'yaml']],
  ])('%s', async (_, args, expected) => {
    const { env, directory } = await stage();
    const known: Readonly<Record<string, string>> = { ...env, CONFIG: join(directory, 'config.yaml') };
    const words = args.map((word) => (word.startsWith('$') ? (known[word.slice(1)] ?? '') : word));
    writeFileSync(join(directory, 'clouds.yaml'), cloudsFile(env));
    writeFileSync(join(directory, 'config.yaml'), 'quiet: true\nretries: 5 # as at home\n', { mode: 0o600 });
    const { code, files } = await loadedBy(words, {
      env: { ...env, OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml') },
      cwd: directory,
    });
    expect(code).toBe(0);
    const packages = files.flatMap((file) => /^node_modules\/([^/]+)/.exec(file)?.[1] ?? []);
    expect(parsers.filter((name) => packages.includes(name))).toEqual(expected);
    expect(files.filter((file) => file.startsWith('dist/sandbox/'))).toEqual([]);
  });
});
