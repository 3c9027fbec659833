// All mutants of one file, against the tests named for it.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Examiner } from './examiner.mjs';
import { instrument, SEEN_VARIABLE } from './instrument.mjs';

/**
 * @param {string} directory a copy of the project: the file is changed in it, and changed back
 * @param {{ file: string, tests: readonly string[] }} subject of subjects.mjs
 * @returns {Promise<{ file: string, mutants: number, survivors: { line: number, from: string, to: string }[] }>}
 */
export async function examine(directory, { file, tests }) {
  const path = join(directory, 'dist', `${file}.js`);
  const original = readFileSync(path, 'utf8');
  const { code, mutants } = instrument(original, 0);
  writeFileSync(path, code);
  const examiners = Array.from({ length: availableParallelism() }, () => new Examiner(directory, tests));
  try {
    const reached = await reachedBy(file, directory, examiners[0]);
    const survivors = await survivorsOf(mutants, reached, examiners);
    return { file, mutants: mutants.length, survivors };
  } finally {
    for (const examiner of examiners) examiner.close();
    writeFileSync(path, original);
  }
}

/** The tests must pass with every mutant asleep; the run writes down which mutants it came by. */
async function reachedBy(file, directory, examiner) {
  const seen = join(directory, 'seen');
  writeFileSync(seen, '');
  if (!(await examiner.run({ [SEEN_VARIABLE]: seen }))) throw new Error(`the tests of ${file} fail without any change`);
  const numbers = readFileSync(seen, 'utf8').split('\n').filter(Boolean).map(Number);
  rmSync(seen);
  return new Set(numbers);
}

async function survivorsOf(mutants, reached, examiners) {
  const survivors = mutants.filter((_, number) => !reached.has(number));
  const numbers = [...reached];
  const work = async (examiner) => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      if (await examiner.survives(number)) survivors.push(mutants[number]);
    }
  };
  await Promise.all(examiners.map(work));
  return survivors.sort((left, right) => left.line - right.line);
}
