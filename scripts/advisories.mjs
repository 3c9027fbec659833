// npm run advisories: is a package of the lock file older than the release that mends what is known of it?
//
// `npm audit` asks the registry and knows more, but needs the network and a registry that answers it. This list is kept
// here, each entry with its source and the day it was read, so that the check also works offline and the same way
// every time. `npm test` runs it too.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * @typedef {object} Advisory
 * @property {string} package
 * @property {string[]} ids CVE and GHSA numbers; empty where none was given
 * @property {string} what the package does
 * @property {string[]} [patched] the first good release of each major version that has one
 * @property {string[]} [releases] exactly these releases are bad, such as one that was published by a thief
 * @property {string} from where this was read
 * @property {string} read when, YYYY-MM-DD
 */

/** @returns {Advisory[]} */
export function knownAdvisories() {
  return JSON.parse(readFileSync(here('advisories.json'), 'utf8')).advisories;
}

/** Every package of a lock file (npm, version 3), those inside other packages too. */
export function lockedPackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, { version }]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 13), version }));
}

/** Whether this release is one that the advisory warns of. A pre-release counts as older than its release. */
export function isAffected(version, { patched, releases }) {
  if (releases) return releases.includes(version);
  const major = majorOf(version);
  const mended = patched.find((release) => majorOf(release) === major);
  if (mended) return isOlder(version, mended);
  // A major version without a mended release of its own: one that is newer than all was made later, an older one stays
  // as it was.
  return patched.some((release) => major < majorOf(release));
}

/** What of the lock file is affected: one entry for each package and advisory. */
export function affectedPackages(lock, advisories = knownAdvisories()) {
  return lockedPackages(lock).flatMap(({ name, version }) =>
    advisories
      .filter((advisory) => advisory.package === name && isAffected(version, advisory))
      .map((advisory) => ({ name, version, advisory })),
  );
}

function majorOf(version) {
  return Number(version.split('.', 1)[0]);
}

function isOlder(version, than) {
  const [numbers, preRelease] = version.split('-', 2);
  const order = compareNumbers(numbers.split('.').map(Number), than.split('.').map(Number));
  return order < 0 || (order === 0 && preRelease !== undefined);
}

function compareNumbers(left, right) {
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing === -1 ? 0 : left[differing] - right[differing];
}

function main() {
  const lock = JSON.parse(readFileSync(here('../package-lock.json'), 'utf8'));
  const advisories = knownAdvisories();
  const affected = affectedPackages(lock, advisories);
  for (const { name, version, advisory } of affected) {
    const cure = advisory.patched ? `fixed in ${advisory.patched.join(', ')}` : 'never use this release';
    console.log(`${name} ${version}: ${advisory.what} (${advisory.ids[0] ?? advisory.from}; ${cure})`);
  }
  const newest = advisories
    .map(({ read }) => read)
    .sort()
    .at(-1);
  console.log(
    `${lockedPackages(lock).length} packages, ${advisories.length} advisories read until ${newest}: ` +
      `${affected.length} to update`,
  );
  process.exitCode = affected.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
