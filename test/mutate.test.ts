import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
// @ts-expect-error a script without types
import { replaceBetween } from '../scripts/docs/pages.mjs';
// @ts-expect-error a script without types
import coverage from '../scripts/mutate/coverage.config.mjs';
// @ts-expect-error a script without types
import { instrument as untyped } from '../scripts/mutate/instrument.mjs';
// @ts-expect-error a script without types
import * as report from '../scripts/mutate/report.mjs';
// @ts-expect-error a script without types
import { SUBJECTS } from '../scripts/mutate/subjects.mjs';

interface Mutant {
  readonly line: number;
  readonly from: string;
  readonly to: string;
}
const instrument: (source: string, first: number) => { readonly code: string; readonly mutants: readonly Mutant[] } =
  untyped;

afterEach(() => {
  delete process.env['IMGDL_MUTANT'];
});

/** What `value` of an ES module is, with the mutant of this number awake. */
async function evaluated(code: string, awake: number): Promise<unknown> {
  process.env['IMGDL_MUTANT'] = String(awake);
  // The number keeps Node from giving back the module of the last call.
  const url = `data:text/javascript,${encodeURIComponent(`${code}// ${awake}`)}`;
  return (await import(/* @vite-ignore */ url)).value;
}

describe('the careless changes to an expression', () => {
  test.each([
    ['1 < 1', ['(1) <= (1)', '2', '2']],
    ['[1, 2, 3].some((n) => n === 2)', ['[1, 2, 3].every((n) => n === 2)', '[]', '() => undefined']],
    ["'UP'.toLowerCase()", ["'UP'", "''"]],
    ["'a sentence for people' + 1", ['2']],
    ['!true', ['true', 'false']],
    ['null ?? 7', ['(null) && (7)', '8']],
    ['(1 > 0 ? 3 : 4)', ['(1) >= (0)', 'true', 'false', '2', '1', '4', '5']],
    ['(({ a }) => a)({ a: 5 })', ['() => undefined', '6']],
    ['({ a: undefined }).a?.b.c', ['({ a: undefined }).a.b.c']],
  ])('%s has these and means the same while they sleep', async (expression, expected) => {
    const { code, mutants } = instrument(`export const value = ${expression};`, 0);
    const found = mutants.map(({ to }) => to);
    for (const change of expected) expect(found).toContain(change);
    expect(await evaluated(code, -1)).toEqual(await evaluated(`export const value = ${expression};`, -1));
  });

  test('one is awake at a time', async () => {
    const { code, mutants } = instrument('export const value = 10 - 4;', 100);
    const values: Record<string, unknown> = {};
    for (const [index, { to }] of mutants.entries()) values[to] = await evaluated(code, 100 + index);
    expect(values).toEqual({
      '11': 7,
      '5': 5,
      '(10) + (4)': 14,
    });
  });

  test('an import, a key and a target of an assignment stay as they are', async () => {
    const source = `import { sep as separator, join } from 'node:path';
      let at; at = 'x';
      export const value = [{ 'a-key': join('p', separator), at }].length;`;
    const { code, mutants } = instrument(source, 0);
    expect(await evaluated(code, -1)).toBe(1);
    expect(mutants.map(({ from }) => from)).not.toContain("'a-key'");
  });
});

interface Row {
  readonly file: string;
  readonly mutants: number;
  readonly survivors: readonly Mutant[];
}
describe('the files that must not be wrong', () => {
  test('are there, and so are their tests', () => {
    expect(SUBJECTS.length).toBeGreaterThan(15);
    const root = new URL('../', import.meta.url);
    for (const { file, tests } of SUBJECTS)
      for (const path of [`src/${file}.ts`, ...tests]) expect(existsSync(new URL(path, root)), path).toBe(true);
  });

  test('are those whose every branch must be taken', () => {
    const { include, thresholds } = coverage.test.coverage;
    expect(include).toEqual(SUBJECTS.map(({ file }: Row) => `dist/${file}.js`));
    expect(thresholds).toEqual({ branches: 100, perFile: true });
  });

  test('have a place for their table on the page, and are named there', () => {
    const page = readFileSync(new URL('../docs/reliability.md', import.meta.url), 'utf8');
    expect(replaceBetween(page, 'mutate', 'TABLE')).toContain('<!-- mutate:begin -->\n\nTABLE\n\n<!-- mutate:end -->');
    for (const { file } of SUBJECTS) expect(page, file).toContain(`\`${/[a-z]+/.exec(file.split('/')[1])}`);
  });

  const row = (file: string, mutants: number, survivors: number): Row => ({
    file,
    mutants,
    survivors: Array.from({ length: survivors }, () => ({ line: 7, from: 'a  <\n b', to: 'a <= b' })),
  });

  test('fail with fewer than 85 of 100 noticed, each on its own', () => {
    const rows = [row('a', 100, 15), row('b', 100, 16), row('c', 1_000, 0)];
    expect(report.failing(rows)).toEqual(['b']);
    expect(report.tableOf(rows).split('\n').slice(2)).toEqual([
      '| `a` | 100 | 85 | 85.0 % |',
      '| `b` | 100 | 84 | 84.0 % |',
      '| `c` | 1000 | 1000 | 100.0 % |',
      '| all of them | 1200 | 1169 | 97.4 % |',
    ]);
    expect(report.listOf(row('a', 2, 1))).toEqual(['a: 1 of 2 noticed, 50.0 %', '  dist/a.js:7  a < b  →  a <= b']);
  });
});
