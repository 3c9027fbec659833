/**
 * Writes what is generated from the tables of the program: man/imgdl.1, the help in bin/help/, docs/errors.md, the
 * tables of README.md.
 * Run it after a build: npm run docs. test/docs.test.ts compares.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { overviewOf, runnables } from '../dist/cli/main.js';
import { processIo } from '../dist/cli/process.js';
import { docsFacts } from './docs/facts.mjs';
import { helpPages } from './docs/help.mjs';
import { manPage } from './docs/man-page.mjs';
import { errorsPage, exitTable, optionTable, replaceBetween } from './docs/pages.mjs';

const at = (path) => new URL(`../${path}`, import.meta.url);
const facts = docsFacts(JSON.parse(readFileSync(at('package.json'), 'utf8')).version);

write('man/imgdl.1', manPage(facts));
write('docs/errors.md', errorsPage(facts.errors));
const pages = helpPages(runnables(processIo()), facts.version, overviewOf());
mkdirSync(at('bin/help'), { recursive: true });
for (const name of readdirSync(at('bin/help'))) if (!pages.has(name)) rmSync(at(`bin/help/${name}`));
for (const [name, text] of pages) write(`bin/help/${name}`, text);
if (existsSync(at('README.md'))) {
  const readme = readFileSync(at('README.md'), 'utf8');
  write('README.md', replaceBetween(replaceBetween(readme, 'options', optionTable(facts)), 'exits', exitTable()));
}

function write(path, text) {
  const old = existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined;
  if (old === text) return;
  writeFileSync(at(path), text);
  console.log(`wrote ${path}`);
}
