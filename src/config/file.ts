import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Code } from '../core/error-codes.js';
import { AppError, isAppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';

/** What a small file is allowed to be, and how its failures are reported. */
export interface SmallFile {
  /** Bytes; one more is an error. */
  readonly limit: number;
  /** Of a file that cannot be read. */
  readonly code: Code;
  /** `reading the configuration`. */
  readonly doing: string;
  /** Pipes are taken too: `--password-file <(pass show x)` of a shell is one. */
  readonly pipes: boolean;
  /** Looks at the open file before anything is read. */
  check?(facts: FileFacts): void;
}

export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
}

type Failed = (what: string, hint: string) => AppError;

function failedOf(path: string, kind: SmallFile): Failed {
  return (what, hint) => new AppError(kind.code, `${kind.doing} ${escapeControls(path)}: ${what}`, { hint });
}

/**
 * The text of a small UTF-8 file without byte order mark.
 * @throws AppError `kind.code`, and what `kind.check` throws
 */
export async function readSmallFile(path: string, kind: SmallFile): Promise<string> {
  return decode(await readSmallBytes(path, kind), failedOf(path, kind));
}

/**
 * The bytes of a small file. The checks look at what was opened, not at what a path named a moment before.
 * @throws AppError `kind.code`, and what `kind.check` throws
 */
export async function readSmallBytes(path: string, kind: SmallFile): Promise<Buffer> {
  const failed = failedOf(path, kind);
  let file: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
    file = await open(path, kind.pipes ? constants.O_RDONLY : constants.O_RDONLY + constants.O_NONBLOCK);
    const facts = await file.stat();
    if (!facts.isFile() && !(kind.pipes && facts.isFIFO())) {
      throw failed('not a regular file', 'use the path of a regular file');
    }
    kind.check?.({ mode: facts.mode, uid: facts.uid });
    return await readAll(file, kind.limit, failed);
  } catch (error) {
    if (isAppError(error)) throw error;
    throw failed(reason(error), 'check the path and its permissions');
  } finally {
    await file?.close();
  }
}

const CHUNK = 64 * 1024;

async function readAll(file: FileHandle, limit: number, failed: Failed): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= limit) {
    const chunk = Buffer.alloc(Math.min(CHUNK, limit + 1 - length));
    // A position of null reads on: pipes have no positions.
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
  throw failed(`larger than ${limit / 1024} KiB`, 'check that it is the right file');
}

function decode(bytes: Uint8Array, failed: Failed): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw failed('not UTF-8', 'save it as UTF-8');
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a directory',
    ELOOP: 'too many symbolic links',
  };
  return words[code] ?? (code === '' ? 'it cannot be read' : code);
}
