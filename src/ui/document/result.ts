import type { CheckedDigest, Verified } from '../../core/digest.js';
import { type Details, isAppError } from '../../core/errors.js';
import { EXIT } from '../../core/exit.js';
import { hintOf } from '../../core/hint.js';
import type { Outcome, Status } from '../../core/outcome.js';
import { redactText } from '../../core/redact.js';
import type { SourceRef, Warning } from '../../core/source.js';
import { EMPTY_TALLY, type Tally } from '../progress/tally.js';
import { describeThrown } from '../text/errors.js';
import type { BatchDocument } from './batch-result.js';

/** The `--json` document; schema/result.json says the same. Every key is always there but `error`. */
export interface ResultDocument {
  readonly schema: 1;
  readonly status: Status;
  readonly path: string | null;
  readonly bytes: number | null;
  readonly verified: Verified;
  readonly digests: readonly CheckedDigest[];
  readonly received: number | null;
  readonly resumedFrom: number | null;
  readonly attempts: number | null;
  readonly connections: number | null;
  readonly durationMs: number | null;
  readonly source: {
    readonly provider: string | null;
    readonly endpoint: string | null;
    readonly ref: string | null;
    readonly name: string | null;
  };
  readonly warnings: readonly Warning[];
  readonly error?: ResultError;
}

export interface ResultError {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly hint: string | null;
  readonly details: Details;
}

export interface RunFacts {
  /** Undefined when the arguments already were wrong. */
  readonly source?: SourceRef;
  readonly durationMs: number;
}

/** The document of a run that did what it should. */
export function resultDocument(outcome: Outcome, { source, durationMs }: RunFacts): ResultDocument {
  return tidy({
    schema: 1,
    status: outcome.status,
    path: outcome.path,
    bytes: outcome.bytes,
    verified: outcome.verified,
    digests: outcome.digests,
    received: outcome.received,
    resumedFrom: outcome.resumedFrom,
    attempts: outcome.attempts,
    connections: outcome.connections,
    durationMs,
    source: sourceOf(source, outcome.name),
    warnings: outcome.warnings,
  });
}

/** The document of a run that failed; `tally` is how far it came. */
export function failureDocument(
  error: ResultError,
  { source, durationMs }: RunFacts,
  tally: Tally = EMPTY_TALLY,
): ResultDocument {
  return tidy({
    schema: 1,
    status: 'failed',
    path: tally.path,
    bytes: null,
    verified: 'none',
    digests: [],
    received: tally.received,
    resumedFrom: tally.resumedFrom,
    attempts: tally.attempts,
    connections: tally.connections,
    durationMs,
    source: sourceOf(source, tally.name),
    warnings: tally.warnings,
    error,
  });
}

/** Any error as the document shows it. What is no AppError is a bug; its stack is not for a document. */
export function resultError(error: unknown): ResultError {
  if (!isAppError(error)) {
    const message = `internal error: ${describeThrown(error)}`;
    return { code: 'bug', exit: EXIT.bug, message, hint: hintOf('bug'), details: {} };
  }
  return { ...error.toJSON(), hint: error.hint ?? hintOf(error.kind) };
}

/**
 * The error of a run that a signal ended. The exit code is the shell's: 128 + number.
 * @param durable bytes that the next run can continue from: what is not on the disk is not promised
 */
export function signalError(name: string, number: number, durable: number): ResultError {
  return {
    code: 'signal',
    exit: 128 + number,
    message: `stopped by ${name}${durable > 0 ? '; the partial download is kept' : ''}`,
    hint: durable > 0 ? 'run again to resume' : 'run again',
    details: { signal: name },
  };
}

/**
 * The document as one line with its end. Beyond what JSON asks for, all that may act on a terminal is escaped
 * (C1 controls, bidirectional overrides): the value stays the same.
 */
export function resultText(document: ResultDocument | BatchDocument): string {
  const text = JSON.stringify(document).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${text}\n`;
}

function sourceOf(source: SourceRef | undefined, name: string | null): ResultDocument['source'] {
  return { provider: source?.provider ?? null, endpoint: source?.endpoint ?? null, ref: source?.ref ?? null, name };
}

const AS_IT_IS: ReadonlySet<string> = new Set([
  ...['path', 'status', 'verified', 'algorithm', 'hex', 'provider', 'code', 'from'],
]);

/**
 * Strict parsers refuse lone surrogates, and none reads a number beyond 2^53 exactly: neither gets into a document.
 * Text is redacted once more. Not the path, which must be the one to open, nor what is a word or a digest of ours: a
 * password may be `complete`, and the status of a complete file is that as well.
 */
function tidy(document: ResultDocument): ResultDocument {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return AS_IT_IS.has(key) ? wellFormed(value) : redactText(wellFormed(value));
    if (typeof value === 'number') return safeNumber(value);
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [wellFormed(name), walk(item, name)]));
    }
    return value;
  };
  return walk(document, '') as ResultDocument;
}

function safeNumber(value: number): number | null {
  const whole = Math.round(value);
  return Number.isSafeInteger(whole) ? whole : null;
}

/** Lone surrogates become U+FFFD (String.prototype.toWellFormed is not in ES2023). */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
