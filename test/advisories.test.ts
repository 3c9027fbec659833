import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
// @ts-expect-error a script without types
import { affectedPackages, isAffected, knownAdvisories, lockedPackages } from '../scripts/advisories.mjs';

interface Advisory {
  readonly package: string;
  readonly ids: readonly string[];
  readonly patched?: readonly string[];
  readonly releases?: readonly string[];
  readonly from: string;
  readonly read: string;
}

const advisories: readonly Advisory[] = knownAdvisories();
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));

describe('the lock file', () => {
  test('has no package that a known advisory warns of', () => {
    expect(affectedPackages(lock)).toEqual([]);
  });

  test.each(
    advisories.filter(({ package: name }) =>
      lockedPackages(lock).some((locked: { name: string }) => locked.name === name),
    ),
  )('would be refused with the last $package before $ids $patched', (advisory) => {
    const bad = advisory.releases?.[0] ?? before(advisory.patched?.[0] as string);
    const old = { packages: { [`node_modules/other/node_modules/${advisory.package}`]: { version: bad } } };
    expect(affectedPackages(old).map((found: { advisory: Advisory }) => found.advisory)).toContainEqual(advisory);
  });
});

test('no package of the lock file runs a script when it is installed', () => {
  const packages: Record<string, { readonly hasInstallScript?: boolean }> = lock.packages;
  expect(Object.keys(packages).filter((path) => packages[path]?.hasInstallScript)).toEqual([]);
});

describe('a release', () => {
  const patched = ['6.24.0', '7.28.0', '8.5.0'];
  test.each([
    ['5.29.0', true, 'of a major version that was never mended'],
    ['6.23.99', true, 'before the mended one'],
    ['6.24.0', false, 'that mends it'],
    ['6.100.0', false, 'after it: numbers, not text'],
    ['7.27.0', true, 'of another major version, before'],
    ['7.28.0-rc.1', true, 'before the release it leads to'],
    ['7.28.1', false, 'of another major version, after'],
    ['9.0.0', false, 'of a major version that was made later'],
  ])('%s is affected: %s, one %s', (version, affected) => {
    expect(isAffected(version, { patched })).toBe(affected);
  });

  test.each([
    ['5.6.0', false],
    ['5.6.1', true],
    ['5.6.2', false],
  ])('%s is affected where only 5.6.1 is bad: %s', (version, affected) => {
    expect(isAffected(version, { releases: ['5.6.1'] })).toBe(affected);
  });
});

test('each advisory says where and when it was read', () => {
  for (const advisory of advisories) {
    expect(advisory.from).toMatch(/^https:\/\//);
    expect(advisory.read).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(advisory.patched ?? advisory.releases).not.toHaveLength(0);
  }
});

/** The last version number before another one, as far as one can tell from the number. */
function before(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (patch > 0) return `${major}.${minor}.${patch - 1}`;
  return minor > 0 ? `${major}.${minor - 1}.999` : `${major - 1}.999.999`;
}
