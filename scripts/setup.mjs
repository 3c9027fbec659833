/**
 * Makes a checkout ready to run: dependencies as package-lock.json says, dist/ as src/ says.
 * Silent and quick when there is nothing to do. Runs before anything is installed: node's own modules only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Left by a build that had errors: tsc writes its output all the same, so the dates alone would call it good. */
const failedMark = join(root, 'dist', '.failed');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`Node 20.19 or newer is needed, this is ${process.version}.`);

if (!installed()) {
  say('Installing the dependencies …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed.');
}
if (!built()) {
  say('Building …');
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [tsc, '-p', root], 'The build failed: see the errors of the compiler above.', failedMark);
  rmSync(failedMark, { force: true });
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

/** Every source has an output at least as new, and every output still has a source. */
function built() {
  const outputs = new Map(filesIn('dist', '.js').map((file) => [file.name, file.at]));
  if (outputs.size === 0 || existsSync(failedMark)) return false;
  const sources = filesIn('src', '.ts');
  const names = new Set(sources.map((file) => file.name));
  for (const name of outputs.keys()) {
    if (names.has(name)) continue;
    for (const end of ['.js', '.js.map', '.d.ts']) rmSync(join(root, 'dist', `${name}${end}`), { force: true });
  }
  const settings = Math.max(
    ...['tsconfig.json', 'package-lock.json'].map((file) => statSync(join(root, file)).mtimeMs),
  );
  return sources.every((file) => (outputs.get(file.name) ?? 0) >= Math.max(file.at, settings));
}

/** Names without the ending, relative to the folder, with the time of the last change in milliseconds. */
function filesIn(folder, ending) {
  const base = join(root, folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ name: path.slice(0, -ending.length), at: statSync(join(base, path)).mtimeMs }));
}

function run(command, args, complaint, mark) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status === 0) return;
  if (mark !== undefined && existsSync(dirname(mark))) writeFileSync(mark, '');
  fail(result.error === undefined ? complaint : `${complaint} (${result.error.message})`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`imgdl setup: ${text}`);
  process.exit(1);
}
