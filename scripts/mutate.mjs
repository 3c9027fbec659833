// npm run mutate: would a test notice? Makes one careless change at a time to the files that must not be wrong, and
// runs their tests. A change that no test notices survives; the score is the share of those that were noticed.
//
//   npm run mutate                 all of it
//   npm run mutate -- core/plan    files whose path contains this
//   npm run mutate -- --write      all of it, and its table into docs/reliability.md
//
// The files are changed in a copy, never in dist/. All changes to a file are made at once, each behind a number, so a
// run costs neither a build nor a start of the test runner. The exit code is 1 where too few are noticed in a file.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceBetween } from './docs/pages.mjs';
import { control } from './mutate/control.mjs';
import { examine } from './mutate/examine.mjs';
import { failing, LEAST_PERCENT, listOf, tableOf } from './mutate/report.mjs';
import { SUBJECTS } from './mutate/subjects.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const PAGE = join(root, 'docs', 'reliability.md');

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

const [wanted] = process.argv.slice(2);
const subjects = wanted === '--write' ? SUBJECTS : SUBJECTS.filter(({ file }) => file.includes(wanted ?? ''));
if (subjects.length === 0 || process.argv.length > 3) {
  console.error('npm run mutate -- [--write | PART], where PART is one of the path of a file:');
  for (const { file } of SUBJECTS) console.error(`  ${file}`);
  process.exit(2);
}

const copy = mkdtempSync(join(tmpdir(), 'imgdl-mutate-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));
prepareCopy();
await control(copy);

const rows = [];
for (const subject of subjects) {
  const row = await examine(copy, subject);
  console.log(listOf(row).join('\n'));
  rows.push(row);
}
console.log(`\n${tableOf(rows)}`);
if (wanted === '--write') write();
const bad = failing(rows);
if (bad.length > 0) console.error(`\nfewer than ${LEAST_PERCENT} % noticed: ${bad.join(', ')}`);
process.exit(bad.length === 0 ? 0 : 1);

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

function write() {
  const day = `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}`;
  const text = `\`npm run mutate\` (${day}):\n\n${tableOf(rows)}`;
  writeFileSync(PAGE, replaceBetween(readFileSync(PAGE, 'utf8'), 'mutate', text));
}
