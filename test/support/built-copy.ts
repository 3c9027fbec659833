import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** A copy of the built product that is changed before anybody runs it. */
export interface BuiltCopy {
  /** Holds dist/, bin/ and package.json. */
  readonly directory: string;
  /** Its bin/imgdl.js. */
  readonly program: string;
  remove(): void;
}

/**
 * A copy of the built product with mistakes in it.
 * @throws Error when a place is not there exactly once: the mutation is then not the mistake it was meant to be
 */
export function copyBuilt(mutations: readonly Mutation[] = []): BuiltCopy {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-mutant-'));
  for (const name of ['dist', 'bin', 'package.json'])
    cpSync(join(ROOT, name), join(directory, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  mutate(directory, mutations);
  return {
    directory,
    program: join(directory, 'bin/imgdl.js'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What the engine is in miniature: a mebibyte of the product is so many bytes here. */
export const MINIATURE_MIB = 512;
const SHRINK = (1024 * 1024) / MINIATURE_MIB;

/** Sizes that decide when something happens. Each must be found: one that is missed would make the miniature a giant. */
const SIZES: readonly string[] = [
  'CHECKPOINT_BYTES',
  'SCATTERED_CHECKPOINT_BYTES',
  'UNCLAIMED_BYTES',
  'UNCLAIMED_MAX_BYTES',
  'PROGRESS_BYTES',
  'OVERLAP_BYTES',
  'LEAST_BYTES',
  'MOST_BYTES',
  'WINDOW_BYTES',
  'SMALL_BYTES',
  'BATCH_BYTES',
  'LARGE_BYTES',
  'WAITING_BYTES',
];
/** What is read at once is no matter of when. */
const KEPT = /(?:hash-worker|inline-hasher)\.js$/;

/**
 * core/, engine/ and fs/ alone, with every size divided by the same number: a download of 100 KiB has the checkpoints
 * of one of 200 MiB.
 * @param replaced modules of Node's that are others here, by name, in the files of fs/ and engine/
 * @throws Error when a size or a mutation is not found
 */
export function copyMiniature(
  into: string,
  mutations: readonly Mutation[] = [],
  replaced: Readonly<Record<string, string>> = {},
): void {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  const isCode = (path: string): boolean => !path.endsWith('.d.ts');
  for (const folder of ['core', 'engine', 'fs'])
    cpSync(join(ROOT, 'dist', folder), join(into, 'dist', folder), { recursive: true, filter: isCode });
  mutate(into, mutations);
  shrinkSizes(join(into, 'dist'));
  for (const folder of ['engine', 'fs']) replaceModules(join(into, 'dist', folder), replaced);
}

function mutate(directory: string, mutations: readonly Mutation[]): void {
  for (const { file, from, to } of mutations) {
    const path = join(directory, 'dist', file);
    const pieces = readFileSync(path, 'utf8').split(from);
    if (pieces.length !== 2) throw new Error(`${file} has ${pieces.length - 1} places like ${from}`);
    writeFileSync(path, pieces.join(to));
  }
}

function shrinkSizes(directory: string): void {
  const missing = new Set(SIZES);
  for (const path of filesIn(directory)) {
    if (KEPT.test(path)) continue;
    const source = readFileSync(path, 'utf8');
    const small = source.replace(/(const (\w+) = )([\d_* ]+);/g, (line, head: string, name: string, size: string) => {
      if (!SIZES.includes(name)) return line;
      missing.delete(name);
      return `${head}(${size}) / ${SHRINK};`;
    });
    if (small !== source) writeFileSync(path, small);
  }
  if (missing.size > 0) throw new Error(`the product has no size ${[...missing].join(', ')}`);
}

function filesIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.js')).map((name) => join(folder, name));
}

function replaceModules(folder: string, replaced: Readonly<Record<string, string>>): void {
  for (const path of filesIn(folder)) {
    let source = readFileSync(path, 'utf8');
    for (const [module, url] of Object.entries(replaced))
      source = source.replaceAll(`from '${module}'`, `from '${url}'`);
    writeFileSync(path, source);
  }
}
