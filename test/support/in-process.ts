import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ownerFacts, packageVersion } from '#imgdl/app/host.js';
import { rememberVariables } from '#imgdl/app/secret-variables.js';
import { run } from '#imgdl/cli/main.js';
import type { Io } from '#imgdl/cli/process.js';
import type { Provider } from '#imgdl/core/provider.js';
import { maskKnown } from '#imgdl/core/vault.js';
import { cleanEnvironment, type ResultDocument, type RunResult, type Surroundings } from './imgdl.js';

export interface RunHere extends Surroundings {
  /** The built-in ones by default. */
  readonly providers?: readonly Provider[];
  /**
   * False: `cwd` is not made the directory of this process. Several may then run in directories of their own, whose
   * options name files by absolute paths.
   */
  readonly moves?: boolean;
}

/**
 * Runs the whole command line in this process: some 20 ms where a process of its own costs 300 ms of CPU. What it leaves
 * out is bin/imgdl.js and cli/process.ts. Signals, pipes, terminals, memory, and what one process must not know of
 * another, such as who holds a lock or which secrets it has seen, need run() of imgdl.ts.
 */
export async function runHere(args: readonly string[], options: RunHere = {}): Promise<RunResult> {
  const cwd = options.cwd ?? process.cwd();
  const leave = options.moves === false ? () => {} : enter(cwd);
  const [stdout, stderr] = [new Sink(), new Sink()];
  try {
    const code = await run(ioOf(args, { ...options, cwd }, stdout, stderr), options.providers);
    const bytes = stdout.bytes();
    return {
      code,
      signal: null,
      timedOut: false,
      stdout: bytes,
      stderr: stderr.bytes().toString(),
      json: () => JSON.parse(bytes.toString()) as ResultDocument,
    };
  } finally {
    stdout.close();
    stderr.close();
    leave();
  }
}

/** A file as the other end of a stream. */
class Sink {
  readonly #path = join(tmpdir(), `imgdl-out-${randomUUID()}`);
  readonly fd = openSync(this.#path, 'wx');

  bytes(): Buffer {
    return readFileSync(this.#path);
  }

  close(): void {
    closeSync(this.fd);
    rmSync(this.#path);
  }
}

const before = process.cwd();
let inside = 0;

/** Makes it the directory of this process, which has one for all runs at a time. @returns goes back */
function enter(directory: string): () => void {
  if (inside > 0 && process.cwd() !== realpathSync(directory)) throw new Error('a run elsewhere is under way');
  process.chdir(directory);
  inside += 1;
  return () => {
    inside -= 1;
    if (inside === 0) process.chdir(before);
  };
}

/** As processIo() would make it of a process that has no terminal. */
function ioOf(
  args: readonly string[],
  options: Surroundings & { readonly cwd: string },
  stdout: Sink,
  stderr: Sink,
): Io {
  const variables = Object.entries({ ...cleanEnvironment(), ...options.env }).filter(([, value]) => value !== '');
  const env = new Map(variables);
  rememberVariables(env);
  return {
    args,
    env,
    cwd: options.cwd,
    home: env.get('HOME') ?? '',
    trustsMachine: true,
    stdin: Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]),
    stderr: {
      isTTY: false,
      columns: undefined,
      rows: undefined,
      write: (text, done) => {
        writeSync(stderr.fd, maskKnown(text, 'ours'));
        if (done !== undefined) setImmediate(done);
      },
      on: () => {},
    },
    stdout: stdout.fd,
    stderrFd: stderr.fd,
    stdoutIsTTY: false,
    stream: { isTTY: false, write: async (bytes) => void writeSync(stdout.fd, bytes) },
    owner: ownerFacts(),
    version: packageVersion(),
    platform: `${process.platform} ${process.arch}, Node ${process.version}`,
    earlySignals: [],
  };
}
