import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOfFlags } from '../config/layers.js';
import { whenAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.js';
import { makeCertificate } from '../sandbox/server/certificate.js';
import { writeChecked } from '../ui/document/write-checked.js';
import { Output } from './output.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import * as option from './sandbox-options.js';
import { Interrupted, watchSignals } from './signals.js';

/**
 * `imgdl sandbox`: in the foreground until a signal comes, or around a command. Stdout has only `export` lines,
 * written when everything listens; the rest goes to stderr.
 */
export async function runSandbox(command: readonly string[], flags: Flags, io: Io): Promise<number> {
  const abort = new AbortController();
  const output = new Output(io, flags, abort);
  let directory: string | undefined;
  const remove = (): void => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  const unwatch = watchSignals(abort, { early: io.earlySignals, beforeEnd: remove });
  try {
    if (command.length === 0 && io.args.includes('--')) {
      throw new AppError('usage.arguments', 'reading the command line: a command is missing after --', {
        hint: 'add the command to run, or remove the --',
      });
    }
    try {
      directory = mkdtempSync(join(tmpdir(), 'imgdl-sandbox-'));
      return await serve(command, flags, directory, io, abort.signal);
    } finally {
      // Before anything is said: where a signal is raised again nothing comes after it.
      remove();
    }
  } catch (error) {
    return await output.fail(error);
  } finally {
    unwatch();
  }
}

/** @throws the reason of `signal` when it is aborted before everything listens */
async function serve(
  command: readonly string[],
  flags: Flags,
  directory: string,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const sandbox = await start(flags, directory);
  try {
    signal.throwIfAborted();
    const [program, ...args] = command;
    if (program !== undefined) {
      // A shell that somebody will type into.
      if (args.length === 0 && io.stdin.isTTY === true && io.stderr.isTTY)
        await writeChecked(io.stderrFd, welcome(sandbox));
      return await runInside(program, args, sandbox, io, signal);
    }
    const lines = Object.entries(sandbox.environment).map(([name, value]) => `export ${name}=${quote(value)}\n`);
    await writeChecked(io.stdout, lines.join(''), 'the variables');
    await writeChecked(io.stderrFd, greeting(sandbox));
    await untilAborted(signal);
    return 0;
  } finally {
    await sandbox.close();
  }
}

/** For whoever has just started one and knows no name and no id. */
function greeting({ urls, examples }: Sandbox): string {
  return [
    `imgdl sandbox is ready at ${urls.origin}; stop it with Ctrl-C.`,
    'To look around, set its variables (the export lines) in another terminal,',
    'or start a shell that has them with "imgdl sandbox -- sh". Then try:',
    ...examples.map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** For whoever gets a shell in it. */
function welcome({ urls, examples }: Sandbox): string {
  const lines = examples.map((line) => `  ${line}`);
  return [`imgdl sandbox is ready at ${urls.origin}; leave it with exit. Try:`, ...lines, ''].join('\n');
}

async function start(flags: Flags, directory: string): Promise<Sandbox> {
  const settings = settingsOfFlags(flags, option.SANDBOX_OPTIONS);
  const options: SandboxOptions = {
    port: settings.get(option.SANDBOX_PORT),
    size: settings.get(option.SANDBOX_SIZE),
    images: settings.get(option.SANDBOX_IMAGES),
    ranges: !settings.get(option.SANDBOX_NO_RANGE),
    keysOnly: settings.get(option.SANDBOX_KEYS_ONLY),
    rate: settings.get(option.SANDBOX_RATE),
    cutAfter: settings.get(option.SANDBOX_CUT),
    ...(settings.get(option.SANDBOX_TLS) ? { tls: await identity(directory) } : {}),
  };
  return await startSandbox(options).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('usage.option', `starting the sandbox: ${why}`, { hint: 'use a different --port, or none' });
  });
}

/** A certificate authority that lives as long as the sandbox. */
async function identity(directory: string): Promise<NonNullable<SandboxOptions['tls']>> {
  const { key, cert, ca } = makeCertificate();
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca);
  return { key, cert, caFile };
}

/** The command gets the terminal; signals that reach us are handed on, its end is ours. */
async function runInside(
  program: string,
  args: readonly string[],
  sandbox: Sandbox,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const env = { ...Object.fromEntries(io.env), ...sandbox.environment };
  const child = spawn(program, args, { stdio: 'inherit', env });
  whenAborted(signal, () => {
    const { reason } = signal;
    if (!(reason instanceof Interrupted)) return;
    // A terminal sends Ctrl-C and hang-up to the command too; a second one would end it without a checkpoint.
    if (reason.signal === 'SIGTERM' || !io.stdin.isTTY) child.kill(reason.signal);
  });
  return await new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        new AppError('usage.arguments', `running ${escapeControls(program)}: ${spawnWords(error)}`, {
          hint: 'check the command after --',
        }),
      );
    });
    child.on('exit', (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
  });
}

function spawnWords(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such command';
  if (error.code === 'EACCES') return 'it is not executable';
  return error.code ?? error.message;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  // A pending promise does not keep the process alive; the listening servers do.
  await new Promise<void>((resolve) => {
    whenAborted(signal, resolve);
  });
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
