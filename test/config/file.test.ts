import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OUTPUT, RETRIES } from '#imgdl/app/options.js';
import { QUIET } from '#imgdl/app/output-options.js';
import { CACERT } from '#imgdl/app/transport-options.js';
import { cpuMs } from '../support/cpu-time.js';
import { directory, load, PASSWORD_FILE_ROW, refusal, TAGS_ROW, URL_ROW } from './support.js';

function withFile(name: string, text: string | Buffer): ReturnType<typeof load> {
  return load({ flags: { config: join(directory({ [name]: text }), name) } });
}

describe('a file that is good', () => {
  test.each([
    ['comments and a byte order mark', 'c.yaml', '\ufeff# mine\nurl: "http://a" # end\n'],
    ['JSON with a byte order mark', 'c.json', '\ufeff{"url":"http://a"}'],
    ['JSON over lines', 'c.json', '{\n  "url": "http://a",\n  "retries": 5\n}\n'],
    ['an upper-case extension', 'c.YML', 'url: http://a'],
    ['a document start', 'c.yaml', '---\nurl: http://a\n...\n'],
    ['flow style', 'c.yaml', '{url: http://a, retries: 5}'],
  ])('%s', async (_what, name, text) => {
    expect((await withFile(name, text)).get(URL_ROW)).toBe('http://a');
  });

  test.each([
    ['on a line of its own', 'c.yaml', 'retries: 5 # five\r\n'],
    ['the key in quotes', 'c.yaml', '"retries": 5'],
    ['below its key', 'c.yaml', 'retries:\n  5'],
    ['in a mapping on one line', 'c.yaml', '{url: x, retries: 5}'],
    ['JSON, indented by tabs', 'c.json', '{\n\t"url": "x",\n\t"retries": 5\n}'],
    ['JSON without blanks', 'c.json', '{"retries":5,"url":"x"}'],
    ['JSON, the colon on the next line', 'c.json', '{"retries": \n5}'],
  ])('a number is read as it is written: %s', async (_where, name, text) => {
    expect((await withFile(name, text)).get(RETRIES)).toBe(5);
  });

  test.each(['', '# nothing\n', '{}'])('nothing in it: %j', async (text) => {
    expect((await withFile('c.yaml', text)).get(URL_ROW)).toBeUndefined();
  });

  test('numbers, switches and lists', async () => {
    const settings = await withFile('c.yaml', 'retries: 5\nquiet: yes\ntag: [a, "b", 7]\nurl: 12345\n');
    expect(settings.get(RETRIES)).toBe(5);
    expect(settings.get(QUIET)).toBe(true);
    expect(settings.all(TAGS_ROW)).toEqual(['a', 'b', '7']);
    expect(settings.get(URL_ROW)).toBe('12345');
  });

  test('a path is relative to its file, and ~/ is the home directory', async () => {
    const root = directory({ 'c.yaml': 'cacert: ca.pem\noutput: images/\npassword-file: ~/.pw\n' });
    const settings = await load({ flags: { config: join(root, 'c.yaml') }, home: '/home/alice' });
    expect(settings.get(CACERT)).toBe(join(root, 'ca.pem'));
    expect(settings.get(OUTPUT)).toBe(`${join(root, 'images')}/`);
    expect(settings.get(PASSWORD_FILE_ROW)).toBe('/home/alice/.pw');
  });

  test('- stays stdin and stdout', async () => {
    const settings = await withFile('c.yaml', 'output: "-"\npassword-file: "-"\n');
    expect([settings.get(OUTPUT), settings.get(PASSWORD_FILE_ROW)]).toEqual(['-', '-']);
  });
});

describe('a file that is refused', () => {
  test.each([
    ['a.js', 'module.exports = {}', 'config.format', '.js is neither JSON nor YAML'],
    ['a.mjs', '', 'config.format', '.mjs'],
    ['a.cjs', '', 'config.format', '.cjs'],
    ['a.ts', '', 'config.format', '.ts'],
    ['a.toml', '', 'config.format', '.toml'],
    ['c.yaml', 'profiles:\n  a: 1\n  b: 2\n  a: 3', 'config.key', 'the key "a" appears twice, in lines 2 and 4'],
    ['imgdlrc', 'url: x', 'config.format', 'no extension'],
    ['c.yaml', 'retrys: 5', 'config.key', 'line 1, column 1: there is no option retrys (did you mean retries?)'],
    [
      'c.yaml',
      'url: x\nonBusy: wait',
      'config.key',
      'line 2, column 1: there is no option onBusy (did you mean on-busy?)',
    ],
    ['c.yaml', 'on_busy: wait', 'config.key', 'did you mean on-busy?'],
    ['c.yaml', 'zebra: 1', 'config.key', 'no option zebra (remove it'],
    ['c.yaml', '__proto__: {quiet: true}', 'config.key', 'no option __proto__'],
    ['c.json', '{"__proto__":{"quiet":true}}', 'config.key', 'no option __proto__'],
    ['c.json', '{"constructor":1}', 'config.key', 'no option constructor'],
    ['c.yaml', 'url: a\nurl: b', 'config.key', 'line 2, column 1: the key "url" appears twice, in lines 1 and 2'],
    ['c.yaml', 'url: a\ntag: [x]\n\n"url": b', 'config.key', 'the key "url" appears twice, in lines 1 and 4'],
    [
      'c.json',
      '{"url":"a",\n"url":"b"}',
      'config.key',
      'line 2, column 1: the key "url" appears twice, in lines 1 and 2',
    ],
    [
      'c.json',
      '{"url":"a","\\u0075rl":"b"}',
      'config.key',
      'line 1, column 12: the key "url" appears twice, in line 1',
    ],
    ['c.yaml', 'retries: [5]', 'config.key', 'retries is a list'],
    ['c.yaml', 'retries: {n: 5}', 'config.key', 'retries is a mapping'],
    ['c.yaml', 'retries:', 'config.key', 'retries is nothing'],
    ['c.yaml', 'retries: 2026-11-21', 'config.key', 'retries is a date'],
    ['c.yaml', 'retries: 1e2', 'config.key', 'in an unusual form'],
    ['c.yaml', 'retries: 0x10', 'config.key', 'in an unusual form'],
    ['c.yaml', 'url: 0123', 'config.key', 'url is a number in an unusual form (write url: URL, in quotes'],
    ['c.yaml', 'url: 12345678901234567890', 'config.key', 'in an unusual form'],
    ['c.yaml', 'retries: 5.5', 'config.key', '"5.5" is not a whole number'],
    ['c.yaml', 'output: true', 'config.key', 'output is true'],
    ['c.yaml', 'quiet: 7', 'config.key', 'quiet: "7" is not a yes or no value'],
    ['c.yaml', 'quiet: maybe', 'config.key', 'quiet: "maybe" is not a yes or no value'],
    ['c.yaml', 'tag: [[a]]', 'config.key', 'a list in a list'],
    ['c.yaml', 'force: true', 'config.key', 'force is not allowed in a configuration file'],
    ['c.yaml', 'restart: true', 'config.key', 'restart is not allowed in a configuration file'],
    ['c.yaml', 'config: other.yaml', 'config.key', 'config is not allowed in a configuration file'],
    ['c.yaml', '$import: other.yaml', 'config.key', 'no option $import'],
    ['c.yaml', 'url: "unclosed', 'config.read', 'line 2'],
    ['c.yaml', 'url: !!js/function "x"', 'config.read', 'unknown tag'],
    ['c.yaml', 'url: a\n---\nurl: b', 'config.read', 'single document'],
    ['c.yaml', '- url', 'config.read', 'not a mapping of options'],
    ['c.yaml', 'just words', 'config.read', 'not a mapping of options'],
    ['c.json', '{"url": canary}', 'config.read', 'not valid JSON'],
    ['c.json', '{"url":"a",}', 'config.read', 'line 1, column 12: not valid JSON'],
    ['c.json', '// no\n{}', 'config.read', 'not valid JSON'],
    ['c.json', '', 'config.read', 'not valid JSON'],
  ])('%s with %j is %s', async (name, text, code, message) => {
    const said = await refusal(() => withFile(name, text));
    expect(said).toContain(`${code}: `);
    expect(said).toContain(message);
    expect(said).toContain(name);
  });

  test.each([
    ['behind comments and blanks', 'c.yaml', '# one\n\n  # two\nretrys: 5', 4, 1],
    ['behind a byte order mark', 'c.yaml', '\ufeffurl: x\nretrys: 5', 2, 1],
    ['behind Windows line ends', 'c.yaml', 'url: x\r\nretrys: 5\r\n', 2, 1],
    ['behind text over lines that looks like it', 'c.yaml', 'url: |\n  retrys: 1\nretrys: 5', 3, 1],
    ['behind a comment that looks like it', 'c.yaml', '#\n# retrys: 5\nurl: x # retrys: 5\nretrys: 5', 4, 1],
    ['behind a value that looks like it', 'c.yaml', 'tag: [retrys, "retrys: 5"]\nretrys: 5', 2, 1],
    ['in a mapping on one line', 'c.yaml', '{url: x, retrys: 5}', 1, 10],
    ['in single quotes', 'c.yaml', "url: x\n'retrys' : 5", 2, 1],
    ['with an escape in it', 'c.yaml', 'url: x\n"retr\\u0079s": 5', 2, 1],
    ['with a question mark', 'c.yaml', 'url: x\n? retrys\n: 5', 2, 3],
    ['in JSON', 'c.json', '{\n  "url": "\\"retrys\\": 1",\n  "retrys": 5\n}', 3, 3],
    ['in JSON with tabs', 'c.json', '{\n\t"url": "x",\n\t"retrys": 5\n}', 3, 2],
    ['where a value is at fault', 'c.yaml', 'url: x\nretries: many', 2, 1],
    ['where a type is at fault', 'c.yaml', 'url: x\nretries: [5]', 2, 1],
    ['where a number reads differently', 'c.yaml', 'url: "16" # 16\nretries: 0x10 # 16', 2, 1],
    ['where one of a list reads differently', 'c.yaml', 'url: x\ntag: [16, 0x10]', 2, 1],
    ['where a key is there twice', 'c.yaml', 'url: x\nretries: 5\n"url": y', 3, 1],
    ['where a key is there twice in JSON', 'c.json', '{"url": "x", "tag": ["url"],\n  "url": "y"}', 2, 3],
    ['where it is no YAML', 'c.yaml', 'url: x\nretries: @5', 2, 10],
  ])('the place of a mistake: %s', async (_where, name, text, line, column) => {
    expect(await refusal(() => withFile(name, text))).toContain(`${name} line ${line}, column ${column}: `);
  });

  test.each([
    ['password: canary', 'password-file: FILE'],
    ['secret-key: canary', 'secret-key-file: FILE'],
    ['token: canary', 'password-file: FILE'],
  ])('%s: a secret has no place there, and is not repeated', async (text, cure) => {
    const said = await refusal(() => withFile('c.yaml', text));
    expect(said).toContain('is not allowed in a configuration file');
    expect(said).toContain(cure);
    expect(said).not.toContain('canary');
  });

  test.each(['password: "canary', 'password: canary: x'])('bad syntax does not repeat the line: %s', async (text) => {
    expect(await refusal(() => withFile('c.yaml', text))).not.toContain('canary');
    expect(await refusal(() => withFile('c.json', text))).not.toContain('canary');
  });

  test('more than 1 MiB', async () => {
    const said = await refusal(() => withFile('c.yaml', `# ${'x'.repeat(1024 * 1024)}`));
    expect(said).toContain('config.read');
    expect(said).toContain('larger than 1024 KiB');
  });

  test('exactly 1 MiB is read', async () => {
    const text = 'url: x\n#';
    expect((await withFile('c.yaml', text + 'x'.repeat(1024 * 1024 - text.length))).get(URL_ROW)).toBe('x');
  });

  test('not UTF-8', async () => {
    expect(await refusal(() => withFile('c.yaml', Buffer.from('url: \xff', 'latin1')))).toContain('not UTF-8');
  });

  test('a directory, a missing file, a dangling link', async () => {
    const root = directory();
    mkdirSync(join(root, 'd.yaml'));
    symlinkSync('nowhere', join(root, 'l.yaml'));
    for (const name of ['d.yaml', 'm.yaml', 'l.yaml']) {
      const said = await refusal(() => load({ flags: { config: join(root, name) } }));
      expect(said).toContain('config.read');
      expect(said).toContain(name);
    }
  });

  test('a FIFO that nobody named: it would be waited for', async () => {
    const home = directory();
    mkdirSync(join(home, '.config', 'imgdl'), { recursive: true });
    execFileSync('mkfifo', [join(home, '.config', 'imgdl', 'config.yaml')]);
    expect(await refusal(() => load({ home }))).toContain('not a regular file');
  });

  test('what is nested too deeply is told without its place, and does not end the process', async () => {
    for (const text of [
      `retrys: ${'['.repeat(1_500)}${']'.repeat(1_500)}`,
      `retrys: ${'{a: '.repeat(900)}${'}'.repeat(900)}`,
    ])
      expect(await refusal(() => withFile('c.yaml', text))).toMatch(/^config\.(?:key|read): /);
  });

  test('a bomb of aliases is refused at once', async () => {
    const lines = ['a: &a0 [x, x]'];
    for (let i = 1; i < 30; i++) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
    const spent = await cpuMs(async () => {
      expect(await refusal(() => withFile('c.yaml', lines.join('\n')))).toContain('config.key');
    });
    expect(spent).toBeLessThan(2000);
  });

  test.each([
    ['blank lines', '\n'.repeat(900_000)],
    ['blanks', `${' '.repeat(900_000)}x: 1`],
    ['many keys', Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['quotes', `a: ${'"'.repeat(900_000)}`],
    ['commas', `a: [${','.repeat(900_000)}`],
    ['one long key', `${'k'.repeat(900_000)}: 1`],
  ])('a large file of %s does not take long', async (_what, text) => {
    const spent = await cpuMs(async () => {
      await refusal(() => withFile('c.yaml', text));
      await refusal(() => withFile('c.json', text));
      await refusal(() => withFile('c.json', `{"a":[${JSON.stringify(text)}]}`));
    });
    expect(spent).toBeLessThan(5000);
  });

  test('a path with controls is escaped in the message', async () => {
    expect(await refusal(() => load({ flags: { config: '/x/\u001b[2J.yaml' } }))).toContain('\\x1b[2J.yaml');
  });

  test('nothing leaks into other objects', async () => {
    await refusal(() => withFile('c.yaml', '__proto__: {quiet: true}'));
    expect(Reflect.get({}, 'quiet')).toBeUndefined();
  });
});

describe('the places', () => {
  test('XDG_CONFIG_HOME is used instead of ~/.config', async () => {
    const home = directory({ '.config/imgdl/config.yaml': 'url: home' });
    const xdg = directory({ 'imgdl/config.json': '{"url":"xdg"}' });
    expect((await load({ home, env: { XDG_CONFIG_HOME: xdg } })).get(URL_ROW)).toBe('xdg');
  });

  test('a relative XDG_CONFIG_HOME is ignored, as its specification says', async () => {
    const home = directory({ '.config/imgdl/config.yaml': 'url: home' });
    expect((await load({ home, env: { XDG_CONFIG_HOME: '.' } })).get(URL_ROW)).toBe('home');
  });

  test.each(['', '.', 'relative'])('a home of %j has no configuration', async (home) => {
    expect((await load({ home })).layers.map((layer) => layer.name)).toEqual(['flag', 'environment']);
  });

  test('two files in one directory: the error names both', async () => {
    const home = directory({ '.config/imgdl/config.yaml': 'url: a', '.config/imgdl/config.json': '{}' });
    const said = await refusal(() => load({ home }));
    expect(said).toMatch(/config\.read: .*config\.yaml and .*config\.json/);
  });

  test('a configuration that is there and cannot be read is an error, not a default', async () => {
    const home = directory();
    mkdirSync(join(home, '.config/imgdl/config.yaml'), { recursive: true });
    expect(await refusal(() => load({ home }))).toContain('config.read');
  });

  test('the system file is named in its errors', async () => {
    const system = directory({ 'config.yml': 'nonsense: 1' });
    expect(await refusal(() => load({ system }))).toContain(join(system, 'config.yml'));
  });
});

describe('a pipe that the user named', () => {
  /** What `--config <(…)` of a shell is: a path without extension, good for one reading. */
  async function piped(text: string, home?: string): ReturnType<typeof load> {
    const path = join(directory(), '63');
    execFileSync('mkfifo', [path]);
    // Whoever has read enough leaves, and then writing fails.
    void writeFile(path, text).catch(() => {});
    return load({ flags: { config: path }, ...(home === undefined ? {} : { home }) });
  }

  test.each([
    ['YAML', 'url: http://a\nretries: 5'],
    ['JSON', '{"url":"http://a",\n\t"retries":5}'],
  ])('is read as %s, though its name does not say so', async (_format, text) => {
    const settings = await piped(text);
    expect([settings.get(URL_ROW), settings.get(RETRIES)]).toEqual(['http://a', 5]);
  });

  test('its relative paths are those of the command line: it lies nowhere', async () => {
    const settings = await piped('output: images/\npassword-file: ~/.pw', '/home/alice');
    expect([settings.get(OUTPUT), settings.get(PASSWORD_FILE_ROW)]).toEqual(['images/', '/home/alice/.pw']);
  });

  test('is no larger than a file may be', async () => {
    expect(await refusal(() => piped('#'.repeat(1024 * 1024 + 1)))).toContain('larger than 1024 KiB');
  });

  test('/dev/null is a configuration with nothing in it', async () => {
    expect((await load({ flags: { config: '/dev/null' } })).get(URL_ROW)).toBeUndefined();
  });
});
