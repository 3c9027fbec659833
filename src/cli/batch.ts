import { systemClock } from '../app/clock.js';
import type { Wanted } from '../app/images.js';
import { AppError, isAppError } from '../core/errors.js';
import type { Report } from '../core/events.js';
import { EXIT } from '../core/exit.js';
import type { Outcome } from '../core/outcome.js';
import { escapeControls } from '../core/redact.js';
import type { Warning } from '../core/source.js';
import { batchDocument } from '../ui/document/batch-result.js';
import {
  failureDocument,
  type ResultDocument,
  type ResultError,
  resultDocument,
  resultError,
  resultText,
  signalError,
} from '../ui/document/result.js';
import { writeChecked } from '../ui/document/write-checked.js';
import { createBoard, FEW } from '../ui/progress/board.js';
import { count, EMPTY_TALLY, type Tally } from '../ui/progress/tally.js';
import { batchLine } from '../ui/text/batch-summary.js';
import { errorLines, errorText } from '../ui/text/errors.js';
import { summaryLine } from '../ui/text/summary.js';
import type { Io } from './process.js';
import { Interrupted, raiseAgain } from './signals.js';
import type { Voice } from './voice.js';

/** What a run with several images says: one display and all errors on stderr, paths or one document on stdout. */
export interface Batch {
  /** What belongs to the run as a whole. */
  readonly report: Report;
  readonly succeeded: number;
  start(at: number, image: Wanted): BatchItem;
  /**
   * Says the rest, when no image is on its way any more. Does not return where a signal is raised again.
   * @param images all of them: those that never started have failed with what stopped the run
   * @returns the exit code
   * @throws AppError output.failed
   */
  finish(images: readonly Wanted[]): Promise<number>;
  /** Ends the display; safe to call twice. */
  close(): void;
}

/** One of succeed() and fail() is called, once. */
export interface BatchItem {
  readonly report: Report;
  succeed(outcome: Outcome): void;
  fail(error: unknown): void;
}

export interface BatchInput {
  readonly count: number;
  readonly voice: Voice;
  readonly io: Io;
  /** Aborted when stdout cannot be written: the images on their way save what they have. */
  readonly abort: AbortController;
}

export function createBatch({ count: images, voice, io, abort }: BatchInput): Batch {
  const { json, quiet, verbose, mode, palette } = voice;
  const startedAt = systemClock.now();
  const board = createBoard({ ...voice.display, count: images, rows: () => io.stderr.rows ?? 0 });
  const shared: Warning[] = [];
  const said = new Set<unknown>();
  const documents: ResultDocument[] = [];
  // On one terminal with the bars a path in between would tear them.
  const paths = pathsInOrder(io.stdout, mode === 'bar' && io.stdoutIsTTY, (error) => abort.abort(error));
  const counts = new Map<Outcome['status'] | 'size-only', number>();
  const sum = { succeeded: 0, failed: 0, bytes: 0, received: 0 };
  const showsProgress = mode === 'bar' || mode === 'line';

  const add = (name: Outcome['status'] | 'size-only'): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const textOf = (error: unknown): string =>
    errorText(error, { palette, verbose, version: io.version, platform: io.platform });

  const keep = (at: number, document: () => ResultDocument): void => {
    if (!json) return;
    const made = document();
    documents[at] = { ...made, warnings: [...shared, ...made.warnings] };
  };
  const failed = (at: number, image: Wanted, error: ResultError, durationMs: number, tally: Tally): void => {
    sum.failed += 1;
    sum.received += tally.received;
    keep(at, () => failureDocument(error, { source: image.source.ref, durationMs }, tally));
    paths.put(at, undefined);
  };

  return {
    report(event) {
      if (event.type === 'warning') shared.push(event.warning);
      board.on(event);
    },
    get succeeded() {
      return sum.succeeded;
    },
    start(at, image) {
      const since = systemClock.now();
      const row = board.start(image.name);
      let tally = EMPTY_TALLY;
      return {
        report(event) {
          tally = count(tally, event);
          row.on(event);
        },
        succeed(outcome) {
          const durationMs = systemClock.now() - since;
          sum.succeeded += 1;
          sum.bytes += outcome.bytes ?? 0;
          sum.received += outcome.received;
          add(outcome.status);
          const dry = outcome.status === 'dry-run';
          if (!dry && (outcome.verified === 'size-only' || outcome.verified === 'none')) add('size-only');
          row.end(outcome.bytes ?? 0);
          const complete = { ...outcome, warnings: tally.warnings };
          keep(at, () => resultDocument(complete, { source: image.source.ref, durationMs }));
          if (dry ? !quiet : showsProgress && (images <= FEW || verbose))
            board.say(summaryLine(outcome, durationMs, palette));
          paths.put(at, dry || json ? undefined : (outcome.path ?? undefined));
        },
        fail(error) {
          const cause = abort.signal.aborted ? abort.signal.reason : error;
          row.end(null);
          failed(at, image, errorOf(cause, tally), systemClock.now() - since, tally);
          // What stops the whole run is said once, at the end; what all have in common, with the first of them.
          if (abort.signal.aborted || said.has(cause)) return;
          said.add(cause);
          if (!(json && quiet)) board.say(textOf(naming(cause, row.name)));
        },
      };
    },
    async finish(all) {
      board.close();
      const { signal } = abort;
      // They start in their order, and all that have started are over.
      const started = sum.succeeded + sum.failed;
      for (const [at, image] of all.entries()) {
        if (at >= started) failed(at, image, errorOf(signal.reason, EMPTY_TALLY), 0, EMPTY_TALLY);
      }
      await paths.written();
      if (signal.aborted && isAppError(signal.reason) && signal.reason.code === 'output.failed') throw signal.reason;
      const summary = { total: images, ...sum, durationMs: systemClock.now() - startedAt };
      const stopped = signal.reason instanceof Interrupted ? signal.reason : undefined;
      if (signal.aborted && !(json && quiet)) {
        const kept = stopped === undefined ? undefined : signalError(stopped.signal, stopped.number, sum.received);
        if (kept === undefined) board.say(textOf(signal.reason));
        else if (!quiet) board.say(errorLines(kept, palette));
      }
      if (showsProgress) board.say(batchLine(summary, counts, palette));
      if (json) {
        const written = writeChecked(io.stdout, resultText(batchDocument(documents, summary)));
        await (stopped === undefined ? written : written.catch(() => {}));
      }
      if (stopped !== undefined) {
        raiseAgain(stopped.signal);
        return 128 + stopped.number;
      }
      return sum.failed > 0 ? EXIT.partial : EXIT.ok;
    },
    close: () => board.close(),
  };
}

function errorOf(cause: unknown, tally: Tally): ResultError {
  return cause instanceof Interrupted ? signalError(cause.signal, cause.number, tally.durable) : resultError(cause);
}

/** Among several images an error must say whose it is; a log-in that is refused is no single image's. */
function naming(error: unknown, name: string): unknown {
  const shown = escapeControls(name);
  if (!isAppError(error) || error.code === 'auth.refused' || error.message.includes(shown)) return error;
  return new AppError(error.kind, `${shown}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: error.details,
    cause: error.cause,
  });
}

/** Writes the paths in the order given, each as soon as it and all before it are there. */
function pathsInOrder(stdout: number, atTheEnd: boolean, onFailure: (error: unknown) => void) {
  const ready = new Map<number, string | undefined>();
  let next = 0;
  let text = '';
  let writing: Promise<void> = Promise.resolve();
  let broken = false;
  const write = (): void => {
    const lines = text;
    text = '';
    if (lines === '') return;
    writing = writing
      .then(async () => {
        if (!broken) await writeChecked(stdout, lines);
      })
      .catch((error: unknown) => {
        broken = true;
        onFailure(error);
      });
  };
  return {
    /** @param path undefined: nothing to write for this image */
    put(at: number, path: string | undefined): void {
      ready.set(at, path);
      for (; ready.has(next); next += 1) {
        const line = ready.get(next);
        ready.delete(next);
        if (line !== undefined) text += `${line}\n`;
      }
      if (!atTheEnd) write();
    },
    async written(): Promise<void> {
      write();
      await writing;
    },
  };
}
