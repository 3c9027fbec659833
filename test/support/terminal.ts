import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './imgdl.js';
import { ended, until } from './processes.js';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Terminal {
  /** All bytes the terminal got so far, escape sequences included; both stdout and stderr of the command. */
  output(): string;
  /** Of the command itself, not of the process that holds the terminal. */
  pid(): Promise<number>;
  signal(signal: NodeJS.Signals): Promise<void>;
  /** The exit code; 128 + n when a signal ended it. */
  readonly done: Promise<number>;
}

const SCRIPT = fileURLToPath(new URL('in_terminal.py', import.meta.url));

/** Runs a command in a real pseudo-terminal (python's pty module), 80 columns wide unless told. */
export function runInTerminal(command: readonly string[], options: TerminalOptions = {}): Terminal {
  const { columns = 80, rows = 24 } = options;
  const child: ChildProcess = spawn('python3', [SCRIPT, String(columns), String(rows), ...command], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), TERM: 'xterm-256color', ...options.env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const chunks: Buffer[] = [];
  let pidText = '';
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    pidText += chunk.toString();
  });
  const pid = () =>
    until('the pid of the command', 50_000, () => (pidText.endsWith('\n') ? Number(pidText) : undefined));
  return {
    output: () => Buffer.concat(chunks).toString(),
    pid,
    signal: async (signal) => {
      process.kill(await pid(), signal);
    },
    done: ended(child).then(({ code }) => code ?? -1),
  };
}
