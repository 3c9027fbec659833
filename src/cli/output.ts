import { systemClock } from '../app/clock.js';
import type { DownloadWatcher, EndedImage, ImageEnd, ImageWatcher } from '../app/download.js';
import type { Image } from '../app/images.js';
import { isAppError } from '../core/errors.js';
import type { TransferEvent } from '../core/events.js';
import { EXIT } from '../core/exit.js';
import type { Settings } from '../core/option.js';
import { stoppedBy, withoutResume } from '../core/resume-hint.js';
import type { Warning } from '../core/source.js';
import { batchDocument } from '../ui/document/batch-result.js';
import { jsonLine } from '../ui/document/json-line.js';
import { failureDocument, signalError } from '../ui/document/result.js';
import { type Written, writeChecked } from '../ui/document/write-checked.js';
import { FEW } from '../ui/progress/messages.js';
import { follow, newState, type TransferState } from '../ui/progress/state.js';
import { batchLine } from '../ui/text/batch-summary.js';
import { errorLines } from '../ui/text/errors.js';
import { summaryLine } from '../ui/text/summary.js';
import { type Expected, Messages } from './messages.js';
import { type OrderedLines, orderedLines } from './ordered-lines.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { countsOf, documentOf, errorOf, naming, type Result, saying, summaryOf } from './results.js';
import { Interrupted, raiseAgain } from './signals.js';

const NOTHING_YET: TransferState = newState(0);

/**
 * What one run says: progress and errors on stderr, results on stdout. Knows how to speak before the settings are read,
 * since reading them may be what fails. One image is a batch of one: only the last words differ.
 */
export class Output implements DownloadWatcher {
  readonly #io: Io;
  readonly #abort: AbortController;
  readonly #messages: Messages;
  readonly #startedAt = systemClock.now();
  #paths: OrderedLines | undefined;
  /** Of the run as a whole: every image's document has them. */
  readonly #warnings: Warning[] = [];
  /** Of the images that have ended, by their place. */
  readonly #results: Result[] = [];
  #started = 0;
  #ended = 0;
  /** What several images have in common is said with the first of them. */
  readonly #said = new Set<unknown>();

  /** @param abort aborted when stdout cannot be written: the images on their way save what they have */
  constructor(io: Io, flags: Flags, abort: AbortController) {
    this.#io = io;
    this.#abort = abort;
    this.#messages = new Messages(io, flags);
  }

  /** Is the result wanted as a document, as far as is known? */
  get json(): boolean {
    return this.#messages.voice.json;
  }

  configure(settings: Settings, expected: Expected): void {
    this.#messages.configure(settings, expected);
  }

  /** What belongs to the run as a whole. */
  readonly report = (event: TransferEvent): void => {
    if (event.type === 'warning') this.#warnings.push(event.warning);
    this.#messages.display.on(event);
  };

  start(image: Image): ImageWatcher {
    const at = this.#started;
    this.#started += 1;
    // Who asked for one image waits for all that the run does.
    const since = this.#messages.images === 1 ? this.#startedAt : systemClock.now();
    const row = this.#messages.display.start(image.name);
    let progress = newState(since);
    return {
      report(event) {
        progress = follow(progress, event, systemClock.now());
        row.on(event);
      },
      end: (end) => {
        const result = {
          image,
          end: this.#causeOf(end, progress.durable),
          progress,
          durationMs: systemClock.now() - since,
        };
        this.#results[at] = result;
        this.#ended += 1;
        row.end(end.kind === 'done' ? (end.value.bytes ?? 0) : null);
        if (this.#ended === this.#messages.images) this.#messages.close();
        this.#tell(result, row.name);
        this.#putPath(at, end);
      },
    };
  }

  /**
   * Says the rest, when no image is on its way any more. Does not return where a signal is raised again.
   * @returns the exit code
   */
  async finish(images: readonly EndedImage[]): Promise<number> {
    this.#messages.close();
    const results = images.map((ended, at) => this.#results[at] ?? { ...ended, progress: NOTHING_YET, durationMs: 0 });
    await this.#paths?.written();
    const { reason } = this.#abort.signal;
    if (isAppError(reason) && reason.code === 'output.failed') return await this.fail(saying(reason, results));
    const [first] = results;
    return await (this.#messages.single && first !== undefined ? this.#finishOne(first) : this.#finishSeveral(results));
  }

  /**
   * Says what ends the run as a whole, or its only image.
   * @returns the exit code; does not return where a signal is raised again
   */
  async fail(error: unknown): Promise<number> {
    const { voice } = this.#messages;
    this.#messages.close();
    const only = this.#messages.single ? this.#results[0] : undefined;
    const shown = errorOf(error, only?.progress ?? NOTHING_YET);
    const durationMs = systemClock.now() - this.#startedAt;
    const document =
      only === undefined
        ? failureDocument(shown, { durationMs }, { ...NOTHING_YET, warnings: this.#warnings })
        : documentOf({ ...only, end: { kind: 'failed', error } }, this.#warnings);
    if (error instanceof Interrupted) {
      if (!voice.quiet) this.#messages.say(errorLines(shown, voice.palette), { error: shown });
      if (voice.json) await this.#write(document).catch(() => {});
      return raised(error.signal, shown.exit);
    }
    // As every filter does: the reader has what it wanted.
    if (voice.toStdout && isReaderGone(error)) return raised('SIGPIPE', 128 + 13);
    this.#messages.sayError(error, only?.image.name);
    // With `-o -` the image cannot be written, and the document goes elsewhere.
    if (voice.json && shown.details['stream'] !== (voice.toStdout ? 'stderr' : 'stdout'))
      await this.#write(document).catch((failure: unknown) => this.#messages.sayError(failure));
    return shown.exit;
  }

  /**
   * A result that is no image.
   * @returns the exit code
   */
  async print(text: string, what: Written): Promise<number> {
    this.#messages.close();
    return await this.#written(writeChecked(this.#io.stdout, text, what), []);
  }

  async #finishOne(result: Result): Promise<number> {
    if (result.end.kind === 'failed') return await this.fail(result.end.error);
    return this.json ? await this.#written(this.#write(documentOf(result, this.#warnings)), [result]) : EXIT.ok;
  }

  async #finishSeveral(results: readonly Result[]): Promise<number> {
    const { json, quiet, palette } = this.#messages.voice;
    const { aborted, reason } = this.#abort.signal;
    const summary = summaryOf(results, systemClock.now() - this.#startedAt);
    const documents = (): object =>
      batchDocument(
        results.map((one) => documentOf(one, this.#warnings)),
        summary,
      );
    const lastLine = (): void => {
      // Of a single one all is said.
      if (this.#messages.showsProgress && results.length > 1)
        this.#messages.say(batchLine(summary, countsOf(results), palette));
    };
    if (reason instanceof Interrupted) {
      const shown = signalError(reason.signal, reason.number, summary.received);
      if (!quiet) this.#messages.say(errorLines(shown, palette), { error: shown });
      lastLine();
      if (json) await this.#write(documents()).catch(() => {});
      return raised(reason.signal, shown.exit);
    }
    const keeps = results.some(({ end, progress }) => end.kind === 'failed' && progress.durable > 0);
    if (aborted) this.#messages.sayError(keeps ? reason : withoutResume(reason));
    lastLine();
    const exit = json ? await this.#written(this.#write(documents()), results) : EXIT.ok;
    return exit === EXIT.ok && summary.failed > 0 ? EXIT.partial : exit;
  }

  /** @returns the exit code of what was to be written */
  async #written(writing: Promise<void>, results: readonly Result[]): Promise<number> {
    try {
      await writing;
      return EXIT.ok;
    } catch (error) {
      return await this.fail(saying(error, results));
    }
  }

  /** What is said of an image when it has ended. What stops the whole run is said once, at the end. */
  #tell({ image, end, durationMs }: Result, name: string): void {
    const { images, single, showsProgress } = this.#messages;
    const { quiet, verbose, palette } = this.#messages.voice;
    if (end.kind === 'done') {
      const wanted = end.value.status === 'dry-run' ? !quiet : showsProgress && (images <= FEW || verbose);
      if (wanted) this.#messages.say(summaryLine(end.value, durationMs, palette));
      return;
    }
    if (single || this.#abort.signal.aborted || this.#said.has(end.error)) return;
    this.#said.add(end.error);
    this.#messages.sayError(naming(end.error, name), image.name);
  }

  #putPath(at: number, end: ImageEnd): void {
    const { json, toStdout, mode } = this.#messages.voice;
    const { stdout, stdoutIsTTY } = this.#io;
    // On one terminal with the bars a path in between would tear them.
    this.#paths ??= orderedLines(stdout, mode === 'bar' && stdoutIsTTY, (error) => this.#abort.abort(error));
    const none = json || toStdout || end.kind === 'failed' || end.value.status === 'dry-run';
    this.#paths.put(at, none ? undefined : (end.value.path ?? undefined));
  }

  /** What stopped the run, where that is why the image failed. */
  #causeOf(end: ImageEnd, durable: number): ImageEnd {
    const { aborted, reason } = this.#abort.signal;
    if (end.kind === 'done' || !aborted) return end;
    const error = stoppedBy(reason, end.error);
    return { kind: 'failed', error: durable > 0 ? error : withoutResume(error) };
  }

  /** With `-o -` stdout carries the image: the document is then the last line of stderr. */
  async #write(document: object): Promise<void> {
    await writeChecked(this.#messages.voice.toStdout ? this.#io.stderrFd : this.#io.stdout, jsonLine(document));
  }
}

function isReaderGone(error: unknown): boolean {
  if (!isAppError(error) || error.code !== 'output.failed') return false;
  return error.details['errno'] === 'EPIPE' && error.details['stream'] === 'stdout';
}

/** Ends the process by the signal. @returns the exit code, for where the signal does not end it */
function raised(signal: NodeJS.Signals, exit: number): number {
  raiseAgain(signal);
  return exit;
}
