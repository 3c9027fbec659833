import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ownerFacts } from '#imgdl/app/host.js';
import { run } from '#imgdl/cli/main.js';
import type { Io } from '#imgdl/cli/process.js';
import type { Provider } from '#imgdl/core/provider.js';
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
      const errors: string[] = [];
      const out = join(directory, '.stdout');
      const stdout = openSync(out, 'w');
      const io: Io = {
        args,
        env: new Map(Object.entries(env)),
        cwd: directory,
        home: directory,
        trustsMachine: true,
        stdin: Readable.from([]),
        stderr: {
          isTTY: false,
          columns: undefined,
          rows: undefined,
          write: (text) => void errors.push(text),
          on: () => {},
        },
        stdout,
        stdoutIsTTY: false,
        stream: { isTTY: false, write: async (bytes) => void writeSync(stdout, bytes) },
        owner: ownerFacts(),
        version: '1.2.3',
        platform: 'test',
        earlySignals: [],
      };
      try {
        const code = await run(io, providers);
        return { code, stdout: readFileSync(out, 'utf8'), stderr: errors.join('') };
      } finally {
        closeSync(stdout);
      }
    },
  };
}
