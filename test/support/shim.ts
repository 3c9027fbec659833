import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The compiled shim.c: environment for a child whose system calls fail on purpose. */
export interface Shim {
  /** @param rules see shim.c, as in `fdatasync:1:5` */
  env(rules: string, path?: string): Record<string, string>;
  remove(): void;
}

/** Undefined where no C compiler is installed; in CI that is an error. */
export function buildShim(): Shim | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-shim-'));
  const library = join(directory, 'shim.so');
  const source = fileURLToPath(new URL('./shim.c', import.meta.url));
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  if (status !== 0) {
    rmSync(directory, { recursive: true });
    if (process.env['CI'] === undefined) return undefined;
    throw new Error(`CI needs a C compiler for test/support/shim.c: ${stderr}`);
  }
  return {
    env: (rules, path) => ({ LD_PRELOAD: library, FI: rules, ...(path !== undefined && { FI_PATH: path }) }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
