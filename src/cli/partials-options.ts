import { CONFIG, DRY_RUN } from '../app/options.js';
import { COLOR, JSON_RESULT, QUIET } from '../app/output-options.js';
import { durationText, parseDuration, parsePath } from '../core/format.js';
import type { OptionSpec } from '../core/option.js';
import type { CommandSpec } from '../core/provider.js';

/** `imgdl status` and `imgdl clean`: what they are called, and what they take beside the options that others have too. */

const GROUP = 'Partial downloads';
const DIRECTORY = {
  name: 'dir',
  doc: 'where to look; the current directory unless you name another',
  optional: true,
} as const;

export const STATUS_COMMAND: CommandSpec = {
  path: ['status'],
  args: [DIRECTORY],
  summary: 'Show the partial downloads in a directory, and whether an imgdl is working on them',
  examples: ['imgdl status', 'imgdl status /srv/images --json'],
};

export const CLEAN_COMMAND: CommandSpec = {
  path: ['clean'],
  args: [DIRECTORY],
  summary: 'Remove abandoned partial downloads from a directory, or the lock of a target',
  examples: [
    'imgdl clean -n',
    'imgdl clean /srv/images --older-than 72h',
    'imgdl clean --unlock /nfs/images/debian.qcow2',
  ],
};

export const OLDER_THAN: OptionSpec<number> = {
  key: 'older-than',
  value: 'DUR',
  doc: 'only what has not changed for this long, as in 72h',
  group: GROUP,
  runOnly: true,
  parse: parseDuration,
  text: durationText,
};

export const UNLOCK: OptionSpec<string> = {
  key: 'unlock',
  value: 'PATH',
  doc: 'remove only the lock of this target; use it when you know that the imgdl that held it is gone',
  group: GROUP,
  runOnly: true,
  parse: parsePath,
};

/** What only `imgdl clean` has. They are read from the command line only. */
export const CLEAN_OPTIONS: readonly OptionSpec<unknown>[] = [OLDER_THAN, UNLOCK];

export const STATUS_ROWS: readonly OptionSpec<unknown>[] = [JSON_RESULT, COLOR, CONFIG];
export const CLEAN_ROWS: readonly OptionSpec<unknown>[] = [
  ...CLEAN_OPTIONS,
  DRY_RUN,
  JSON_RESULT,
  QUIET,
  COLOR,
  CONFIG,
];
