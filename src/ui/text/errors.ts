import { isAppError } from '../../core/errors.js';
import { hintOf } from '../../core/hint.js';
import { maskKnown } from '../../core/vault.js';
import { foreign } from './foreign.js';
import type { Palette } from './palette.js';

export interface ErrorTextOptions {
  readonly palette: Palette;
  /** `-v`: causes and stacks as well. */
  readonly verbose: boolean;
  readonly version: string;
  /** `linux x64, Node v20.20.2`. */
  readonly platform: string;
}

const MESSAGE_LIMIT = 2_000;
const STACK_LINES = 12;
const REPORT_IT =
  'this is a bug in imgdl, not your mistake: please report these lines, the command without its secrets, and the output with -v';

/**
 * An error for people, lines with their ends: `imgdl: <code>: <message>`, then `hint: …`. Never wrapped, so that it
 * can be searched for. What is no AppError is a bug of ours, and is called so. Nothing is printed through
 * util.inspect: undici's errors carry raw bytes of the answer as properties.
 */
export function errorText(error: unknown, options: ErrorTextOptions): string {
  const { palette, verbose } = options;
  const known = isAppError(error);
  const shown = known
    ? { code: error.code, message: error.message, hint: error.hint ?? hintOf(error.kind) }
    : { code: 'bug', message: `internal error: ${describeThrown(error)}`, hint: REPORT_IT };
  const more = known ? [] : [`about: imgdl ${foreign(options.version, 40)}, ${foreign(options.platform, 80)}`];
  if (verbose) more.push(...(known ? [] : stackOf(error)), ...causesOf(error));
  return `${errorLines(shown, palette)}${more.map((line) => `${line}\n`).join('')}`;
}

/** The two lines that every failure has, also the end by a signal, which is no AppError. */
export function errorLines(
  shown: { readonly code: string; readonly message: string; readonly hint: string | null },
  palette: Palette,
): string {
  const hint = shown.hint === null ? '' : `hint: ${foreign(shown.hint, MESSAGE_LIMIT)}\n`;
  return `imgdl: ${palette.bad(shown.code)}: ${foreign(shown.message, MESSAGE_LIMIT)}\n${hint}`;
}

/** `TypeError: x is not a function`; safe for whatever was thrown, which may hold what it was given: a password. */
export function describeThrown(error: unknown): string {
  return maskKnown(thrownText(error), 'theirs');
}

function thrownText(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  if (typeof error === 'string') return error;
  return error === null || error === undefined ? `${error} was thrown` : `an error of type ${typeof error} was thrown`;
}

function causesOf(error: unknown): readonly string[] {
  const lines: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  // A cause may be its own cause.
  for (let depth = 0; cause !== undefined && depth < 5; depth += 1) {
    lines.push(
      `caused by: ${foreign(describeThrown(cause), MESSAGE_LIMIT)}`,
      ...(isAppError(cause) ? [] : stackOf(cause)),
    );
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function stackOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  // Only the frames: the head of a stack repeats the message, which may have lines of its own.
  return error.stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, STACK_LINES)
    .map((line) => `    ${foreign(maskKnown(line.trim(), 'theirs'), MESSAGE_LIMIT)}`);
}
