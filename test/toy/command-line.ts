import type { Provider } from '#imgdl/core/provider.js';
import { runHere } from '../support/in-process.js';
import { scratch } from '../support/scratch.js';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

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
    async say(args, env = {}) {
      const all = { HOME: directory, ...env };
      const { code, stdout, stderr } = await runHere(args, { cwd: directory, env: all, providers, moves: false });
      return { code: code ?? -1, stdout: stdout.toString(), stderr };
    },
  };
}
