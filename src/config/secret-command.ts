import { type ChildProcess, spawn } from 'node:child_process';
import { whenAborted } from '../core/abort.js';
import { AppError } from '../core/errors.js';
import { escapeControls, quoteForeign, shorten } from '../core/redact.js';
import { remember } from '../core/vault.js';

export interface SecretCommand {
  /** The program and its arguments; no shell is used. */
  readonly argv: readonly string[];
  /** Where it runs. */
  readonly cwd: string;
  readonly env: ReadonlyMap<string, string>;
  /** For messages: `password-command of profile prod in /etc/imgdl/config.yaml`. */
  readonly origin: string;
  /** Ends the command. */
  readonly signal: AbortSignal;
  /** 30 s unless told. */
  readonly limitMs?: number;
}

const LIMIT_MS = 30_000;
/** Of stdout: more than any password. */
const LIMIT = 64 * 1024;
/** Of stderr: what is kept for a message. */
const KEPT = 4096;

/** A daemon that the command has left behind may hold its stdout open: nobody waits for it longer than this. */
const GRACE_MS = 1000;

/**
 * The first line that a command prints, without its end. What it says on stderr is shown only when it fails.
 * @throws AppError config.command: it cannot be started, fails, takes too long, or prints something else; the signal's
 *   reason
 */
export async function secretFromCommand(command: SecretCommand): Promise<string> {
  const { argv, cwd, env, origin, signal, limitMs = LIMIT_MS } = command;
  const [program = '', ...args] = argv;
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd, env: Object.fromEntries(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: Buffer.alloc(0), err: Buffer.alloc(0) };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out = Buffer.concat([said.out, chunk]);
    if (said.out.length > LIMIT) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.err.length < KEPT) said.err = Buffer.concat([said.err, chunk]);
  });
  // What follows a blank is an argument, which may be a secret.
  const name = shorten(escapeControls(program.replace(/\s.*$/s, ' …')), 100);
  const failed = (what: string): AppError => {
    // It may have got as far as that, and repeat it on stderr.
    const line = lineOf(said.out).toString('utf8').trim();
    if (line !== '') remember(line);
    const words = said.err.toString('utf8', 0, KEPT).trim();
    return new AppError(
      'config.command',
      `${origin}: ${name} ${what}${words === '' ? '' : `: ${quoteForeign(words)}`}`,
      {
        hint: 'run the command yourself: it must print the secret on its first line and exit with 0',
      },
    );
  };
  const fault = faultOf(await ended(child, signal, limitMs), limitMs);
  if (said.out.length > LIMIT) throw failed('prints more than 64 KiB');
  if (fault !== undefined) throw failed(fault);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(lineOf(said.out)).replace(/\r$/, '');
  } catch {
    throw failed('prints something that is not UTF-8');
  }
}

type End =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'not started'; readonly code: string }
  | { readonly kind: 'too late' };

function faultOf(end: End, limitMs: number): string | undefined {
  switch (end.kind) {
    case 'exit':
      return end.code === 0 ? undefined : `exited with ${end.code}`;
    case 'signal':
      return `was ended by ${end.signal}`;
    case 'not started':
      return end.code === 'ENOENT' ? 'is not there' : `cannot be started (${end.code})`;
    case 'too late':
      return `did not end within ${limitMs / 1000} s`;
  }
}

function ended(child: ChildProcess, signal: AbortSignal, limitMs: number): Promise<End> {
  return new Promise((resolve, reject) => {
    const timers: NodeJS.Timeout[] = [];
    let unlisten = (): void => {};
    const leave = (): void => {
      for (const timer of timers) clearTimeout(timer);
      unlisten();
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const after = (ms: number, then: () => void): void => void timers.push(setTimeout(then, ms));
    const finish = (end: End): void => {
      leave();
      resolve(end);
    };
    after(limitMs, () => {
      child.kill('SIGKILL');
      finish({ kind: 'too late' });
    });
    child.once('error', (error) => finish({ kind: 'not started', code: 'code' in error ? String(error.code) : '' }));
    const finishAs = (code: number | null, by: string | null) => (): void =>
      finish(code === null ? { kind: 'signal', signal: String(by) } : { kind: 'exit', code });
    child.once('exit', (code, by) => after(GRACE_MS, finishAs(code, by)));
    child.once('close', (code, by) => finishAs(code, by)());
    unlisten = whenAborted(signal, () => {
      child.kill('SIGKILL');
      leave();
      reject(signal.reason);
    });
  });
}

function lineOf(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0x0a);
  return bytes.subarray(0, end === -1 ? bytes.length : end);
}
