import { systemClock } from '../app/clock.js';
import { variableOf } from '../config/layers.js';
import { isAppError } from '../core/errors.js';
import type { TransferEvent } from '../core/events.js';
import type { Settings } from '../core/option.js';
import type { Outcome } from '../core/outcome.js';
import type { Source } from '../core/source.js';
import {
  failureDocument,
  type ResultDocument,
  resultDocument,
  resultError,
  resultText,
  signalError,
} from '../ui/document/result.js';
import { writeChecked } from '../ui/document/write-checked.js';
import type { ProgressMode } from '../ui/progress/progress-mode.js';
import { createReporter, type Reporter, type ReporterOptions } from '../ui/progress/reporter.js';
import { count, EMPTY_TALLY, type Tally } from '../ui/progress/tally.js';
import { errorLines, errorText } from '../ui/text/errors.js';
import { colourLevel, createPalette, type Palette } from '../ui/text/palette.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';
import { Interrupted, raiseAgain } from './signals.js';
import { type Voice, voiceOf } from './voice.js';

/**
 * What one run says: progress and errors on stderr, the result on stdout. Knows how to speak before the settings are
 * read, since reading them may be what fails.
 */
export interface Session {
  /** Is the result wanted as a document, as far as is known? */
  readonly json: boolean;
  readonly palette: Palette;
  readonly report: (event: TransferEvent) => void;
  /** Progress is shown from the first event on, unless there is none. */
  configure(settings: Settings): Voice;
  /** The reference may become exact only when the object is described: it is read when it is shown. */
  about(source: Pick<Source, 'ref'>): void;
  /** @returns the exit code */
  succeed(outcome: Outcome, summary: (durationMs: number) => string): Promise<number>;
  /** @returns the exit code; does not return where a signal is raised again */
  fail(error: unknown): Promise<number>;
}

export function createSession(io: Io, flags: Flags): Session {
  const startedAt = systemClock.now();
  // Reading the settings may be what fails: until then flags and variables speak for themselves.
  const early = (key: string): string | undefined => flags.get(key)?.at(-1) ?? io.env.get(variableOf(key));
  const has = (key: string): boolean => /^(?:true|yes|on|1)$/i.test(early(key) ?? '');
  let json = has('json');
  let quiet = has('quiet');
  let verbose = has('verbose');
  let toStdout = early('output') === '-';
  let palette = createPalette(colourLevel({ flag: 'auto', env: io.env, isTTY: io.stderr.isTTY === true }));
  let mode: ProgressMode = 'none';
  let display: ReporterOptions | undefined;
  let reporter: Reporter | undefined;
  let tally: Tally = EMPTY_TALLY;
  let source: Pick<Source, 'ref'> | undefined;

  const say = (text: string): void => {
    io.stderr.write(text);
  };
  const facts = () => ({
    durationMs: systemClock.now() - startedAt,
    ...(source === undefined ? {} : { source: source.ref }),
  });
  /** With `-o -` stdout carries the image: the document is then the last line of stderr. */
  const writeDocument = async (document: ResultDocument): Promise<void> => {
    await writeChecked(toStdout ? 2 : io.stdout, resultText(document));
  };

  return {
    get json() {
      return json;
    },
    get palette() {
      return palette;
    },
    report(event) {
      tally = count(tally, event);
      if (display !== undefined) reporter ??= createReporter(display);
      reporter?.on(event);
    },
    configure(settings) {
      const voice = voiceOf(settings, io);
      ({ json, quiet, verbose, toStdout, palette, mode } = voice);
      display = voice.display;
      return voice;
    },
    about(next) {
      source = next;
    },
    async succeed(outcome, summary) {
      reporter?.close();
      const complete = { ...outcome, warnings: tally.warnings };
      const { durationMs } = facts();
      if (mode === 'bar' || mode === 'line' || (!quiet && outcome.status === 'dry-run')) say(summary(durationMs));
      try {
        if (json) await writeDocument(resultDocument(complete, facts()));
        else if (!toStdout && outcome.status !== 'dry-run') await writeChecked(io.stdout, `${outcome.path}\n`);
        return 0;
      } catch (error) {
        return await this.fail(error);
      }
    },
    async fail(error) {
      reporter?.close();
      if (error instanceof Interrupted) {
        const shown = signalError(error.signal, error.number, tally.durable);
        if (json) await writeDocument(failureDocument(shown, facts(), tally)).catch(() => {});
        else if (!quiet) say(errorLines(shown, palette));
        raiseAgain(error.signal);
        return 128 + error.number;
      }
      const readerGone = isAppError(error) && error.code === 'output.failed' && error.details['errno'] === 'EPIPE';
      if (readerGone) {
        // As every filter does: the reader has what it wanted.
        raiseAgain('SIGPIPE');
        return 128 + 13;
      }
      const shown = resultError(error);
      if (!json || shown.code === 'output.failed' || toStdout)
        say(errorText(error, { palette, verbose, version: io.version, platform: io.platform }));
      if (json && shown.code !== 'output.failed') {
        await writeDocument(failureDocument(shown, facts(), tally)).catch((failure: unknown) => {
          say(errorText(failure, { palette, verbose, version: io.version, platform: io.platform }));
        });
      }
      return shown.exit;
    },
  };
}
