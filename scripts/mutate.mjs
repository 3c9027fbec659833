// npm run mutate: would a test notice? Makes one careless change at a time to the files that must not be wrong, and
// runs their tests. A change that no test notices survives; the score is the share of those that were noticed.
//
//   npm run mutate                 all of it
//   npm run mutate -- core/plan    files whose path contains this
//
// The files are changed in a copy, never in dist/. All changes to a file are made at once, each behind a number, so a
// run costs neither a build nor a start of the test runner.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Examiner } from './mutate/examiner.mjs';
import { instrument, SEEN_VARIABLE } from './mutate/instrument.mjs';
import { SUBJECTS } from './mutate/subjects.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const COPIED = [
  'dist',
  'src',
  'test',
  'bin',
  'schema',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

const wanted = process.argv[2] ?? '';
const copy = mkdtempSync(join(tmpdir(), 'imgdl-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const report = [];
prepareCopy();
for (const subject of SUBJECTS.filter(({ file }) => file.includes(wanted))) report.push(await examine(subject));
printReport();

function prepareCopy() {
  for (const part of COPIED) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Without the set-up of the whole suite: it would build dist/ again.
  const config = {
    resolve: { alias: { 'fast-check': join(copy, 'scripts/mutate/no-properties.mjs') } },
    test: { include: ['test/**/*.test.ts'], pool: 'threads', testTimeout: 20_000, bail: 1 },
  };
  writeFileSync(join(copy, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
}

/** All mutants of one file, against the tests named for it. */
async function examine({ file, tests }) {
  const path = join(copy, 'dist', `${file}.js`);
  const original = readFileSync(path, 'utf8');
  const { code, mutants } = instrument(original, 0);
  writeFileSync(path, code);
  const examiners = Array.from({ length: availableParallelism() }, () => new Examiner(copy, tests));
  try {
    const reached = await reachedBy(file, examiners[0]);
    const survivors = await survivorsOf(mutants, reached, examiners);
    const score = 1 - survivors.length / mutants.length;
    console.log(`${file}: ${mutants.length - survivors.length} of ${mutants.length} noticed, ${percent(score)}`);
    for (const { line, from, to } of survivors)
      console.log(`  dist/${file}.js:${line}  ${short(from)}  →  ${short(to)}`);
    return { file, mutants: mutants.length, survivors: survivors.length };
  } finally {
    for (const examiner of examiners) examiner.close();
    writeFileSync(path, original);
  }
}

/** The tests must pass with every mutant asleep; the run writes down which mutants it came by. */
async function reachedBy(file, examiner) {
  const seen = join(copy, 'seen');
  writeFileSync(seen, '');
  if (!(await examiner.run({ [SEEN_VARIABLE]: seen }))) throw new Error(`the tests of ${file} fail without any change`);
  return new Set(readFileSync(seen, 'utf8').split('\n').filter(Boolean).map(Number));
}

async function survivorsOf(mutants, reached, examiners) {
  const survivors = mutants.filter((_, number) => !reached.has(number));
  const numbers = [...reached];
  const work = async (examiner) => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      if (await examiner.survives(number)) survivors.push(mutants[number]);
    }
  };
  await Promise.all(examiners.map(work));
  return survivors.sort((left, right) => left.line - right.line);
}

function printReport() {
  const mutants = sum(report.map((row) => row.mutants));
  const survivors = sum(report.map((row) => row.survivors));
  console.log(`\n| file | changes | noticed |\n|---|---|---|`);
  for (const row of report)
    console.log(`| ${row.file} | ${row.mutants} | ${percent(1 - row.survivors / row.mutants)} |`);
  console.log(`| all | ${mutants} | ${percent(1 - survivors / mutants)} |`);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function short(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
