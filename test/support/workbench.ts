import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ResultDocument, type RunOptions, type RunResult, run, type Surroundings } from './imgdl.js';
import { runCheaply } from './in-process.js';

/** An empty directory in which imgdl runs, and what it left there. */
export interface Workbench {
  readonly directory: string;
  path(name: string): string;
  /** Runs the command line with `… --json` in it, in this process: see in-process.ts. */
  get(args: readonly string[], options?: Surroundings): Promise<Got>;
  /** The same by a process of its own: where there are several at once, or one is killed. */
  program(args: readonly string[], options?: RunOptions): Promise<Got>;
  /** Names a user sees. */
  visible(): readonly string[];
  /** Every name, those of part, journal and lock too. */
  all(): readonly string[];
  sha256(name: string): string;
  /** Bytes in the part files, 0 when there are none. */
  partBytes(): number;
  clear(): void;
}

export interface Got extends RunResult {
  readonly result: ResultDocument;
}

export function makeWorkbench(): Workbench {
  const directory = mkdtempSync(join(tmpdir(), 'imgdl-bench-'));
  const path = (name: string) => join(directory, name);
  const all = () => (existsSync(directory) ? readdirSync(directory).sort() : []);
  return {
    directory,
    path,
    all,
    visible: () => all().filter((name) => !name.startsWith('.imgdl-')),
    get: async (args, options = {}) => got(await runCheaply([...args, '--json'], { cwd: directory, ...options })),
    program: async (args, options = {}) => got(await run([...args, '--json'], { cwd: directory, ...options })),
    sha256: (name) =>
      createHash('sha256')
        .update(readFileSync(path(name)))
        .digest('hex'),
    partBytes: () => {
      const part = all().find((name) => name.endsWith('.part'));
      return part === undefined ? 0 : lstatSync(path(part)).size;
    },
    clear: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function got(ran: RunResult): Got {
  if (ran.signal !== null) throw new Error(`imgdl ended by ${ran.signal}: ${ran.stderr}`);
  try {
    return { ...ran, result: ran.json() };
  } catch {
    throw new Error(`no result document, exit ${ran.code}: ${ran.stdout.toString().slice(0, 500)} ${ran.stderr}`);
  }
}
