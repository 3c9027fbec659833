import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ownerFacts } from '#imgdl/app/host.js';
import { rememberVariables } from '#imgdl/app/secret-variables.js';
import { run } from '#imgdl/cli/main.js';
import type { Provider } from '#imgdl/core/provider.js';
import { maskKnown } from '#imgdl/core/vault.js';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The built-in ones unless told. */
  readonly providers?: readonly Provider[];
}

/**
 * The whole command line in this process: a tenth of what a process of its own costs, and several at once. Signals,
 * descriptors and what Node itself does to a process need the real one (imgdl.ts).
 */
export async function runHere(args: readonly string[], surroundings: Surroundings): Promise<Said> {
  const { cwd, home, stdin = '', providers } = surroundings;
  const errors: string[] = [];
  const aside = mkdtempSync(join(tmpdir(), 'imgdl-out-'));
  const stdout = openSync(join(aside, 'stdout'), 'w+');
  const env = new Map(Object.entries(surroundings.env ?? {}).filter(([, value]) => value !== ''));
  rememberVariables(env);
  try {
    const code = await run(
      {
        args,
        env,
        cwd,
        home,
        trustsMachine: true,
        stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
        stderr: {
          isTTY: false,
          columns: undefined,
          rows: undefined,
          write: (text, done) => {
            errors.push(maskKnown(text, 'ours'));
            done?.();
          },
          on: () => {},
        },
        stdout,
        stdoutIsTTY: false,
        stream: { isTTY: false, write: async (bytes) => void writeSync(stdout, bytes) },
        owner: ownerFacts(),
        version: '1.2.3',
        platform: 'test',
        earlySignals: [],
      },
      providers,
    );
    return { code, stdout: readFileSync(join(aside, 'stdout'), 'utf8'), stderr: errors.join('') };
  } finally {
    closeSync(stdout);
    rmSync(aside, { recursive: true, force: true });
  }
}
