import type { Code } from '../core/error-codes.js';
import { AppError, isAppError } from '../core/errors.js';
import { escapeControls } from '../core/redact.js';
import { OpenedFile, type SpecialFile } from './opened-file.js';

/** What a small file is allowed to be, and how its failures are reported. */
export interface SmallFile {
  /** Bytes; one more is an error. */
  readonly limit: number;
  /** Of a file that cannot be read. */
  readonly code: Code;
  /** `reading the configuration`. */
  readonly doing: string;
  /** What is taken beside a regular file, where the user named it. */
  readonly also: readonly SpecialFile[];
  /** Looks at the open file before anything is read. */
  check?(facts: FileFacts): void;
}

export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  /** It can be read only once, and lies in no directory that means anything. */
  readonly pipe: boolean;
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
export async function readSmallBytes(path: string, kind: SmallFile): Promise<Uint8Array> {
  const failed = failedOf(path, kind);
  let file: OpenedFile | undefined;
  try {
    file = await OpenedFile.open(path);
    const { facts } = file;
    if (!file.isReadable(kind.also)) throw failed('not a regular file', 'use the path of a regular file');
    kind.check?.({ mode: facts.mode, uid: facts.uid, pipe: !facts.isFile() });
    const bytes = await file.readAtMost(kind.limit);
    if (bytes === undefined) {
      throw failed(`larger than ${kind.limit / 1024} KiB`, 'check that it is the right file');
    }
    return bytes;
  } catch (error) {
    if (isAppError(error)) throw error;
    throw failed(reason(error), 'check the path and its permissions');
  } finally {
    await file?.close();
  }
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
