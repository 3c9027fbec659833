import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Compiles the programs of a folder of tests, which has a tsconfig.json, for processes of their own: Node 20 runs no
 * TypeScript. Types are checked with all other tests.
 */
export function compile(folder: string, into: string): void {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', 'false', '--noCheck', '--noResolve', '--outDir', into];
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, folder), ...options], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${folder} could not be compiled: ${stdout}${stderr}`);
}
