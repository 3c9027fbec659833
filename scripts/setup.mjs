/**
 * Makes a checkout ready to run: dependencies as package-lock.json says, dist/ as src/ says.
 * Silent and quick when there is nothing to do. Runs before anything is installed: node's own modules only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/**
 * Written after a build without errors. tsc writes its output in spite of errors, and only what changed, so that the
 * dates of the outputs say nothing.
 */
const builtMark = join(root, 'dist', '.built');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed, this is ${process.version}.`);

if (!installed()) {
  say('Installing the dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed.');
}
if (!built()) {
  say('Building …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  rmSync(builtMark, { force: true });
  run(process.execPath, [tsc, '-p', root], 'The build failed: see the errors of the compiler above.');
  writeFileSync(builtMark, '');
}

/** Compares what npm says it installed with the lock file. By content: dates lie after a checkout. */
function installed() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) fail('package-lock.json is missing or not JSON.');
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    // Packages for other platforms are in the lock file and never installed.
    ([path, facts]) => path === '' || facts.optional === true || present[path]?.integrity === facts.integrity,
  );
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The mark is newer than every source and setting; every source has an output, every output still a source. */
function built() {
  const outputs = new Set(filesIn('dist', '.js').map((file) => file.name));
  // An earlier build wrote maps; the package would carry them to where their sources are not.
  for (const { name } of filesIn('dist', '.map')) rmSync(join(root, 'dist', `${name}.map`));
  const sources = filesIn('src', '.ts');
  const names = new Set(sources.map((file) => file.name));
  for (const name of outputs) {
    if (names.has(name)) continue;
    for (const end of ['.js', '.d.ts']) rmSync(join(root, 'dist', `${name}${end}`), { force: true });
  }
  if (!existsSync(builtMark) || !sources.every((file) => outputs.has(file.name))) {
    // An output that went missing is not made again by a build that knows of no change.
    rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
    return false;
  }
  const settings = ['tsconfig.json', 'package-lock.json'].map((file) => statSync(join(root, file)).mtimeMs);
  return Math.max(...settings, ...sources.map((file) => file.at)) < statSync(builtMark).mtimeMs;
}

/** Names without the ending, relative to the folder, with the time of the last change in milliseconds. */
function filesIn(folder, ending) {
  const base = join(root, folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ name: path.slice(0, -ending.length), at: statSync(join(base, path)).mtimeMs }));
}

function run(command, args, complaint) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status === 0) return;
  fail(result.error === undefined ? complaint : `${complaint} (${result.error.message})`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`imgdl setup: ${text}`);
  process.exit(1);
}
