import { type ErrorName, kindOf } from './error-codes.js';
import type { ErrorKind } from './error-kind.js';
import { EXIT } from './exit.js';
import type { ListItem } from './list.js';

export type Details = Readonly<Record<string, string | number | boolean | readonly string[] | readonly ListItem[]>>;

/** It is being made, and whoever waits gets it. */
export interface Pending {
  /** How far its making is, 0 to 100, where the server says it. */
  readonly percent?: number;
}

export interface ErrorReport {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Details;
}

export interface AppErrorOptions {
  /** What to do, in the imperative. */
  readonly hint?: string | undefined;
  readonly details?: Details;
  readonly cause?: unknown;
  /** Earliest moment of a retry the server asked for, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Only what is not ready yet and will be: `--wait` asks again. */
  readonly pending?: Pending;
  /** Where the exit does not say whether another attempt in this run is worth it. */
  readonly transient?: boolean;
  /** It may pass, but all the attempts that it is worth have been made. */
  readonly exhausted?: boolean;
}

/**
 * Every expected failure. The message says what was attempted and what happened ("reading clouds.yaml: no cloud is
 * called lab"), the hint what to do. Text from a server must have passed quoteForeign() of core/redact.ts before it
 * is put into either.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: string;
  /** Passed on where an error is told again in other words. */
  readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly details: Details;
  readonly retryAfterMs: number | undefined;
  readonly pending: Pending | undefined;
  /** A failure of the network or of a server that may pass: worth another attempt. */
  readonly transient: boolean;
  /** No further attempt is made in this run. */
  readonly exhausted: boolean;

  /** @param name the kind of a provider's own failure, or the code of a common one */
  constructor(name: ErrorName, message: string, options: AppErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.kind = kindOf(name);
    this.code = this.kind.code;
    this.hint = options.hint;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.pending = options.pending;
    this.transient = options.transient ?? this.kind.exit === 'network';
    this.exhausted = options.exhausted ?? false;
  }

  get exit(): number {
    return EXIT[this.kind.exit];
  }

  toJSON(): ErrorReport {
    return {
      code: this.code,
      exit: this.exit,
      message: this.message,
      hint: this.hint ?? null,
      details: this.details,
    };
  }
}

export function isAppError(error: unknown): error is AppError {
  return error instanceof AppError;
}
