// Does the bench notice what it must? A toy file, with the test that notices its mutants, and without it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from './examine.mjs';

const FILE = 'export const size = (n) => (n > 9 ? "big" : "small");';
const HEAD = "import { expect, test } from 'vitest'; import { size } from '../../dist/control/size.js';";
const TESTS = {
  'at-the-edge': 'expect([size(9), size(10)]).toEqual(["small", "big"]);',
  'far-from-it': 'expect([size(1), size(99)]).toEqual(["small", "big"]);',
};
const UNNOTICED = ['(n) >= (9)', '10'];

/**
 * @param {string} directory the copy of the project
 * @throws {Error} when a mutant survives the test that notices it, or does not survive without that test
 */
export async function control(directory) {
  for (const folder of ['dist', 'test']) mkdirSync(join(directory, folder, 'control'));
  writeFileSync(join(directory, 'dist/control/size.js'), FILE);
  const tests = Object.entries(TESTS).map(([name, body]) => {
    const path = `test/control/${name}.test.ts`;
    writeFileSync(join(directory, path), `${HEAD} test('${name}', () => { ${body} });`);
    return path;
  });
  for (const [part, expected] of [
    [tests, []],
    [tests.slice(1), UNNOTICED],
  ]) {
    const { survivors } = await examine(directory, { file: 'control/size', tests: part });
    const found = survivors.map(({ to }) => to);
    if (String(found) !== String(expected)) throw new Error(`the control is wrong: ${found} survive ${part}`);
  }
}
