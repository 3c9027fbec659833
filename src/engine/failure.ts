import type { Algorithm, CheckedDigest, Digest } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { hintOf } from '../core/hint.js';
import type { Plan } from '../core/plan.js';
import { escapeControls, shorten } from '../core/redact.js';
import { withoutResume } from '../core/resume-hint.js';
import type { Remote, SourceRef } from '../core/source.js';
import { sourceText } from '../core/source-text.js';
import type { TransferOptions } from '../core/transfer-options.js';
import { conflictIn } from '../core/verification.js';
import type { Counters } from './counters.js';

/**
 * An error of the engine as the user sees it: with what and from where, since it may be the only line left of an
 * unattended night. Where nothing is kept, or the server cannot continue in the middle, no hint promises that it does.
 */
export function namedFailure(failure: unknown, target: string, source: SourceRef, counters: Counters): unknown {
  const error = counters.isKept ? failure : withoutResume(failure);
  if (!(error instanceof AppError)) return error;
  const match = /^(downloading|verifying): (.*)$/s.exec(error.message);
  const misled = error.transient && counters.startsFromZero && error.code !== 'net.no-range';
  const hint = misled ? 'run again later; this server cannot resume, so the download starts from zero' : error.hint;
  if (match === null && hint === error.hint) return error;
  const where = shorten(escapeControls(sourceText(source)), 200);
  const subject = `${shorten(escapeControls(target), 100)} from ${where}`;
  return new AppError(error.kind, match === null ? error.message : `${match[1]} ${subject}: ${match[2]}`, {
    hint,
    details: error.details,
    cause: error.cause,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

/**
 * @param target as the user typed it
 * @param hint where that of the code does not help
 */
export function refusalOf(
  target: string,
  refused: Extract<Plan, { kind: 'refuse' | 'confirm' }>,
  hint?: string,
): AppError {
  const code = refused.kind === 'refuse' ? refused.code : 'fs.exists';
  const attempt = code === 'disk.full' ? 'checking the free space for' : 'checking';
  return new AppError(code, `${attempt} ${escapeControls(target)}: ${refused.why}`, {
    hint: hint ?? hintOf(code),
    details: { path: target },
  });
}

const SAYS: Readonly<Record<CheckedDigest['from'], string>> = {
  computed: 'it was',
  user: '--checksum says',
  checksums: 'the checksum file says',
  metadata: 'the metadata says',
  header: 'the response header says',
  receipt: 'the receipt says',
};

/** Bytes that lack digests they should have. */
export interface Mismatch {
  readonly wrong: readonly CheckedDigest[];
  readonly computed: ReadonlyMap<Algorithm, string>;
  /** The server called them a document. */
  readonly suspicion: string | undefined;
}

/** @param consequence what it means for what is on disk or was streamed */
export function mismatchError(
  { wrong, computed, suspicion }: Mismatch,
  consequence = 'the target was not touched',
): AppError {
  const list = wrong.map(
    ({ algorithm, hex, from }) => `${algorithm} is ${computed.get(algorithm)}, ${SAYS[from]} ${hex}`,
  );
  const details = Object.fromEntries(
    wrong.flatMap(({ algorithm, hex }) => [
      [`${algorithm}.expected`, hex],
      [`${algorithm}.got`, computed.get(algorithm) ?? ''],
    ]),
  );
  const options = { hint: `${whoToAsk(wrong)}; ${consequence}`, details };
  return suspicion === undefined
    ? new AppError('integrity.digest', `verifying: ${list.join('; ')}`, options)
    : new AppError('proto.not-image', `verifying: ${suspicion}: ${list.join('; ')}`, {
        ...options,
        hint: `open the URL in a browser; ${options.hint}`,
      });
}

function whoToAsk(wrong: readonly CheckedDigest[]): string {
  const [first] = wrong;
  const from = wrong.every((digest) => digest.from === first?.from) ? first?.from : undefined;
  if (from === 'user') return 'check the --checksum value; if it is right, the image is wrong: ask its owner';
  if (from === 'checksums') return 'check that the checksum file is for this image, and as new as the image';
  return 'ask the owner of the image';
}

/** A digest nobody here can compute is no reason to accept less: only the user's own checksum is. */
export function refuseUnknownAlgorithm(remote: Remote, options: TransferOptions): void {
  const unknown = remote.warnings.find((warning) => warning.code === 'integrity.algorithm');
  if (unknown === undefined || options.checksums.length > 0) return;
  throw new AppError('integrity.algorithm', `checking the metadata: ${unknown.message}`, {
    hint: 'pass a checksum that you trust with --checksum ALGO:HEX',
  });
}

/**
 * A mistyped checksum need not cost a download: no bytes have two digests of one algorithm.
 * @throws AppError integrity.conflict
 */
export function refuseConflict(promised: readonly Digest[]): void {
  const conflict = conflictIn(promised);
  if (conflict === undefined) return;
  const [a, b] = conflict;
  const said = `${SAYS[a.from]} ${a.hex}, but ${SAYS[b.from]} ${b.hex}`;
  throw new AppError('integrity.conflict', `comparing the ${a.algorithm} digests: ${said}`, {
    hint: hintOf('integrity.conflict'),
    details: { algorithm: a.algorithm, [a.from]: a.hex, ...(a.from === b.from ? {} : { [b.from]: b.hex }) },
  });
}
