import type { CheckedDigest, Verified } from '../../core/digest.js';
import { type Details, isAppError } from '../../core/errors.js';
import { EXIT } from '../../core/exit.js';
import { hintOf } from '../../core/hint.js';
import type { Outcome, Status } from '../../core/outcome.js';
import type { SourceRef, Warning } from '../../core/source.js';
import { newState, type TransferState } from '../progress/state.js';
import { describeThrown } from '../text/errors.js';
import { tidy } from './json-line.js';

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
    readonly owner: string | null;
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
  /** What was asked for. Undefined when the arguments already were wrong. */
  readonly asked?: SourceRef;
  readonly durationMs: number;
}

/** The document of a run that did what it should. */
export function resultDocument(outcome: Outcome, { durationMs }: Pick<RunFacts, 'durationMs'>): ResultDocument {
  const document: ResultDocument = {
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
    source: sourceOf(outcome.source, outcome),
    warnings: outcome.warnings,
  };
  return tidy(document, AS_IT_IS);
}

/** The document of a run that failed; `state` is how far it came. */
export function failureDocument(
  error: ResultError,
  { asked, durationMs }: RunFacts,
  state: TransferState = newState(0),
): ResultDocument {
  const document: ResultDocument = {
    schema: 1,
    status: 'failed',
    path: state.path,
    bytes: null,
    verified: 'none',
    digests: [],
    received: state.received,
    resumedFrom: state.resumedFrom,
    attempts: state.attempts,
    connections: state.connections,
    durationMs,
    source: sourceOf(state.source ?? asked, state),
    warnings: state.warnings,
    error,
  };
  return tidy(document, AS_IT_IS);
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

function sourceOf(
  source: SourceRef | undefined,
  { name, owner }: Pick<Outcome, 'name' | 'owner'>,
): ResultDocument['source'] {
  const { provider = null, endpoint = null, ref = null } = source ?? {};
  return { provider, endpoint, ref, name, owner };
}

/**
 * What is a path, a word or a digest of ours: a password may be `complete`, and the status of a complete file is that
 * as well.
 */
const AS_IT_IS: ReadonlySet<string> = new Set([
  ...['path', 'status', 'verified', 'algorithm', 'hex', 'provider', 'code', 'from'],
]);
