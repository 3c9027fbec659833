import type { Provider } from '#imgdl/core/provider.js';
import { runHere, type Said } from '../support/in-process.js';
import { scratch } from '../support/scratch.js';

export type { Said } from '../support/in-process.js';

/**
 * A directory to run in, which is the home as well and gone after the test, and the whole command line with providers
 * of the test's choice.
 */
export interface CommandLine {
  readonly directory: string;
  say(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Said>;
}

export function openCommandLine(providers: readonly Provider[]): CommandLine {
  const directory = scratch();
  return {
    directory,
    say: (args, env = {}) => runHere(args, { cwd: directory, home: directory, env, providers }),
  };
}
