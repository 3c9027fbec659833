import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, ended } from './processes.js';

export const IMGDL = fileURLToPath(new URL('../../bin/imgdl.js', import.meta.url));

/** What a run is given beside its arguments. */
export interface Surroundings {
  /** Added to a clean environment: see {@link cleanEnvironment}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
}

export interface RunOptions extends Surroundings {
  /** SIGKILL after that, and `timedOut` is true. */
  readonly timeoutMs?: number;
  /** SIGKILL when it says so; asked every few milliseconds. */
  readonly killWhen?: () => boolean | Promise<boolean>;
  /** Arguments for node itself, such as `--import FILE`. */
  readonly nodeArgs?: readonly string[];
}

export interface RunResult extends Ended {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** stdout as the one `--json` document. @throws SyntaxError when it is not one. */
  json(): ResultDocument;
}

/** The `--json` document, as far as tests look into it. */
export interface ResultDocument {
  readonly schema: number;
  readonly status: string;
  readonly path: string | null;
  readonly bytes: number | null;
  readonly verified: string;
  readonly digests: readonly { algorithm: string; hex: string; from: string; matched: boolean | null }[];
  readonly received: number;
  readonly resumedFrom: number | null;
  readonly attempts: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly source: {
    provider: string;
    endpoint: string;
    ref: string;
    name: string | null;
    owner: string | null;
  } | null;
  readonly warnings: readonly { code: string; message: string }[];
  readonly error?: {
    readonly code: string;
    readonly exit: number;
    readonly message: string;
    readonly hint: string | null;
    readonly details: Record<string, unknown>;
  };
}

let home: string | undefined;

/** Nothing of the developer's: an empty HOME, no IMGDL_*, OS_*, proxy, NODE_* or CI variables. */
export function cleanEnvironment(): Record<string, string> {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'imgdl-home-'));
    home = made;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  return { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TZ: 'UTC', TMPDIR: tmpdir() };
}

/** Starts `node bin/imgdl.js`. The caller ends it. */
export function spawnImgdl(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [...(options.nodeArgs ?? []), IMGDL, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: 'pipe',
  });
}

/** Runs `node bin/imgdl.js` to its end, at most 60 s unless told. Never rejects because imgdl failed. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = spawnImgdl(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {}); // imgdl need not read it
  child.stdin.end(options.stdin ?? '');

  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 60_000);
  let asking = false;
  const { killWhen } = options;
  const asker =
    killWhen &&
    setInterval(async () => {
      if (asking) return;
      asking = true;
      if (await killWhen()) child.kill('SIGKILL');
      asking = false;
    }, 3);

  try {
    const end = await ended(child);
    const stdout = Buffer.concat(out);
    return {
      ...end,
      stdout,
      stderr: Buffer.concat(err).toString(),
      timedOut,
      json: () => JSON.parse(stdout.toString()) as ResultDocument,
    };
  } finally {
    clearTimeout(limit);
    clearInterval(asker);
  }
}
