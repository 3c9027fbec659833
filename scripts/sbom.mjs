// The bill of materials of the package, sbom.cdx.json (CycloneDX): what `npm install imgdl` brings along, each with
// version, license and hash. `npm pack` writes it from the lock file.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * The same lock file gives the same document: without the hour and the random number that npm puts into it. npm's own
 * --omit=dev also leaves out what the package shares with its development tools (npm 11.19), so the lock file says
 * what belongs to the package.
 */
export function billOfMaterials() {
  const npm = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const document = JSON.parse(execFileSync('npm', npm, { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 ** 2 }));
  const shipped = shippedPackages(JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')));
  const belongs = (ref) => shipped.has(ref) || ref === document.metadata.component['bom-ref'];
  delete document.serialNumber;
  delete document.metadata.timestamp;
  // npm takes the name from the folder of the checkout.
  document.metadata.component.name = 'imgdl';
  document.components = document.components.filter((component) => belongs(component['bom-ref']));
  document.dependencies = document.dependencies
    .filter(({ ref }) => belongs(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(belongs) }));
  return document;
}

/** What `npm install imgdl` installs, as name@version. */
export function shippedPackages(lock) {
  return new Set(
    Object.entries(lock.packages)
      .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
      .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(`${root}sbom.cdx.json`, `${JSON.stringify(billOfMaterials(), null, 2)}\n`);
}
