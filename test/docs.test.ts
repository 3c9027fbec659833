import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { overviewOf, runnables } from '#imgdl/cli/main.js';
import { processIo } from '#imgdl/cli/process.js';
import { variableOf } from '#imgdl/config/layers.js';
import { ALGORITHMS } from '#imgdl/core/digest.js';
import { CODES } from '#imgdl/core/error-codes.js';
import { docs } from './docs-modules.js';

const { docsFacts } = await docs('facts.mjs');
const { helpPages } = await docs('help.mjs');
const { manPage } = await docs('man-page.mjs');
const { errorsPage, exitTable, optionTable, replaceBetween } = await docs('pages.mjs');

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const facts = docsFacts(JSON.parse(read('package.json')).version);

describe('what is committed is what npm run docs writes', () => {
  test('man/imgdl.1', () => {
    expect(read('man/imgdl.1')).toBe(manPage(facts));
  });

  test('bin/help/: what commander prints, for every command and family', () => {
    const files = readdirSync(new URL('../bin/help/', import.meta.url)).sort();
    const written = new Map(files.map((name) => [name, read(`bin/help/${name}`)]));
    expect(written).toEqual(helpPages(runnables(processIo()), facts.version, overviewOf()));
    expect(written.size).toBeGreaterThan(facts.commands.length);
  });

  test('docs/errors.md', () => {
    expect(read('docs/errors.md')).toBe(errorsPage(facts.errors));
  });

  test('the tables of README.md', () => {
    const readme = read('README.md');
    expect(readme).toBe(replaceBetween(replaceBetween(readme, 'options', optionTable(facts)), 'exits', exitTable()));
  });
});

test('what only writes pages is not in the package, nor a map to sources that are not', () => {
  const built = readdirSync(new URL('../dist/', import.meta.url), { recursive: true }).map(String);
  expect(built).toContain('cli/main.js');
  expect(built.filter((path) => /\.map$|^cli\/(?:docs|exit-facts|man-page|roff|help)/.test(path))).toEqual([]);
  expect(JSON.parse(read('package.json')).files).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:src|scripts)/)]),
  );
});

describe('the man page', () => {
  // On a developer's machine without mandoc there is nothing to ask; in CI it must be there.
  const mandoc = spawnSync('mandoc', ['-T', 'lint'], { input: manPage(facts), encoding: 'utf8' });

  test('mandoc is there in CI', () => {
    expect(mandoc.error === undefined || process.env['CI'] === undefined).toBe(true);
  });

  test('mandoc has nothing to complain about', () => {
    expect(mandoc.error === undefined ? mandoc.stdout + mandoc.stderr : '').toBe('');
  });

  test('has an entry for every option and command', () => {
    const page = manPage(facts).replaceAll('\\-', '-');
    for (const { options } of facts.groups) {
      for (const option of options) {
        expect(page).toContain(`\\fB--${option.key}\\fR`);
        expect(page).toContain(variableOf(option.key));
      }
    }
    for (const command of [...facts.commands, ...facts.local.commands, facts.sandbox.command]) {
      expect(page).toContain(`\\fBimgdl ${command.path.join(' ')}\\fR`);
    }
  });

  test('is ASCII, so that it reads in every locale', () => {
    expect(manPage(facts)).toMatch(/^[\n\u0020-\u007e]*$/);
  });

  test('nothing of an option can become a command of roff', () => {
    const page = manPage({
      ...facts,
      groups: [
        {
          name: 'URL',
          options: [
            { key: 'x', value: '.so /etc/passwd', doc: ".so /etc/passwd 'so \\X'a'", group: 'URL', parse: String },
          ],
        },
      ],
    });
    expect(page.split('\n').filter((line) => /^[.'](so|X)/i.test(line))).toEqual([]);
    expect(page).not.toContain('\\X');
  });
});

test('docs/first-steps.md shows the help that there is', () => {
  const pages = helpPages(runnables(processIo()), facts.version, overviewOf());
  expect(read('docs/first-steps.md')).toContain(`\n$ imgdl --help\n${pages.get('imgdl.txt')}$ imgdl sandbox -- sh\n`);
});

test('no option is in no group', () => {
  const grouped = facts.groups.flatMap((group) => group.options.map((option) => option.key));
  expect(grouped).toEqual([...new Set(grouped)]);
  expect(grouped).toEqual(expect.arrayContaining(['output', 'url', 'os-cloud', 'as', 'config', 'cacert']));
});

test('docs/errors.md explains every code', () => {
  const codes = facts.errors.map(({ code }) => code);
  expect(codes).toEqual([...new Set(codes)]);
  expect(codes).toEqual(expect.arrayContaining([...Object.keys(CODES), 'uforge.key-spent', 'keystone.token']));
  for (const code of [...codes, 'signal']) expect(errorsPage(facts.errors)).toContain(`### \`${code}\`\n\n`);
});

test('the line for cron in README.md prints nothing that cron would mail', () => {
  expect(/^\d+ \d+ \* \* \* {2}imgdl .*$/m.exec(read('README.md'))?.[0]).toMatch(/ -q >\/dev\/null$/);
});

test('the result schema knows every algorithm', () => {
  const schema = JSON.parse(read('schema/result.json'));
  expect([...schema.properties.verified.enum].sort()).toEqual(['user', 'none', 'size-only', ...ALGORITHMS].sort());
  expect([...schema.$defs.digest.properties.algorithm.enum].sort()).toEqual([...ALGORITHMS].sort());
});

test.each(['docs/configuration.md', 'docs/library.md', 'CONTRIBUTING.md', 'README.md'])(
  'every link of %s leads to a file',
  (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    const base = new URL(`../${page}`, import.meta.url);
    expect(links.filter((link) => !existsSync(new URL(link, base)))).toEqual([]);
  },
);

test.each([
  ['a page without marks', 'text'],
  ['an end before the begin', '<!-- x:end --><!-- x:begin -->'],
  ['two begins', '<!-- x:begin --><!-- x:begin --><!-- x:end -->'],
  ['two ends', '<!-- x:begin --><!-- x:end --><!-- x:end -->'],
])('%s is refused rather than half replaced', (_what, page) => {
  expect(() => replaceBetween(page, 'x', 'new')).toThrow('the page needs');
});

test('what stands between the marks is replaced, and nothing else', () => {
  const page = 'a $1\n<!-- x:begin -->\nold\n<!-- x:end -->\nb';
  const once = replaceBetween(page, 'x', 'new $& text');
  expect(once).toBe('a $1\n<!-- x:begin -->\n\nnew $& text\n\n<!-- x:end -->\nb');
  expect(replaceBetween(once, 'x', 'new $& text')).toBe(once);
});
