import type { Algorithm, CheckedDigest } from '../core/digest.js';
import { AppError } from '../core/errors.js';
import { hintOf } from '../core/hint.js';
import type { Plan } from '../core/plan.js';
import { escapeControls, shorten } from '../core/redact.js';
import type { Remote, SourceRef } from '../core/source.js';
import type { TransferOptions } from '../core/transfer-options.js';
import type { Counters } from './counters.js';

/**
 * An error of the engine as the user sees it: with what and from where, since it may be the only line left of an
 * unattended night. Where the server cannot continue in the middle, no hint promises that it does.
 */
export function namedFailure(error: unknown, target: string, source: SourceRef, counters: Counters): unknown {
  if (!(error instanceof AppError)) return error;
  const match = /^(downloading|verifying): (.*)$/s.exec(error.message);
  const misled = error.transient && counters.startsFromZero && error.code !== 'net.no-range';
  const hint = misled ? 'run again later; this server cannot resume, so the download starts from zero' : error.hint;
  if (match === null && hint === error.hint) return error;
  const where = shorten(
    escapeControls(source.ref.startsWith('/') ? `${source.endpoint}${source.ref}` : `${source.endpoint} ${source.ref}`),
    200,
  );
  const subject = `${shorten(escapeControls(target), 100)} from ${where}`;
  return new AppError(error.kind, match === null ? error.message : `${match[1]} ${subject}: ${match[2]}`, {
    ...(hint === undefined ? {} : { hint }),
    details: error.details,
    cause: error.cause,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

/** @param target as the user typed it */
export function refusalOf(target: string, refused: Extract<Plan, { kind: 'refuse' | 'confirm' }>): AppError {
  const code = refused.kind === 'refuse' ? refused.code : 'fs.exists';
  const attempt = code === 'disk.full' ? 'checking the free space for' : 'checking';
  return new AppError(code, `${attempt} ${escapeControls(target)}: ${refused.why}`, {
    hint: hintOf(code),
    details: { path: target },
  });
}

const SAYS: Readonly<Record<CheckedDigest['from'], string>> = {
  computed: 'it was',
  user: '--checksum says',
  metadata: 'the metadata says',
  header: 'the response header says',
  receipt: 'the receipt says',
};

/** @param consequence what it means for what is on disk or was streamed */
export function mismatchError(
  checked: readonly CheckedDigest[],
  computed: ReadonlyMap<Algorithm, string>,
  consequence = 'the target was not touched',
): AppError {
  const wrong = checked.filter((digest) => digest.matched === false);
  const list = wrong.map(
    ({ algorithm, hex, from }) => `${algorithm} is ${computed.get(algorithm)}, ${SAYS[from]} ${hex}`,
  );
  const onlyUser = wrong.every((digest) => digest.from === 'user');
  const who = onlyUser
    ? 'check the --checksum value; if it is right, the image is wrong: ask its owner'
    : 'ask the owner of the image';
  return new AppError('integrity.digest', `verifying: ${list.join('; ')}`, {
    hint: `${who}; ${consequence}`,
    details: Object.fromEntries(
      wrong.flatMap(({ algorithm, hex }) => [
        [`${algorithm}.expected`, hex],
        [`${algorithm}.got`, computed.get(algorithm) ?? ''],
      ]),
    ),
  });
}

/** A digest nobody here can compute is no reason to accept less: only the user's own checksum is. */
export function refuseUnknownAlgorithm(remote: Remote, options: TransferOptions): void {
  const unknown = remote.warnings.find((warning) => warning.code === 'integrity.algorithm');
  if (unknown === undefined || options.checksums.length > 0) return;
  throw new AppError('integrity.algorithm', `checking the metadata: ${unknown.message}`, {
    hint: 'pass a checksum that you trust with --checksum ALGO:HEX',
  });
}
