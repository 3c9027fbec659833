import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads a module and all it imports, at once; import() then finds it loaded. By itself import() has a thread open,
 * read and close every file: a tenth of the CPU and of the time of a start. Whatever goes wrong is left to import().
 * @param path relative to this file
 */
export function preload(path: string): void {
  try {
    require(path);
  } catch {
    // --no-experimental-require-module, for one.
  }
}
