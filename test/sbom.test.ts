import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratch } from './support/scratch.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const manifest = manifestIn(root);

interface Component {
  readonly 'bom-ref': string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
}

describe('the bill of materials in the package', () => {
  let components: readonly Component[];
  let dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  beforeAll(() => {
    // Packed and unpacked: what counts is what a user gets. Without the build, for other tests use it right now.
    execFileSync('node', ['scripts/sbom.mjs'], { cwd: root });
    const directory = scratch();
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `--pack-destination=${directory}`], { cwd: root });
    execFileSync('tar', ['-xzf', join(directory, `imgdl-${manifest.version}.tgz`), '-C', directory]);
    ({ components, dependencies } = JSON.parse(readFileSync(join(directory, 'package/sbom.cdx.json'), 'utf8')));
  });
  test('is written whenever the package is packed', () => {
    expect(manifest.scripts.prepack.split(' && ')).toContain('node scripts/sbom.mjs');
  });
  test('lists exactly what an installation brings along', () => {
    expect(components.map((component) => component['bom-ref']).sort()).toEqual([...needed(root)].sort());
  });
  test('gives a license and a SHA-512 for each', () => {
    for (const component of components) {
      expect(component.licenses[0]?.license.id, component['bom-ref']).toBeTruthy();
      expect(component.hashes[0], component['bom-ref']).toEqual({
        alg: 'SHA-512',
        content: expect.stringMatching(/^[0-9a-f]{128}$/),
      });
    }
  });
  test('says what needs what, and names nothing else', () => {
    const known = new Set([...components.map((component) => component['bom-ref']), `imgdl@${manifest.version}`]);
    expect(new Set(dependencies.map(({ ref }) => ref))).toEqual(known);
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([]);
  });
});

/** What the package in this folder depends on, and what that depends on, as name@version. */
function needed(folder: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(manifestIn(folder).dependencies ?? {})) {
    const place = placeOf(name, folder);
    const ref = `${name}@${manifestIn(place).version}`;
    if (!found.has(ref)) needed(place, found.add(ref));
  }
  return found;
}

/** Where Node finds a package: in node_modules of this folder or of one above it. */
function placeOf(name: string, folder: string): string {
  const place = join(folder, 'node_modules', name);
  return existsSync(place) ? place : placeOf(name, dirname(folder));
}

function manifestIn(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
