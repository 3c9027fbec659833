import { AppError, isAppError } from '../core/errors.js';
import { durationText } from '../core/format.js';
import type { Transfer } from './transfer.js';

/** Between two questions: a small image is there in seconds, a large one takes its time … */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
const GROWTH = 1.5;
/** … and several images do not ask all at once: this part of a pause is left to chance. */
const JITTER = 0.1;

/**
 * Asks again while the answer is that the object is being made (an error that is `pending`), for as long as `--wait`
 * says, or the source. Any other error ends it at once. The last question is asked when the time is over.
 *
 * @param ask deals with failures that pass by itself
 * @throws AppError of `ask`, with what to do where nobody waits or the time is over; the reason of `signal`
 */
export async function whenReady<T>(
  ask: () => Promise<T>,
  { request, ports, retries }: Pick<Transfer, 'request' | 'ports' | 'retries'>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, report } = ports;
  const { dryRun } = request.options;
  const limitMs = request.options.waitMs ?? request.source.defaultWaitMs;
  let since: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * GROWTH)) {
    try {
      const answer = await ask();
      if (since !== undefined) report({ type: 'phase', phase: 'describing' });
      return answer;
    } catch (error) {
      if (!isAppError(error) || error.pending === undefined) throw error;
      if (limitMs === undefined || dryRun) throw notWaitedFor(error, limitMs);
      retries.answered();
      const now = clock.now();
      if (since === undefined) report({ type: 'phase', phase: 'waiting-for-image' });
      since ??= now;
      const leftMs = since + limitMs - now;
      if (leftMs <= 0) throw waitedFor(error, limitMs);
      const untilDeadlineMs = (request.deadlineAt ?? Number.POSITIVE_INFINITY) - now;
      if (untilDeadlineMs <= 0) throw beyondDeadline(error);
      const inMs = Math.ceil(Math.min(pauseMs * (1 - JITTER * clock.random()), leftMs, untilDeadlineMs));
      report({ type: 'pending', error, waitedMs: now - since, leftMs, inMs });
      await clock.sleep(inMs, signal);
    }
  }
}

/** @param limitMs a dry run asks once, whatever it is */
function notWaitedFor(error: AppError, limitMs: number | undefined): AppError {
  const asked = error.hint === undefined ? 'use --wait 30m' : `${error.hint}, or use --wait 30m`;
  return new AppError(error.kind, error.message, {
    hint: limitMs === undefined ? asked : `without --dry-run, imgdl waits up to ${durationText(limitMs)}`,
    details: error.details,
    cause: error.cause,
  });
}

function waitedFor(error: AppError, limitMs: number): AppError {
  return new AppError(error.kind, `${error.message}; imgdl waited ${durationText(limitMs)}`, {
    hint: 'run the same command again, or give it more time with --wait',
    details: { ...error.details, waitedMs: limitMs },
    cause: error.cause,
  });
}

function beyondDeadline(error: AppError): AppError {
  return new AppError('net.deadline', `${error.message}; the --deadline has passed`, {
    hint: 'run the same command again',
    details: error.details,
    cause: error,
  });
}
