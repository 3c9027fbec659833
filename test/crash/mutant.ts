import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One deliberate mistake: exactly one place of one built file reads otherwise. */
export interface Mutation {
  /** Below dist/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Product {
  /** Its bin/imgdl.js. */
  readonly program: string;
  remove(): void;
}

/**
 * A copy of the built product with mistakes in it.
 * @param volatileDisk the part file is then on a disk whose write cache is lost at a power cut: see volatile-part.js
 * @throws Error when a place is not there exactly once: the mutation is then not the mistake it was meant to be
 */
export function copyProduct(mutations: readonly Mutation[], volatileDisk = false): Product {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-mutant-'));
  for (const name of ['dist', 'bin', 'package.json'])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const { file, from, to } of mutations) {
    const path = join(directory, 'dist', file);
    const pieces = readFileSync(path, 'utf8').split(from);
    if (pieces.length !== 2) throw new Error(`${file} has ${pieces.length - 1} places like ${from}`);
    writeFileSync(path, pieces.join(to));
  }
  if (volatileDisk) {
    const path = join(directory, 'dist/fs/part.js');
    renameSync(path, join(directory, 'dist/fs/part-real.js'));
    cpSync(fileURLToPath(new URL('./volatile-part.mjs', import.meta.url)), path);
  }
  return {
    program: join(directory, 'bin/imgdl.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** The journal claims bytes before they are on the disk. */
export const CLAIM_FIRST: Mutation = {
  file: 'engine/sink/checkpointer.js',
  from: `await this.#part.sync();
        await this.#journal.append(await line);`,
  to: `await this.#journal.append(await line);
        await this.#part.sync();`,
};

/** The part is never told to be durable at a checkpoint. */
export const NEVER_SYNC: Mutation = {
  file: 'engine/sink/checkpointer.js',
  from: 'await this.#part.sync();',
  to: '',
};

/** Nothing is claimed before the end: every kill costs all. */
export const NO_CHECKPOINTS: readonly Mutation[] = [
  {
    file: 'engine/sink/checkpointer.js',
    from: 'export const CHECKPOINT_BYTES = 32 *',
    to: 'export const CHECKPOINT_BYTES = 1024 * 32 *',
  },
  { file: 'engine/sink/checkpointer.js', from: 'const CHECKPOINT_MS = 5_000;', to: 'const CHECKPOINT_MS = 5_000_000;' },
  {
    file: 'engine/sink/checkpointer.js',
    from: 'const UNCLAIMED_MAX_BYTES = 64 *',
    to: 'const UNCLAIMED_MAX_BYTES = 1024 * 64 *',
  },
];

/** The file gets its final name before its digests are looked at. */
export const PUBLISH_FIRST: Mutation = {
  file: 'engine/attempt.js',
  from: 'const { fetched, computed } = whole;',
  to: `const { fetched, computed } = whole;
        await (await import('node:fs/promises')).link(part.path, transfer.workspace.target);`,
};
