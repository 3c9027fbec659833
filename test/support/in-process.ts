import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
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

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** The built-in ones unless told. */
  readonly providers?: readonly Provider[];
}

/**
 * The whole command line in this process: some 20 ms of CPU where a process of its own costs 300 ms, and several at
 * once. What it leaves out is bin/imgdl.js and cli/process.ts. Signals, pipes, terminals, memory, and what one process
 * must not know of another, such as who holds a lock or which secrets it has seen, need the real one (imgdl.ts).
 */
export async function runHere(args: readonly string[], place: Place): Promise<Said> {
  const { code, stdout, stderr } = await perform(args, place);
  return { code, stdout: stdout.toString(), stderr };
}

/**
 * As run() of imgdl.ts: a clean environment, and the directory of this process is that of the run. Hence only one at a
 * time in one directory.
 */
export async function runCheaply(args: readonly string[], options: Surroundings = {}): Promise<RunResult> {
  const cwd = options.cwd ?? before;
  const env: Record<string, string> = { ...cleanEnvironment(), ...options.env };
  const { stdin } = options;
  const leave = enter(cwd);
  try {
    const said = await perform(args, { cwd, home: env['HOME'] ?? '', env, ...(stdin !== undefined && { stdin }) });
    const json = () => JSON.parse(said.stdout.toString()) as ResultDocument;
    return { ...said, signal: null, timedOut: false, json };
  } finally {
    leave();
  }
}

async function perform(args: readonly string[], place: Place) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  try {
    const code = await run(ioOf(args, place, stdout.fd, stderr.fd), place.providers);
    return { code, stdout: stdout.bytes(), stderr: stderr.bytes().toString() };
  } finally {
    stdout.close();
    stderr.close();
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
let here = before;
let inside = 0;

/** Makes it the directory of this process, which has one for all runs at a time. @returns goes back */
function enter(directory: string): () => void {
  if (inside > 0 && here !== directory) throw new Error(`a run is under way in ${here}`);
  process.chdir(directory);
  here = directory;
  inside += 1;
  return () => {
    inside -= 1;
    if (inside === 0) process.chdir(before);
  };
}

/** As processIo() would make it of a process that has no terminal. */
function ioOf(args: readonly string[], place: Place, stdout: number, stderr: number): Io {
  const env = new Map(Object.entries(place.env ?? {}).filter(([, value]) => value !== ''));
  rememberVariables(env);
  return {
    args,
    env,
    cwd: place.cwd,
    home: place.home,
    trustsMachine: true,
    stdin: Readable.from(place.stdin === undefined ? [] : [Buffer.from(place.stdin)]),
    stderr: {
      isTTY: false,
      columns: undefined,
      rows: undefined,
      write: (text, done) => {
        writeSync(stderr, maskKnown(text, 'ours'));
        if (done !== undefined) setImmediate(done);
      },
      on: () => {},
    },
    stdout,
    stderrFd: stderr,
    stdoutIsTTY: false,
    stream: { isTTY: false, write: async (bytes) => void writeSync(stdout, bytes) },
    owner: ownerFacts(),
    version: packageVersion(),
    platform: `${process.platform} ${process.arch}, Node ${process.version}`,
    earlySignals: [],
  };
}
