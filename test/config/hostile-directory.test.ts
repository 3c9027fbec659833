import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { directory } from './support.js';

// A CI job runs in a checked-out repository: nothing that lies there may be executed, read or obeyed.

const DIST = new URL('../../dist/', import.meta.url);
const pwn = (name: string): string =>
  `require('fs').appendFileSync(process.env.MARKER, ${JSON.stringify(`${name}\n`)}); module.exports = { url: 'evil' };`;
const pwnModule = (name: string): string =>
  `import fs from 'fs'; fs.appendFileSync(process.env.MARKER, ${JSON.stringify(`${name}\n`)}); export default { url: 'evil' };`;

const TRAPS: Readonly<Record<string, string>> = {
  '.config/config.js': pwn('meta js'),
  '.config/config.cjs': pwn('meta cjs'),
  '.config/config.mjs': pwnModule('meta mjs'),
  '.config/config.ts': pwnModule('meta ts'),
  '.config/config.yaml': 'url: evil',
  '.config/config.json': '{"url":"evil"}',
  '.config/imgdlrc': 'url: evil',
  '.config/imgdl/config.yaml': 'url: evil',
  'imgdl/config.yaml': 'url: evil',
  'config.yaml': 'url: evil',
  'imgdl.config.js': pwn('config.js'),
  'imgdl.config.cjs': pwn('config.cjs'),
  'imgdl.config.mjs': pwnModule('config.mjs'),
  '.imgdlrc': 'url: evil',
  '.imgdlrc.js': pwn('rc.js'),
  '.imgdlrc.json': '{"url":"evil"}',
  '.imgdlrc.yaml': 'url: evil',
  'package.json': '{"imgdl":{"url":"evil"},"cosmiconfig":{"searchPlaces":["imgdl.config.js"]}}',
  'package.yaml': 'imgdl: {url: evil}',
  '.env': 'IMGDL_URL=evil',
  '.netrc': 'default login evil password evil',
  'clouds.yaml': 'clouds: {}',
  'node_modules/cosmiconfig/index.js': pwn('cosmiconfig'),
  'node_modules/js-yaml/index.js': pwn('js-yaml'),
  'node_modules/parse-json/index.js': pwn('parse-json'),
};

/** Loads the settings in a process of its own whose current directory is the trap, and prints what it found. */
function script(): string {
  const load = new URL('config/layers.js', DIST).href;
  const options = new URL('app/options.js', DIST).href;
  return `
    import { loadSettings } from ${JSON.stringify(load)};
    import { COMMON_OPTIONS } from ${JSON.stringify(options)};
    const row = { key: 'url', value: 'URL', doc: '', group: 'UForge', parse: (raw) => raw };
    const settings = await loadSettings({
      flags: new Map(process.env.CONFIG ? [['config', [process.env.CONFIG]]] : []),
      env: new Map(Object.entries(process.env)),
      home: process.env.HOME ?? '',
      options: [...COMMON_OPTIONS, row],
      systemDirectory: '/nonexistent/imgdl',
    });
    console.log(JSON.stringify({ url: settings.get(row) ?? null, layers: settings.layers.map((l) => l.name) }));
  `;
}

interface Seen {
  readonly said: string;
  readonly marker: string;
  readonly opened: readonly string[];
}

/** @param command to run instead of loading the settings alone */
function run(env: Readonly<Record<string, string>>, command?: readonly string[]): Seen {
  const root = directory(TRAPS);
  const outside = directory({ 'load.mjs': script() });
  const marker = join(outside, 'marker');
  const log = join(outside, 'strace');
  const done = spawnSync(
    'strace',
    [
      '-f',
      '-y',
      '-e',
      'trace=open,openat,execve,readlink,newfstatat,statx,access',
      '-o',
      log,
      process.execPath,
      ...(command ?? [join(outside, 'load.mjs')]),
    ],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: process.env.PATH ?? '', MARKER: marker, ...env },
    },
  );
  if (command === undefined) expect(done.stderr).toBe('');
  const opened = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => /"((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? [])
    .map((path) => join(path.startsWith('/') ? '/' : root, path));
  return {
    said: done.stdout,
    marker: existsSync(marker) ? readFileSync(marker, 'utf8') : '',
    opened: opened.filter((path) => path.startsWith(`${root}/`)),
  };
}

describe('a hostile current directory', () => {
  test('strace is there to watch', () => {
    expect(execFileSync('strace', ['-V'], { encoding: 'utf8' })).toContain('strace');
  });

  const own = (): string => directory({ 'mine.yaml': 'url: mine' });
  test.each([
    ['with a home elsewhere', () => ({ HOME: directory() }), null],
    ['without a home', () => ({}), null],
    ['with an empty home', () => ({ HOME: '' }), null],
    ['with a home of "."', () => ({ HOME: '.' }), null],
    ['with XDG_CONFIG_HOME of "."', () => ({ HOME: directory(), XDG_CONFIG_HOME: '.' }), null],
    ['with a relative XDG_CONFIG_HOME', () => ({ HOME: directory(), XDG_CONFIG_HOME: '.config' }), null],
    ['while a file elsewhere is read', () => ({ HOME: directory(), CONFIG: join(own(), 'mine.yaml') }), 'mine'],
  ])('is neither executed nor read %s', (_when, env, url) => {
    const seen = run(env() as Record<string, string>);
    expect(JSON.parse(seen.said).url).toBe(url);
    expect(seen.marker).toBe('');
    expect(seen.opened).toEqual([]);
  });

  const commands: readonly (readonly [
    when: string,
    args: readonly string[],
    said: RegExp,
    looks: readonly string[],
  ])[] = [
    // The target, and what may lie beside it, are looked at in the current directory, and nothing else is.
    ['a download', ['url', 'http://127.0.0.1:9/x.img', '--retries', '0'], /net\.refused/, ['x.img', '.imgdl-*']],
    ['a cloud without a name', ['glance', 'list'], /usage\.missing|auth\.missing/, ['clouds.yaml']],
  ];
  test.each(commands)('is neither executed nor obeyed by a whole command: %s', (_, args, said, looks) => {
    const bin = new URL('../../bin/imgdl.js', import.meta.url).pathname;
    const seen = run({ HOME: directory(), http_proxy: '' }, [bin, ...args, '--json']);
    expect(seen.said).toMatch(said);
    expect(seen.said).not.toContain('evil');
    expect(seen.marker).toBe('');
    const names = seen.opened.map((path) => basename(path).replace(/^\.imgdl-.*/, '.imgdl-*'));
    const others = names.filter((name) => !looks.includes(name));
    expect([...new Set(others)]).toEqual([]);
  });

  test('the trap works: cosmiconfig() itself steps into it', () => {
    // Its own search stops at the first place that has something, so only the one that is code is planted.
    const root = directory({ '.config/config.cjs': pwn('meta cjs') });
    mkdirSync(join(root, 'out'));
    const marker = join(root, 'out', 'marker');
    const library = pathToFileURL(join(DIST.pathname, '../node_modules/cosmiconfig/dist/index.js')).href;
    spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `import c from ${JSON.stringify(library)}; c.cosmiconfigSync('imgdl').search();`],
      { cwd: root, timeout: 60_000, env: { MARKER: marker } },
    );
    expect(existsSync(marker)).toBe(true);
  });
});
