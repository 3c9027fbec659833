import { DRY_RUN, OUTPUT } from '../app/options.js';
import { COLOR, JSON_RESULT, PROGRESS, QUIET, VERBOSE } from '../app/output-options.js';
import { variableOf } from '../config/layers.js';
import type { Settings } from '../core/option.js';
import { type ProgressMode, progressMode } from '../ui/progress/progress-mode.js';
import { colourLevel, createPalette, type Palette } from '../ui/text/palette.js';
import type { Io } from './process.js';
import type { Flags } from './program.js';

/** How a run speaks: what the output options, the terminal and the environment come to. */
export interface Voice {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** `-o -`: the image goes to stdout. */
  readonly toStdout: boolean;
  /** `-n`: nothing is done. */
  readonly dryRun: boolean;
  readonly mode: ProgressMode;
  readonly palette: Palette;
}

/** Reading the settings may be what fails: until they are read, flags and variables speak for themselves. */
export function earlyVoice(flags: Flags, { env, stderr }: Io): Voice {
  const early = (key: string): string | undefined => flags.get(key)?.at(-1) ?? env.get(variableOf(key));
  const has = (key: string): boolean => /^(?:true|yes|on|1)$/i.test(early(key) ?? '');
  return {
    json: has('json'),
    quiet: has('quiet'),
    verbose: has('verbose'),
    toStdout: early('output') === '-',
    dryRun: has('dry-run'),
    mode: early('progress') === 'json' ? (has('quiet') ? 'json-errors' : 'json') : 'none',
    palette: createPalette(colourLevel({ flag: 'auto', env, isTTY: stderr.isTTY })),
  };
}

/** @param watched false for a command that downloads no image: there is no progress to show, and stdout is free */
export function voiceOf(settings: Settings, { env, stderr }: Io, watched: boolean): Voice {
  const quiet = settings.get(QUIET);
  const toStdout = watched && settings.get(OUTPUT) === '-';
  const { isTTY } = stderr;
  const wanted = settings.get(PROGRESS);
  const flag = watched || wanted === 'json' ? wanted : 'none';
  return {
    json: settings.get(JSON_RESULT),
    quiet,
    verbose: settings.get(VERBOSE),
    toStdout,
    dryRun: watched && settings.get(DRY_RUN),
    mode: progressMode({ flag, quiet, isTTY, toStdout, env }),
    palette: createPalette(colourLevel({ flag: settings.get(COLOR), env, isTTY })),
  };
}
