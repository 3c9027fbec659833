import { systemClock } from '../app/clock.js';
import * as option from '../app/options.js';
import type { Settings } from '../core/option.js';
import { type ProgressMode, progressMode, speaksUnicode } from '../ui/progress/progress-mode.js';
import type { ReporterOptions } from '../ui/progress/reporter.js';
import { colourLevel, createPalette, type Palette } from '../ui/text/palette.js';
import type { Io } from './process.js';

/** How a run speaks: what the output options, the terminal and the environment come to. */
export interface Voice {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** `-o -`: the image goes to stdout. */
  readonly toStdout: boolean;
  readonly mode: ProgressMode;
  readonly palette: Palette;
  /** For whatever shows progress. */
  readonly display: ReporterOptions;
}

export function voiceOf(settings: Settings, io: Io): Voice {
  const quiet = settings.get(option.QUIET);
  const verbose = settings.get(option.VERBOSE);
  const toStdout = settings.get(option.OUTPUT) === '-';
  const isTTY = io.stderr.isTTY === true;
  const palette = createPalette(colourLevel({ flag: settings.get(option.COLOR), env: io.env, isTTY }));
  const mode = progressMode({ flag: settings.get(option.PROGRESS), quiet, isTTY, toStdout, env: io.env });
  const display: ReporterOptions = {
    mode,
    verbose,
    stream: io.stderr,
    columns: () => io.stderr.columns ?? 0,
    palette,
    unicode: speaksUnicode(io.env),
    now: systemClock.now,
  };
  return { json: settings.get(option.JSON_RESULT), quiet, verbose, toStdout, mode, palette, display };
}
