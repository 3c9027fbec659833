import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { type Host, ownerFacts, packageVersion } from '../app/host.js';
import { rememberVariables } from '../app/secret-variables.js';
import { writeBytes } from '../ui/document/write-checked.js';
import { type ErrorStream, maskedStream } from './error-stream.js';

const STDOUT = 1;
const STDERR = 2;

/** The process as the commands see it: the only way to argv, environment, streams and the rest of the outside. */
export interface Io extends Host {
  readonly args: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: ErrorStream;
  /** File descriptor of stdout: written with checked writes only. */
  readonly stdout: number;
  /** The same of stderr, for text that is a result: where `-o -` has taken stdout, and help that nobody asked for. */
  readonly stderrFd: number;
  readonly stdoutIsTTY: boolean;
  /** Signals that came before anybody watched; it grows until watchSignals() is called. */
  readonly earlySignals: readonly NodeJS.Signals[];
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
  // Not process.stdout: making it sets a pipe to non-blocking, which costs a wait each time that it is full.
  const stdoutIsTTY = isatty(STDOUT);
  return {
    args: process.argv.slice(2),
    env,
    cwd: currentDirectory(),
    home: env.get('HOME') ?? homedir(),
    trustsMachine: true,
    stdin: process.stdin,
    stderr: maskedStream(process.stderr),
    stdout: STDOUT,
    stderrFd: STDERR,
    stdoutIsTTY,
    stream: { isTTY: stdoutIsTTY, write: (bytes) => writeBytes(STDOUT, bytes, 'the image') },
    owner: ownerFacts(),
    earlySignals,
    version: packageVersion(),
    platform: `${process.platform} ${process.arch}, Node ${process.version}`,
  };
}

/** To Linux the removed directory itself, in which nothing can be made or found. */
const REMOVED = '/proc/self/cwd';

/** The directory may have been removed under us: absolute paths work all the same, what is relative leads nowhere. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return REMOVED;
  }
}
