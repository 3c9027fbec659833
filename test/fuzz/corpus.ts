import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));

/** Inputs worth keeping: by hand, because their answer was new, or because they broke something once. */
export class Corpus {
  readonly #directory: string;

  constructor(target: string, root = CORPUS) {
    this.#directory = join(root, target);
  }

  inputs(): readonly Buffer[] {
    return this.#names().map((name) => readFileSync(join(this.#directory, name)));
  }

  /** Inputs that a run has found. */
  found(): number {
    return this.#names().filter((name) => name.startsWith('found-')).length;
  }

  /** @returns where it is */
  keep(kind: 'found' | 'crash', input: Uint8Array): string {
    mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, `${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
    writeFileSync(path, input);
    return path;
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#directory).sort();
    } catch {
      return [];
    }
  }
}
