// One test runner that is kept, and runs the same tests again for each mutant: to start it anew costs five times as much.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { VARIABLE } from './instrument.mjs';

/** A change may make a loop endless. */
const LIMIT_MS = 60_000;

const PROGRAM = fileURLToPath(new URL('examiner-process.mjs', import.meta.url));

export class Examiner {
  #directory;
  #tests;
  /** Undefined until the first run, and after one that ended it. */
  #child;

  /**
   * @param {string} directory a copy of the project
   * @param {readonly string[]} tests files in it
   */
  constructor(directory, tests) {
    this.#directory = directory;
    this.#tests = tests;
  }

  /** @returns {Promise<boolean>} whether all tests pass with this mutant awake */
  survives(number) {
    return this.run({ [VARIABLE]: String(number) });
  }

  /**
   * @param {Record<string, string>} variables of the environment
   * @returns {Promise<boolean>} whether all tests pass; false for what hangs, or takes its process with it
   */
  async run(variables) {
    this.#child ??= fork(PROGRAM, [this.#directory, ...this.#tests], { stdio: 'ignore', detached: true });
    const child = this.#child;
    const limit = setTimeout(() => this.close(), LIMIT_MS);
    const answer = await new Promise((resolve) => {
      child.once('message', resolve).once('exit', () => resolve(undefined));
      child.send(variables);
    });
    clearTimeout(limit);
    child.removeAllListeners();
    if (answer === undefined) this.#child = undefined;
    return answer === true;
  }

  /** Ends its whole group: a test may have started processes of its own. */
  close() {
    if (this.#child?.exitCode === null) process.kill(-this.#child.pid, 'SIGKILL');
  }
}
