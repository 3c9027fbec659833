import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles those files of the tests that are programs of their own, as tsconfig.programs.json says: Node 20 runs no
 * TypeScript. Types are checked with all other tests.
 */
export function compilePrograms(into: string): void {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', 'false', '--noCheck', '--noResolve', '--outDir', into];
  const project = join(ROOT, 'test/tsconfig.programs.json');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project, ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the programs of the tests could not be compiled: ${stdout}${stderr}`);
}
