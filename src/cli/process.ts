import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { systemClock } from '../app/clock.js';
import type { OwnerFacts } from '../fs/lock-owner.js';
import { type ErrorStream, maskedStream } from './error-stream.js';
import { rememberVariables } from './secret-variables.js';

/** The process as the commands see it: the only way to argv, environment, streams and the rest of the outside. */
export interface Io {
  readonly args: readonly string[];
  /** Non-empty variables. */
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly home: string;
  readonly uid: number;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: ErrorStream;
  /** File descriptor of stdout: written with checked writes only. */
  readonly stdout: number;
  readonly stdoutIsTTY: boolean;
  readonly owner: OwnerFacts;
  /** Signals that came before anybody watched; it grows until watchSignals() is called. */
  readonly earlySignals: readonly NodeJS.Signals[];
  readonly version: string;
  /** `linux x64, Node v20.20.2`. */
  readonly platform: string;
}

export function processIo(earlySignals: readonly NodeJS.Signals[] = []): Io {
  const env = new Map(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
  );
  rememberVariables(env);
  return {
    args: process.argv.slice(2),
    env,
    cwd: currentDirectory(),
    home: env.get('HOME') ?? homedir(),
    uid: ownerFacts().uid,
    stdin: process.stdin,
    stderr: maskedStream(process.stderr),
    stdout: 1,
    // Not process.stdout: making it sets a pipe to non-blocking, which costs a wait each time that it is full.
    stdoutIsTTY: isatty(1),
    owner: ownerFacts(),
    earlySignals,
    version: packageVersion(),
    platform: `${process.platform} ${process.arch}, Node ${process.version}`,
  };
}

/** This process as the owner of files and locks. */
export function ownerFacts(): OwnerFacts {
  return {
    uid: process.geteuid?.() ?? 0,
    umask: process.umask(),
    hostname: hostname(),
    pid: process.pid,
    random: () => randomBytes(16).toString('hex'),
    isAlive,
    now: systemClock.now,
  };
}

/** The directory may have been removed under us; absolute paths work all the same. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
