import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { whenAborted } from '../../core/abort.js';
import { AppError } from '../../core/errors.js';
import { type SignatureVerdict, signatureVerdict } from './gpg-status.js';
import type { Keyring } from './keyring.js';

/** It reads a few megabytes. */
const LIMIT_MS = 60_000;
const STATUS_BYTES = 64 * 1024;

/** What a signature covers, and who made it. */
export type Signed =
  | (Extract<SignatureVerdict, { kind: 'good' }> & { readonly text: Uint8Array })
  | Extract<SignatureVerdict, { kind: 'bad' }>;

export interface GpgvInput {
  readonly keyring: Keyring;
  /** Clear-signed, or a detached signature. */
  readonly signature: Uint8Array;
  /** What a detached signature is of. */
  readonly data?: Uint8Array;
}

/**
 * Asks gpgv whether one of the keys has signed, without a shell, the user's configuration or the current directory.
 * @param path the variable PATH
 * @param shown what is verified, for messages
 * @throws AppError usage.missing where there is no gpgv, integrity.signature where it does not end; the signal's reason
 */
export async function verifySignature(
  { keyring, signature, data }: GpgvInput,
  path: string,
  shown: string,
  signal: AbortSignal,
): Promise<Signed> {
  const directory = await mkdtemp(join(tmpdir(), 'imgdl-gpgv-'));
  const put = async (name: string, bytes: Uint8Array): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, bytes, { mode: 0o600 });
    return file;
  };
  try {
    const keys = keyring.kind === 'file' ? keyring.path : await put('keys.gpg', keyring.keys);
    const files = [await put('signature', signature), ...(data === undefined ? [] : [await put('data', data)])];
    const output = data === undefined ? ['--output', '-'] : [];
    const args = ['--homedir', directory, '--status-fd', '3', '--keyring', keys, ...output, '--', ...files];
    const { status, text } = await run(args, { directory, path, shown, limit: signature.byteLength }, signal);
    const verdict = signatureVerdict(status);
    return verdict.kind === 'bad' ? verdict : { ...verdict, text: data ?? text };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Surroundings {
  readonly directory: string;
  readonly path: string;
  readonly shown: string;
  /** Most bytes of its output. */
  readonly limit: number;
}

function run(
  args: readonly string[],
  { directory, path, shown, limit }: Surroundings,
  signal: AbortSignal,
): Promise<{ readonly status: string; readonly text: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const env = { PATH: path, LC_ALL: 'C' };
    const child = spawn('gpgv', args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'ignore', 'pipe'] });
    const failed = (what: string): AppError =>
      new AppError('integrity.signature', `verifying the signature of ${shown}: ${what}`, {
        hint: 'run gpgv yourself to see more',
      });
    const stop = (error: unknown): void => {
      child.kill('SIGKILL');
      reject(error);
    };
    const timer = setTimeout(() => stop(failed('gpgv did not end within 60 s')), LIMIT_MS);
    const unlisten = whenAborted(signal, () => stop(signal.reason));
    const tooMuch = (): void => stop(failed('gpgv writes more than it was given'));
    const [, output, , statusPipe] = child.stdio as readonly (Readable | null)[];
    const text = gather(output, limit, tooMuch);
    const status = gather(statusPipe, STATUS_BYTES, tooMuch);
    const over = (): void => {
      clearTimeout(timer);
      unlisten();
    };
    child.on('error', (error) => {
      over();
      reject(missing(error, shown));
    });
    child.on('close', (_code, killedBy) => {
      over();
      if (killedBy !== null) reject(failed(`gpgv was ended by ${killedBy}`));
      // Its exit code is of all signatures together.
      else resolve({ status: status().toString('utf8'), text: text() });
    });
  });
}

/** Everything that comes, up to a limit. */
function gather(stream: Readable | null | undefined, limit: number, tooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > limit) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks);
}

function missing(error: Error & { readonly code?: string }, shown: string): AppError {
  const what = error.code === 'ENOENT' ? 'gpgv is not installed' : `gpgv cannot be run (${error.code ?? 'unknown'})`;
  return new AppError('usage.missing', `verifying the signature of ${shown}: ${what}`, {
    hint: 'install the package gpgv (Debian, Ubuntu, Alpine), gnupg2 (Fedora, RHEL), gpg2 (SUSE) or gnupg (Arch, Homebrew)',
  });
}
